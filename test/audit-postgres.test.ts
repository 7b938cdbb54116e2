import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import type { PostgresAudit } from '../src/audit/postgres/index.ts'
import { postgresAudit } from '../src/audit/postgres/index.ts'
import type { AuditEvent, AuditRecord } from '../src/index.ts'
import { createRouter } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'
import type { Told } from './audit/worker.ts'
import { databaseUrl } from './ledger/database.ts'
import { proxyTo } from './redis/proxy.ts'

const url = databaseUrl() ?? ''

interface Base extends AsyncDisposable {
  readonly pool: Pool
  readonly table: string
  readonly sink: PostgresAudit
  readonly clock: ReturnType<typeof fakeClock>
  /** What the table holds, in the order of their numbers. */
  readonly records: () => Promise<AuditRecord[]>
}

/** A table of its own. `to`: another way to the same server. */
async function base({ migrated = true, to = url } = {}): Promise<Base> {
  const direct = new Pool({ connectionString: url, max: 4 })
  const pool = to === url ? direct : new Pool({ connectionString: to, max: 4 })
  const table = `audit_${randomUUID().replaceAll('-', '')}`
  const clock = fakeClock()
  if (migrated) await postgresAudit({ pool: direct, table }).migrate()
  return {
    pool,
    table,
    clock,
    sink: postgresAudit({ pool, table, clock }),
    async records() {
      const { rows } = await direct.query<{ readonly record: AuditRecord }>(`SELECT record FROM ${table} ORDER BY seq, id`)
      return rows.map((row) => row.record)
    },
    async [Symbol.asyncDispose]() {
      await direct.query(`DROP TABLE IF EXISTS ${table}`)
      await Promise.all([...new Set([direct, pool])].map((each) => each.end()))
    },
  }
}

function record(seq: number, model = 'acme/large'): AuditRecord {
  const event: AuditEvent = { type: 'request.accepted', model, stream: false, operation: 'chat' }
  return { v: 1, id: `router-${seq}`, at: '2026-11-22T08:00:00.000Z', seq, requestId: `req_${seq}`, agent: 'support', event }
}

interface Worker {
  readonly process: ChildProcess
  readonly told: Promise<Extract<Told, { ids: unknown }>>
  readonly ended: Promise<unknown>
}

function worker(table: string, { name = 'audit-worker', rounds = 6, isKilled = false, onRound = () => {} } = {}): Worker {
  const path = join(import.meta.dirname, 'audit/worker.ts')
  const process = fork(path, [url, table, name, String(rounds), isKilled ? 'killed' : ''], { stdio: 'inherit' })
  const told = new Promise<Extract<Told, { ids: unknown }>>((resolve, reject) => {
    process.on('message', (message: Told) => {
      if ('ids' in message) resolve(message)
      else onRound()
    })
    process.on('exit', () => reject(new Error('the process has ended without a word')))
  })
  return { process, told, ended: once(process, 'exit') }
}

describe.skipIf(url === '')('an audit sink in PostgreSQL (skipped without DATABASE_URL)', { timeout: 120_000 }, () => {
  it('keeps each record to the letter, with columns to look for it by', async () => {
    await using at = await base()
    const odd = record(2, 'a\0b\ud800c\u2028"\\😀')
    await Promise.all([at.sink.write(record(1)), at.sink.write(odd)])
    expect(await at.records()).toEqual([record(1), odd])
    const { rows } = await at.pool.query(`SELECT id, at, seq, request_id, agent, type FROM ${at.table} WHERE request_id = 'req_1'`)
    expect(rows).toEqual([
      {
        id: 'router-1',
        at: new Date('2026-11-22T08:00:00Z'),
        seq: '1',
        request_id: 'req_1',
        agent: 'support',
        type: 'request.accepted',
      },
    ])
  })

  it('writes what comes together in one statement, and nothing twice', async () => {
    await using at = await base()
    const records = Array.from({ length: 1_200 }, (_, seq) => record(seq))
    await Promise.all([...records, ...records].map((each) => at.sink.write(each)))
    await at.sink.write(record(7))
    expect(await at.records()).toEqual(records)
  })

  it('SI-01 has what was acknowledged when four processes write, make their table, and their connections are killed', async () => {
    await using at = await base({ migrated: false })
    const kills: Promise<unknown>[] = []
    const workers = Array.from({ length: 4 }, (_, index) => {
      const name = `${at.table}-${index}`
      const kill = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1'
      return worker(at.table, { name, onRound: () => void kills.push(at.pool.query(kill, [name.slice(0, 63)])) })
    })
    const told = await Promise.all(workers.map((each) => each.told))
    await Promise.all(workers.map((each) => each.ended))
    await Promise.all(kills)
    expect(kills.length).toBe(24)
    expect(told.map(({ lost }) => lost)).toEqual([0, 0, 0, 0])
    const written = (await at.records()).map(({ id }) => id)
    expect(written.toSorted()).toEqual(told.flatMap(({ ids }) => ids).toSorted())
    expect(written).toHaveLength(4 * 60 * 5)
  })

  it('SI-01 has what was flushed when the process is killed', async () => {
    await using at = await base()
    const killed = worker(at.table, { isKilled: true })
    const { ids, lost } = await killed.told
    await killed.ended
    expect(killed.process.signalCode).toBe('SIGKILL')
    expect(lost).toBe(0)
    expect((await at.records()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  })

  it('counts nothing twice where a batch comes again, because its answer was lost', async () => {
    await using at = await base()
    let losses = 2
    const lost = Promise.withResolvers<undefined>()
    const forgetful = {
      on: (event: 'error', listener: (error: Error) => void) => at.pool.on(event, listener),
      connect: () => at.pool.connect(),
      async query(text: string, values?: unknown[]) {
        const result = await at.pool.query(text, values)
        if (losses-- > 0) {
          if (losses === 0) lost.resolve(undefined)
          throw new Error('read ECONNRESET')
        }
        return result
      },
    }
    const sink = postgresAudit({ pool: forgetful, table: at.table, clock: at.clock })
    const written = [sink.write(record(1)), sink.write(record(2))]
    await expect(sink.flush()).rejects.toThrow('cannot be reached')
    at.clock.advance(500)
    await lost.promise
    const third = sink.write(record(3))
    await sink.flush().catch(() => sink.flush())
    await Promise.all([...written, third])
    expect(await at.records()).toEqual([record(1), record(2), record(3)])
  })

  it('lets calls go on while the server is away, at the start and in the middle, and catches up when it is back', async () => {
    await using proxy = await proxyTo(url)
    const through = new URL(url)
    through.port = new URL(proxy.url).port
    proxy.cut()
    await using at = await base({ to: through.href })
    const clock = fakeClock()
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: at.sink,
      clock,
    })
    const call = () => client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
    await call()
    await expect(at.sink.flush()).rejects.toThrow('cannot be reached')
    expect(client.health().auditDropped).toBe(0)
    proxy.open()
    at.clock.advance(500)
    expect(await client.flush()).toBe(0)
    const first = (await at.records()).length
    expect(first).toBeGreaterThan(3)
    proxy.cut()
    await call()
    await expect(at.sink.flush()).rejects.toThrow('cannot be reached')
    proxy.open()
    expect(await client.close()).toBe(0)
    const seqs = (await at.records()).map(({ seq }) => seq)
    expect(seqs).toEqual(Array.from({ length: 2 * first }, (_, index) => index + 1))
  })

  it('SI-06 says at close() what it could not write, and waits no longer than five seconds for it', async () => {
    await using proxy = await proxyTo(url)
    const through = new URL(url)
    through.port = new URL(proxy.url).port
    await using at = await base({ to: through.href })
    proxy.cut()
    const clock = fakeClock()
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: at.sink,
      clock,
    })
    await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
    await expect(at.sink.flush()).rejects.toThrow('cannot be reached')
    const flushed = client.flush()
    await clock.advanceAsync(5_000)
    expect(await flushed).toBe(0)
    await at.sink.close().catch(() => undefined)
    expect(await client.close()).toBeGreaterThan(3)
    await expect(at.sink.write(record(1))).rejects.toThrow('is closed')
    expect(at.clock.pending).toBe(0)
    proxy.open()
    expect(await at.records()).toEqual([])
  })

  it('waits for a table that is made later', async () => {
    await using at = await base({ migrated: false })
    const written = at.sink.write(record(1))
    await expect(at.sink.flush()).rejects.toMatchObject({ code: 'NO_TABLE', message: expect.stringContaining('migrate()') })
    await Promise.all([at.sink.migrate(), at.sink.migrate(), at.sink.migrate()])
    at.clock.advance(500)
    await written
    expect(await at.records()).toEqual([record(1)])
  })

  it('tries a batch again when the server gives no answer for ten seconds', async () => {
    await using proxy = await proxyTo(url)
    const through = new URL(url)
    through.port = new URL(proxy.url).port
    await using at = await base({ to: through.href })
    await at.sink.write(record(1))
    proxy.stall()
    const written = at.sink.write(record(2))
    const flushed = expect(at.sink.flush()).rejects.toThrow('cannot be reached')
    await at.clock.advanceAsync(10_000)
    await flushed
    proxy.cut()
    proxy.open()
    at.clock.advance(500)
    await written
    expect(await at.records()).toEqual([record(1), record(2)])
  })

  it('rejects a record that the table does not take, and writes those around it', async () => {
    await using at = await base()
    await at.pool.query(`ALTER TABLE ${at.table} ADD CHECK (agent <> 'forbidden')`)
    const circular: AuditRecord = Object.assign(record(2), { self: {} })
    Object.assign(circular, { self: circular })
    const records = [record(1), circular, { ...record(3), agent: 'forbidden' }, ...[4, 5, 6, 7].map((seq) => record(seq))]
    const outcomes = await Promise.allSettled(records.map((each) => at.sink.write(each)))
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      ...Array.from({ length: 4 }, () => 'fulfilled'),
    ])
    expect((await at.records()).map(({ seq }) => seq)).toEqual([1, 4, 5, 6, 7])
  })

  it('SI-06 takes 25,000 records that wait, and no more', async () => {
    await using at = await base({ migrated: false })
    const waiting = Array.from({ length: 25_000 }, (_, seq) => at.sink.write(record(seq)))
    await expect(at.sink.write(record(-1))).rejects.toThrow('cannot keep up')
    await at.sink.close().catch(() => undefined)
    const outcomes = await Promise.allSettled(waiting)
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
  })
})

describe('postgresAudit()', () => {
  it.each([
    ['no pool', { pool: 'postgres://127.0.0.1/test' }, 'pool'],
    ['a table that is no plain name', { pool: new Pool(), table: 'audit; DROP TABLE x' }, 'table'],
    ['a table with quotes', { pool: new Pool(), table: 'a"b' }, 'table'],
  ])('refuses %s by its field', (_, options, field) => {
    // @ts-expect-error -- as from JavaScript
    expect(() => postgresAudit(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })
})
