import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawn } from 'node:child_process'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import { chained, exportAudit, verifyAudit } from '../src/audit/chain/index.ts'
import { postgresAudit, type PostgresAudit } from '../src/audit/postgres/index.ts'
import type { AuditHead, AuditQuery, AuditRecord } from '../src/index.ts'
import { memoryAudit } from '../src/index.ts'
import { fakeClock } from '../src/testing/index.ts'
import type { WriterOptions } from './audit/writer.ts'
import { databaseUrl } from './ledger/database.ts'

const url = databaseUrl() ?? ''
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const publicKeys = [publicKey]
const sign = { privateKey }

interface Base extends AsyncDisposable {
  readonly pool: Pool
  readonly table: string
  readonly sink: PostgresAudit
}

/** A table of its own. */
async function base({ migrated = true } = {}): Promise<Base> {
  const pool = new Pool({ connectionString: url, max: 4 })
  const table = `archive_${randomUUID().replaceAll('-', '')}`
  const sink = postgresAudit({ pool, table })
  if (migrated) await sink.migrate()
  return {
    pool,
    table,
    sink,
    async [Symbol.asyncDispose]() {
      await pool.query(`DROP TABLE IF EXISTS ${table}`)
      await pool.end()
    },
  }
}

function record(seq: number, fields: Partial<AuditRecord> = {}): AuditRecord {
  const event = { type: 'request.accepted', model: 'acme/large', stream: false, operation: 'chat' } as const
  const at = new Date(Date.UTC(2026, 10, 20, 8, 0, seq)).toISOString()
  return { v: 1, id: `router-${seq}`, at, seq, requestId: `req_${seq}`, event, ...fields }
}

const personal = (user: string) => ({ subject: user, content: `the secret of ${user}\0\ud800 and so on` })

/** As records of a chain that began then. */
const then = () => fakeClock({ wallMs: Date.UTC(2026, 10, 20, 8) })

/** A chain in memory, one that the table has behind those with lower ids. */
async function chainAbove(least: string, after?: AuditHead) {
  for (;;) {
    const memory = memoryAudit()
    const chain = chained(memory, { sign, clock: then(), ...(after !== undefined && { after }) })
    await Promise.all(Array.from({ length: 250 }, (_, seq) => chain.write(record(seq, { id: randomUUID() }))))
    await chain.close()
    const { head } = chain
    if (head !== undefined && head.chain > least) return { head, records: memory.records }
  }
}

async function ids(sink: PostgresAudit, query?: AuditQuery): Promise<string[]> {
  const found: string[] = []
  for await (const { id } of sink.read(query)) found.push(id)
  return found
}

describe.skipIf(url === '')('the archive in PostgreSQL (skipped without DATABASE_URL)', { timeout: 120_000 }, () => {
  it('reads any number of records page by page, by time, each once', async () => {
    await using at = await base()
    const records = Array.from({ length: 950 }, (_, index) =>
      record(Math.floor(index / 3), { id: `router-${index}`, seq: (index * 7) % 100 }),
    )
    await Promise.all(records.map((each) => at.sink.write(each)))
    const found = await ids(at.sink)
    expect(new Set(found).size).toBe(950)
    const byTime = records.toSorted((one, other) => one.at.localeCompare(other.at) || one.seq - other.seq)
    expect(found).toEqual(byTime.map(({ id }) => id))
  })

  it.each([
    [{ agent: 'agent-1' }, [1, 4, 7]],
    [{ requestId: 'req_3' }, [3]],
    [{ subject: 'user-0' }, [2, 4, 6, 8]],
    [{ from: '2026-11-20T08:00:03Z', to: new Date('2026-11-20T08:00:05Z') }, [3, 4]],
    [{ types: ['request.completed', 'request.accepted'], agent: 'agent-0', subject: 'user-0' }, [6]],
    [{ agent: "x' OR true --" }, []],
  ] satisfies [AuditQuery, number[]][])('finds what is asked for: %j', async (query, found) => {
    await using at = await base()
    const records = [1, 2, 3, 4, 5, 6, 7, 8].map((seq) =>
      record(seq, { agent: `agent-${seq % 3}`, personal: personal(`user-${seq % 2}`) }),
    )
    await Promise.all(records.map((each) => at.sink.write(each)))
    const read: AuditRecord[] = []
    for await (const each of at.sink.read(query)) read.push(each)
    expect(read).toEqual(records.filter(({ seq }) => found.includes(seq)))
  })

  it('adds what a table of an earlier version lacks, however often and by however many', async () => {
    await using at = await base({ migrated: false })
    await at.pool
      .query(`CREATE TABLE ${at.table} (id text PRIMARY KEY, at timestamptz NOT NULL, seq bigint NOT NULL, request_id text,
      agent text, type text NOT NULL, record json NOT NULL)`)
    await at.pool.query(`INSERT INTO ${at.table} VALUES ('router-1', $1, 1, 'req_1', NULL, 'request.accepted', $2)`, [
      record(1).at,
      JSON.stringify(record(1)),
    ])
    await Promise.all([at.sink.migrate(), at.sink.migrate(), postgresAudit({ pool: at.pool, table: at.table }).migrate()])
    const chain = chained(at.sink, { sign })
    await chain.write(record(2, { personal: personal('user-1') }))
    await chain.close()
    expect(await ids(at.sink, { types: ['request.accepted'] })).toEqual(['router-1', 'router-2'])
    const verified = await verifyAudit(at.sink, { publicKeys })
    expect(verified.faults).toMatchObject([{ kind: 'unchained', id: 'router-1', where: 'row router-1' }])
    expect(await verifyAudit(at.sink, { publicKeys, unchained: 'note' })).toMatchObject({ ok: true, records: 4 })
  })

  it('keeps nobody from reading when there is nothing to add', async () => {
    await using at = await base()
    const reader = await at.pool.connect()
    try {
      await reader.query('BEGIN')
      await reader.query(`SELECT count(*) FROM ${at.table}`)
      await at.sink.migrate()
    } finally {
      await reader.query('ROLLBACK')
      reader.release()
    }
    const { rows } = await at.pool.query(`SELECT indexname FROM pg_indexes WHERE tablename = $1`, [at.table])
    expect(rows).toHaveLength(6)
  })

  it('erases what is personal to somebody for good, also what was still on its way, and the chain verifies', async () => {
    await using at = await base()
    const chain = chained(at.sink, { sign })
    const written = [1, 2, 3, 4].map((seq) => chain.write(record(seq, { personal: personal(`user-${seq % 2}`) })))
    await written[0]
    expect(await at.sink.deleteSubject('user-1')).toBe(2)
    expect(await at.sink.deleteSubject('user-1')).toBe(0)
    await chain.close()
    const { rows } = await at.pool.query<{ readonly text: string }>(`SELECT t::text AS text FROM ${at.table} AS t`)
    const text = rows.map((row) => row.text).join('\n')
    expect(text).not.toContain('user-1')
    expect(text.match(/the secret of user-0/g)).toHaveLength(2)
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ ok: true, erased: 2, records: 6 })
  })

  it.each([
    ['a record', `SET record = replace(record::text, '"seq":2', '"seq":7')::json WHERE id = 'router-2'`, { kind: 'altered', n: 3 }],
    [
      'a record without leaving a trace in its fields',
      `SET record = replace(record::text, '"v":1', '"agent":"x","v":1')::json WHERE id = 'router-2'`,
      { kind: 'altered', n: 3 },
    ],
    [
      'what is personal',
      `SET personal = replace(personal::text, 'secret', 'truth')::json WHERE id = 'router-2'`,
      { kind: 'altered', n: 3 },
    ],
    ['whose record it is', `SET subject = 'user-9' WHERE id = 'router-2'`, { kind: 'altered', n: 3 }],
    ['the time by which it is found', `SET at = at + interval '1 hour' WHERE id = 'router-2'`, { kind: 'altered', n: 3 }],
    ['the agent by which it is found', `SET agent = 'nobody' WHERE id = 'router-2'`, { kind: 'altered', n: 3 }],
  ])('finds a change of %s', async (_, change, fault) => {
    await using at = await base()
    const chain = chained(at.sink, { sign })
    await Promise.all([1, 2, 3].map((seq) => chain.write(record(seq, { agent: 'support', personal: personal('user-1') }))))
    await chain.close()
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ ok: true })
    await at.pool.query(`UPDATE ${at.table} ${change}`)
    expect((await verifyAudit(at.sink, { publicKeys })).faults).toMatchObject([{ ...fault, id: 'router-2', where: 'row router-2' }])
  })

  it('finds rows that are gone, were put in, or have changed places', async () => {
    await using at = await base()
    const chain = chained(at.sink, { sign, headEvery: { records: 50 } })
    await Promise.all(Array.from({ length: 500 }, (_, index) => chain.write(record(index + 1))))
    await chain.close()
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ ok: true, records: 511, notes: [] })
    const faults = async () => (await verifyAudit(at.sink, { publicKeys })).faults.map(({ kind, n }) => ({ kind, n }))
    const { rows } = await at.pool.query<{ readonly n: string; readonly chain: string }>(
      `SELECT chain, chain_n AS n FROM ${at.table} WHERE id = 'router-300'`,
    )
    const n = Number(rows[0]?.n)
    await at.pool.query(`CREATE TABLE ${at.table}_kept AS SELECT * FROM ${at.table} WHERE chain_n IN ($1, $2)`, [n, n + 1])
    await at.pool.query(`DELETE FROM ${at.table} WHERE chain_n = $1`, [n])
    expect(await faults()).toEqual([{ kind: 'removed', n }])
    await at.pool.query(`INSERT INTO ${at.table} SELECT * FROM ${at.table}_kept WHERE chain_n = $1`, [n])
    expect(await faults()).toEqual([])
    await at.pool.query(
      `INSERT INTO ${at.table} SELECT 'copy', at, seq, request_id, agent, type, record, subject, personal, chain, chain_n FROM ${at.table}_kept WHERE chain_n = $1`,
      [n],
    )
    expect(await faults()).toEqual([
      { kind: 'altered', n },
      { kind: 'inserted', n },
    ])
    await at.pool.query(`DELETE FROM ${at.table} WHERE id = 'copy'`)
    await at.pool.query(
      `UPDATE ${at.table} SET chain_n = CASE WHEN chain_n = $1 THEN $2::bigint ELSE $1::bigint END WHERE chain_n IN ($1, $2)`,
      [n, n + 1],
    )
    expect((await faults()).map(({ kind }) => kind)).toEqual(['altered', 'altered', 'reordered'])
    await at.pool.query(`DROP TABLE ${at.table}_kept`)
  })

  it('keeps the chains of several processes apart, and each goes on from one that was there', async () => {
    await using at = await base()
    const first = chained(at.sink, { sign, clock: then() })
    await first.write(record(1))
    await first.flush()
    const others = [1, 2].map(() => chained(postgresAudit({ pool: at.pool, table: at.table }), { sign }))
    await Promise.all(
      [first, ...others].map(async (chain, index) => {
        for (let seq = 0; seq < 20; seq++) await chain.write(record(100 * (index + 1) + seq))
      }),
    )
    await Promise.all([first, ...others].map((chain) => chain.close()))
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ ok: true, notes: [], chains: [{}, {}, {}] })
    const started: unknown[] = []
    for await (const { event } of at.sink.read({ types: ['chain.started'] })) started.push('after' in event)
    expect(started).toEqual([false, true, true])
    const head = first.head
    expect(head).toBeDefined()
    await at.pool.query(`DELETE FROM ${at.table} WHERE chain = $1`, [head?.chain])
    const { faults } = await verifyAudit(at.sink, { publicKeys })
    expect(new Set(faults.map(({ kind, chain }) => `${kind} ${chain}`))).toEqual(new Set([`removed ${head?.chain}`]))
  })

  it('verifies while others write, and begin chains that go on from what was written since', async () => {
    await using at = await base()
    // In the order in which the table is read.
    const first = await chainAbove('')
    const second = await chainAbove(first.head.chain)
    const third = await chainAbove(second.head.chain, first.head)
    await Promise.all([...first.records.slice(0, 3), ...second.records].map((each) => at.sink.write(each)))
    let pages = 0
    const meanwhile = {
      connect: () => at.pool.connect(),
      on: () => undefined,
      async query(text: string, values?: unknown[]) {
        const page = await at.pool.query(text, values)
        if (text.includes('kept WHERE') && ++pages === 1)
          await Promise.all([...first.records.slice(3), ...third.records].map((each) => at.sink.write(each)))
        return page
      },
    }
    expect(await verifyAudit(postgresAudit({ pool: meanwhile, table: at.table }), { publicKeys })).toMatchObject({ faults: [] })
    expect(pages).toBeGreaterThan(2)
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ faults: [], chains: [{}, {}, {}] })
  })

  it('has whole chains when connections are killed again and again, and what was promised when a process is', async () => {
    await using at = await base()
    const names = [1, 2, 3].map((index) => `${at.table.slice(0, 50)}-${index}`)
    const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const promised = new Set<string>()
    const ended = names.map(async (name, index) => {
      const options: WriterOptions = {
        place: { url, table: at.table },
        name,
        count: index === 2 ? 100_000 : 200,
        privateKey: privatePem,
      }
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'audit/writer.ts'), JSON.stringify(options)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const closed = once(writer, 'close')
      let count = 0
      for await (const line of createInterface(writer.stdout)) {
        promised.add(line)
        if (++count % 40 === 0 && count <= 160)
          await at.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name])
        if (index === 2 && count === 180) writer.kill('SIGKILL')
      }
      await closed
      return writer.exitCode
    })
    expect(await Promise.all(ended)).toEqual([0, 0, null])
    const written = await ids(at.sink, { types: ['request.accepted'] })
    expect(new Set(written).size).toBe(written.length)
    expect(new Set(written)).toEqual(new Set([...written, ...promised]))
    const verified = await verifyAudit(at.sink, { publicKeys })
    expect(verified.faults).toEqual([])
    expect(verified.chains).toHaveLength(3)
  })

  it('prunes what is old, of each chain from its beginning, once the chain says so', async () => {
    await using at = await base()
    await at.sink.write(record(0))
    const chain = chained(at.sink, { sign, clock: then() })
    for (const seq of [1, 2, 3]) await chain.write(record(seq))
    // A clock that was set back: what is behind a record that stays, stays too.
    await chain.write(record(40))
    await chain.write(record(4))
    await chain.close()
    await expect(at.sink.prune({ before: record(10).at })).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'declare' })
    await expect(at.sink.prune({ before: record(10).at, declare: () => Promise.reject(new Error('full')) })).rejects.toThrow('full')
    expect(await ids(at.sink)).toHaveLength(8)
    const pruning = chained(postgresAudit({ pool: at.pool, table: at.table }), { sign })
    expect(await pruning.prune({ before: record(10).at })).toBe(5)
    expect(await pruning.prune({ before: record(10).at })).toBe(0)
    await pruning.close()
    expect(await ids(at.sink, { types: ['request.accepted'] })).toEqual(['router-4', 'router-40'])
    const verified = await verifyAudit(at.sink, { publicKeys })
    expect(verified.faults).toEqual([])
    expect(verified.notes).toMatchObject([{ kind: 'pruned', n: 1, to: 4 }])
    await at.pool.query(`DELETE FROM ${at.table} WHERE id = 'router-40'`)
    expect((await verifyAudit(at.sink, { publicKeys })).faults).toMatchObject([{ kind: 'removed', n: 5 }])
  })

  it('is exported in an order that verifies, although all of it came in one millisecond', async () => {
    await using at = await base()
    const chain = chained(at.sink, { sign, clock: then(), headEvery: { records: 3 } })
    await Promise.all(Array.from({ length: 500 }, (_, index) => chain.write(record(1_000 - index, { at: record(0).at }))))
    await chain.close()
    const folder = await mkdtemp(join(tmpdir(), 'modelyard-export-'))
    try {
      const path = join(folder, 'export.jsonl')
      expect(await exportAudit(at.sink, path)).toBe(668)
      expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, notes: [] })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each([
    ['without a number', `SELECT 'odd', at, seq, request_id, agent, type, record, subject, personal, chain, NULL`],
    ['with an empty id', `SELECT '', at, seq, request_id, agent, type, record, subject, personal, NULL, NULL`],
    ['of an unnamed chain', `SELECT 'odd', at, seq, request_id, agent, type, record, subject, personal, '', -1`],
  ])('overlooks no row, such as one %s', async (_, odd) => {
    await using at = await base()
    const chain = chained(at.sink, { sign })
    await chain.write(record(1))
    await chain.close()
    await at.pool.query(`INSERT INTO ${at.table} ${odd} FROM ${at.table} WHERE id = 'router-1'`)
    expect(await verifyAudit(at.sink, { publicKeys })).toMatchObject({ ok: false, records: 4 })
    expect(await ids(at.sink)).toHaveLength(4)
  })

  it('reads each page by an index, however long the table', async () => {
    await using at = await base()
    await Promise.all(Array.from({ length: 300 }, (_, seq) => at.sink.write(record(seq))))
    const asked: string[] = []
    const listening = {
      connect: () => at.pool.connect(),
      on: () => undefined,
      query(text: string, values?: unknown[]) {
        asked.push(text)
        return at.pool.query(text, values)
      },
    }
    const archive = postgresAudit({ pool: listening, table: at.table })
    await chained(archive).write(record(301))
    expect(await ids(archive)).toHaveLength(302)
    await verifyAudit(archive)
    const pages = asked.filter((text) => text.includes('ORDER BY'))
    expect(pages.length).toBeGreaterThan(4)
    const client = await at.pool.connect()
    try {
      await client.query('SET enable_seqscan = off')
      await client.query('SET enable_sort = off')
      for (const text of pages) {
        const filled = text.replace(/\$\d+::(\w+)/g, (_, type) =>
          type === 'timestamptz' ? `'2026-11-20'::timestamptz` : `'1'::${type}`,
        )
        const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>(`EXPLAIN ${filled}`)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan, filled).toMatch(/Index/)
        expect(plan, filled).not.toMatch(/Seq Scan/)
        if (text.includes('kept WHERE')) expect(plan, filled).not.toMatch(/Sort/)
      }
    } finally {
      client.release(true)
    }
  })

  it('says that the table is not there', async () => {
    await using at = await base({ migrated: false })
    await expect(ids(at.sink)).rejects.toMatchObject({ code: 'NO_TABLE' })
    await expect(verifyAudit(at.sink)).rejects.toMatchObject({ code: 'NO_TABLE' })
  })
})
