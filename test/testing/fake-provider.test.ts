import { describe, expect, it } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { classification } from '../../src/classification.ts'
import { ModelyardError } from '../../src/errors.ts'
import { answer, completion, fail, fakeClock, fakeProvider, stall, stream, toolCalls } from '../../src/testing/index.ts'

function callOf(overrides: Partial<AdapterCall> = {}): AdapterCall {
  return {
    model: 'fake-model',
    card: undefined,
    request: { model: 'fake-model', messages: [{ role: 'user', content: 'How are you today?' }] },
    secret: new Secret('sk-very-secret'),
    signal: new AbortController().signal,
    ...overrides,
  }
}

async function collect(chunks: AsyncIterable<ChatCompletionChunk>): Promise<readonly ChatCompletionChunk[]> {
  const all: ChatCompletionChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')

describe('fakeProvider', () => {
  it('answers step after step, and a single step for ever', async () => {
    const fake = fakeProvider({ script: [answer('one'), (call) => answer(`call ${call.number} to ${call.model}`)] })
    expect((await fake.complete(callOf())).choices[0]?.message.content).toBe('one')
    expect((await fake.complete(callOf({ model: 'other' }))).choices[0]?.message.content).toBe('call 2 to other')
    expect(fake.remaining).toBe(0)
    const endless = fakeProvider({ script: answer('always') })
    for (let round = 0; round < 3; round++) expect((await endless.complete(callOf())).choices[0]?.message.content).toBe('always')
    endless.assertDone()
  })

  it('streams in the chunk grammar: role, content, one finish reason, usage at the end', async () => {
    const fake = fakeProvider({ script: answer('Fine, thank you.', { reasoning: 'A greeting.' }) })
    const chunks = await collect(fake.stream(callOf()))
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' })
    expect(textOf(chunks)).toBe('Fine, thank you.')
    expect(
      chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.finish_reason)).filter((reason) => reason !== null),
    ).toEqual(['stop'])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } })
    expect(new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`)).size).toBe(1)
  })

  it('gives the same answer with and without stream', async () => {
    const fake = fakeProvider({ script: stream(['Hel', 'lo'], { usage: { completion_tokens: 9 } }) })
    const whole = await fake.complete(callOf())
    const chunks = await collect(fake.stream(callOf()))
    expect(whole.choices[0]?.message.content).toBe('Hello')
    expect(textOf(chunks)).toBe('Hello')
    expect(whole.usage).toEqual(chunks.at(-1)?.usage)
  })

  it('calls tools', async () => {
    const fake = fakeProvider({
      script: toolCalls([
        { name: 'weather', arguments: { city: 'Oslo' } },
        { name: 'time', id: 'own' },
      ]),
    })
    const whole = await fake.complete(callOf())
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(whole.choices[0]?.message.tool_calls).toEqual([
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { id: 'own', type: 'function', function: { name: 'time', arguments: '{}' } },
    ])
    const deltas = (await collect(fake.stream(callOf()))).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
    expect(deltas.map(({ index, id }) => [index, id])).toEqual([
      [0, 'call_1'],
      [0, undefined],
      [1, 'own'],
      [1, undefined],
    ])
  })

  it('gives a whole completion back as it was written, and never the same object twice', async () => {
    const body = await fakeProvider({ script: answer('template') }).complete(callOf())
    const fake = fakeProvider({ script: completion(body) })
    const [first, second] = [await fake.complete(callOf()), await fake.complete(callOf())]
    expect(first).toEqual(body)
    expect(first).not.toBe(second)
  })

  it('fails with the scripted failure and classifies its own error', async () => {
    const fake = fakeProvider({
      script: [fail({ status: 429, retryAfterMs: 2_000, headers: { 'x-limit': '0' } }), fail({ kind: 'network' })],
    })
    const accepted: Headers[] = []
    const error: unknown = await fake
      .complete(callOf({ onHeaders: (headers) => accepted.push(headers) }))
      .catch((thrown: unknown) => thrown)
    const failure = fake.failure(error)
    expect(failure).toMatchObject({ kind: 'rate_limit', status: 429, retryAfterMs: 2_000 })
    expect(failure.headers?.get('x-limit')).toBe('0')
    expect(accepted).toEqual([])
    const second: unknown = await collect(fake.stream(callOf())).catch((thrown: unknown) => thrown)
    expect(fake.failure(second).kind).toBe('network')
  })

  it('hands over the headers of an answer once', async () => {
    const fake = fakeProvider({ script: answer('a b', { headers: { 'x-request-id': 'r1' } }) })
    const ids: (string | null)[] = []
    await fake.complete(callOf({ onHeaders: (headers) => ids.push(headers.get('x-request-id')) }))
    await collect(fake.stream(callOf({ onHeaders: (headers) => ids.push(headers.get('x-request-id')) })))
    expect(ids).toEqual(['r1', 'r1'])
  })

  it('breaks a stream after so many chunks, as cut or with the error it was given', async () => {
    const fake = fakeProvider({
      script: [stream(['a', 'b', 'c'], { failAfter: 2 }), stream(['a', 'b'], { failAfter: 1, error: fail({ status: 529 }) })],
    })
    for (const [text, kind] of [
      ['ab', 'truncated'],
      ['a', 'overloaded'],
    ]) {
      const chunks: ChatCompletionChunk[] = []
      const error: unknown = await (async () => {
        for await (const chunk of fake.stream(callOf())) chunks.push(chunk)
      })().catch((thrown: unknown) => thrown)
      expect(textOf(chunks)).toBe(text)
      expect(fake.failure(error).kind).toBe(kind)
    }
  })

  it('stalls until the call is aborted, and then says that it was', async () => {
    const fake = fakeProvider({ script: [stall(), stream(['a', 'b'], { stallAfter: 1 })] })
    const controller = new AbortController()
    const waiting = fake.complete(callOf({ signal: controller.signal }))
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(fake.calls[0]?.aborted).toBe(true)

    const second = new AbortController()
    const chunks: ChatCompletionChunk[] = []
    await expect(
      (async () => {
        for await (const chunk of fake.stream(callOf({ signal: second.signal }))) {
          chunks.push(chunk)
          if (textOf(chunks) === 'a') second.abort(new Error('enough'))
        }
      })(),
    ).rejects.toThrow('enough')
    expect(fake.calls[1]?.aborted).toBe(true)
  })

  it('takes its time from the clock it is given', async () => {
    const clock = fakeClock()
    const fake = fakeProvider({ clock, script: stream(['a', 'b'], { delayMs: 100, chunkMs: 10 }) })
    const texts: string[] = []
    const reading = (async () => {
      for await (const chunk of fake.stream(callOf())) texts.push(chunk.choices[0]?.delta.content ?? '')
    })()
    await clock.advanceAsync(109)
    expect(texts).toEqual([''])
    await clock.advanceAsync(1)
    expect(texts).toEqual(['', 'a'])
    await clock.advanceAsync(10)
    await reading
    expect(texts.join('')).toBe('ab')
  })

  it('records what it was asked, frozen, with the fingerprint of the key and never the key', async () => {
    const fake = fakeProvider({ script: answer('ok') })
    const call = callOf({ headers: { 'x-trace': '1' }, providerOptions: { speed: 'fast' } })
    await fake.complete(call)
    const [record] = fake.calls
    expect(record).toMatchObject({ model: 'fake-model', number: 1, streamed: false, headers: { 'x-trace': '1' }, aborted: false })
    expect(record?.request).toBe(call.request)
    expect(record?.fingerprint).toBe(call.secret.fingerprint)
    expect(Object.isFrozen(record)).toBe(true)
    expect(JSON.stringify(fake.calls)).not.toContain('very-secret')
  })

  it('counts a stream that its consumer left as aborted, and one that was read to the end as not', async () => {
    const fake = fakeProvider({ script: answer('a b c') })
    for await (const _ of fake.stream(callOf())) break
    await collect(fake.stream(callOf()))
    expect(fake.calls.map(({ aborted }) => aborted)).toEqual([true, false])
  })

  it('fails loudly when it is asked once too often: an error that no failover hides', async () => {
    const fake = fakeProvider({ id: 'primary', script: [answer('only')] })
    await fake.complete(callOf())
    const error: unknown = await fake.complete(callOf()).catch((thrown: unknown) => thrown)
    expect(ModelyardError.is(error) && error.code).toBe('FAKE_EXHAUSTED')
    const failure = fake.failure(error)
    expect(failure.message).toContain("fake provider 'primary' was asked 2 times, but its script has 1 step")
    expect(classification[failure.kind]).toMatchObject({ next: false, same: false })
    expect(() => fake.assertDone()).toThrow(/asked 2 times, but its script has 1 step[\s\S]*\(no step\)/)
  })

  it('reports steps that nobody used', async () => {
    const fake = fakeProvider({ script: [answer('used'), fail({ status: 503 }), stall()] })
    await fake.complete(callOf())
    expect(() => fake.assertDone()).toThrow(/asked 1 times and has 2 steps left[\s\S]*fail: server 503\s+never asked/)
    expect(fake.remaining).toBe(2)
  })

  it('has models, support and embeddings as it is told', async () => {
    const fake = fakeProvider({
      models: ['tiny'],
      supports: () => ({ level: 'no', field: 'tools', reason: 'never learnt it' }),
      embed: () => ({ object: 'list', data: [], model: 'tiny', usage: { prompt_tokens: 0, total_tokens: 0 } }),
    })
    expect(fake.models).toMatchObject([{ provider: 'fake', id: 'tiny', prices: null }])
    expect(fake.supports(callOf().request, undefined, 'tiny')).toMatchObject({ level: 'no', field: 'tools' })
    expect((await fake.embed?.({ ...callOf(), request: { model: 'tiny', input: 'x' } }))?.data).toEqual([])
    expect(fakeProvider().embed).toBeUndefined()
  })
})
