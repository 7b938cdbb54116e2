import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, stall, stream } from '../src/testing/index.ts'
import { aCent, bench, card } from './compare/bench.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-compare-'))
})
afterAll(() => rm(folder, { recursive: true }))
const journalPath = () => join(folder, `run-${files++}.jsonl`)

const prompts = Array.from({ length: 10 }, (_, index) => `prompt ${index}`)

describe('the spending limit of a comparison', () => {
  it.each([1, 4, 16])(
    'is never passed, with %i calls at a time: what might not fit at its longest is not called',
    async (concurrency) => {
      // At its longest an answer has 1,000 tokens: a cent, and the prompt on top.
      const { compare, a, b } = bench({ a: answer('x', { usage: aCent }), b: answer('x', { usage: aCent }) })
      const { report } = await compare({ prompts, maxUsd: 0.055, concurrency })
      expect(report.spend.total.usd).toBeLessThanOrEqual(0.055)
      expect(report.spend).toMatchObject({ total: { usd: 0.05 }, capUsd: 0.055 })
      expect(a.calls.length + b.calls.length).toBe(5)
      expect(report.calls).toEqual({ planned: 20, made: 5, resumed: 0, missing: 15 })
      expect(report.interrupted).toMatchObject({ reason: 'cap', message: expect.stringContaining('maxUsd') })
      expect(String(report.interrupted?.message)).toContain('max_completion_tokens')
    },
  )

  it('counts the judge', async () => {
    const { compare, judge } = bench({ a: stream(['x'], { usage: aCent }), judge: stream(['TIE'], { usage: aCent }) })
    const params = { max_completion_tokens: 1000 }
    const { report } = await compare({ prompts: ['1', '2'], judge: { model: 'judge/m', params }, maxUsd: 0.065, concurrency: 1 })
    expect(judge.calls).toHaveLength(2)
    expect(report).toMatchObject({ calls: { missing: 0 }, interrupted: { reason: 'cap' }, spend: { total: { usd: 0.06 } } })
    // One pair was judged, the other was not: it is no unclear verdict.
    expect(report.judge).toMatchObject({ calls: 2, unclear: 0 })
  })

  it('cannot be kept where a price is not known, and says so before anything is paid', async () => {
    const { compare, a } = bench({}, { cards: { b: card('b', null) } })
    await expect(compare({ maxUsd: 1 })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      field: 'maxUsd',
      message: expect.stringContaining('b/m'),
    })
    expect(a.calls).toHaveLength(0)
  })
})

describe('a comparison that was interrupted', () => {
  it('goes on where it was and pays for nothing twice', async () => {
    const resume = journalPath()
    const first = bench()
    const stop = new AbortController()
    const half = await first.compare({
      prompts,
      repetitions: 2,
      resume,
      signal: stop.signal,
      onProgress: ({ done }) => done === 15 && stop.abort(),
    })
    expect(half.report.interrupted?.reason).toBe('aborted')
    const made = first.a.calls.length + first.b.calls.length
    expect(half.report.calls).toMatchObject({ planned: 40, missing: 40 - half.report.calls.made })
    expect(made).toBeLessThan(40)

    const second = bench()
    const whole = await second.compare({ prompts, repetitions: 2, resume })
    expect(whole.report).toMatchObject({ interrupted: null, calls: { planned: 40, resumed: half.report.calls.made, missing: 0 } })
    expect(second.a.calls.length + second.b.calls.length).toBe(40 - half.report.calls.made)
    expect(whole.report.spend.earlier).toEqual(half.report.spend.total)
    const [before, after] = [half, whole].map(({ report }) => BigInt(report.spend.total.picoUsd))
    expect(after).toBe((before ?? 0n) + BigInt(40 - half.report.calls.made) * 10_000_000_000n)

    const third = bench()
    const again = await third.compare({ prompts, repetitions: 2, resume })
    expect(third.a.calls.length + third.b.calls.length).toBe(0)
    const { startedAt: _s, finishedAt: _f, calls, spend, ...findings } = again.report
    expect(calls).toEqual({ planned: 40, made: 0, resumed: 40, missing: 0 })
    expect(spend.total).toEqual(whole.report.spend.total)
    expect(findings).toMatchObject({ targets: whole.report.targets.map(({ target, calls: count }) => ({ target, calls: count })) })
  })

  it('pays for a judge’s verdict once too', async () => {
    const resume = journalPath()
    const scripts = {
      a: stream(['one'], { usage: aCent }),
      b: stream(['two'], { usage: aCent }),
      judge: stream(['A'], { usage: aCent }),
    }
    const first = bench(scripts)
    await first.compare({ judge: 'judge/m', resume })
    const second = bench(scripts)
    const { report } = await second.compare({ judge: 'judge/m', resume })
    expect([first.judge.calls.length, second.judge.calls.length]).toEqual([4, 0])
    expect(report.judge?.calls).toBe(4)
  })

  it('makes calls anew that are asked in another way, and prompts that stand twice once each', async () => {
    const resume = journalPath()
    await bench().compare({ prompts: ['same', 'same'].map((prompt, index) => ({ prompt, id: `${index}` })), resume })
    const again = bench()
    await again.compare({ prompts: ['same', 'same'].map((prompt, index) => ({ prompt, id: `${index}` })), resume })
    expect(again.a.calls).toHaveLength(0)
    await again.compare({ prompts: ['same'], resume, params: { temperature: 0 } })
    expect(again.a.calls).toHaveLength(1)
  })

  it('survives a torn line and names it, and counts a call whose end nobody knows towards the limit', async () => {
    const resume = journalPath()
    await bench().compare({ prompts: ['p'], resume })
    const lines = (await readFile(resume, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(4)
    const [begunA, begunB, ...ended] = lines.toSorted((one) => (one.includes('"begun"') ? -1 : 1))
    // Killed while the second answer was written down.
    await writeFile(resume, [begunA, begunB, ended[0], ended[1]?.slice(0, 80)].join('\n'))
    const second = bench()
    const { report } = await second.compare({ prompts: ['p'], resume })
    expect(second.a.calls.length + second.b.calls.length).toBe(1)
    expect(report.calls).toMatchObject({ made: 1, resumed: 1, missing: 0 })
    expect(report.flagged).toMatchObject([
      { code: 'journal_line', message: 'Line 4 of the journal cannot be read.' },
      { code: 'unsettled', prompt: 0, repetition: 1 },
    ])
    // The torn line stays where it is, and what was written behind it can be read.
    const third = bench()
    expect((await third.compare({ prompts: ['p'], resume })).report.calls).toMatchObject({ made: 0, resumed: 2 })
    expect((await bench().compare({ prompts: ['p', 'q'], resume, maxUsd: 0.03 })).report.interrupted?.reason).toBe('cap')
  })

  it('by its signal aborts the calls under way and reports what is there', async () => {
    const { client, clock, a, b } = bench({ a: stream(['x']), b: stall() })
    const stop = new AbortController()
    const running = client.compare({ prompts, targets: ['a/m', 'b/m'], concurrency: 2, signal: stop.signal })
    await clock.advanceAsync(10)
    stop.abort()
    await clock.advanceAsync(10)
    const { report } = await running
    expect(report.interrupted).toEqual({ reason: 'aborted', message: 'The signal was aborted.' })
    expect(b.calls.every(({ aborted }) => aborted)).toBe(true)
    expect(report.calls.made).toBe(a.calls.length)
    // What was aborted is missing, and no failure of the target.
    expect(report.targets[1]).toMatchObject({ calls: 0, errors: {} })
  })

  it('by a signal that has fired already calls nobody', async () => {
    const { compare, a } = bench()
    const { report } = await compare({ signal: AbortSignal.abort() })
    expect([a.calls.length, report.calls.missing, report.interrupted?.reason]).toEqual([0, 4, 'aborted'])
  })

  it('by close() says so', async () => {
    const { client, clock, a, b } = bench({ a: stall(), b: stall() })
    const inFlight = async () => {
      while (a.calls.length + b.calls.length < 4) await clock.advanceAsync(1)
    }
    const resume = journalPath()
    const running = client.compare({ prompts, targets: ['a/m', 'b/m'], resume })
    await inFlight()
    const closing = client.close()
    await clock.advanceAsync(10)
    await closing
    expect((await running).report).toMatchObject({ interrupted: { reason: 'closed' }, calls: { made: 0 } })
    // What was cut short has no result: a later run makes these calls.
    expect((await bench().compare({ prompts, resume })).report.calls).toMatchObject({ made: 20, resumed: 0 })
  })

  it('cannot be begun once the router is closed', async () => {
    const { client } = bench()
    await client.close()
    await expect(client.compare({ prompts, targets: ['a/m'] })).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('by a journal that cannot be written makes no call that it could not write down', async () => {
    const { compare, a, b } = bench()
    const { report } = await compare({ resume: join(folder, 'no-such-folder', 'run.jsonl') })
    expect(report.interrupted).toMatchObject({ reason: 'journal', message: expect.stringContaining('ENOENT') })
    expect(a.calls.length + b.calls.length).toBe(0)
  })

  it('leaves a journal without prompts, readable by its owner only', async () => {
    const resume = journalPath()
    const script: FakeScriptStep = answer('an answer')
    await bench({ a: script }).compare({ prompts: ['the secret prompt'], resume })
    const { stat } = await import('node:fs/promises')
    expect((await stat(resume)).mode & 0o777).toBe(0o600)
    const text = await readFile(resume, 'utf8')
    expect(text).not.toContain('secret')
    expect(text).toContain('an answer')
  })
})
