import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Calendar } from '../src/budget/calendar.ts'
import type { ModelCard } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

/** A token of answer costs a cent, a prompt nothing; an answer has at most a hundred. */
const card: ModelCard = {
  provider: 'shop',
  id: 'model',
  tier: 'standard',
  input: ['text'],
  features: ['streaming'],
  maxOutput: 100,
  prices: { input: 0, output: 10_000, source: 'test', asOf: '2026-01-01' },
}

/** What becomes of a call, and when. */
const call = fc.record({
  fate: fc.constantFrom('whole', 'failed', 'aborted', 'stream', 'left', 'cut', 'unread', 'uncounted'),
  tokens: fc.integer({ min: 1, max: 100 }),
  waitMs: fc.integer({ min: 0, max: 40_000 }),
  delayMs: fc.integer({ min: 0, max: 30_000 }),
})
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never

const nobody: Call = { fate: 'whole', tokens: 1, waitMs: 0, delayMs: 0 }

const limits = fc.record({
  usd: fc.double({ min: 0.5, max: 6, noNaN: true }),
  requests: fc.integer({ min: 1, max: 12 }),
  slack: fc.constantFrom(0, 0.25, 1),
})

describe('whatever becomes of calls', () => {
  it('no budget is overspent beyond its slack, nothing leaks, and nothing is settled twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), limits, async (calls, { usd, requests, slack }) => {
        const clock = fakeClock()
        const audit = memoryAudit({ limit: 10_000 })
        const plays = new Map<string, Call>()
        const provider = fakeProvider({
          id: 'shop',
          models: [card],
          clock,
          script: ({ request }) => stepOf(plays.get(String(request.user)) ?? calls[0] ?? nobody),
        })
        const client = createRouter({
          providers: [provider],
          tiers: { simple: ['shop/model'], standard: ['shop/model'], complex: ['shop/model'] },
          budget: { usd: { perMinute: usd }, slack },
          agents: { a: { primary: 'shop/model', budget: { requests: { perMinute: requests } } } },
          clock,
          audit,
          maxRetries: 1,
        })
        const isKept = (): void => {
          for (const { unit, limit, spent, reserved } of client.budgets.list()) {
            const ceiling = unit === 'usd' ? limit * (1 + slack) : limit
            expect(spent + reserved).toBeLessThanOrEqual(ceiling + 1e-9)
          }
        }
        const agent = client.agent('a')
        const under: Promise<unknown>[] = []
        for (const [index, play] of calls.entries()) {
          await clock.advanceAsync(play.waitMs)
          plays.set(String(index), play)
          under.push(made(agent, play, String(index)).catch(() => undefined))
          await clock.advanceAsync(0)
          isKept()
        }
        // Longer than anything may be under way.
        for (let passed = 0; passed < 700; passed += 50) {
          await clock.advanceAsync(50_000)
          isKept()
        }
        await Promise.all(under)
        expect(client.budgets.list().map(({ reserved }) => reserved)).toEqual([0, 0])
        const told = (type: string) =>
          audit.records.flatMap(({ requestId, event }) =>
            event.type === type && 'attempt' in event ? [`${requestId} ${event.attempt}`] : [],
          )
        expect(told('budget.settled').toSorted()).toEqual(told('attempt.started').toSorted())
        expect(told('budget.reserved')).toEqual(told('attempt.started'))
        expect(provider.calls).toHaveLength(told('attempt.started').length)
      }),
      { numRuns: 60 },
    )
  })
})

function stepOf({ fate, tokens, delayMs }: Call) {
  const usage = { prompt_tokens: 0, completion_tokens: tokens, total_tokens: tokens }
  if (fate === 'failed') return fail({ status: 503, delayMs })
  if (fate === 'uncounted') return answer('one two', { delayMs, usage: null })
  return answer('one two three four', { delayMs, usage })
}

async function made(client: ReturnType<typeof createRouter>, { fate, delayMs }: Call, user: string): Promise<void> {
  const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'Hi' }], max_completion_tokens: 100, user }
  if (fate === 'aborted') {
    const controller = new AbortController()
    const asked = client.chat.completions.create(body, { signal: controller.signal })
    if (delayMs % 2 === 0) await Promise.resolve()
    controller.abort()
    await asked
    return
  }
  if (fate === 'whole' || fate === 'failed' || fate === 'uncounted') {
    await client.chat.completions.create(body)
    return
  }
  const stream = await client.chat.completions.create({ ...body, stream: true })
  if (fate === 'unread') return
  for await (const chunk of stream) {
    void chunk
    if (fate === 'left') break
    if (fate === 'cut') stream.controller.abort()
  }
}

describe('the calendar', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Asia/Beirut',
    'America/Sao_Paulo',
    'Pacific/Apia',
    'Australia/Lord_Howe',
  ]

  it('has windows that follow each other without a gap, in every zone and across every change of its clocks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('minute' as const, 'day' as const, 'month' as const),
        fc.integer({ min: Date.UTC(2008, 0, 1), max: Date.UTC(2030, 0, 1) }),
        (zone, window, at) => {
          const calendar = new Calendar(zone)
          const { startsAt, endsAt } = calendar.span(window, at)
          expect(startsAt).toBeLessThanOrEqual(at)
          expect(endsAt).toBeGreaterThan(at)
          expect(calendar.span(window, startsAt)).toEqual({ startsAt, endsAt })
          expect(calendar.span(window, endsAt - 1)).toEqual({ startsAt, endsAt })
          expect(calendar.span(window, endsAt).startsAt).toBe(endsAt)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('begins a day of 23 hours, and one of 25, at the midnight of its zone', () => {
    const calendar = new Calendar('Europe/Berlin')
    const hours = (at: number): number => {
      const { startsAt, endsAt } = calendar.span('day', at)
      return (endsAt - startsAt) / 3_600_000
    }
    expect(hours(Date.UTC(2026, 2, 29, 12))).toBe(23)
    expect(hours(Date.UTC(2026, 9, 25, 12))).toBe(25)
    expect(new Date(calendar.span('month', Date.UTC(2026, 6, 15)).startsAt).toISOString()).toBe('2026-06-30T22:00:00.000Z')
  })
})
