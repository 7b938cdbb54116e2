import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, attemptsOf, createRouter, memoryKeys, routeOf } from '../src/index.ts'
import type { AdapterCall, ProviderAdapter } from '../src/index.ts'
import { answer, completion, fail, fakeProvider, stall, stream } from '../src/testing/index.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const body = { model: 'auto', messages }

/** A provider that keeps what it is called with. */
function listener(): { readonly adapter: ProviderAdapter; readonly calls: AdapterCall[] } {
  const calls: AdapterCall[] = []
  const fake = fakeProvider({ id: 'acme', models: ['m'], script: answer('hi') })
  const adapter: ProviderAdapter = {
    ...fake,
    complete(call) {
      calls.push(call)
      return fake.complete(call)
    },
  }
  return { adapter, calls }
}

/** Gives these chunks, one whenever it is asked. */
function source(chunks: () => AsyncGenerator): ProviderAdapter {
  return {
    ...fakeProvider({ id: 'acme', models: ['m'] }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what an adapter that is not typed may give
    stream: () => chunks() as AsyncGenerator<OpenAI.ChatCompletionChunk>,
  }
}

const chunk = (content: string, finish: 'stop' | null = null): OpenAI.ChatCompletionChunk => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'm',
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
})

describe('what an adapter is called with', () => {
  it('the caller’s own headers and the options of its own provider, where there are any', async () => {
    const { adapter, calls } = listener()
    const client = createRouter({ providers: [adapter], keys: memoryKeys({}) })
    const providerOptions = { acme: { mood: 'calm' }, other: { mood: 'wild' } }
    await client.with({ providerOptions }).chat.completions.create({ model: 'acme/m', messages }, { headers: { 'x-trace': 'abc' } })
    expect(calls[0]).toMatchObject({ headers: { 'x-trace': 'abc' }, providerOptions: { mood: 'calm' } })
    await client.with({ providerOptions: { other: {} } }).chat.completions.create({ model: 'acme/m', messages })
    expect(Object.keys(calls[1] ?? {})).toEqual(['model', 'card', 'secret', 'signal', 'onSecret', 'onHeaders', 'request'])
  })
})

describe('one answer', () => {
  it('that names no model is that of the model which was asked', async () => {
    const nameless = { id: 'x', object: 'chat.completion', created: 0, choices: [{ index: 0, message: { role: 'assistant' } }] }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a compatible server may answer
    const { client } = two(completion(nameless as unknown as OpenAI.ChatCompletion), [])
    const given = await client.chat.completions.create({ model: 'first/model-a', messages })
    expect(routeOf(given)).toMatchObject({ target: 'first/model-a', model: 'model-a' })
  })

  it('that names another model is that model’s', async () => {
    const { client } = two(answer('hi', { model: 'model-a-2026' }), [])
    const given = await client.chat.completions.create({ model: 'first/model-a', messages })
    expect(routeOf(given)).toMatchObject({ target: 'first/model-a', model: 'model-a-2026' })
  })

  it('that is none says whose it is', async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a compatible server may answer
    const { client } = two(completion({} as unknown as OpenAI.ChatCompletion), [])
    await expect(client.chat.completions.create({ model: 'first/model-a', messages }, { maxRetries: 0 })).rejects.toThrow(
      'first answered with something that is no answer.',
    )
  })

  it('stays where it is unless it is a refusal, with onRefusal: switch', async () => {
    const { client, agent, second } = two(answer('gladly'), answer('instead'))
    const given = await agent.with({ onRefusal: 'switch' }).chat.completions.create(body)
    expect(given.choices[0]?.message.content).toBe('gladly')
    expect(second.calls).toHaveLength(0)
    expect(client).toBeDefined()
  })

  it('is waited for until the target’s own limit where the caller’s falls on the same moment: then the next is asked', async () => {
    const { agent, clock } = two([stall()], [answer('fallback')], { clocks: { attemptMs: 1000 } })
    const asked = agent.chat.completions.create(body, { timeout: 1000 })
    await clock.advanceAsync(1001)
    const given = await asked
    expect(given.choices[0]?.message.content).toBe('fallback')
    expect(routeOf(given)?.failed).toMatchObject([{ target: 'first/model-a', kind: 'timeout' }])
  })
})

describe('one stream', () => {
  it('that ends without a finish has been cut, and says so', async () => {
    const client = createRouter({
      keys: memoryKeys({}),
      providers: [
        source(async function* () {
          yield chunk('one ')
          yield chunk('two')
        }),
      ],
    })
    const error = await failureOf(await opened(client))
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(attemptsOf(error)).toMatchObject([{ target: 'acme/m', kind: 'truncated' }])
  })

  it('with a piece that is no chunk has been spoilt, and says so', async () => {
    const client = createRouter({
      keys: memoryKeys({}),
      providers: [
        source(async function* () {
          yield chunk('one ')
          yield null
        }),
      ],
    })
    const error = await failureOf(await opened(client))
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(attemptsOf(error)).toMatchObject([{ target: 'acme/m', kind: 'malformed' }])
  })

  it('comes with the headers of the target that serves it', async () => {
    const { agent } = two([fail({ status: 503 })], [stream(['a'], { headers: { 'x-served-by': 'the second' } })])
    const streamed = agent.chat.completions.create({ ...body, stream: true })
    const { data, response } = await streamed.withResponse()
    expect(response.headers.get('x-served-by')).toBe('the second')
    expect(await failureOf(data)).toBeUndefined()
  })

  it('is not hurried while its reader works, however often it has been read', async () => {
    const { client, clock } = two(stream(['a', 'b', 'c', 'd']), [], { clocks: { idleMs: 500 } })
    const pieces: string[] = []
    for await (const { choices } of await client.chat.completions.create({ model: 'first/model-a', messages, stream: true })) {
      pieces.push(choices[0]?.delta.content ?? '')
      await clock.advanceAsync(2000)
    }
    expect(pieces.join('')).toBe('abcd')
  })

  it('ends quietly where the caller leaves while the next piece is awaited', async () => {
    const { client, clock, audit } = two(stream(['a', 'b'], { stallAfter: 1 }), [])
    const streamed = await client.chat.completions.create({ model: 'first/model-a', messages, stream: true })
    const pieces: string[] = []
    const read = (async () => {
      for await (const { choices } of streamed) pieces.push(choices[0]?.delta.content ?? '')
    })()
    await clock.advanceAsync(10)
    streamed.controller.abort()
    await read
    expect(pieces.join('')).toBe('a')
    expect(audit.records.map(({ event }) => event.type).filter((type) => type.startsWith('request.'))).toEqual([
      'request.accepted',
      'request.cancelled',
    ])
  })
})

function opened(client: OpenAI) {
  return client.chat.completions.create({ model: 'acme/m', messages, stream: true })
}

async function failureOf(streamed: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of streamed);
  } catch (error) {
    return error
  }
  return undefined
}
