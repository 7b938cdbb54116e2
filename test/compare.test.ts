import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CompareOptions, Comparison, ModelCard, RouterOptions } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream, toolCalls } from '../src/testing/index.ts'

/** One dollar for a million tokens of prompt, ten for a million of answer; `null`: no price. */
function card(provider: string, prices: { readonly input: number; readonly output: number } | null = { input: 1, output: 10 }): ModelCard {
  const known = prices === null ? null : { ...prices, source: 'test', asOf: '2026-01-01' }
  return { provider, id: 'm', tier: 'standard', input: ['text'], features: ['streaming', 'tools'], maxOutput: 1000, prices: known }
}

const usage = (prompt: number, output: number) => ({ prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output })

/** What costs a cent: 1,000 tokens of prompt and 900 of answer, 10,000,000,000 pico-dollars. */
const aCent = usage(1000, 900)

interface Bench {
  readonly a?: FakeScriptStep | readonly FakeScriptStep[]
  readonly b?: FakeScriptStep | readonly FakeScriptStep[]
  readonly judge?: FakeScriptStep | readonly FakeScriptStep[]
}

/** Two providers and a judge on a clock that stands still until `compare` moves it. */
function bench(scripts: Bench = {}, options: Partial<RouterOptions> & { readonly cards?: Readonly<Record<string, ModelCard>> } = {}) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const { cards = {}, ...rest } = options
  const make = (id: 'a' | 'b' | 'judge') =>
    fakeProvider({ id, models: [cards[id] ?? card(id)], script: scripts[id] ?? answer(`from ${id}`, { usage: aCent }), clock })
  const [a, b, judge] = [make('a'), make('b'), make('judge')]
  const client = createRouter({ providers: [a, b, judge], clock, audit, ...rest })
  /** Runs to its end, however far the clock must go. */
  const compare = async (wanted: Partial<CompareOptions> = {}): Promise<Comparison> => {
    let done = false
    const running = client
      .compare({ prompts: ['one', 'two'], targets: ['a/m', 'b/m'], ...wanted })
      .finally(() => (done = true))
    running.catch(() => undefined)
    while (!done) await clock.advanceAsync(1000)
    return running
  }
  return { client, clock, audit, a, b, judge, compare }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-compare-'))
})
afterAll(() => rm(folder, { recursive: true }))

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
    expect(slow?.cost).toMatchObject({ total: { picoUsd: '60000000000' }, medianUsd: { value: 0.01 }, perThousandUsd: { value: 10 } })
    expect(report.pairs).toMatchObject([{ first: 'a/m', second: 'b/m', n: 6, latencyMs: { value: -400 }, costUsd: { value: -0.005 } }])
  })
})
