import OpenAI from 'openai'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { Stream } from 'openai/streaming'
import { expect } from 'vitest'
import { bytes, chunk, chunks, done, frame, openStream, streamed, unfinished } from './answers.ts'
import { startServer, type Exchange } from './server.ts'
import { ask, collect, drain, eachSubject, turns } from './suite.ts'

const streaming = { ...ask, stream: true } as const

type Chunk = OpenAI.ChatCompletionChunk

const textsOf = (items: readonly Chunk[]): readonly unknown[] => items.map(({ choices }) => choices[0]?.delta.content)

/** A chunk that says who speaks, as the first one of a stream does. */
const first = chunk({ role: 'assistant', content: 'first' })

/** The JSON values of a body of server-sent events. */
const framesOf = (body: string): readonly unknown[] =>
  body
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event): unknown => JSON.parse(event.slice('data: '.length)))

async function readAll(body: ReadableStream<Uint8Array> | null): Promise<string> {
  return await new Response(body).text()
}

eachSubject((it) => {
  it('44 asResponse() of a stream is a body of server-sent events that ends with [DONE]', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const response = await client.chat.completions.create(streaming).asResponse()
    expect(response).toBeInstanceOf(Response)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch('text/event-stream')
    expect(response.bodyUsed).toBe(false)
    const body = await response.text()
    expect(framesOf(body)).toEqual(chunks('a', 'b'))
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('44 asResponse() can be passed on to another client', async ({ client, server }) => {
    server.script(streamed(chunks('größe 🌍', 'b')))
    const proxy = await startServer()
    try {
      proxy.script(async (exchange) => {
        const { status, headers, body } = await client.chat.completions.create(streaming).asResponse()
        exchange.head(status, { 'content-type': headers.get('content-type') ?? '' })
        exchange.end(await readAll(body))
      })
      const downstream = new OpenAI({ apiKey: 'sk-other', baseURL: proxy.baseURL })
      expect(await collect(await downstream.chat.completions.create(streaming))).toEqual(chunks('größe 🌍', 'b'))
    } finally {
      await proxy.close()
    }
  })

  it('44 the first bytes of asResponse() are there before the upstream has finished', async ({ client, server }) => {
    server.script(unfinished(first))
    const { body } = await client.chat.completions.create(streaming).asResponse()
    const reader = body?.getReader()
    const read = await reader?.read()
    expect(framesOf(new TextDecoder().decode(read?.value))).toEqual([first])
    await reader?.cancel()
    await (
      await server.received(1)
    ).gone
  })

  it('44 cancelling the unread body of asResponse() leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(first))
    const { body } = await client.chat.completions.create(streaming).asResponse()
    await body?.cancel()
    await (
      await server.received(1)
    ).gone
  })

  it('44 nothing is read ahead while nobody reads the body of asResponse()', async ({ client, server }) => {
    const bulk = frame(chunk('x'.repeat(64 * 1024)))
    let written = 0
    server.script(async (exchange: Exchange) => {
      openStream(exchange)
      for (; written < 1200; written += 1) await exchange.write(bulk)
      exchange.end(done)
    })
    const { body } = await client.chat.completions.create(streaming).asResponse()
    for (let before = -1; before !== written;) {
      before = written
      await turns(300)
    }
    expect(written).toBeLessThan(1200)
    await body?.cancel()
  })

  it('44 an error of the stream is an error of the body, after what came before', async ({ client, server }) => {
    server.script(async (exchange) => {
      openStream(exchange)
      await exchange.write(frame(first))
      setImmediate(() => exchange.cut())
    })
    const { body } = await client.chat.completions.create(streaming).asResponse()
    const { items, error } = await drain(body ?? new ReadableStream<Uint8Array>())
    expect(framesOf(Buffer.concat(items).toString())).toEqual([first])
    expect(error).toBeInstanceOf(Error)
  })

  it('46 both branches of tee() get everything, each at its own speed', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b', 'c')))
    const [left, right] = (await client.chat.completions.create(streaming)).tee()
    const ahead = left[Symbol.asyncIterator]()
    expect((await ahead.next()).value?.choices[0]?.delta.content).toBe('')
    expect((await ahead.next()).value?.choices[0]?.delta.content).toBe('a')
    expect(textsOf(await collect(right))).toEqual(['', 'a', 'b', 'c', undefined])
    expect((await ahead.next()).value?.choices[0]?.delta.content).toBe('b')
    expect(textsOf(await collect({ [Symbol.asyncIterator]: () => ahead }))).toEqual(['c', undefined])
  })

  it('46 both branches of tee() are Streams that share the controller', async ({ client, server }) => {
    server.script(streamed(chunks('a')))
    const stream = await client.chat.completions.create(streaming)
    const branches = stream.tee()
    for (const branch of branches) {
      expect(branch).toBeInstanceOf(Stream)
      expect(branch.controller).toBe(stream.controller)
    }
    await Promise.all(branches.map(collect))
  })

  it('46 one branch that is left early does not end the other', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const stream = await client.chat.completions.create(streaming)
    const [left, right] = stream.tee()
    for await (const item of left) if (item.id !== '') break
    expect(stream.controller.signal.aborted).toBe(false)
    expect(textsOf(await collect(right))).toEqual(['', 'a', 'b', undefined])
  })

  it('46 leaving both branches leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(first, chunk('second')))
    const [left, right] = (await client.chat.completions.create(streaming)).tee()
    for await (const item of left) if (item.id !== '') break
    for await (const item of right) if (item.id !== '') break
    await (
      await server.received(1)
    ).gone
  })

  it('46 an error reaches both branches', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), frame({ error: { message: 'The engine is overloaded.' } })))
    const [left, right] = (await client.chat.completions.create(streaming)).tee()
    const ends = [await drain(left), await drain(right)]
    for (const { items, error } of ends) {
      expect(textsOf(items)).toEqual(['a'])
      expect(error).toBeInstanceOf(OpenAI.APIError)
    }
    expect(ends[0]?.error).toBe(ends[1]?.error)
  })

  it('47 toReadableStream() is lines of JSON', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const lines = (await readAll((await client.chat.completions.create(streaming)).toReadableStream())).split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(chunks('a', 'b'))
  })

  it('47 what toReadableStream() gives is a stream again', async ({ client, server }) => {
    server.always(streamed(chunks('a', 'b')))
    const source = await client.chat.completions.create(streaming)
    const again = Stream.fromReadableStream<Chunk>(source.toReadableStream(), new AbortController())
    expect(await collect(again)).toEqual(chunks('a', 'b'))
    const second = await client.chat.completions.create(streaming)
    expect(await ChatCompletionStream.fromReadableStream(second.toReadableStream()).finalContent()).toBe('ab')
  })

  it('47 cancelling before the first read aborts and leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(first))
    const stream = await client.chat.completions.create(streaming)
    await stream.toReadableStream().cancel()
    expect(stream.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })

  it('47 cancelling in the middle aborts and leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(first, chunk('second')))
    const stream = await client.chat.completions.create(streaming)
    const reader = stream.toReadableStream().getReader()
    await reader.read()
    await reader.cancel()
    expect(stream.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })
})
