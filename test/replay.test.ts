import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditRecord, ModelCard, RouterOptions, Tier } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'a secret question' }]
const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }

function card(provider: string, id: string, more: Partial<ModelCard> = {}): ModelCard {
  const prices = { input: 1, output: 10, source: 'a test', asOf: '2026-01-01' }
  return { provider, id, tier: 'standard', input: ['text'], features: ['tools', 'streaming'], prices, ...more }
}
const dear = { input: 10, output: 100, source: 'a test', asOf: '2026-01-01' }

const cards = [
  card('one', 'small'),
  card('one', 'large', { prices: dear }),
  card('one', 'simple-minded', { features: [] }),
  card('two', 'other'),
]

/** Tier by tier a model, one of them without tools; `one` serves what the script says. */
function world(script: () => FakeStep = () => answer('yes', { usage }), options: RouterOptions = {}) {
  const audit = memoryAudit()
  const clock = fakeClock()
  const one = fakeProvider({
    id: 'one',
    clock,
    models: [],
    script,
  })
  const two = fakeProvider({ id: 'two', clock, models: ['unpriced'], script: () => answer('yes', { usage }) })
  const tiers = { simple: ['one/small'], standard: ['one/large', 'two/other'], complex: ['one/large'] }
  let verdict: Tier = 'standard'
  const client = createRouter({
    providers: [one, two],
    audit,
    clock,
    tiers,
    catalog: cards,
    maxRetries: 0,
    classifier: { classify: () => ({ tier: verdict, score: 0.6, confidence: 0.8, signals: ['a sign'] }) },
    ...options,
  })
  const ask = async (model = 'auto', more: object = {}) => {
    await client.post('/chat/completions', { body: { model, messages, ...more } }).catch(() => undefined)
    await client.flush()
  }
  return {
    client,
    audit,
    ask,
    judge(tier: Tier) {
      verdict = tier
    },
  }
}

describe('replay()', () => {
  it('says where recorded requests would have gone, and what the same tokens would have cost there', async () => {
    const { client, audit, ask, judge } = world()
    await ask()
    judge('simple')
    await ask()
    const report = await client.replay(audit.records, { tiers: { simple: ['one/small'], standard: ['two/other'] } })
    expect(report.rows.map(({ verdict, recorded, replayed }) => ({ verdict, recorded, replayed }))).toEqual([
      {
        verdict: 'moved',
        recorded: { target: 'one/large', tier: 'standard', costUsd: 0.02 },
        replayed: { target: 'two/other', tier: 'standard', costUsd: 0.002 },
      },
      {
        verdict: 'same',
        recorded: { target: 'one/small', tier: 'simple', costUsd: 0.002 },
        replayed: { target: 'one/small', tier: 'simple', costUsd: 0.002 },
      },
    ])
    expect(report.rows[0]?.notes).toEqual(['two/other is taken to answer, with as many tokens as one/large'])
    expect(report.totals).toMatchObject({
      requests: 2,
      moved: 1,
      same: 1,
      compared: 2,
      recordedUsd: 0.022,
      replayedUsd: 0.004,
      differenceUsd: -0.018,
    })
  })

  it('of nothing says so', async () => {
    const client = createRouter({ providers: [fakeProvider()] })
    expect(String(await client.replay(''))).toBe('0 requests replayed.')
  })

  it('prints for people, and is safe for JSON', async () => {
    const { client, audit, ask } = world()
    await ask()
    await ask()
    const report = await client.replay(audit.records, { tiers: { standard: ['two/other'] } })
    expect(String(report).split('\n')).toEqual([
      '2 requests replayed: 2 go elsewhere.',
      'Of the 2 whose cost is known on both sides: $0.04 then, $0.0040 now, $0.04 less.',
      '  one/large -> two/other: 2 requests, $0.04 -> $0.0040',
    ])
    expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report })
  })

  it('takes other prices', async () => {
    const { client, audit, ask } = world()
    await ask()
    const prices = { input: 2, output: 20, source: 'a contract', asOf: '2026-02-02' }
    const report = await client.replay(audit.records, { catalog: [...cards, card('one', 'large', { prices })] })
    expect(report.rows[0]).toMatchObject({ verdict: 'same', recorded: { costUsd: 0.02 }, replayed: { costUsd: 0.004 } })
  })

  it('takes no service tier along to another target', async () => {
    const { client, audit, ask } = world()
    await ask()
    const flexible = audit.records.map((record) =>
      record.event.type === 'attempt.succeeded' && record.event.usage !== null
        ? { ...record, event: { ...record.event, usage: { ...record.event.usage, serviceTier: 'flex' } } }
        : record,
    )
    const tiers = { standard: ['two/other'] }
    const [moved] = (await client.replay(flexible, { tiers })).rows
    const [standard] = (await client.replay(audit.records, { tiers })).rows
    expect(moved?.replayed).toEqual(standard?.replayed)
    expect(JSON.stringify(moved?.replayed)).toContain('two/other')
  })

  it('takes other agents, and calls neither providers nor sinks', async () => {
    const { client, audit, ask } = world(undefined, { agents: { support: { primary: 'one/large' } } })
    await ask('agent:support')
    const before = audit.records.length
    const agents = { support: { primary: 'tier:simple', fallback: ['two/other'] } }
    const report = await client.replay(audit.records, { agents })
    expect(report.rows[0]).toMatchObject({ agent: 'support', verdict: 'moved', replayed: { target: 'one/small', costUsd: 0.002 } })
    expect(audit.records).toHaveLength(before)
    expect(client.ledger.totals()[0]?.calls).toBe(1)
  })

  it('lets a target that failed fail again, and pays for what went before', async () => {
    let asked = 0
    const { client, audit, ask } = world(() => (asked++ === 0 ? fail({ status: 503 }) : answer('yes', { usage })))
    await ask()
    const back = await client.replay(audit.records, {})
    expect(back.rows[0]).toMatchObject({ verdict: 'same', recorded: { target: 'two/other' }, replayed: { target: 'two/other' } })
    const report = await client.replay(audit.records, { tiers: { standard: ['one/large', 'one/small'] } })
    expect(report.rows[0]).toMatchObject({ verdict: 'moved', replayed: { target: 'one/small', costUsd: 0.002 } })
    expect(report.rows[0]?.notes[0]).toBe('one/large failed then, and so again')
    const alone = await client.replay(audit.records, { tiers: { standard: ['one/large'] } })
    expect(alone.rows[0]).toMatchObject({ verdict: 'unserved', replayed: { target: null, costUsd: null } })
  })

  it('keeps what a request needs: no model without tools gets one with tools', async () => {
    const { client, audit, ask } = world()
    await ask('auto', { tools: [{ type: 'function', function: { name: 'secret_name' } }], seed: 4, stop: 'secret' })
    const made = audit.records.find(({ event }) => event.type === 'decision.made')
    expect(made?.event).toMatchObject({ complexity: 'standard', score: 0.6, needs: { tools: true, fields: ['stop', 'seed'] } })
    expect(JSON.stringify(audit.records)).not.toContain('secret')
    const report = await client.replay(audit.records, { tiers: { standard: ['one/simple-minded', 'two/other'] } })
    expect(report.rows[0]).toMatchObject({ replayed: { target: 'two/other' } })
    const none = await client.replay(audit.records, { tiers: { standard: ['one/simple-minded'], complex: ['one/simple-minded'] } })
    expect(none.rows[0]).toMatchObject({ verdict: 'refused', notes: ['one/simple-minded cannot call tools'] })
  })

  it('takes a prompt to no model whose window it does not fit', async () => {
    const { client, audit, ask } = world()
    await ask()
    const catalog = [...cards, card('two', 'other', { contextWindow: 999 })]
    const report = await client.replay(audit.records, { catalog, tiers: { standard: ['two/other', 'one/small'] } })
    expect(report.rows[0]).toMatchObject({
      replayed: { target: 'one/small' },
      notes: [expect.stringContaining('no room for a prompt of 1000 tokens'), expect.any(String)],
    })
  })

  it('ranks by the tokens that were taken, with order: cheapest', async () => {
    const { client, audit, ask } = world()
    await ask()
    const report = await client.replay(audit.records, { order: 'cheapest' })
    expect(report.rows[0]).toMatchObject({ verdict: 'moved', replayed: { target: 'two/other', costUsd: 0.002 } })
  })

  it('gives no cost where none is known, and leaves it out of the sums', async () => {
    const { client, audit, ask } = world()
    await ask()
    await ask()
    const unknown = await client.replay(audit.records, { tiers: { standard: ['two/unpriced'] } })
    expect(unknown.rows[0]).toMatchObject({ verdict: 'moved', replayed: { target: 'two/unpriced', costUsd: null } })
    expect(unknown.totals).toMatchObject({ requests: 2, compared: 0, recordedUsd: 0, replayedUsd: 0 })
  })

  it('says so where a request had no answer', async () => {
    const { client, audit, ask } = world(() => fail({ status: 400 }))
    await ask('tier:simple')
    const report = await client.replay(audit.records, { tiers: { simple: ['two/other'] } })
    expect(report.rows[0]).toMatchObject({
      verdict: 'moved',
      recorded: { target: null },
      replayed: { target: 'two/other', costUsd: null },
    })
    expect(report.rows[0]?.notes[0]).toMatch(/had no answer/)
  })

  it('says so where the call had options of its own', async () => {
    const { client, audit } = world()
    await client.with({ fallback: ['two/other'] }).chat.completions.create({ model: 'one/small', messages })
    await client.flush()
    const report = await client.replay(audit.records, {})
    expect(report.rows[0]?.notes).toEqual([
      "was decided otherwise than this router's own options decide: its chain was one/small, two/other",
    ])
  })

  it('names what would not be known any more', async () => {
    const { client, audit, ask } = world()
    await ask('one/small')
    const report = await client.replay(audit.records, {
      providers: [fakeProvider({ id: 'two', models: ['other'] })],
      tiers: { simple: ['two/other'], standard: ['two/other'], complex: ['two/other'] },
    })
    expect(report.rows[0]).toMatchObject({ verdict: 'refused', notes: [expect.stringContaining('one/small')] })
  })

  it('refuses options that are none', async () => {
    const { client } = world()
    // @ts-expect-error -- what a JavaScript caller may pass
    await expect(client.replay([], { tier: {} })).rejects.toThrow(/unknown option tier/)
  })
})

describe('the records', () => {
  it('may be objects, lines, a whole JSONL file, or come one by one', async () => {
    const { client, audit, ask } = world()
    await ask()
    const lines = audit.records.map((record) => JSON.stringify(record))
    async function* oneByOne(): AsyncGenerator<AuditRecord> {
      yield* audit.records
    }
    const expected = { ...(await client.replay(audit.records)) }
    for (const records of [lines, `${lines.join('\n')}\n`, oneByOne()])
      expect({ ...(await client.replay(records)) }).toEqual(expected)
  })

  it('may be of the ledger: by tier, agent or target, and with what they do not say', async () => {
    const { client } = world()
    const entry = {
      requestId: 'r1',
      attempt: 1,
      role: 'first',
      served: true,
      at: 1_790_000_000_000,
      provider: 'one',
      model: 'large',
      tier: 'standard',
      outcome: 'success',
      durationMs: 5,
      usage: { input: 1000, output: 100 },
      usageSource: 'provider',
      cost: { picoUsd: 20_000_000_000n, usd: 0.02, snapshot: 'a test' },
    }
    const shadow = { ...entry, requestId: 'r2', role: 'shadow' }
    const report = await client.replay([entry, shadow], { tiers: { standard: ['two/other'] } })
    expect(report.rows[0]).toMatchObject({
      requested: 'tier:standard',
      verdict: 'moved',
      recorded: { costUsd: 0.02 },
      replayed: { costUsd: 0.002 },
    })
    expect(report.rows[0]?.notes[0]).toMatch(/was not recorded/)
    expect(report.rows[1]).toMatchObject({ verdict: 'left_out', notes: ["was a call of the router's own (shadow)"] })
  })

  it.each([
    ['{ "v": 1', 'is no JSON'],
    ['[]', 'the record is no object'],
    ['{}', 'requestId is missing'],
    ['{"requestId":"r","event":{"type":"request.accepted","model":"auto","operation":"chat"}}', 'at is missing'],
    ['{"requestId":"r","at":"soon","event":{"type":"request.accepted","model":"auto","operation":"chat"}}', 'at is no time'],
    [
      '{"requestId":"r","event":{"type":"attempt.succeeded","target":"one/large","usage":{"input":-1},"costUsd":null}}',
      'input is negative',
    ],
    [
      '{"requestId":"r","event":{"type":"attempt.succeeded","target":"one/large","usage":null,"costUsd":"1"}}',
      'costUsd is no number',
    ],
    ['{"requestId":"r","event":{"type":"decision.made","chain":"one"}}', 'chain is no list'],
    ['{"requestId":"r","event":{"type":"decision.made","chain":[],"tier":"best"}}', 'tier is no tier'],
  ])('%s is named by its line, and not dropped in silence', async (line, problem) => {
    const { client, audit, ask } = world()
    await ask()
    const lines = audit.records.map((record) => JSON.stringify(record))
    const report = await client.replay([...lines, line])
    expect(report.unreadable[0]).toMatchObject({ line: lines.length + 1, index: lines.length, problem })
    expect(report.totals).toMatchObject({ requests: 1, same: 1, unreadable: report.unreadable.length })
    expect(String(report)).toContain(`Record ${lines.length + 1} cannot be read: ${problem}.`)
  })

  it('may hold anything: all of it is read or named, and nothing throws', async () => {
    const { client, audit, ask } = world()
    await ask()
    const good = audit.records.map((record): unknown => JSON.parse(JSON.stringify(record)))
    const names = fc.constantFrom(
      'requestId',
      'at',
      'event',
      'type',
      'usage',
      'role',
      'provider',
      'model',
      'constructor',
      '__proto__',
    )
    const words = fc.constantFrom(
      'r',
      'request.accepted',
      'decision.made',
      'attempt.failed',
      'constructor',
      'one',
      'first',
      'success',
    )
    const strange = fc.object({ key: names, values: [words, fc.double(), fc.constant(null), fc.boolean()], maxDepth: 2 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(strange, fc.json(), fc.string()), { maxLength: 6 }), async (others) => {
        const { totals, unreadable, rows } = await client.replay([...good, ...others])
        expect(rows[0]).toMatchObject({ verdict: 'same' })
        expect(totals).toMatchObject({ requests: rows.length, unreadable: unreadable.length })
      }),
    )
  })

  it.each([null, 5, {}])('%j is refused by name', async (records) => {
    // @ts-expect-error -- what a JavaScript caller may pass
    await expect(world().client.replay(records)).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'records' })
  })

  it('of a request without its beginning are named', async () => {
    const { client, audit, ask } = world()
    await ask()
    const [, ...rest] = audit.records
    const { unreadable, rows } = await client.replay(rest)
    expect(rows).toEqual([])
    expect(unreadable).toEqual([
      { index: 0, line: 1, requestId: rest[0]?.requestId, problem: 'the beginning of the request is not among the records' },
    ])
  })

  it('of anything but chat are left out by name', async () => {
    const audit = memoryAudit()
    const embedding = { object: 'embedding' as const, index: 0, embedding: [1] }
    const provider = fakeProvider({
      id: 'one',
      models: ['m'],
      embed: () => ({ object: 'list', model: 'm', data: [embedding], usage: { prompt_tokens: 1, total_tokens: 1 } }),
    })
    const client = createRouter({ providers: [provider], audit })
    await client.embeddings.create({ model: 'one/m', input: 'x' })
    await client.flush()
    const { rows } = await client.replay(audit.records)
    expect(rows[0]).toMatchObject({ verdict: 'left_out', notes: ['was no chat call (embeddings)'] })
  })
})

describe('under the options that were in force', () => {
  const steps = fc.array(
    fc.record({
      model: fc.constantFrom('auto', 'one/small', 'tier:complex', 'tier:standard', 'two/other'),
      tier: fc.constantFrom<Tier>('simple', 'standard', 'complex'),
      tools: fc.boolean(),
      fails: fc.boolean(),
      limit: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
    }),
    { maxLength: 8 },
  )

  it('every answered request goes where it went, at the same cost, to the pico-dollar', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (calls) => {
        let fails = false
        const { client, audit, ask, judge } = world(() => (fails ? fail({ status: 500 }) : answer('yes', { usage })))
        for (const call of calls) {
          fails = call.fails
          judge(call.tier)
          const tools = [{ type: 'function', function: { name: 'f' } }]
          await ask(call.model, { ...(call.tools && { tools }), ...(call.limit !== undefined && { max_tokens: call.limit }) })
        }
        client.breakers.reset('one/large')
        const { rows, totals } = await client.replay(audit.records)
        expect(rows).toHaveLength(calls.length)
        for (const { verdict, recorded, replayed, notes } of rows) {
          if (recorded.target === null) continue
          expect({ verdict, ...replayed }).toEqual({ verdict: 'same', ...recorded })
          expect(notes.filter((note) => !note.includes('failed then') && !note.includes('could not be called'))).toEqual([])
        }
        expect(totals.differenceUsd).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})

const emptyBelow = ({ model }: { readonly model: string }) => answer(model === 'low' ? '' : 'Paris')

it('a request that escalated goes up again where its whole chain did not do', async () => {
  const audit = memoryAudit()
  const models = [card('one', 'low', { tier: 'simple' }), card('one', 'high', { tier: 'complex' })]
  const client = createRouter({
    providers: [fakeProvider({ id: 'one', models, script: emptyBelow })],
    tiers: { simple: ['one/low'], complex: ['one/high'] },
    escalate: {},
    audit,
  })
  await client.chat.completions.create({ model: 'tier:simple', messages })
  const { rows } = await client.replay(audit.records, {})
  expect(rows).toMatchObject([{ verdict: 'same', recorded: { target: 'one/high' }, replayed: { target: 'one/high' } }])
  expect(rows[0]?.replayed.costUsd).toBe(rows[0]?.recorded.costUsd)
})
