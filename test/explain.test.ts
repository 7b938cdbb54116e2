import fc from 'fast-check'
import type OpenAI from 'openai'
import { Stream } from 'openai/streaming'
import { expect, it } from 'vitest'
import type { MemoryAudit, ModelCard, ProviderAdapter, RouterOptions } from '../src/index.ts'
import { attemptsOf, createRouter, memoryAudit } from '../src/index.ts'
import { answer, fail, fakeProvider } from '../src/testing/index.ts'

const names = ['alpha', 'beta', 'gamma'] as const
const models = ['m1', 'm2', 'm3'] as const

interface World {
  readonly providers: readonly {
    readonly region: string | undefined
    readonly drops: boolean
    readonly fails: boolean
    readonly cards: readonly ModelCard[]
  }[]
  readonly options: RouterOptions
  readonly body: {
    readonly model: string
    readonly stream: boolean
    readonly image: boolean
    readonly tools: boolean
    readonly long: boolean
  }
}

const card = (provider: string) =>
  fc
    .record({
      id: fc.constantFrom(...models),
      tier: fc.constantFrom('simple' as const, 'standard' as const, 'complex' as const),
      image: fc.boolean(),
      tools: fc.boolean(),
      window: fc.constantFrom(undefined, 500, 100_000),
      dead: fc.boolean(),
      replacement: fc.constantFrom(undefined, ...models),
    })
    .map(({ id, tier, image, tools, window, dead, replacement }): ModelCard => ({
      provider,
      id,
      tier,
      input: image ? ['text', 'image'] : ['text'],
      features: tools ? ['tools'] : [],
      prices: null,
      ...(window !== undefined && { contextWindow: window }),
      ...(dead && { lifecycle: { shutdownDate: '2020-01-01', ...(replacement !== undefined && { replacement }) } }),
    }))

const reference = fc.oneof(
  fc.constantFrom(...models),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...models)).map((parts) => parts.join('/')),
  fc.constantFrom('auto', 'tier:simple', 'tier:standard', 'tier:complex'),
)

const worlds: fc.Arbitrary<World> = fc.record({
  providers: fc.tuple(
    ...names.map((name) =>
      fc.record({
        region: fc.constantFrom(undefined, 'eu', 'us'),
        drops: fc.boolean(),
        fails: fc.boolean(),
        cards: fc.array(card(name), { maxLength: 3 }),
      }),
    ),
  ),
  options: fc.record(
    {
      region: fc.constantFrom('eu', 'us'),
      strict: fc.boolean(),
      agents: fc.record({ helper: fc.record({ primary: reference, fallback: fc.array(reference, { maxLength: 2 }) }) }),
      tiers: fc.record({
        simple: fc.array(
          reference.filter((name) => name.includes('/')),
          { minLength: 1, maxLength: 2 },
        ),
      }),
    },
    { requiredKeys: [] },
  ),
  body: fc.record({
    model: fc.oneof(reference, fc.constant('agent:helper')),
    stream: fc.boolean(),
    image: fc.boolean(),
    tools: fc.boolean(),
    long: fc.boolean(),
  }),
})

function adapters({ providers }: World): readonly ProviderAdapter[] {
  return providers.map(({ region, drops, fails, cards }, index) =>
    fakeProvider({
      id: names[index] ?? 'none',
      models: [...new Map(cards.map((each) => [each.id, each])).values()],
      script: fails ? fail({ status: 500 }) : answer('ok'),
      ...(region !== undefined && { region }),
      supports: () => ({ level: 'yes', dropped: drops ? ['seed'] : [] }),
    }),
  )
}

const content = ({ image, long }: World['body']) => {
  const text = long ? 'word '.repeat(2000) : 'hello'
  return image
    ? [
        { type: 'text' as const, text },
        { type: 'image_url' as const, image_url: { url: 'https://example.com/x.png' } },
      ]
    : text
}

/** The targets that a call really went to, in order, its plan by the trail, and the code of the error it ended in. */
async function execute(client: ReturnType<typeof createRouter>, body: object, audit: MemoryAudit) {
  const outcome: unknown = await client.post('/chat/completions', { body }).then(drained, (error: unknown) => error)
  await client.flush()
  const tried = audit.records.flatMap(({ event }) => (event.type === 'attempt.started' ? [event.target] : []))
  const planned = audit.records.find(({ event }) => event.type === 'decision.made')?.event
  expect(attemptsOf(outcome).every(({ target }) => tried.includes(target))).toBe(true)
  return { tried, planned, code: codeOf(outcome) }
}

async function drained(answered: unknown): Promise<void> {
  if (!(answered instanceof Stream)) return
  const iterator = answered[Symbol.asyncIterator]()
  while ((await iterator.next()).done !== true) continue
}

/** A router in this world, or nothing where its configuration is refused. */
function routerIn(world: World, audit: MemoryAudit): ReturnType<typeof createRouter> | undefined {
  try {
    return createRouter({ ...world.options, providers: adapters(world), audit, maxRetries: 0 })
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

it(
  'explain() gives the decision that create() then carries out, for 10,000 random configurations',
  { timeout: 300_000 },
  async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(worlds, async (each) => {
        const asked: Omit<OpenAI.ChatCompletionCreateParams, 'stream'> = {
          model: each.body.model,
          messages: [{ role: 'user', content: content(each.body) }],
          ...(each.body.tools && { tools: [{ type: 'function', function: { name: 'f' } }] }),
        }
        const body: OpenAI.ChatCompletionCreateParams = each.body.stream ? { ...asked, stream: true } : { ...asked, stream: false }
        const audit = memoryAudit()
        const client = routerIn(each, audit)
        if (client === undefined) return
        const explained = await client.explain(body).then(
          (decision) => ({ decision, code: undefined }),
          (error: unknown) => ({ decision: undefined, code: codeOf(error) }),
        )
        const executed = await execute(client, body, audit)
        if (explained.decision === undefined) {
          expect(executed.code).toBe(explained.code)
          return
        }
        compared += 1
        const { chain, rejected, warnings } = explained.decision
        const targets = chain.map(({ target }) => target)
        expect(executed.planned).toMatchObject({
          chain: targets,
          rejected: rejected.map(({ target, reason }) => ({ target, reason })),
          warnings,
        })
        const firstGood = targets.findIndex(
          (target) => each.providers[names.findIndex((name) => target.startsWith(`${name}/`))]?.fails === false,
        )
        expect(executed.tried).toEqual(firstGood < 0 ? targets : targets.slice(0, firstGood + 1))
      }),
      { numRuns: 10_000 },
    )
    expect(compared).toBeGreaterThan(3000)
  },
)
