import { Readable } from 'node:stream'
import OpenAI from 'openai'
import { Stream } from 'openai/streaming'
import { expect } from 'vitest'
import { bytes, chunk, chunks, done, failure, frame, openStream, streamed, unfinished, usage } from './answers.ts'
import { gate, type Answer, type Exchange } from './server.ts'
import { ask, collect, drain, eachSubject, failureOf, turns } from './suite.ts'

const streaming = { ...ask, stream: true } as const

const textsOf = (items: readonly OpenAI.ChatCompletionChunk[]): readonly unknown[] =>
  items.map(({ choices }) => choices[0]?.delta.content)

/** Streams more than all buffers on the way hold, and counts what could be written so far. */
function flood(total: number): { readonly answer: Answer; readonly written: () => number } {
  const bulk = 'x'.repeat(64 * 1024)
  let written = 0
  const answer = async (exchange: Exchange) => {
    openStream(exchange)
    while (written < total) {
      await exchange.write(frame(chunk(bulk)))
      written += 1
    }
    exchange.end(done)
  }
  return { answer, written: () => written }
}

/** Waits until a count stands still for many turns of the event loop. */
async function settled(count: () => number): Promise<number> {
  for (;;) {
    const before = count()
    await turns(300)
    if (count() === before) return before
  }
}

eachSubject((it) => {
  it('36 is a Stream with a controller', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const stream = await client.chat.completions.create(streaming)
    expect(stream).toBeInstanceOf(Stream)
    expect(stream.controller).toBeInstanceOf(AbortController)
    expect(stream.controller.signal.aborted).toBe(false)
    expect(await collect(stream)).toEqual(chunks('Hi'))
  })

  it('36 an HTTP error rejects the call, not the loop', async ({ client, server }) => {
    server.script(failure(401))
    expect(await failureOf(client.chat.completions.create(streaming))).toBeInstanceOf(OpenAI.AuthenticationError)
  })

  it('37 the first chunk is there before the upstream has finished', async ({ client, server }) => {
    const more = gate()
    server.script(async (exchange) => {
      openStream(exchange)
      await exchange.write(frame(chunk('first')))
      await more.opened
      await exchange.write(frame(chunk({}, 'stop')))
      exchange.end(done)
    })
    const texts: unknown[] = []
    for await (const { choices } of await client.chat.completions.create(streaming)) {
      texts.push(choices[0]?.delta.content)
      more.open()
    }
    expect(texts).toEqual(['first', undefined])
  })

  it('37 an idle reader does not drain the upstream', async ({ client, server }) => {
    const total = 1200
    const { answer, written } = flood(total)
    server.script(answer)
    const stream = await client.chat.completions.create(streaming)
    const iterator = stream[Symbol.asyncIterator]()
    await iterator.next()
    expect(await settled(written)).toBeLessThan(total)
    await iterator.return?.()
  })

  it('38 a second loop throws', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const stream = await client.chat.completions.create(streaming)
    await collect(stream)
    const error = await failureOf(collect(stream))
    expect(error).toBeInstanceOf(OpenAI.OpenAIError)
    expect(String(error)).toMatch(/Cannot iterate over a consumed stream/)
  })

  it('38 a second loop throws, also after a loop that was left early', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const stream = await client.chat.completions.create(streaming)
    for await (const item of stream) if (item.id !== '') break
    expect(String(await failureOf(collect(stream)))).toMatch(/consumed stream/)
  })

  it('39 break aborts the controller and leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(chunk('first'), chunk('second')))
    const stream = await client.chat.completions.create(streaming)
    for await (const item of stream) if (item.id !== '') break
    expect(stream.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })

  it('39 an error in the loop aborts, leaves the upstream and comes out', async ({ client, server }) => {
    server.script(unfinished(chunk('first'), chunk('second')))
    const stream = await client.chat.completions.create(streaming)
    const mine = new Error('mine')
    const loop = async () => {
      for await (const item of stream) if (item.id !== '') throw mine
    }
    expect(await failureOf(loop())).toBe(mine)
    expect(stream.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })

  it('39 return() of the iterator aborts and leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(chunk('first'), chunk('second')))
    const stream = await client.chat.completions.create(streaming)
    const iterator = stream[Symbol.asyncIterator]()
    expect(await iterator.next()).toMatchObject({ done: false })
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(stream.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('39 a loop that is read to its end does not abort', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const stream = await client.chat.completions.create(streaming)
    await collect(stream)
    expect(stream.controller.signal.aborted).toBe(false)
  })

  it('40 controller.abort() ends the loop quietly, even while it waits', async ({ client, server }) => {
    server.script(unfinished(chunk('first')))
    const stream = await client.chat.completions.create(streaming)
    const iterator = stream[Symbol.asyncIterator]()
    expect((await iterator.next()).value?.choices[0]?.delta.content).toBe('first')
    const waiting = iterator.next()
    await turns(3)
    stream.controller.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await (
      await server.received(1)
    ).gone
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it("40 the caller's signal ends the loop quietly, even while it waits", async ({ client, server }) => {
    server.script(unfinished(chunk('first')))
    const controller = new AbortController()
    const stream = await client.chat.completions.create(streaming, { signal: controller.signal })
    const seen: unknown[] = []
    for await (const item of stream) {
      seen.push(item.choices[0]?.delta.content)
      setImmediate(() => controller.abort())
    }
    expect(seen).toEqual(['first'])
    await (
      await server.received(1)
    ).gone
  })

  it("40 the caller's own reason ends the loop quietly too", async ({ client, server }) => {
    server.script(unfinished(chunk('first')))
    const controller = new AbortController()
    const stream = await client.chat.completions.create(streaming, { signal: controller.signal })
    const { error, items } = await drain(
      (async function* () {
        for await (const item of stream) {
          yield item
          setImmediate(() => controller.abort(new Error('enough')))
        }
      })(),
    )
    expect(error).toBeUndefined()
    expect(items).toHaveLength(1)
  })

  it('40 an abort inside the loop ends it with the next step', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b', 'c')))
    const stream = await client.chat.completions.create(streaming)
    let seen = 0
    for await (const item of stream) {
      if (item.id !== '') seen += 1
      stream.controller.abort()
    }
    expect(seen).toBe(1)
  })

  it('42 there is no usage and no chunk without choices unless asked for', async ({ client, server }) => {
    server.always(streamed(chunks('a', 'b')))
    for (const extra of [{}, { stream_options: { include_usage: false } }, { stream_options: null }]) {
      const items = await collect(await client.chat.completions.create({ ...streaming, ...extra }))
      expect(items).toEqual(chunks('a', 'b'))
    }
  })

  it('42 usage comes last and without choices when it is asked for', async ({ client, server }) => {
    server.script(streamed(chunks('a')))
    const body = { ...streaming, stream_options: { include_usage: true } }
    const items = await collect(await client.chat.completions.create(body))
    expect(items).toHaveLength(4)
    expect(items.at(-1)).toMatchObject({ choices: [], usage })
    expect(items.slice(0, -1).map((item) => item.usage)).toEqual([null, null, null])
  })

  it('43 finish_reason is null, never undefined', async ({ client, server }) => {
    const bare = { ...chunk(''), choices: [{ index: 0, delta: { content: 'a' } }] }
    server.script(bytes(frame(bare), frame(chunk({}, 'stop')), done))
    const items = await collect(await client.chat.completions.create(streaming))
    expect(items.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, 'stop'])
  })

  it('45 concurrent next() calls are answered in order', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const iterator = (await client.chat.completions.create(streaming))[Symbol.asyncIterator]()
    const steps = await Promise.all(Array.from({ length: 6 }, () => iterator.next()))
    expect(steps.map((step) => step.done === true)).toEqual([false, false, false, false, true, true])
    expect(steps.slice(0, 4)).toMatchObject(chunks('a', 'b').map((value) => ({ value })))
  })

  it('45 the iterator is iterable', async ({ client, server }) => {
    server.script(streamed(chunks('a')))
    const iterator: object = (await client.chat.completions.create(streaming))[Symbol.asyncIterator]()
    expect(Reflect.apply(Reflect.get(iterator, Symbol.asyncIterator), iterator, [])).toBe(iterator)
  })

  it('45 Readable.from() takes it', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const readable = Readable.from(await client.chat.completions.create(streaming))
    expect(await collect(readable)).toEqual(chunks('a', 'b'))
  })

  it('45 5,000 chunks arrive, complete and in order', async ({ client, server }) => {
    const words = Array.from({ length: 5000 }, (_, index) => `word ${index}`)
    server.script(streamed(chunks(...words)))
    const items = await collect(await client.chat.completions.create(streaming))
    expect(textsOf(items).slice(1, -1)).toEqual(words)
  })
})
