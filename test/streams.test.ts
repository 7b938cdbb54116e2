import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { describe, expect, it } from 'vitest'
import { answer, fail, fakeClock, fakeProvider, stall, stream, toolCalls } from '../src/testing/index.ts'
import { StreamInterruptedError, attemptsOf, createRouter, routeOf } from '../src/index.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

const open = (client: OpenAI, options?: OpenAI.RequestOptions) =>
  client.chat.completions.create({ model: 'auto', messages, stream: true }, options)

async function drain(opened: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  let error: unknown
  try {
    for await (const chunk of opened) chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  return { chunks, error, text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('') }
}

describe('a stream before its first content', () => {
  it.each([
    ['fails with 503', fail({ status: 503 })],
    ['cannot be reached', fail({ kind: 'network' })],
    ['is accepted and then cut', stream([], { failAfter: 0 })],
    ['is accepted and then reports an error', stream([], { failAfter: 0, error: fail({ kind: 'overloaded' }) })],
  ])('goes on to the fallback unseen when it %s', async (_name, step) => {
    const { agent } = two([step], [answer('from the fallback')])
    const opened = await open(agent)
    const { text, chunks, error } = await drain(opened)
    expect(error).toBeUndefined()
    expect(text).toBe('from the fallback')
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role === 'assistant')).toHaveLength(1)
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(routeOf(opened)).toMatchObject({ target: 'second/model-b', attempts: 2 })
  })

  it('TO-01 leaves a target that says nothing for firstTokenMs', async () => {
    const { agent, clock, first } = two([stall()], [answer('fallback')], { clocks: { firstTokenMs: 500 } })
    const drained = Promise.resolve(open(agent)).then(drain)
    await clock.advanceAsync(501)
    expect((await drained).text).toBe('fallback')
    expect(first.calls[0]?.aborted).toBe(true)
  })

  it('TO-01 leaves a target that opens the stream and then says nothing', async () => {
    const { agent, clock } = two([stream(['never'], { stallAfter: 0 })], [answer('fallback')], { clocks: { firstTokenMs: 500 } })
    const drained = Promise.resolve(open(agent)).then(drain)
    await clock.advanceAsync(501)
    expect((await drained).text).toBe('fallback')
  })

  it('36 rejects at the await when no target accepts the call', async () => {
    const { agent } = two([fail({ status: 500 })], fail({ status: 429, code: 'slow_down' }))
    await expect(open(agent, { maxRetries: 0 })).rejects.toMatchObject({ status: 429, code: 'slow_down' })
  })

  it('gives the caller a 400 at once', async () => {
    const { agent, second } = two([fail({ status: 400 })], [answer('never asked')])
    await expect(open(agent)).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    expect(second.calls).toHaveLength(0)
  })

  it('CL-22 takes an empty answer with a finish reason as an answer', async () => {
    const { agent, second } = two([stream([])], [answer('never asked')])
    const { error, chunks } = await drain(await open(agent))
    expect(error).toBeUndefined()
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(second.calls).toHaveLength(0)
  })
})

describe('a stream after its first content', () => {
  it('ST-03 and ST-04: never changes its target; a cut throws the interruption with what had arrived', async () => {
    const { agent, second } = two([stream(['one ', 'two ', 'three'], { failAfter: 2 })], [answer('never asked')])
    const { text, error } = await drain(await open(agent))
    expect(text).toBe('one two ')
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ kind: 'truncated', partialText: 'one two ', partialToolCalls: [] })
    expect(attemptsOf(error)).toMatchObject([{ target: 'first/model-a', kind: 'truncated' }])
    expect(second.calls).toHaveLength(0)
    expect(JSON.stringify(error)).not.toContain('one two')
  })

  it('hands over partial tool calls as incomplete', async () => {
    const calls = toolCalls([{ name: 'weather', arguments: { city: 'Rome' } }])
    const cut = stream([], { ...(calls.step === 'answer' ? calls.details : {}), failAfter: 1 })
    const { agent } = two([cut], [answer('never asked')])
    const { error } = await drain(await open(agent))
    if (!(error instanceof StreamInterruptedError)) throw new Error('expected an interruption', { cause: error })
    expect(error.partialToolCalls).toMatchObject([{ name: 'weather', complete: false }])
  })

  it('idleMs ends a stream that stalls, and does not run while the caller works', async () => {
    const { agent, clock } = two([stream(['one ', 'two'], { stallAfter: 1 })], [answer('never asked')], { clocks: { idleMs: 500 } })
    const iterator = (await open(agent))[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    await clock.advanceAsync(5000)
    const waiting = expect(iterator.next()).rejects.toMatchObject({ kind: 'timeout' })
    await clock.advanceAsync(499)
    await clock.advanceAsync(2)
    await waiting
  })

  it('BR-18 records the verdict at the end: a cut stream is a failure, a whole one a success', async () => {
    const cut = stream(['one'], { failAfter: 1 })
    const { agent, client } = two([cut, cut, answer('well')], [])
    await drain(await open(agent))
    await drain(await open(agent))
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(2)
    await drain(await open(agent))
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })

  it('ST-09 leaving the loop ends the call, counts for nobody, and says so in the trail', async () => {
    const { agent, client, first, audit } = two([stream(['one ', 'two ', 'three'])], [])
    const opened = await open(agent)
    for await (const chunk of opened) if (chunk.choices[0]?.delta.content === 'one ') break
    await client.flush()
    expect(first.calls[0]?.aborted).toBe(true)
    expect(opened.controller.signal.aborted).toBe(true)
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
    expect(audit.records.at(-1)?.event.type).toBe('request.cancelled')
    expect(audit.records.find(({ event }) => event.type === 'attempt.failed')?.event).toMatchObject({
      kind: 'aborted',
      usageSource: 'estimated',
    })
  })

  it('ST-10 lets go of a stream that nobody reads at totalMs', async () => {
    const { agent, client, first, audit, clock } = two([stream(['one', 'two'])], [], { clocks: { totalMs: 1000 } })
    await open(agent)
    await clock.advanceAsync(1001)
    await client.flush()
    expect(first.calls[0]?.aborted).toBe(true)
    expect(audit.records.at(-1)?.event).toMatchObject({ type: 'request.failed', kind: 'deadline' })
  })

  it('an aborted signal ends the loop quietly and rejects a call that has not opened', async () => {
    const { agent } = two([stream(['one', 'two'], { stallAfter: 1 })], [])
    const controller = new AbortController()
    const opened = await open(agent, { signal: controller.signal })
    const drained = drain(opened)
    controller.abort(new Error('enough'))
    expect((await drained).error).toBeUndefined()
    await expect(open(agent, { signal: controller.signal })).rejects.toBeInstanceOf(APIUserAbortError)
  })
})

describe('what a stream costs', () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }

  it('ST-15 shows usage only to the caller who asked, and books it either way', async () => {
    const { agent, client } = two([answer('text', { usage }), answer('text', { usage })], [])
    const unasked = await drain(await open(agent))
    expect(unasked.chunks.every((chunk) => chunk.usage === undefined || chunk.usage === null)).toBe(true)
    const asked = await drain(
      await agent.chat.completions.create({ model: 'auto', messages, stream: true, stream_options: { include_usage: true } }),
    )
    expect(asked.chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 1000 } })
    expect(client.ledger.totals()[0]).toMatchObject({ calls: 2 })
  })

  it('ST-16 estimates a stream that was left, and says that it is an estimate', async () => {
    const { agent, client, audit } = two([stream(['word '.repeat(40), 'more'])], [])
    for await (const chunk of await open(agent)) if (chunk.choices[0]?.delta.content) break
    await client.flush()
    const left = audit.records.find(({ event }) => event.type === 'attempt.failed')?.event
    expect(left).toMatchObject({ usageSource: 'estimated', usage: { output: 50 } })
  })
})

it('AB-06 keeps 200 interleaved streams apart', async () => {
  const clock = fakeClock()
  const provider = fakeProvider({
    id: 'first',
    models: ['m'],
    clock,
    script: ({ request }) =>
      stream(Array.from({ length: 5 }, (_, part) => `${JSON.stringify(request.messages[0]?.content)}:${part};`)),
  })
  const client = createRouter({ providers: [provider], clock })
  const texts = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const opened = await client.chat.completions.create({
        model: 'm',
        stream: true,
        messages: [{ role: 'user', content: `n${index}` }],
      })
      return (await drain(opened)).text
    }),
  )
  expect(texts).toEqual(texts.map((_, index) => [0, 1, 2, 3, 4].map((part) => `"n${index}":${part};`).join('')))
})

it("the caller's timeout is for the call to be accepted; it does not cut a running stream", async () => {
  const { agent, clock } = two([stream(['one ', 'two'], { chunkMs: 400 })], [])
  const drained = Promise.resolve(open(agent, { timeout: 300 })).then(drain)
  for (let step = 0; step < 12; step++) await clock.advanceAsync(100)
  expect((await drained).text).toBe('one two')
  const silent = two(stall(), stall())
  const rejected = expect(open(silent.agent, { timeout: 300, maxRetries: 0 })).rejects.toBeInstanceOf(APIConnectionTimeoutError)
  await silent.clock.advanceAsync(301)
  await silent.clock.advanceAsync(301)
  await rejected
})
