import { describe, expect, it } from 'vitest'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, stream, toolCalls } from '../src/testing/index.ts'
import { aCent, bench, card, said, usage } from './compare/bench.ts'

describe('comparing', () => {
  it('asks every target every prompt as often as wanted, pinned and streamed, and says what that took', async () => {
    const { compare, a, b } = bench({
      a: stream(['slow ', 'answer'], { delayMs: 400, chunkMs: 100, usage: aCent }),
      b: stream(['quick ', 'answer'], { delayMs: 100, chunkMs: 50, usage: usage(1000, 400) }),
    })
    const { report } = await compare({ repetitions: 3, name: 'first look' })
    expect([a.calls.length, b.calls.length]).toEqual([6, 6])
    expect(a.calls.every(({ streamed, model }) => streamed && model === 'm')).toBe(true)
    expect(report).toMatchObject({
      v: 1,
      kind: 'comparison',
      name: 'first look',
      repetitions: 3,
      interrupted: null,
      calls: { planned: 12, made: 12, resumed: 0, missing: 0 },
      // Six times a cent, and six times half a cent.
      spend: { total: { picoUsd: '90000000000', usd: 0.09 }, unpricedCalls: 0, capUsd: null },
    })
    const [slow, quick] = report.targets
    expect(slow).toMatchObject({ target: 'a/m', calls: 6, succeeded: 6, errors: {}, tokens: { input: 6000, output: 5400 } })
    expect([slow?.latencyMs.p50, slow?.firstTokenMs.p50]).toEqual([
      { value: 600, low: 600, high: 600, n: 6 },
      { value: 500, low: 500, high: 500, n: 6 },
    ])
    expect(quick?.latencyMs.p50?.value).toBe(200)
    // 900 tokens in the tenth of a second after the first.
    expect(slow?.tokensPerSecond?.value).toBe(9000)
    expect(slow?.cost).toMatchObject({
      total: { picoUsd: '60000000000' },
      medianUsd: { value: 0.01 },
      perThousandUsd: { value: 10 },
    })
    expect(report.pairs).toMatchObject([
      { first: 'a/m', second: 'b/m', n: 6, latencyMs: { value: -400 }, costUsd: { value: -0.005 } },
    ])
  })

  it('interleaves: each prompt goes to every target before the next one, in an order that the seed decides', async () => {
    const order: string[] = []
    const noted =
      (id: string): FakeScriptStep =>
      ({ request }) => {
        order.push(`${said(request, 0)} ${id}`)
        return answer('ok')
      }
    const setup = { a: noted('a'), b: noted('b'), judge: noted('judge') }
    const prompts = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const options = { prompts, targets: ['a/m', 'b/m', 'judge/m'], concurrency: 1, seed: 7 }
    await bench(setup).compare(options)
    const first = order.splice(0)
    for (let block = 0; block < 20; block++) {
      const calls = first.slice(block * 3, block * 3 + 3).map((call) => call.split(' '))
      expect(new Set(calls.map(([prompt]) => prompt)).size).toBe(1)
      expect(new Set(calls.map(([, id]) => id))).toEqual(new Set(['a', 'b', 'judge']))
    }
    // Nobody is always first, and the prompts are not in their own order either.
    expect(new Set(first.filter((_, index) => index % 3 === 0).map((call) => call.split(' ')[1])).size).toBe(3)
    expect(first.filter((_, index) => index % 3 === 0).map((call) => call.split(' ')[0])).not.toEqual(prompts)
    await bench(setup).compare(options)
    expect(order.splice(0)).toEqual(first)
    await bench(setup).compare({ ...options, seed: 8 })
    expect(order).not.toEqual(first)
  })

  it('neither retries nor falls back, and no live circuit opens or holds it back', async () => {
    const failing = bench(
      { a: fail({ status: 500 }) },
      { agents: { support: { primary: 'a/m', fallback: ['b/m'], hedge: { maxCostUsd: 1 } } }, breaker: { failures: 1 } },
    )
    const { report } = await failing.compare({ targets: ['a/m'], prompts: ['1', '2', '3', '4', '5', '6'] })
    expect([failing.a.calls.length, failing.b.calls.length]).toEqual([6, 0])
    expect(report.targets[0]).toMatchObject({
      calls: 6,
      succeeded: 0,
      errors: { server: 6 },
      errorRate: { value: 1 },
      latencyMs: { p50: null },
    })
    expect(report.flagged[0]).toMatchObject({
      code: 'failed',
      message: 'The call failed: server (status 500).',
      target: 'a/m',
      repetition: 1,
    })
    expect(failing.client.breakers.snapshot('a/m').state).toBe('closed')

    failing.client.breakers.trip('a/m')
    const running = failing.client.agent('support').compare({ targets: ['a/m'], prompts: ['1'] })
    await failing.clock.advanceAsync(1000)
    expect((await running).report.calls.made).toBe(1)
    expect([failing.a.calls.length, failing.b.calls.length]).toEqual([7, 0])
  })

  it('books its calls under the role `compare` and marks them in the audit trail, without content', async () => {
    const { compare, client, audit } = bench()
    await compare({ prompts: ['the secret prompt'] })
    expect(client.ledger.totals({ by: ['role'] })).toMatchObject([{ role: 'compare', calls: 2, spentUsd: 0.02 }])
    const accepted = audit.records.flatMap(({ event }) => (event.type === 'request.accepted' ? [event] : []))
    expect(accepted.map(({ aside, stream: streamed }) => [aside, streamed])).toEqual([
      ['compare', true],
      ['compare', true],
    ])
    expect(JSON.stringify(audit.records)).not.toContain('secret prompt')
  })

  it('keeps neither prompts nor answers in the report, unless it is asked to', async () => {
    const { compare } = bench({ a: answer('the secret answer') })
    const options = { prompts: ['the secret prompt'] }
    expect(JSON.stringify(await compare(options))).not.toContain('secret')
    const { prompts } = (await compare({ ...options, content: true })).report
    expect(prompts[0]).toMatchObject({
      text: 'the secret prompt',
      outcomes: [{ answers: ['the secret answer'] }, { answers: ['from b'] }],
    })
  })

  it('measures how alike the answers are: short ones are the same or not, long ones share words', async () => {
    const long = 'The capital of France is Paris, on the Seine.'
    const answers = new Map([
      ['short', ['Paris.', 'paris']],
      ['other', ['Paris', 'Lyon']],
      ['long', [long, 'the capital of france is Paris (on the Seine)']],
      ['half', [long, 'The capital of Italy is Rome, on the Tiber.']],
      ['json', ['{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }']],
    ])
    const from =
      (index: number): FakeScriptStep =>
      ({ request }) =>
        stream([answers.get(said(request, 0))?.[index] ?? ''])
    const { report } = await bench({ a: from(0), b: from(1) }).compare({ prompts: [...answers.keys()] })
    const alike = Object.fromEntries(
      report.prompts.map(({ outcomes }, index) => [[...answers.keys()][index], outcomes[0]?.agreement]),
    )
    expect(alike).toMatchObject({ short: 1, other: 0, long: 1, json: 1 })
    // Of 9 words and 8 pairs each, 6 words (the, capital, of, is, on, the) and 3 pairs (the capital, capital of, on the) are the same.
    expect(alike['half']).toBeCloseTo((2 * 9) / 34)
    expect(report.quality).toBe('agreement')
  })

  it('passes answers to validators of every kind, and flags what throws or gives no score', async () => {
    const schema = { type: 'object', required: ['city'], properties: { city: { type: 'string' } } }
    const { report } = await bench({ a: stream(['{"city":"Paris"}']), b: stream(['{"town":"Paris"}']) }).compare({
      prompts: [{ prompt: 'Where?', expected: '{"city": "Paris"}', id: 'where' }, 'And?'],
      validators: {
        named: ({ length }, { id }) => length > 0 && id === 'where',
        score: () => Promise.resolve(0.25),
        matches: /PARIS/gi,
        both: { contains: ['Paris', 'city'] },
        schema: { jsonSchema: schema },
        expected: 'expected',
        throws: () => {
          throw new Error('no')
        },
        'out of range': () => 7,
      },
    })
    const [a, b] = report.targets
    const rates = (target: typeof a) =>
      Object.fromEntries((target?.validators ?? []).map(({ name, rate, checked }) => [name, [rate?.value ?? null, checked]]))
    expect(rates(a)).toEqual({
      named: [0.5, 2],
      score: [0.25, 2],
      matches: [1, 2],
      both: [1, 2],
      schema: [1, 2],
      // Only one of the prompts says what it expects.
      expected: [1, 1],
      throws: [null, 0],
      'out of range': [null, 0],
    })
    expect(rates(b)).toMatchObject({ matches: [1, 2], both: [0, 2], schema: [0, 2], expected: [0, 1] })
    expect(report.flagged.filter(({ code }) => code === 'validator_failed')).toHaveLength(8)
    expect(report.quality).toBe('validators')
    expect(report.pairs[0]?.validators.find(({ name }) => name === 'schema')).toEqual({
      name: 'schema',
      bothPassed: 0,
      onlyFirst: 2,
      onlySecond: 0,
      neither: 0,
      pValue: 0.5,
    })
  })

  it('knows who is on the Pareto front: nobody else is as good and as cheap', async () => {
    const dear = { a: card('a', { input: 10, output: 100 }) }
    const good = await bench({ a: answer('good'), b: answer('bad') }, { cards: dear }).compare({ validators: { good: /good/ } })
    expect(good.report.targets.map(({ target, onFront }) => [target, onFront])).toEqual([
      ['a/m', true],
      ['b/m', true],
    ])
    const same = await bench({ a: answer('good'), b: answer('good') }, { cards: dear }).compare({ validators: { good: /good/ } })
    expect(same.report.targets.map(({ onFront }) => onFront)).toEqual([false, true])
  })

  it('flags what needs a second look, and counts no unknown price as nothing', async () => {
    const { report } = await bench(
      { a: stream([''], { usage: null }), b: stream(['cut of'], { finish: 'length', model: 'another-model', usage: aCent }) },
      { cards: { a: card('a', null) } },
    ).compare({ prompts: ['one'] })
    const codes = (target: string) => report.flagged.filter((row) => row.target === target).map(({ code }) => code)
    expect(codes('a/m')).toEqual(['estimated_usage', 'unpriced', 'empty_answer'])
    expect(codes('b/m')).toEqual(['cut_answer', 'other_model'])
    expect(report.targets[0]?.cost).toMatchObject({
      total: { picoUsd: '0' },
      perThousandUsd: null,
      pricedCalls: 0,
      unpricedCalls: 1,
    })
    expect(report.prompts[0]?.outcomes[0]?.cost).toBeNull()
    expect(report.spend.unpricedCalls).toBe(1)
  })

  it('takes tool calls for the answer where there is no text', async () => {
    const { report } = await bench({ a: toolCalls([{ name: 'search', arguments: { q: 'x' } }]) }).compare({
      prompts: ['one'],
      targets: ['a/m'],
      content: true,
    })
    expect(report.prompts[0]?.outcomes[0]?.answers).toEqual(['[{"name":"search","arguments":"{\\"q\\":\\"x\\"}"}]'])
  })

  it('tells how far it is, and goes on where the listener throws', async () => {
    const seen: unknown[] = []
    const { report } = await bench().compare({
      concurrency: 1,
      onProgress: (progress) => {
        seen.push(progress)
        throw new Error('listener')
      },
    })
    expect(report.calls.made).toBe(4)
    expect(seen.at(-1)).toEqual({ phase: 'calls', done: 4, total: 4, resumed: 0, failed: 0, spentUsd: 0.04 })
  })

  it('has no more calls under way than it may', async () => {
    let [underWay, most] = [0, 0]
    const { client, clock } = bench({ a: stream(['x'], { delayMs: 100 }), b: stream(['x'], { delayMs: 300 }) })
    const count = (change: number): void => {
      underWay += change
      most = Math.max(most, underWay)
    }
    const running = client.compare({
      prompts: Array.from({ length: 10 }, (_, index) => `p${index}`),
      targets: ['a/m', 'b/m'],
      concurrency: 3,
      validators: { counted: () => (count(-1), true) },
    })
    const audit = running.then(({ report }) => report.calls.made)
    for (let step = 0; step < 60; step++) {
      await clock.advanceAsync(100)
      most = Math.max(most, clock.pending)
    }
    expect(await audit).toBe(20)
    // A timer for the delay and one for the limit of each call.
    expect(most).toBe(6)
  })
})
