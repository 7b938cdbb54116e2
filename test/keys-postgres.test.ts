import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import { createRouter, memoryAudit } from '../src/index.ts'
import { postgresKeys } from '../src/keys/postgres/index.ts'
import { statementsOf } from '../src/keys/postgres/table.ts'
import type { PgPool } from '../src/postgres.ts'
import { tableNames } from '../src/postgres.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'
import { type KeyTable, type Row, keyTable } from './keys/database.ts'
import { faultOf, kindOf, masterKey } from './keys/key-files.ts'
import { passing } from './keys/passing.ts'
import { databaseUrl } from './ledger/database.ts'
import { proxyTo } from './redis/proxy.ts'

const context = { provider: 'p' }
const url = databaseUrl() ?? ''

type Statement = readonly [text: string, values: readonly unknown[] | undefined]

/** The table's way to PostgreSQL through something that can be cut. */
async function throughProxy(base: KeyTable) {
  const proxy = await proxyTo(url)
  const through = new URL(url)
  through.port = new URL(proxy.url).port
  return { proxy, pool: base.poolTo({ connectionString: through.href, max: 2 }) }
}

const revealed = async (store: ReturnType<typeof postgresKeys>, name: string) => (await store.get(name, context))?.reveal()
const isIndex = ({ id }: Row): boolean => id === 'index'

describe.skipIf(url === '')('keys in PostgreSQL (skipped without DATABASE_URL)', { timeout: 120_000 }, () => {
  describe('what is in the table', () => {
    it('KS-01 KS-05 KS-11 is sealed, names and all, and so is all that is said to the server', async () => {
      await using base = await keyTable()
      const master = randomBytes(32)
      const said: Statement[] = []
      const store = base.open({
        masterKey: masterKey(master.toString('hex')),
        pool: passing(base.pool, ({ text, values, run }) => {
          said.push([text, values])
          return run()
        }),
      })
      await store.set('TENANT_CANARY', 'sk-canary-4f1d9a77c2', { keepPrevious: true })
      await store.set('TENANT_CANARY', 'sk-canary-4f1d9a77c3', { keepPrevious: true })
      await store.rotate()
      expect(await revealed(store, 'TENANT_CANARY')).toBe('sk-canary-4f1d9a77c3')
      const { rows } = await base.pool.query(`SELECT * FROM ${base.table}`)
      const shown = inspect([rows, said, store, await base.rows()], {
        depth: Number.POSITIVE_INFINITY,
        showHidden: true,
        maxStringLength: null,
      })
      expect(shown).toContain('INSERT INTO')
      for (const hidden of [Buffer.from('sk-canary-4f1d9a77c2'), Buffer.from('TENANT_CANARY'), master])
        for (const form of ['latin1', 'base64', 'base64url', 'hex'] as const)
          expect(shown).not.toContain(hidden.toString(form).replace(/=+$/, ''))
      for (const { sealed } of await base.rows())
        expect(JSON.parse(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
          alg: 'dir',
          enc: 'A256GCM',
        })
    })

    it.each<[string, (rows: Row[]) => Row[]]>([
      ['were removed', (rows) => rows.filter((row, at) => isIndex(row) || at > 0)],
      ['were swapped', ([a, b, ...rest]) => (a && b ? [{ ...a, sealed: b.sealed }, { ...b, sealed: a.sealed }, ...rest] : [])],
      ['were renamed', ([a, ...rest]) => (a ? [{ ...a, id: 'elsewhere' }, ...rest] : [])],
      ['were doubled', (rows) => rows.flatMap((row, at) => (at === 0 ? [row, { ...row, id: 'again' }] : [row]))],
      ['lost their index', (rows) => rows.filter((row) => !isIndex(row))],
      ['lost all but their index', (rows) => rows.filter(isIndex)],
      [
        'have another head',
        (rows) => rows.map((row) => ({ ...row, head: row.head && row.head.replace('"record":""', '"record":"x"') })),
      ],
      ['have a longer head', (rows) => rows.map((row) => ({ ...row, head: row.head && `${row.head} ` }))],
      ['have no head', (rows) => rows.map((row) => ({ ...row, head: null }))],
    ])('KS-02, KS-03 notices rows that %s, and changes nothing', async (_how, alter) => {
      await using base = await keyTable()
      const store = base.open()
      for (const name of ['A_KEY', 'B_KEY', 'C_KEY']) await store.set(name, `sk-${name}`)
      await base.restore(alter([...(await base.rows())]))
      const altered = await base.rows()
      for (const work of [
        () => store.list(),
        () => store.set('D_KEY', 'sk-d'),
        () => store.rotate(),
        () => base.open().get('A_KEY', context),
      ])
        expect(await kindOf(work())).toBe('tampered')
      expect(await base.rows()).toEqual(altered)
    })

    it('KS-03 notices a row, and an index, that were put back to what they were', async () => {
      await using base = await keyTable()
      const store = base.open()
      await store.set('A_KEY', 'sk-revoked')
      const before = await base.rows()
      await store.set('A_KEY', 'sk-a')
      const after = await base.rows()
      const [oldIndex, newIndex] = [before, after].map((rows) => rows.filter(isIndex))
      const [oldEntry, newEntry] = [before, after].map((rows) => rows.filter((row) => !isIndex(row)))
      for (const mixed of [
        [...(newIndex ?? []), ...(oldEntry ?? [])],
        [...(oldIndex ?? []), ...(newEntry ?? [])],
        [...(newIndex ?? []), ...(newEntry ?? []), ...(oldEntry ?? [])],
      ]) {
        await base.restore(mixed)
        expect(await kindOf(store.list())).toBe('tampered')
      }
      await base.restore(after)
      expect(await revealed(base.open(), 'A_KEY')).toBe('sk-a')
    })

    it('KS-02 notices rows of another store of the same master key', async () => {
      await using base = await keyTable()
      await using other = await keyTable()
      const key = masterKey()
      await base.open({ masterKey: key }).set('A_KEY', 'sk-a')
      await other.open({ masterKey: key }).set('A_KEY', 'sk-other')
      const [mine, theirs] = [await base.rows(), await other.rows()]
      for (const mixed of [
        [...mine.filter(isIndex), ...theirs.filter((row) => !isIndex(row))],
        [...theirs.filter(isIndex), ...mine.filter((row) => !isIndex(row))],
      ]) {
        await base.restore(mixed)
        expect(await kindOf(base.open({ masterKey: key }).list())).toBe('tampered')
      }
    })

    it('KS-04 tells any flipped bit and any truncation, and overwrites nothing', async () => {
      await using base = await keyTable()
      const store = base.open()
      await store.set('A_KEY', 'sk-a', { expiresAt: new Date(Date.now() + 1e9) })
      await store.set('A_KEY', 'sk-b', { keepPrevious: true })
      const sound = await base.rows()
      const place = fc.record({
        row: fc.nat(sound.length - 1),
        column: fc.constantFrom('id', 'head', 'sealed'),
        at: fc.nat(),
        /** `undefined`: cut off here. */
        bit: fc.option(fc.nat(6), { nil: undefined }),
      })
      await fc.assert(
        fc.asyncProperty(place, async ({ row, column, at, bit }) => {
          const text = Buffer.from(sound[row]?.[column === 'head' && !isIndex(sound[row]) ? 'sealed' : column] ?? '', 'latin1')
          const position = at % text.length
          const altered = bit === undefined ? text.subarray(0, position) : Buffer.from(text)
          if (bit !== undefined) altered.writeUInt8((text[position] ?? 0) ^ (1 << bit), position)
          // No text of PostgreSQL's has it.
          fc.pre(!altered.includes(0))
          const name = column === 'head' && sound[row]?.head === null ? 'sealed' : column
          await base.restore(sound.map((each, index) => (index === row ? { ...each, [name]: altered.toString('latin1') } : each)))
          const broken = await base.rows()
          for (const work of [() => base.open().get('A_KEY', context), () => store.list(), () => store.set('B_KEY', 'sk-b')])
            expect(['tampered', 'truncated', 'wrong_key']).toContain(await kindOf(work()))
          expect(await base.rows()).toEqual(broken)
        }),
        { numRuns: 150 },
      )
      await base.restore(sound)
      expect(await revealed(base.open(), 'A_KEY')).toBe('sk-b')
    })

    it('is not begun anew by a process that has seen keys which are gone', async () => {
      await using base = await keyTable()
      const store = base.open()
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      await base.pool.query(`TRUNCATE ${base.table}`)
      expect([await kindOf(store.set('B_KEY', 'sk-b')), await kindOf(store.list())]).toEqual(['missing', 'missing'])
      // Calls go on with what was read last.
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      expect(await base.rows()).toEqual([])
    })
  })

  describe('a call', () => {
    it('costs one short statement, which calls at the same time share, as long as nothing has changed', async () => {
      await using base = await keyTable()
      const said: string[] = []
      const { state, read } = statementsOf(tableNames(base.table, 'test'))
      const watched = passing(base.pool, ({ text, run }) => {
        said.push(text)
        return run()
      })
      const store = base.open({ pool: watched })
      const writer = base.open()
      await writer.set('A_KEY', 'sk-a')
      await Promise.all(Array.from({ length: 50 }, () => revealed(store, 'A_KEY')))
      expect(said).toEqual([state, read])
      await Promise.all(Array.from({ length: 50 }, () => revealed(store, 'A_KEY')))
      await revealed(store, 'B_KEY')
      expect(said.slice(2)).toEqual([state, state])
      await writer.set('A_KEY', 'sk-b')
      expect(await revealed(store, 'A_KEY')).toBe('sk-b')
      expect(said.slice(4)).toEqual([state, read])
      expect([base.pool.totalCount - base.pool.idleCount, base.pool.waitingCount]).toEqual([0, 0])
    })

    it('reads what cannot be opened once a second, and at once when it has changed; who is to know is told once', async () => {
      await using base = await keyTable()
      const told: string[] = []
      const reads: string[] = []
      const { read } = statementsOf(tableNames(base.table, 'test'))
      const watched = passing(base.pool, ({ text, run }) => {
        if (text === read) reads.push(text)
        return run()
      })
      const store = base.open({ pool: watched, onError: ({ kind }) => void told.push(kind) })
      const writer = base.open()
      await writer.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      const sound = await base.rows()
      await base.restore(sound.map((row) => (isIndex(row) ? { ...row, sealed: `${row.sealed}x` } : row)))
      for (let call = 0; call < 10; call += 1) {
        expect(await revealed(store, 'A_KEY')).toBe('sk-a')
        base.clock.advance(500)
      }
      expect([told, reads.length]).toEqual([['tampered'], 1 + 5])
      await base.restore(sound)
      await writer.set('A_KEY', 'sk-b')
      expect(await revealed(store, 'A_KEY')).toBe('sk-b')
    })

    it('does not share a statement that began before it did', async () => {
      await using base = await keyTable()
      const writer = base.open()
      await writer.set('A_KEY', 'sk-a')
      const answered = Promise.withResolvers<undefined>()
      const onTheWay = Promise.withResolvers<undefined>()
      let isHeld = false
      const held = passing(base.pool, async ({ run }) => {
        const result = await run()
        onTheWay.resolve(undefined)
        if (isHeld) await answered.promise
        return result
      })
      const store = base.open({ pool: held })
      await store.list()
      isHeld = true
      const early = revealed(store, 'A_KEY')
      await onTheWay.promise
      await writer.set('A_KEY', 'sk-b')
      const later = revealed(store, 'A_KEY')
      answered.resolve(undefined)
      expect(['sk-a', 'sk-b']).toContain(await early)
      expect(await later).toBe('sk-b')
    })
  })

  describe('a database that is away', () => {
    it('at the start skips the targets, and is there for the calls after its return', async () => {
      await using base = await keyTable()
      await base.open().set('FAKE_API_KEY', 'sk-a')
      const { proxy, pool } = await throughProxy(base)
      await using _ = proxy
      proxy.cut()
      const told: string[] = []
      const keys = base.open({ pool, onError: ({ kind }) => void told.push(kind) })
      const audit = memoryAudit()
      const client = createRouter({
        providers: [{ ...fakeProvider({ id: 'fake', models: ['m'], script: () => answer('Hi') }), key: 'FAKE_API_KEY' }],
        keys,
        audit,
      })
      const ask = () => client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
      await expect(ask()).rejects.toThrow()
      expect(audit.records).toContainEqual(
        expect.objectContaining({ event: expect.objectContaining({ type: 'target.skipped', reason: 'key_store_failed' }) }),
      )
      expect(await faultOf(keys.get('FAKE_API_KEY', context))).toMatchObject({ kind: 'unreadable', code: 'KEY_STORE_FAILED' })
      proxy.open()
      base.clock.advance(1_000)
      expect((await ask()).choices[0]?.message.content).toBe('Hi')
      // Nobody had a key to go on with.
      expect(told).toEqual([])
      await client.close()
    })

    it('in the middle leaves the keys that were read last, says so once, and takes changes when it is back', async () => {
      await using base = await keyTable()
      const { proxy, pool } = await throughProxy(base)
      await using _ = proxy
      const told: string[] = []
      const store = base.open({
        pool,
        onError({ kind }) {
          told.push(kind)
          throw new Error('of the caller')
        },
      })
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      proxy.cut()
      for (let call = 0; call < 5; call += 1) {
        expect(await revealed(store, 'A_KEY')).toBe('sk-a')
        base.clock.advance(500)
      }
      expect(told).toEqual(['unreadable'])
      expect([await kindOf(store.list()), await kindOf(store.set('B_KEY', 'sk-b'))]).toEqual(['unreadable', 'unwritable'])
      await base.open().set('A_KEY', 'sk-changed')
      proxy.open()
      // After a long silence a call waits for the database again.
      base.clock.advance(10_000)
      expect(await revealed(store, 'A_KEY')).toBe('sk-changed')
      proxy.cut()
      expect(await revealed(store, 'A_KEY')).toBe('sk-changed')
      expect(told).toEqual(['unreadable', 'unreadable'])
    })

    it('finds its way back behind the calls, none of which waits a second time', async () => {
      await using base = await keyTable()
      const { proxy, pool } = await throughProxy(base)
      await using _ = proxy
      const store = base.open({ pool })
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      proxy.cut()
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      await base.open().set('A_KEY', 'sk-b')
      proxy.open()
      base.clock.advance(1_000)
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      await expect.poll(() => revealed(store, 'A_KEY')).toBe('sk-b')
    })

    it('that gives no answer is waited for so long, once, and holds no connection afterwards', async () => {
      await using base = await keyTable()
      const { proxy, pool } = await throughProxy(base)
      await using _ = proxy
      const told: string[] = []
      const store = base.open({ pool, waitMs: 300, onError: ({ message }) => void told.push(message) })
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      proxy.stall()
      const waiting = Promise.all(Array.from({ length: 10 }, () => revealed(store, 'A_KEY')))
      await expect.poll(() => base.clock.pending).toBeGreaterThan(0)
      await base.clock.advanceAsync(300)
      expect(await waiting).toEqual(Array.from({ length: 10 }, () => 'sk-a'))
      expect(told).toEqual([expect.stringContaining('no answer within 300 ms')])
      await expect.poll(() => pool.totalCount).toBe(0)
      // Those that follow do not wait, and ask for one connection between them.
      for (let call = 0; call < 20; call += 1) {
        base.clock.advance(1_000)
        expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      }
      expect(pool.totalCount + pool.waitingCount).toBeLessThanOrEqual(1)
      expect(base.clock.pending).toBeLessThanOrEqual(2)
      proxy.cut()
      proxy.open()
      base.clock.advance(10_001)
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    })

    it('is asked once a second', async () => {
      await using base = await keyTable()
      let asked = 0
      const away: PgPool = {
        query: (text, values) => base.pool.query(text, values),
        on: (event, listener) => base.pool.on(event, listener),
        connect(done) {
          asked += 1
          done(new Error('connect ECONNREFUSED'), undefined)
        },
      }
      const store = base.open({ pool: away })
      for (let call = 0; call < 10; call += 1) {
        expect(await faultOf(store.get('A_KEY', context))).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') })
        base.clock.advance(500)
      }
      expect(asked).toBe(5)
    })

    it('has ended idle connections without a word: nobody notices', async () => {
      await using base = await keyTable()
      const name = `keys-${randomBytes(6).toString('hex')}`
      const pool = base.poolTo({ connectionString: url, max: 3, application_name: name })
      const told: string[] = []
      const store = base.open({ pool, onError: ({ kind }) => void told.push(kind) })
      const end = async (): Promise<void> => {
        const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
        for (const client of clients) client.release()
        await base.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name])
      }
      await store.set('A_KEY', 'sk-a')
      for (let round = 0; round < 5; round += 1) {
        await end()
        expect(await revealed(store, 'A_KEY')).toBe('sk-a')
        await end()
        await store.set('A_KEY', 'sk-a')
      }
      expect(told).toEqual([])
    })

    it('dismisses a connection in the breath in which it greets it: that ends no process', async () => {
      await using base = await keyTable()
      const dismissing: PgPool = {
        query: (text, values) => base.pool.query(text, values),
        on: (event, listener) => base.pool.on(event, listener),
        connect: (done) =>
          base.pool.connect((error, client) => {
            done(error, client)
            client?.emit('error', new Error('terminating connection due to administrator command'))
          }),
      }
      const store = base.open({ pool: dismissing })
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    })

    it('was never given its table: says what to do, and goes on when that is done', async () => {
      await using base = await keyTable({ migrated: false })
      const store = base.open()
      for (const work of [() => store.get('A_KEY', context), () => store.list(), () => store.set('A_KEY', 'sk-a')])
        expect(await faultOf(work())).toMatchObject({ kind: 'missing', message: expect.stringContaining('Call migrate()') })
      await Promise.all([store.migrate(), base.open().migrate(), store.migrate()])
      await store.set('A_KEY', 'sk-a')
      await store.migrate()
      base.clock.advance(1_000)
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    })

    it('is out of reach with its pool ended', async () => {
      await using base = await keyTable()
      const pool = base.poolTo({ connectionString: url, max: 1 })
      const store = base.open({ pool })
      await pool.end()
      expect([await kindOf(store.get('A_KEY', context)), await kindOf(store.set('A_KEY', 'sk-a'))]).toEqual([
        'unreadable',
        'unwritable',
      ])
    })
  })

  describe('a change that cannot be made', () => {
    it.each([
      ['is read-only', { options: '-c default_transaction_read_only=on' }, 'it is read-only'],
      ['ends what takes long', { statement_timeout: 1 }, 'statement timeout'],
    ])('in a database that %s says so, and leaves what was there', async (_how, config, words) => {
      await using base = await keyTable()
      await base.open().set('A_KEY', 'sk-a')
      const before = await base.rows()
      const store = base.open({ pool: base.poolTo({ connectionString: url, ...config }) })
      const blocker = 'statement_timeout' in config ? await base.pool.connect() : undefined
      await blocker?.query(`BEGIN; LOCK TABLE ${base.table} IN SHARE ROW EXCLUSIVE MODE`)
      const fault = await faultOf(store.set('B_KEY', 'sk-b'))
      blocker?.release(true)
      expect(fault).toMatchObject({ kind: 'unwritable', message: expect.stringContaining(words) })
      expect(fault.message).toContain('What was stored is as it was')
      expect(await base.rows()).toEqual(before)
    })

    it('for want of room on the disk says so, and leaves what was there', async () => {
      await using base = await keyTable()
      await base.open().set('A_KEY', 'sk-a')
      const before = await base.rows()
      const full = passing(base.pool, async ({ text, run }) => {
        if (text.includes('INSERT')) throw Object.assign(new Error('could not extend file'), { code: '53100' })
        return run()
      })
      const store = base.open({ pool: full })
      expect(await faultOf(store.set('B_KEY', 'sk-b'))).toMatchObject({
        kind: 'unwritable',
        message: expect.stringContaining('disk is full'),
      })
      expect([await base.rows(), await revealed(store, 'A_KEY')]).toEqual([before, 'sk-a'])
    })

    it.each([
      ['its beginning', /BEGIN/, true],
      ['its reading', /SELECT id/, false],
      ['its removing', /DELETE/, false],
      ['its writing', /INSERT/, false],
      ['its commit', /^COMMIT/, false],
    ])('because its connection was ended at %s is made on another one, or is undone', async (_when, pattern, isMade) => {
      await using base = await keyTable()
      await base.open().set('A_KEY', 'sk-a')
      const before = await base.rows()
      let isEnding = true
      const ended = passing(base.pool, async ({ text, run }) => {
        if (!isEnding || !pattern.test(text)) return run()
        isEnding = false
        const { rows } = await run('SELECT pg_backend_pid() AS pid')
        await base.pool.query('SELECT pg_terminate_backend($1)', [Object(rows[0]).pid])
        return run()
      })
      const store = base.open({ pool: ended })
      const change = store.set('B_KEY', 'sk-b')
      if (isMade) await change
      else expect(await kindOf(change)).toBe('unwritable')
      expect(isEnding).toBe(false)
      if (!isMade) expect(await base.rows()).toEqual(before)
      await store.set('B_KEY', 'sk-b')
      expect([await revealed(store, 'A_KEY'), await revealed(store, 'B_KEY')]).toEqual(['sk-a', 'sk-b'])
    })

    it('for want of a connection ends with an error, and gives back the one that comes too late', async () => {
      await using base = await keyTable()
      const asked: (() => void)[] = []
      const slow: PgPool = {
        query: (text, values) => base.pool.query(text, values),
        on: (event, listener) => base.pool.on(event, listener),
        connect: (done) => void asked.push(() => base.pool.connect(done)),
      }
      const store = base.open({ pool: slow })
      const fault = faultOf(store.set('A_KEY', 'sk-a'))
      await expect.poll(() => base.clock.pending).toBe(1)
      base.clock.advance(70_000)
      expect(await fault).toMatchObject({ kind: 'unwritable', message: expect.stringContaining('no answer') })
      const given = Promise.withResolvers<undefined>()
      base.pool.once('release', () => given.resolve(undefined))
      for (const connect of asked) connect()
      await given.promise
      expect([base.pool.idleCount, base.clock.pending]).toEqual([base.pool.totalCount, 0])
      expect(await base.rows()).toEqual([])
    })

    it('because its confirmation was lost is not called undone', async () => {
      await using base = await keyTable()
      let isLosing = true
      const forgetful = passing(base.pool, async ({ text, run }) => {
        const result = await run()
        if (text === 'COMMIT' && isLosing) throw new Error('read ECONNRESET')
        return result
      })
      const store = base.open({ pool: forgetful })
      expect((await faultOf(store.set('A_KEY', 'sk-a'))).message).toContain('list() shows it')
      isLosing = false
      expect(await store.list()).toMatchObject([{ name: 'A_KEY' }])
      await store.set('A_KEY', 'sk-a')
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    })

    it('because somebody has locked the table ends with an error, and readers are not kept waiting', async () => {
      await using base = await keyTable()
      const store = base.open()
      await store.set('A_KEY', 'sk-a')
      const other = await base.pool.connect()
      await other.query(`BEGIN; LOCK TABLE ${base.table} IN SHARE ROW EXCLUSIVE MODE`)
      const impatient = passing(base.pool, ({ text, run }) => run(text.replace(/lock_timeout = \d+/, 'lock_timeout = 50')))
      expect(await kindOf(base.open({ pool: impatient }).set('B_KEY', 'sk-b'))).toBe('locked')
      const waiting = store.set('C_KEY', 'sk-c')
      expect(await revealed(base.open(), 'A_KEY')).toBe('sk-a')
      await other.query('ROLLBACK')
      other.release()
      await waiting
      expect(await revealed(store, 'C_KEY')).toBe('sk-c')
    })
  })
})

describe('postgresKeys()', () => {
  it.each<[string, object]>([
    ['pool', { pool: 'postgres://127.0.0.1/test' }],
    ['table', { table: 'keys; DROP TABLE x' }],
    ['waitMs', { waitMs: 0 }],
    ['onError', { onError: 'x' }],
    ['clockSkewMs', { clockSkewMs: Number.NaN }],
    ['now', { now: 5 }],
    ['masterKey', { masterKey: 'the key itself' }],
  ])('refuses a wrong %s', (field, wrong) => {
    const make = () => postgresKeys(Object.assign({ pool: new Pool(), masterKey: masterKey() }, wrong))
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
    expect(make).not.toThrow(/the key itself/)
  })
})
