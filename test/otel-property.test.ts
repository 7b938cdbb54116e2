import type { Span, SpanProcessor, ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelCard } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'

const prices = { input: 1, output: 10, source: 'test', asOf: '2026-01-01' }
const card = (provider: string): ModelCard => ({
  provider,
  id: 'm',
  tier: 'standard',
  input: ['text'],
  features: ['streaming'],
  prices,
})

const steps: Readonly<Record<string, () => FakeStep>> = {
  answers: () => stream(['a', 'b', 'c'], { chunkMs: 10 }),
  'answers late': () => answer('late', { delayMs: 3_000 }),
  'is down': () => fail({ status: 503 }),
  'rejects the key': () => fail({ status: 401 }),
  'refuses the request': () => fail({ status: 400 }),
  'is cut': () => stream(['a', 'b'], { failAfter: 1 }),
  'stops speaking': () => stream(['a', 'b'], { stallAfter: 1 }),
  'never speaks': () => stall(),
}

const request = fc.record({
  streamed: fc.boolean(),
  one: fc.constantFrom(...Object.keys(steps)),
  two: fc.constantFrom(...Object.keys(steps)),
  hedged: fc.boolean(),
  afterCommit: fc.constantFrom('fail', 'buffer', 'restart' as const),
  /** How the caller takes the answer. */
  reads: fc.constantFrom('all', 'one', 'none', 'aborts' as const),
})

type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never

/** Every span that began, and those that ended. */
class Watch implements SpanProcessor {
  readonly begun: Span[] = []
  readonly ended: ReadableSpan[] = []
  onStart(span: Span): void {
    this.begun.push(span)
  }
  onEnd(span: ReadableSpan): void {
    this.ended.push(span)
  }
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

const isAttempt = (span: ReadableSpan): boolean => span.attributes['modelyard.attempt.number'] !== undefined

describe('spans, whatever happens', () => {
  it('each begin and end once, attempts within their request, as many of both as the audit trail has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 6 }), async (requests) => {
        const { watch, audit } = await played(requests)
        expect(watch.ended).toHaveLength(watch.begun.length)
        expect(new Set(watch.ended.map((span) => span.spanContext().spanId)).size).toBe(watch.begun.length)
        const attempts = watch.ended.filter(isAttempt)
        const logical = watch.ended.filter((span) => !isAttempt(span))
        const count = (type: string): number => audit.records.filter(({ event }) => event.type === type).length
        expect([logical.length, attempts.length]).toEqual([count('request.accepted'), count('attempt.started')])
        const requestIds = new Set(logical.map((span) => span.spanContext().spanId))
        for (const attempt of attempts) expect(requestIds.has(attempt.parentSpanContext?.spanId ?? '')).toBe(true)
        for (const span of logical) expect(span.attributes['modelyard.outcome']).toMatch(/^(completed|failed|cancelled)$/)
      }),
      { seed: 20_261_123, numRuns: 60 },
    )
  })
})

async function played(requests: readonly Request[]) {
  const watch = new Watch()
  const audit = memoryAudit()
  const clock = fakeClock()
  const step = (which: 'one' | 'two') => {
    const scripted = requests.map((each) => each[which])
    return fakeProvider({
      id: which,
      models: [card(which)],
      clock,
      script: ({ request: { user } }) => (steps[scripted[Number(user)] ?? ''] ?? stall)(),
    })
  }
  const client = createRouter({
    providers: [step('one'), step('two')],
    models: { m: ['one/m', 'two/m'] },
    clock,
    clocks: { attemptMs: 5_000, firstTokenMs: 5_000, idleMs: 5_000, totalMs: 20_000 },
    breaker: { failures: 3 },
    audit,
    telemetry: openTelemetry({ tracerProvider: new BasicTracerProvider({ spanProcessors: [watch] }) }),
  })
  const all = requests.map(async ({ streamed, hedged, afterCommit, reads }, index) => {
    const leaving = new AbortController()
    const view = client.with({ hedge: hedged && { afterMs: 1_000, maxCostUsd: 1 }, afterCommit })
    const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }], user: String(index) }
    if (reads === 'aborts') clock.setTimeout(() => leaving.abort(), 500)
    try {
      if (!streamed) return void (await view.chat.completions.create(body, { signal: leaving.signal }))
      const chunks = await view.chat.completions.create({ ...body, stream: true }, { signal: leaving.signal })
      if (reads === 'none') return
      for await (const chunk of chunks) if (reads === 'one' && chunk.choices.length > 0) break
    } catch {
      // What the caller gets is other tests' matter.
    }
  })
  await clock.advanceAsync(60_000)
  await Promise.all(all)
  await client.close()
  return { watch, audit }
}
