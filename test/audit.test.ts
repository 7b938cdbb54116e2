import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryAudit } from '../src/audit/memory.ts'
import { filtered, redact, tee } from '../src/audit/tee.ts'
import { createTrail, type Trail } from '../src/audit/trail.ts'
import type { AuditEvent, AuditRecord, AuditSink } from '../src/contracts/audit.ts'
import type { FailureKind } from '../src/contracts/failure.ts'
import { createRouter } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const started = (attempt: number): AuditEvent => ({ type: 'attempt.started', attempt, target: 'acme/large', probe: false })
const numbers = (records: readonly AuditRecord[]) => records.map(({ seq }) => seq)

/** What a memory sink has after one event went through a trail. */
async function recorded(event: AuditEvent, about?: { readonly requestId?: string; readonly agent?: string }): Promise<AuditRecord> {
  const audit = memoryAudit()
  const trail = createTrail({ sinks: [audit], clock: fakeClock() })
  trail.emit(event, about)
  await trail.flush()
  const [record] = audit.records
  if (record === undefined) throw new Error('nothing was recorded')
  return record
}

/** A sink whose writes settle when the test says so. */
function slowSink(): AuditSink & {
  readonly records: AuditRecord[]
  /** Settles all writes, or the oldest ones. */
  readonly release: (error?: Error, count?: number) => void
} {
  const records: AuditRecord[] = []
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = []
  return {
    records,
    write(record) {
      records.push(record)
      return new Promise((resolve, reject) => pending.push({ resolve, reject }))
    },
    release(error, count = pending.length) {
      for (const { resolve, reject } of pending.splice(0, count)) {
        if (error === undefined) resolve()
        else reject(error)
      }
    },
  }
}

function ofRequest(seq: number, requestId: string): AuditRecord {
  return { v: 1, id: `router-${seq}`, at: '2026-11-22T08:00:00.000Z', seq, requestId, event: started(seq) }
}

function emitted(trail: Trail, count: number): void {
  for (let attempt = 1; attempt <= count; attempt++) trail.emit(started(attempt))
}

/** Lets everything that is ready run, without time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

function everyObject(value: unknown, visit: (object: object) => void): void {
  if (typeof value !== 'object' || value === null) return
  visit(value)
  for (const part of Object.values(value)) everyObject(part, visit)
}

describe('the trail', () => {
  it('numbers its records, and dates them by the clock it was given', async () => {
    const audit = memoryAudit()
    const clock = fakeClock({ wallMs: Date.UTC(2026, 10, 22, 8, 0, 0) })
    const trail = createTrail({ sinks: [audit], clock })
    trail.emit(started(1), { requestId: 'req_1', agent: 'support' })
    trail.emit(started(2), { requestId: 'req_1' })
    clock.advance(1_500.25)
    trail.emit({ type: 'breaker.opened', target: 'acme/large', from: 'closed', reason: 'trip' })
    await trail.flush()
    const id = expect.any(String)
    expect(audit.records).toEqual([
      { v: 1, id, at: '2026-11-22T08:00:00.000Z', seq: 1, requestId: 'req_1', agent: 'support', event: started(1) },
      { v: 1, id, at: '2026-11-22T08:00:00.000Z', seq: 2, requestId: 'req_1', event: started(2) },
      {
        v: 1,
        id,
        at: '2026-11-22T08:00:01.500Z',
        seq: 3,
        event: { type: 'breaker.opened', target: 'acme/large', from: 'closed', reason: 'trip' },
      },
    ])
  })

  it('gives every record a name that no other has, of this router or of another', async () => {
    const audit = memoryAudit()
    const trails = [1, 2].map(() => createTrail({ sinks: [audit], clock: fakeClock() }))
    for (const trail of trails) emitted(trail, 3)
    await Promise.all(trails.map((trail) => trail.flush()))
    expect(audit.records).toHaveLength(6)
    expect(new Set(audit.records.map(({ id }) => id)).size).toBe(6)
  })

  it('hands a record over after the caller is done, and before anything that waited for the caller', async () => {
    const audit = memoryAudit()
    const { emit } = createTrail({ sinks: [audit], clock: fakeClock() })
    const call = async () => emit(started(1))
    const answered = call()
    expect(audit.records).toHaveLength(0)
    await answered
    expect(audit.records).toHaveLength(1)
  })

  it('is inactive without sinks and after it was closed', async () => {
    expect(createTrail({ sinks: [], clock: fakeClock() }).active).toBe(false)
    const audit = memoryAudit()
    const trail = createTrail({ sinks: [audit], clock: fakeClock() })
    expect(trail.active).toBe(true)
    trail.emit(started(1))
    const closed = trail.close()
    expect(trail.active).toBe(false)
    trail.emit(started(2))
    await closed
    expect(numbers(audit.records)).toEqual([1])
  })

  it('AU-05 cuts what is too long to be a name, so that no content gets in by way of one', async () => {
    const prompt = 'summarise the following contract '.repeat(100)
    const { event } = await recorded({ type: 'request.accepted', model: prompt, stream: false, operation: 'chat' })
    if (event.type !== 'request.accepted') throw new Error(event.type)
    expect(event.model).toHaveLength(256)
    expect(event.model.endsWith('…')).toBe(true)
  })

  it.each([
    'sk-proj-4f9aB2c8D1e7F6a5B4c3D2e1',
    'sk-ant-api03-4f9aB2c8D1e7F6a5B4c3D2e1',
    'AIzaSyA4f9aB2c8D1e7F6a5B4c3D2e1F0a9B8c7',
    'AKIA4F9AB2C8D1E7F6A5',
    'gsk_4f9aB2c8D1e7F6a5B4c3D2e1',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl',
  ])('AU-06 takes out what looks like a key: %s', async (key) => {
    const record = await recorded({
      type: 'decision.made',
      chain: [`acme/${key}`],
      rejected: [{ target: 'acme/large', reason: `unknown model ${key}!` }],
      warnings: [key],
    })
    expect(JSON.stringify(record)).not.toContain(key.slice(4))
    expect(record.event).toMatchObject({ chain: ['acme/[secret]'], warnings: ['[secret]'] })
  })

  it.each([
    'acme/large-2026-11-22',
    'req_011CSx7hQdW5vWqXjz3pN2',
    'hf-internal-testing-tiny-model',
    'task-9f1c2d3e4f5a6b7c8d9e0f1a2b',
  ])('AU-06 leaves an ordinary name alone: %s', async (name) => {
    expect(await recorded({ type: 'request.accepted', model: name, stream: false, operation: 'chat' })).toMatchObject({
      event: { model: name },
    })
  })

  it('AU-07 freezes a copy: neither the sink nor whoever emitted it can change a record', async () => {
    const usage = { input: 1, cached: 0, cacheWrite: 0, cacheWrite1h: 0, audioInput: 0, output: 2, reasoning: 0, audioOutput: 0 }
    const event = { type: 'request.completed', target: 'acme/large', attempts: 1, durationMs: 5, usage, costUsd: null } as const
    const record = await recorded(event)
    everyObject(record, (object) => expect(Object.isFrozen(object)).toBe(true))
    expect(record.event).toEqual(event)
    expect(Object.isFrozen(usage)).toBe(false)
    usage.input = 99
    expect(record.event).toMatchObject({ usage: { input: 1 } })
  })

  it('AU-07 a decision with thousands of rejected targets still fits, and says what it leaves out', async () => {
    const record = await recorded({
      type: 'decision.made',
      chain: ['acme/large', 'acme/small'],
      rejected: Array.from({ length: 5_000 }, (_, index) => ({ target: `acme/model-${index}`, reason: 'has no vision' })),
      warnings: ['temperature was left out'],
    })
    expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThanOrEqual(4_096)
    if (record.event.type !== 'decision.made') throw new Error(record.event.type)
    expect(record.event.chain).toEqual(['acme/large', 'acme/small'])
    const { rejected } = record.event
    expect(rejected.at(-1)).toEqual({ target: '…', reason: `${5_000 - (rejected.length - 1)} more` })
    expect(rejected.length).toBeGreaterThan(20)
  })

  it('AU-07 every record is versioned, frozen, JSON-safe, at most 4 KB, with strings of at most 256 characters', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 400, unit: 'binary' }),
      fc.constantFrom('\u0000', '\ud800', '😀', '\u2028', 'é').map((one) => one.repeat(300)),
    )
    const event: fc.Arbitrary<AuditEvent> = fc.oneof(
      fc.record({
        type: fc.constant('decision.made' as const),
        chain: fc.array(text, { maxLength: 100 }),
        rejected: fc.array(fc.record({ target: text, reason: text }), { maxLength: 100 }),
        warnings: fc.array(text, { maxLength: 100 }),
      }),
      fc.record({
        type: fc.constant('attempt.failed' as const),
        attempt: fc.nat(),
        target: text,
        durationMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
        kind: fc.constantFrom<FailureKind>('network', 'auth'),
        code: text,
        severity: fc.constantFrom('normal' as const, 'high' as const),
        usage: fc.constant(null),
        usageSource: fc.constant('unknown' as const),
        costUsd: fc.constant(null),
        priceSnapshot: text,
        vendorRequestId: text,
      }),
    )
    await fc.assert(
      fc.asyncProperty(event, text, text, async (what, requestId, agent) => {
        const record = await recorded(what, { requestId, agent })
        const json = JSON.stringify(record)
        expect(record.v).toBe(1)
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4_096)
        // -0 is the one number that JSON does not keep.
        expect(JSON.stringify(JSON.parse(json))).toBe(json)
        everyObject(record, (object) => {
          expect(Object.isFrozen(object)).toBe(true)
          for (const part of Object.values(object)) if (typeof part === 'string') expect(part.length).toBeLessThanOrEqual(256)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('AU-07 a record of nothing but characters that JSON writes as six bytes still fits', async () => {
    const text = '\u0000'.repeat(300)
    const texts = Array.from({ length: 100 }, () => text)
    const rejected = texts.map((target) => ({ target, reason: text }))
    const record = await recorded(
      { type: 'decision.made', chain: texts, rejected, warnings: texts },
      { requestId: text, agent: text },
    )
    expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThanOrEqual(4_096)
    expect(record.event).toMatchObject({ warnings: expect.arrayContaining(['… 97 more']) })
  })

  it('AU-07 cuts between characters, not through one', async () => {
    const record = await recorded({
      type: 'request.accepted',
      model: `${'x'.repeat(254)}${'😀'.repeat(10)}`,
      stream: false,
      operation: 'chat',
    })
    expect(record.event).toMatchObject({ model: `${'x'.repeat(254)}…` })
  })
})

describe('AU-08 a sink that fails changes nothing for the caller', () => {
  const failing: Record<string, AuditSink> = {
    throws: {
      write() {
        throw new Error('broken sink')
      },
      flush: () => Promise.reject(new Error('broken flush')),
      close() {
        throw new Error('broken close')
      },
    },
    rejects: { write: () => Promise.reject(new Error('rejecting sink')) },
    'never answers': { write: () => new Promise(() => {}), flush: () => new Promise(() => {}), close: () => new Promise(() => {}) },
  }

  it.each(Object.keys(failing))('when it %s', async (how) => {
    const audit = memoryAudit()
    const clock = fakeClock()
    const sink = failing[how]
    if (sink === undefined) throw new Error(how)
    const trail = createTrail({ sinks: [sink, audit], clock })
    for (let attempt = 1; attempt <= 3; attempt++) expect(trail.emit(started(attempt))).toBeUndefined()
    await turns()
    expect(numbers(audit.records)).toEqual([1, 2, 3])
    const closed = trail.close()
    await clock.advanceAsync(5_000)
    await clock.advanceAsync(5_000)
    await expect(closed).resolves.toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('when it returns something that is no promise', async () => {
    const records: AuditRecord[] = []
    const trail = createTrail({ sinks: [{ write: (record) => void records.push(record) }], clock: fakeClock() })
    trail.emit(started(1))
    await trail.flush()
    expect(records).toHaveLength(1)
    expect(trail.dropped).toBe(0)
  })

  it('when an event cannot even be read', async () => {
    const audit = memoryAudit()
    const trail = createTrail({ sinks: [audit], clock: fakeClock() })
    const hostile: AuditEvent = {
      type: 'request.accepted',
      stream: false,
      operation: 'chat',
      get model(): string {
        throw new Error('trap')
      },
    }
    expect(() => trail.emit(hostile)).not.toThrow()
    trail.emit(started(1))
    await trail.flush()
    expect(numbers(audit.records)).toEqual([1])
    expect(trail.dropped).toBe(1)
  })

  it('and the records that it lost are counted and told once it works again', async () => {
    const records: AuditRecord[] = []
    let isBroken = true
    const audit = memoryAudit()
    const flaky: AuditSink = {
      write(record) {
        if (isBroken) throw new Error('disk is full')
        records.push(record)
      },
    }
    const trail = createTrail({ sinks: [flaky, audit], clock: fakeClock() })
    for (const attempt of [1, 2, 3]) trail.emit(started(attempt))
    await trail.flush()
    expect(trail.dropped).toBe(3)
    isBroken = false
    trail.emit(started(4))
    await trail.flush()
    expect(records.map(({ seq, event }) => [seq, event.type])).toEqual([
      [4, 'attempt.started'],
      [5, 'sink.dropped'],
    ])
    expect(records.at(-1)?.event).toEqual({ type: 'sink.dropped', count: 3 })
    expect(numbers(audit.records)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('AU-08 a request', () => {
  it('is delayed by no sink that hangs, fails or is slow, also where its queue is full', async () => {
    const audit = memoryAudit({ limit: 100_000 })
    const slow = slowSink()
    const hanging: AuditSink = { write: () => new Promise(() => {}) }
    const rejecting: AuditSink = { write: () => Promise.reject(new Error('disk is full')) }
    const clock = fakeClock()
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: [hanging, rejecting, slow, audit],
      clock,
    })
    const ask = async (): Promise<string | null | undefined> => {
      const completion = await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
      return completion.choices[0]?.message.content
    }
    // Nobody moves the clock, and nobody lets the slow sink go on.
    for (let call = 0; call < 3_000; call++) expect(await ask()).toBe('Hello')
    await turns()
    const written = audit.records.length
    expect(written).toBeGreaterThan(10_000)
    expect(slow.records).toHaveLength(10_000)
    expect(client.health().auditDropped).toBe(2 * (written - 10_000) + written)
    const closed = client.close()
    await clock.advanceAsync(5_000)
    await clock.advanceAsync(5_000)
    expect(await closed).toBe(3 * written)
  })
})

describe('SI-06 the queue of a sink is bounded', () => {
  it('drops the newest records, counts them, and says so later', async () => {
    const slow = slowSink()
    const quick = memoryAudit()
    const trail = createTrail({ sinks: [slow, quick], clock: fakeClock(), queueLimit: 4 })
    for (let attempt = 1; attempt <= 10; attempt++) {
      trail.emit(started(attempt))
      await turns()
    }
    expect(numbers(slow.records)).toEqual([1, 2, 3, 4])
    expect(numbers(quick.records)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(trail.dropped).toBe(6)
    slow.release()
    await turns()
    expect(slow.records.at(-1)).toMatchObject({ seq: 11, event: { type: 'sink.dropped', count: 6 } })
    slow.release()
    emitted(trail, 1)
    await turns()
    expect(numbers(slow.records)).toEqual([1, 2, 3, 4, 11, 12])
  })

  it('says so only when half of the queue is free, not for each record that found no room', async () => {
    const slow = slowSink()
    const trail = createTrail({ sinks: [slow], clock: fakeClock(), queueLimit: 4 })
    emitted(trail, 5)
    await turns()
    slow.release(undefined, 1)
    await turns()
    expect(numbers(slow.records)).toEqual([1, 2, 3, 4])
    slow.release(undefined, 1)
    await turns()
    expect(slow.records.at(-1)).toMatchObject({ seq: 6, event: { type: 'sink.dropped', count: 1 } })
  })

  it('flush() also waits for the record that says so, and leaves no timer behind', async () => {
    const slow = slowSink()
    const clock = fakeClock()
    const trail = createTrail({ sinks: [slow], clock, queueLimit: 2 })
    emitted(trail, 3)
    let isFlushed = false
    const flushed = trail.flush().then(() => (isFlushed = true))
    await turns()
    slow.release()
    await turns()
    expect(slow.records.at(-1)?.event).toEqual({ type: 'sink.dropped', count: 1 })
    expect(isFlushed).toBe(false)
    slow.release()
    await flushed
    expect(clock.pending).toBe(0)
  })

  it('is bounded within one turn as well', async () => {
    const audit = memoryAudit()
    const trail = createTrail({ sinks: [audit], clock: fakeClock(), queueLimit: 4 })
    emitted(trail, 10)
    await trail.flush()
    expect(audit.records.map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'attempt.started'],
      [2, 'attempt.started'],
      [3, 'attempt.started'],
      [4, 'attempt.started'],
      [11, 'sink.dropped'],
    ])
  })

  it('counts a rejected write as lost', async () => {
    const slow = slowSink()
    const trail = createTrail({ sinks: [slow], clock: fakeClock() })
    emitted(trail, 2)
    await turns()
    slow.release(new Error('disk is full'))
    await turns()
    expect(trail.dropped).toBe(2)
  })

  it('flush() waits for writes that are under way, and then for the sink', async () => {
    const slow = slowSink()
    const order: string[] = []
    const sink: AuditSink = {
      write: (record) => slow.write(record),
      async flush() {
        order.push('flush')
      },
      async close() {
        order.push('close')
      },
    }
    const trail = createTrail({ sinks: [sink], clock: fakeClock() })
    emitted(trail, 3)
    const closed = trail.close()
    await turns()
    expect(slow.records).toHaveLength(3)
    order.length = 0
    slow.release()
    await closed
    await trail.close()
    expect(order).toEqual(['flush', 'close'])
  })
})

describe('memoryAudit()', () => {
  it('gives the records of one request, and forgets on demand', async () => {
    const audit = memoryAudit()
    for (const [seq, id] of ['a', 'b', 'a'].entries()) await audit.write(ofRequest(seq, id))
    expect(numbers(audit.of('a'))).toEqual([0, 2])
    audit.clear()
    expect(audit.records).toEqual([])
  })

  it('keeps the latest ones up to its limit', async () => {
    const audit = memoryAudit({ limit: 3 })
    for (let seq = 1; seq <= 10; seq++) await audit.write(ofRequest(seq, 'a'))
    expect(numbers(audit.records)).toEqual([8, 9, 10])
  })
})

describe('tee() and filtered()', () => {
  const record: AuditRecord = { v: 1, id: 'router-1', at: '2026-11-22T08:00:00.000Z', seq: 1, event: started(1) }
  const broken: AuditSink = {
    write() {
      throw new Error('broken')
    },
  }

  it('give every sink every record, whatever the others do, and reject with what went wrong', async () => {
    const [one, two] = [memoryAudit(), memoryAudit()]
    await expect(tee(one, broken, two).write(record)).rejects.toThrow('broken')
    await expect(tee(broken, one, broken).write(record)).rejects.toThrow('2 audit sinks failed')
    expect([one.records.length, two.records.length]).toEqual([2, 1])
  })

  it('flush and close what can be flushed and closed', async () => {
    const calls: string[] = []
    const sink: AuditSink = {
      write: () => {},
      flush: async () => void calls.push('flush'),
      close: async () => void calls.push('close'),
    }
    const all = tee(
      filtered(sink, () => true),
      memoryAudit(),
      sink,
    )
    await all.flush()
    await all.close()
    expect(calls).toEqual(['flush', 'flush', 'close', 'close'])
  })

  it('pass on only what was chosen', async () => {
    const audit = memoryAudit()
    const sink = filtered(audit, ({ event }) => event.type === 'key.used')
    await sink.write(record)
    await sink.write({
      ...record,
      event: { type: 'key.used', target: 'acme/large', key: 'ACME_API_KEY', fingerprint: '0123456789ab' },
    })
    expect(audit.records.map(({ event }) => event.type)).toEqual(['key.used'])
  })
})

describe('redact()', () => {
  const record: AuditRecord = { ...ofRequest(1, 'req_1'), agent: 'support' }

  it('hands on each record as it was changed, and flush() and close()', async () => {
    const audit = memoryAudit()
    const order: string[] = []
    const sink: AuditSink = {
      write: (each) => audit.write(each),
      flush: async () => void order.push('flush'),
      close: async () => void order.push('close'),
    }
    const redacting = redact(sink, (each) => ({ ...each, agent: 'somebody' }))
    await redacting.write(record)
    await redacting.flush()
    await redacting.close()
    expect(audit.records).toEqual([{ ...record, agent: 'somebody' }])
    expect(order).toEqual(['flush', 'close'])
    expect(record.agent).toBe('support')
  })

  it('hands on nothing where the change fails or gives nothing; the record is counted as lost', async () => {
    const audit = memoryAudit()
    const throwing = redact(audit, () => {
      throw new Error('cannot tell')
    })
    // @ts-expect-error -- as from JavaScript
    const forgetful = redact(audit, () => undefined)
    const trail = createTrail({ sinks: [throwing, forgetful], clock: fakeClock() })
    emitted(trail, 2)
    await trail.flush()
    expect(audit.records).toEqual([])
    expect(trail.dropped).toBe(4)
    expect(() => forgetful.write(record)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  })
})
