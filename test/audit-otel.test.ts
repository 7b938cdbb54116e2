import { logs } from '@opentelemetry/api-logs'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { afterEach, describe, expect, it } from 'vitest'
import { otelAudit } from '../src/audit/otel/index.ts'
import type { AuditEvent, AuditRecord } from '../src/index.ts'
import { createRouter, memoryAudit, memoryKeys } from '../src/index.ts'
import { answer, fail, fakeProvider } from '../src/testing/index.ts'

function sdk() {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  return { exporter, provider, logged: () => exporter.getFinishedLogRecords() }
}

function record(event: AuditEvent): AuditRecord {
  return { v: 1, id: 'router-7', at: '2026-11-22T08:00:00.125Z', seq: 7, requestId: 'req_1', agent: 'support', event }
}

const usage = { input: 3, cached: 1, cacheWrite: 0, cacheWrite1h: 0, audioInput: 0, output: 2, reasoning: 0, audioOutput: 0 }

afterEach(() => logs.disable())

describe('otelAudit()', () => {
  it('hands a record over as a log record: name, time, severity, and every field that is known as an attribute', async () => {
    const { provider, logged } = sdk()
    const sink = otelAudit({ provider })
    await sink.write(
      record({ type: 'request.completed', target: 'acme/large', attempts: 1, durationMs: 12.5, usage, costUsd: null }),
    )
    await sink.flush()
    const [log] = logged()
    expect(log).toMatchObject({ eventName: 'modelyard.request.completed', severityNumber: 9, severityText: 'INFO' })
    expect(log?.hrTime).toEqual([Date.parse('2026-11-22T08:00:00Z') / 1_000, 125_000_000])
    expect(log?.instrumentationScope.name).toBe('modelyard')
    expect(log?.attributes).toEqual({
      'modelyard.record_id': 'router-7',
      'modelyard.seq': 7,
      'modelyard.request_id': 'req_1',
      'modelyard.agent': 'support',
      'modelyard.target': 'acme/large',
      'modelyard.attempts': 1,
      'modelyard.duration_ms': 12.5,
      'modelyard.usage': {
        input: 3,
        cached: 1,
        cache_write: 0,
        cache_write1h: 0,
        audio_input: 0,
        output: 2,
        reasoning: 0,
        audio_output: 0,
      },
    })
  })

  it.each([
    ['WARN', { type: 'breaker.opened', target: 'acme/large', from: 'closed', reason: 'failures' }],
    ['ERROR', { type: 'request.failed', attempts: 1, durationMs: 1, kind: 'auth' }],
    ['ERROR', { type: 'sink.dropped', count: 3 }],
    ['WARN', { type: 'chain.gap', from: 3, to: 4 }],
    ['INFO', { type: 'attempt.started', attempt: 1, target: 'acme/large', probe: false }],
  ] satisfies [string, AuditEvent][])('says %s of %j', async (severity, event) => {
    const { provider, logged } = sdk()
    await otelAudit({ provider }).write(record(event))
    expect(logged().map(({ severityText }) => severityText)).toEqual([severity])
  })

  it('says ERROR where a key was rejected, for the caller was served by somebody else', async () => {
    const { provider, logged } = sdk()
    const audit = memoryAudit()
    const providers = [
      fakeProvider({ id: 'one', models: ['m'], script: fail({ status: 401 }) }),
      fakeProvider({ id: 'two', models: ['m'], script: answer('Hello') }),
    ]
    const client = createRouter({ providers, models: { m: ['one/m', 'two/m'] }, audit: [otelAudit({ provider }), audit] })
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'a secret question' }] })
    expect(await client.close()).toBe(0)
    const names = logged().map(({ eventName }) => eventName)
    expect(names).toEqual(audit.records.map(({ event }) => `modelyard.${event.type}`))
    const failed = logged().find(({ eventName }) => eventName === 'modelyard.attempt.failed')
    expect(failed?.severityText).toBe('ERROR')
    expect(failed?.attributes).toMatchObject({ 'modelyard.status': 401, 'modelyard.kind': 'auth' })
  })

  it('SE-07 has attributes without key or content', async () => {
    const { provider, logged } = sdk()
    const key = 'canary-4f9aB2c8D1e7F6a5B4c3D2e1'
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], key: 'FAKE_KEY', script: answer('a secret answer') })],
      keys: memoryKeys({ FAKE_KEY: key }),
      audit: otelAudit({ provider }),
    })
    await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'a secret question' }] })
    expect(await client.close()).toBe(0)
    const all = JSON.stringify(logged().map(({ attributes, body, eventName }) => ({ attributes, body, eventName })))
    expect(logged().some(({ eventName }) => eventName === 'modelyard.key.used')).toBe(true)
    for (const secret of [key, key.slice(0, 12), 'secret']) expect(all).not.toContain(secret)
  })

  it('is part of no span, whichever one is active when records are handed over', async () => {
    const { provider, logged } = sdk()
    const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 })
    const sink = otelAudit({ provider })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    try {
      context.with(trace.setSpan(context.active(), span), () => {
        provider.getLogger('other').emit({})
        void sink.write(record({ type: 'sink.dropped', count: 1 }))
      })
    } finally {
      context.disable()
    }
    expect(logged().map(({ spanContext }) => spanContext?.spanId)).toEqual(['2'.repeat(16), undefined])
  })

  it('goes to the provider that is registered, where none is given, in order', async () => {
    const { provider, logged } = sdk()
    logs.setGlobalLoggerProvider(provider)
    const sink = otelAudit()
    await Promise.all([1, 2, 3].map(async (count) => sink.write(record({ type: 'sink.dropped', count }))))
    await sink.write(record({ type: 'sink.dropped', count: 4 }))
    await sink.close()
    expect(logged().map(({ attributes }) => attributes['modelyard.count'])).toEqual([1, 2, 3, 4])
  })
})
