import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import type { AuditEvent, LedgerRow, RouterClient } from '../src/index.ts'
import { noTokens } from '../src/contracts/usage.ts'
import { createRouter, reprice, routeOf } from '../src/index.ts'
import { postgresLedger } from '../src/ledger/postgres/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'
import { database, databaseUrl } from './ledger/database.ts'
import { attempt, baseline } from './ledger/entries.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import type { Told } from './ledger/worker.ts'
import { proxyTo } from './redis/proxy.ts'

const url = databaseUrl() ?? ''

interface Worker {
  readonly process: ChildProcess
  readonly told: Promise<Told>
  readonly ended: Promise<unknown>
}

function worker(table: string, { name = 'a', requests = 40, isKilled = false } = {}): Worker {
  const path = join(import.meta.dirname, 'ledger/worker.ts')
  const process = fork(path, [url, table, name, String(requests), isKilled ? 'killed' : ''], { stdio: 'inherit' })
  const told = new Promise<Told>((resolve, reject) => {
    process.on('message', (message: Told) => resolve(message))
    process.on('exit', () => reject(new Error('the process has ended without a word')))
  })
  return { process, told, ended: once(process, 'exit') }
}

/** What was booked is what the processes say, to the pico-dollar. */
function expectSums(total: LedgerRow | null, told: readonly Told[]): void {
  const sum = (pick: (each: Told) => number): number => told.reduce((all, each) => all + pick(each), 0)
  expect(total).toMatchObject({
    calls: sum(({ calls }) => calls),
    failures: sum(({ failures }) => failures),
    spentPicoUsd: String(told.reduce((all, { spentPicoUsd }) => all + BigInt(spentPicoUsd), 0n)),
  })
}

/** A router on that store, and a way to wait for what it says. */
function bench(store: Parameters<typeof postgresLedger>[0] | undefined, clock = fakeClock()) {
  const events: AuditEvent[] = []
  let wake = Promise.withResolvers<undefined>()
  const client = createRouter({
    providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
    agents: { a: { primary: 'fake/m' } },
    audit: {
      write({ event }) {
        events.push(event)
        wake.resolve(undefined)
        wake = Promise.withResolvers()
      },
    },
    clock,
    ...(store !== undefined && { ledger: { store: postgresLedger(store) } }),
  })
  return {
    client,
    clock,
    events,
    async happened(type: AuditEvent['type']): Promise<AuditEvent> {
      for (;;) {
        const event = events.find((each) => each.type === type)
        if (event !== undefined) return event
        await wake.promise
      }
    },
  }
}

async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

function call(client: RouterClient) {
  return client.agent('a').chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'Hi' }] })
}

describe.skipIf(url === '')('a ledger in PostgreSQL (skipped without DATABASE_URL)', { timeout: 120_000 }, () => {
  it('gives back what was booked, whole, for another price list', async () => {
    await using base = await database()
    const { store } = base
    const usage = { ...noTokens, input: 1000, cached: 7, searches: 2, serviceTier: 'flex', region: 'us' }
    const booked = [
      attempt(
        'openai/gpt-6-luna',
        { input: 1000, output: 100 },
        { requestId: 'a', attempt: 1, firstTokenMs: 20.5, agent: 'x', tier: 'simple' },
      ),
      attempt('openai/gpt-6-luna', null, { requestId: 'a', attempt: 2, outcome: 'failure', role: 'retry' }),
      { ...attempt('openai/gpt-6-luna', { input: 1 }, { requestId: 'b', attempt: 1, usageSource: 'implausible' }), usage },
      ...Array.from({ length: 2100 }, (_, at) =>
        attempt('openai/gpt-6-luna', { output: at }, { requestId: `c${10_000 + at}`, attempt: 1 }),
      ),
    ]
    const against = { baseline: null, verdict: 'left_out', picoUsd: 0n, outputPicoUsd: 0n } as const
    await store.append(booked.map((entry) => ({ ...entry, day: '2026-11-22', against })))
    expect(await listed(store.entries())).toEqual(booked)
    expect(await listed(store.entries({ from: '2100-01-01' }))).toEqual([])
    expect(await listed(store.entries({ from: '2026-11-22', to: '2026-11-22' }))).toHaveLength(booked.length)
    const again = await reprice(store.entries(), { prices: false, at: booked[0]?.at ?? 0 })
    expect(again.before.picoUsd).toBe((await store.read({}, null)).total?.spentPico)
    expect(again.before.picoUsd).toBe(booked.reduce((sum, { cost }) => sum + (cost?.picoUsd ?? 0n), 0n))
    expect(again.entries).toHaveLength(booked.length)
  })

  it('is exact while eight processes make its table and write to it at once', async () => {
    await using base = await database({ migrated: false })
    const workers = Array.from({ length: 8 }, (_, at) => worker(base.table, { name: `agent-${at % 4}` }))
    const told = await Promise.all(workers.map((each) => each.told))
    await Promise.all(workers.map((each) => each.ended))
    expect(told.every(({ dropped, calls, failures }) => dropped === 0 && calls === 40 && failures > 0)).toBe(true)
    const { rows, total } = await bench(base).client.ledger.report({ by: ['agent'] })
    expectSums(total, told)
    const calls = new Map(rows.map((row) => [row.agent, row.calls]))
    expect(calls).toEqual(new Map([0, 1, 2, 3].map((at) => [`agent-${at}`, 80])))
  })

  it('has what was flushed when the process is killed, and goes on where a new one begins', async () => {
    await using base = await database()
    const killed = worker(base.table, { isKilled: true })
    const first = await killed.told
    await killed.ended
    expect(killed.process.signalCode).toBe('SIGKILL')
    expectSums((await bench(base).client.ledger.report()).total, [first])
    const second = await worker(base.table).told
    expectSums((await bench(base).client.ledger.report()).total, [first, second])
  })

  it('counts nothing twice where a batch comes again, because its answer was lost', async () => {
    await using base = await database()
    let losses = 2
    const forgetful = {
      on: (event: 'error', listener: (error: Error) => void) => base.pool.on(event, listener),
      connect: () => base.pool.connect(),
      async query(text: string, values?: unknown[]) {
        const result = await base.pool.query(text, values)
        if (text.startsWith('INSERT') && losses-- > 0) throw new Error('read ECONNRESET')
        return result
      },
    }
    const { client, clock, happened } = bench({ pool: forgetful, table: base.table })
    await call(client)
    await call(client)
    await clock.advanceAsync(100)
    await happened('store.lost')
    await call(client)
    clock.advance(500)
    await client.flush()
    clock.advance(1000)
    await client.flush()
    expect(losses).toBeLessThan(0)
    expect(client.ledger.waiting).toBe(0)
    expect((await client.ledger.report()).total).toMatchObject({ calls: 3 })
  })

  it('lets requests go on while the database is away, and catches up when it is back', async () => {
    await using proxy = await proxyTo(url)
    const through = new URL(url)
    through.port = new URL(proxy.url).port
    proxy.cut()
    await using base = await database({ to: through.href })
    const { client, clock, happened, events } = bench(base)
    // Away from the start.
    expect(routeOf(await call(client))?.target).toBe('fake/m')
    await clock.advanceAsync(100)
    expect(await happened('store.lost')).toMatchObject({ store: 'ledger' })
    await call(client)
    expect(client.ledger.waiting).toBe(2)
    proxy.open()
    clock.advance(500)
    expect(await happened('store.regained')).toEqual({ type: 'store.regained', store: 'ledger', awayMs: 500 })
    expect((await client.ledger.report()).total).toMatchObject({ calls: 2 })
    // Away in the middle.
    proxy.cut()
    await call(client)
    await client.flush()
    expect(events.filter(({ type }) => type === 'store.lost')).toHaveLength(2)
    await expect(client.ledger.report()).rejects.toThrow()
    expect(client.ledger.totals()).toMatchObject([{ calls: 3 }])
    proxy.open()
    await client.flush()
    expect((await client.ledger.report()).total).toMatchObject({ calls: 3 })
    expect(client.ledger.dropped).toBe(0)
  })

  it('says which error keeps entries waiting where the table was never made', async () => {
    await using base = await database({ migrated: false })
    const { client, happened } = bench(base)
    await call(client)
    await client.flush()
    expect(await happened('store.lost')).toEqual({ type: 'store.lost', store: 'ledger', code: 'NO_TABLE' })
    await expect(client.ledger.report()).rejects.toMatchObject({
      code: 'NO_TABLE',
      message: expect.stringContaining('postgresLedger: relation'),
    })
    await expect(listed(base.store.entries())).rejects.toThrow('migrate()')
    await base.store.migrate()
    await base.store.migrate()
    await client.flush()
    expect((await client.ledger.report()).total).toMatchObject({ calls: 1 })
  })

  it('sets aside what was booked against another baseline', async () => {
    await using base = await database()
    const shared = { store: base.store, clock: fakeClock(), listener: { lost: () => undefined, regained: () => undefined } }
    const one = createLedger({ baseline: baseline('anthropic/claude-opus-5-5'), shared })
    const other = createLedger({ baseline: baseline('openai/gpt-6.1-sol'), shared })
    one.add(attempt('openai/gpt-6-luna', { input: 1000 }))
    other.add(attempt('openai/gpt-6-luna', { input: 1000 }))
    await other.flush()
    const { saving, total } = await one.report()
    expect(saving).toMatchObject({ baselineUsd: 0.004, pricedCalls: 1, unpricedCalls: 1 })
    expect(total).toMatchObject({ calls: 2, spentUsd: 0.0002 })
  })

  it('keeps each entry as it was made, for whoever asks the table itself', async () => {
    await using base = await database()
    const { client } = bench(base)
    const record = routeOf(await call(client))
    await client.flush()
    const { rows } = await base.pool.query(`SELECT * FROM ${base.table}`)
    expect(rows).toMatchObject([
      {
        request_id: record?.requestId,
        attempt: 1,
        role: 'first',
        served: true,
        agent: 'a',
        provider: 'fake',
        model: 'm',
        served_model: 'm',
        outcome: 'success',
        usage_source: 'provider',
        cost_pico: null,
        verdict: 'left_out',
      },
    ])
  })
})

describe('postgresLedger()', () => {
  it.each([
    ['no pool', { pool: 'postgres://127.0.0.1/test' }, 'pool'],
    ['a table that is no plain name', { pool: new Pool(), table: 'ledger; DROP TABLE x' }, 'table'],
    ['a table with quotes', { pool: new Pool(), table: 'a"b' }, 'table'],
  ])('refuses %s by its field', (_, options, field) => {
    // @ts-expect-error -- as from JavaScript
    expect(() => postgresLedger(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })
})
