import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { ModelCard, Prices, RouterOptions } from '../src/index.ts'
import { createRouter, memoryAudit, routeOf } from '../src/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

type Message = OpenAI.ChatCompletionMessageParam

const minute = 60_000
/** About 2,000 tokens, more than the least that a cache keeps. */
const handbook = 'The handbook of the house. '.repeat(300)

function card(provider: string, prices: Partial<Prices> | null): ModelCard {
  const known = prices === null ? null : { input: 1, output: 4, cachedInput: 0.1, source: 'test', asOf: '2026-01-01', ...prices }
  return { provider, id: 'm', tier: 'standard', input: ['text'], features: ['streaming'], prices: known }
}

/** Two targets of equal price that take turns, `a` with a cache that costs a tenth. */
function house(
  prices: { readonly a?: Partial<Prices> | null; readonly b?: Partial<Prices> | null } = {},
  options: Partial<RouterOptions> = {},
  isKept = true,
) {
  const clock = fakeClock()
  const scripts: Record<string, FakeStep> = { a: answer('from a'), b: answer('from b') }
  const make = (id: 'a' | 'b') =>
    fakeProvider({ id, models: [card(id, prices[id] === undefined ? {} : prices[id])], script: () => scripts[id] ?? fail(), clock })
  const audit = memoryAudit()
  const client = createRouter({
    providers: [make('a'), make('b')],
    models: { either: { targets: ['a/m', 'b/m'], share: 'weight' }, ordered: ['b/m', 'a/m'] },
    ...(isKept && { affinity: { ttlMs: 5 * minute } }),
    clock,
    audit,
    ...options,
  })
  return { client, clock, scripts, audit }
}

/** One turn of a conversation: adds the answer to it, and tells who gave it. */
async function turn(client: OpenAI, conversation: Message[], model = 'either'): Promise<string | undefined> {
  conversation.push({ role: 'user', content: 'And then?' })
  const completion = await client.chat.completions.create({ model, messages: conversation })
  conversation.push({ role: 'assistant', content: completion.choices[0]?.message.content ?? '' })
  return routeOf(completion)?.target
}

const begin = (text = handbook): Message[] => [{ role: 'system', content: text }]

async function turns(client: OpenAI, conversation: Message[], count: number): Promise<Set<string | undefined>> {
  const targets = new Set<string | undefined>()
  for (let index = 0; index < count; index++) targets.add(await turn(client, conversation))
  return targets
}

/** The decision of a conversation's second turn, whose first went to `a`, where `b` would come first. */
async function decided(prices: Parameters<typeof house>[0], text = handbook) {
  const { client } = house(prices)
  const conversation = begin(text)
  await turn(client, conversation, 'a/m')
  return client.explain({ model: 'ordered', messages: [...conversation, { role: 'user', content: 'And then?' }] })
}

describe('a conversation and the prompt cache', () => {
  it('stays with the target that served it, where the others share the traffic', async () => {
    const { client } = house()
    for (let round = 0; round < 4; round++) expect((await turns(client, begin(`${round} ${handbook}`), 8)).size).toBe(1)
  })

  it('takes turns without affinity, and where an agent switches it off', async () => {
    const { client } = house({}, {}, false)
    expect((await turns(client, begin(), 4)).size).toBe(2)
    const other = house({}, { agents: { batch: { primary: 'either', affinity: false } } }).client
    expect((await turns(other.agent('batch'), begin(), 4)).size).toBe(2)
  })

  it('holds for an agent that has it alone', async () => {
    const agents = { support: { primary: 'either', affinity: { ttlMs: minute } } }
    const { client } = house({}, { agents }, false)
    expect((await turns(client.agent('support'), begin(), 6)).size).toBe(1)
    expect((await turns(client, begin(), 4)).size).toBe(2)
  })

  it('keeps conversations apart that only begin alike', async () => {
    const { client } = house()
    // Two that begin one after the other may go to the same target; of three, one goes elsewhere.
    const conversations = ['one', 'two', 'three'].map((content): Message[] => [...begin(), { role: 'user', content }])
    const served = async () => {
      const targets: (string | undefined)[] = []
      for (const conversation of conversations) targets.push(await turn(client, conversation))
      return targets
    }
    const first = await served()
    expect(new Set(first)).toEqual(new Set(['a/m', 'b/m']))
    expect(await served()).toEqual(first)
    expect(await served()).toEqual(first)
  })

  it('ends when the cache is likely to be cold', async () => {
    const { client, clock } = house()
    const conversation = begin()
    await turn(client, conversation, 'a/m')
    const decision = async () => client.explain({ model: 'ordered', messages: [...conversation, { role: 'user', content: 'hm' }] })
    await clock.advanceAsync(5 * minute)
    expect((await decision()).chain[0]?.target).toBe('a/m')
    await clock.advanceAsync(1)
    expect(await decision()).not.toHaveProperty('affinity')
    expect((await decision()).chain[0]?.target).toBe('b/m')
  })

  it('begins anew with every turn', async () => {
    const { client, clock } = house()
    const conversation = begin()
    await turn(client, conversation, 'a/m')
    for (let round = 0; round < 3; round++) {
      await clock.advanceAsync(4 * minute)
      expect(await turn(client, conversation, 'ordered')).toBe('a/m')
    }
  })

  it('follows the conversation to whoever served it last', async () => {
    const { client, scripts } = house()
    const conversation = begin()
    await turn(client, conversation, 'a/m')
    scripts['a'] = fail({ status: 503 })
    expect(await turn(client, conversation, 'ordered')).toBe('b/m')
    scripts['a'] = answer('back')
    expect((await turns(client, conversation, 4)).has('a/m')).toBe(false)
  })

  it('counts a stream that was read to its end', async () => {
    const { client } = house()
    const conversation: Message[] = [...begin(), { role: 'user', content: 'Go on.' }]
    const stream = await client.chat.completions.create({ model: 'a/m', messages: conversation, stream: true })
    for await (const chunk of stream) void chunk
    conversation.push({ role: 'assistant', content: 'from a' })
    expect(await turn(client, conversation, 'ordered')).toBe('a/m')
  })

  it('knows the conversation by a prefix: another tool, another beginning is another conversation', async () => {
    const { client } = house()
    const conversation = begin()
    await turn(client, conversation, 'a/m')
    const next: Message[] = [...conversation, { role: 'user', content: 'hm' }]
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'look', parameters: {} } }]
    expect(await client.explain({ model: 'ordered', messages: next })).toHaveProperty('affinity')
    expect(await client.explain({ model: 'ordered', messages: next, tools })).not.toHaveProperty('affinity')
    expect(await client.explain({ model: 'ordered', messages: next.slice(1) })).not.toHaveProperty('affinity')
  })
})

describe('the price of staying', () => {
  it('stays while the cache saves more than the target is dearer, and says so', async () => {
    const { affinity, chain } = await decided({ b: { input: 0.5, output: 2 } })
    expect(chain.map(({ target }) => target)).toEqual(['a/m', 'b/m'])
    expect(affinity).toMatchObject({ target: 'a/m', stays: true })
    // 2,000 tokens: 0.90 dollars a million saved by the cache, 0.50 dearer without it.
    expect(affinity?.savingUsd).toBeGreaterThan(affinity?.extraUsd ?? Infinity)
    expect(affinity?.extraUsd).toBeGreaterThan(0)
  })

  it('leaves as soon as another is cheaper by more', async () => {
    const { affinity, chain } = await decided({ b: { input: 0.05, output: 0.2 } })
    expect(chain.map(({ target }) => target)).toEqual(['b/m', 'a/m'])
    expect(affinity).toMatchObject({ target: 'a/m', stays: false })
    expect(affinity?.savingUsd).toBeLessThan(affinity?.extraUsd ?? 0)
  })

  it('does not stay for a cache that saves nothing', async () => {
    expect((await decided({ a: { cachedInput: 1 } })).affinity).toMatchObject({ stays: false, savingUsd: 0 })
  })

  it('does not stay where a price is not known: unknown is not cheap', async () => {
    const nothing = { target: 'a/m', stays: false, savingUsd: null, extraUsd: null }
    expect((await decided({ a: null })).affinity).toEqual(nothing)
    expect((await decided({ b: null })).affinity).toEqual(nothing)
  })

  it('expects no cache of a prompt that is too short for one', async () => {
    expect(await decided({}, 'Be brief.')).not.toHaveProperty('affinity')
  })
})

describe('what is kept of conversations', () => {
  it('is nothing that could be read: no content in the decision, the trail or the client', async () => {
    const { client, audit } = house()
    const conversation = begin(`confidential ${handbook}`)
    await turn(client, conversation)
    await turn(client, conversation)
    const told = JSON.stringify([audit.records, await client.explain({ model: 'either', messages: conversation })])
    expect(told).not.toContain('confidential')
  })

  it.each<object>([{ ttlMs: 0 }, { ttlMs: -1 }, {}])('is checked: %j', (affinity) => {
    expect(() => createRouter(Object.assign<RouterOptions, object>({ providers: [fakeProvider()] }, { affinity }))).toThrow(
      'affinity.ttlMs',
    )
  })
})
