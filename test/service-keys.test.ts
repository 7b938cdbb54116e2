import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ModelyardError } from '../src/index.ts'
import type { ServiceKeyChange, ServiceKeyOptions, ServiceKeyStore, StoredServiceKey } from '../src/index.ts'
import { fileServiceKeys } from '../src/service-keys/file/index.ts'
import { memoryServiceKeys, serviceKeys } from '../src/service-keys/index.ts'
import { postgresServiceKeys } from '../src/service-keys/postgres/index.ts'
import { databaseUrl } from './ledger/database.ts'
import type { KeyPlace } from './service-keys/stores.ts'
import { keyFolder, keyPlaces, postgresPlace } from './service-keys/stores.ts'
import { thrownBy } from './thrown-by.ts'

/** Both views of a store. */
const viewsOf = ({ store, elsewhere }: KeyPlace) => [serviceKeys({ store }), serviceKeys({ store: elsewhere })] as const

/** What a store in a file says is wrong with it. */
const faultOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await thrownBy(work)
  return ModelyardError.is(error) && error.code === 'SERVICE_KEY_STORE_FAILED' ? error.message : expect.unreachable(String(error))
}

const full: ServiceKeyOptions = {
  agent: 'support',
  models: ['openai/*', 'claude-opus-5-5'],
  // In an order that no database keeps.
  budget: { timeZone: 'Europe/Berlin', tokens: { perMinute: 5 }, usd: { perMonth: 1e-7, perDay: 0.1 }, onLimit: 'downgrade' },
  expiresAt: new Date('2099-01-01'),
  label: 'Büro, 2. Stock',
}

describe.each(keyPlaces)('service keys in %s', (_name, placeOf) => {
  it('SK-01 are made once, and are for what they were made for', async () => {
    await using place = await placeOf()
    const now = Date.UTC(2026, 0, 1)
    const keys = serviceKeys({ store: place.store, now: () => now })
    const { key, ...created } = await keys.create(full)
    expect(key).toMatch(/^gk_svc_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
    const expected = {
      ...full,
      id: key.slice(7, 23),
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2099-01-01T00:00:00.000Z',
      revokedAt: null,
    }
    expect(created).toEqual(expected)
    const elsewhere = serviceKeys({ store: place.elsewhere, now: () => now })
    expect([await elsewhere.verify(key), await elsewhere.list()]).toEqual([expected, [expected]])
  })

  it('SK-01 are stored as a salted hash, from which nobody has them back', async () => {
    await using place = await placeOf()
    const keys = serviceKeys({ store: place.store })
    const made = [await keys.create({ agent: 'support' }), await keys.create({ agent: 'support' })]
    const stored = await place.store.list()
    const text = inspect(stored, { depth: null })
    for (const { key } of made) expect(text).not.toContain(key.slice(24, 44))
    for (const each of ['salt', 'digest'] as const) expect(new Set(stored.map((record) => record[each])).size).toBe(2)
    expect(inspect(await keys.list())).not.toMatch(/salt|digest/)
  })

  it('SK-03 hold nowhere once they are revoked, and stay so', async () => {
    await using place = await placeOf()
    const [here, elsewhere] = viewsOf(place)
    const { id, key } = await here.create({ agent: 'support' })
    expect(await elsewhere.verify(key)).toMatchObject({ id, revokedAt: null })
    expect([await here.revoke(id), await elsewhere.verify(key), await here.verify(key)]).toEqual([true, null, null])
    expect([await here.revoke(id), await elsewhere.revoke(id)]).toEqual([false, false])
    expect((await elsewhere.list())[0]?.revokedAt).toEqual(expect.stringMatching(/^\d{4}-.*Z$/))
  })

  it('SK-03 that are revoked by many at once are revoked by one of them', async () => {
    await using place = await placeOf()
    const [here, elsewhere] = viewsOf(place)
    const { id } = await here.create({ agent: 'support' })
    const said = await Promise.all(Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? here : elsewhere).revoke(id)))
    expect(said.filter(Boolean)).toEqual([true])
  })

  it('hold until their time is over', async () => {
    await using place = await placeOf()
    let now = Date.UTC(2026, 0, 1)
    const keys = serviceKeys({ store: place.store, now: () => now })
    const { key } = await keys.create({ agent: 'support', expiresAt: new Date(now + 1000) })
    now += 999
    expect(await keys.verify(key)).not.toBeNull()
    now += 1
    expect(await keys.verify(key)).toBeNull()
  })

  it('are made by many at once, and none is lost', async () => {
    await using place = await placeOf()
    const [here, elsewhere] = viewsOf(place)
    const making = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? here : elsewhere).create({ agent: `agent-${at}` }))
    const made = await Promise.all(making)
    expect((await here.list()).map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    await expect(place.store.add({ ...((await place.store.list())[0] ?? expect.unreachable()) })).rejects.toThrow()
  })

  it('hold only as they were made: who can write to the store widens none', async () => {
    await using place = await placeOf()
    const { key, id } = await serviceKeys({ store: place.store }).create({ ...full, budget: { usd: { perDay: 1 } } })
    const [stored = expect.unreachable()] = await place.store.list()
    const altered: readonly Partial<StoredServiceKey>[] = [
      { agent: 'boss' },
      { models: null },
      { models: ['*'] },
      { budget: null },
      { budget: { usd: { perDay: 2 } } },
      { expiresAt: null },
      { createdAt: '2000-01-01T00:00:00.000Z' },
      { salt: 'AAAA' },
      { digest: '' },
      { digest: stored.digest.slice(1) },
    ]
    for (const change of altered) {
      const store: ServiceKeyStore = { ...memoryServiceKeys(), find: async () => ({ ...stored, ...change }) }
      expect(await serviceKeys({ store }).open(key), inspect(change)).toEqual({ fault: 'wrong', id })
    }
  })
})

describe('a service key', () => {
  const store = memoryServiceKeys()
  const keys = serviceKeys({ store })

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a megabyte', 'a'.repeat(1_000_000)],
    ['a megabyte that begins well', `gk_svc_${'a'.repeat(1_000_000)}`],
    ['half of a surrogate pair', `gk_svc_${'a'.repeat(16)}_\ud800${'a'.repeat(48)}`],
    ['NUL', `gk_svc_${'\0'.repeat(66)}`],
    ['a number', 7],
    ['a bigint', 7n],
    ['a symbol', Symbol('gk_svc_')],
    ['an object', { toString: () => 'gk_svc_' }],
    ['an object that throws', new Proxy({}, { get: () => expect.unreachable() })],
    ['a list', ['gk_svc_']],
    ['a String object', Object('gk_svc_')],
    ['bytes', randomBytes(73)],
    ['a function', () => 'gk_svc_'],
    ["a vendor's key", `sk-proj-${'a'.repeat(60)}`],
  ])('SK-02 is none where it is %s: null, and nobody is asked', async (_what, token) => {
    const asked: ServiceKeyStore = { ...store, find: () => expect.unreachable('the store was asked') }
    expect(await serviceKeys({ store: asked }).verify(token)).toBeNull()
    expect(await serviceKeys({ store: asked }).open(token)).toEqual({ fault: 'malformed' })
  })

  it('with a slip of the pen in it is told without asking anybody', async () => {
    const { key } = await keys.create({ agent: 'support' })
    for (const [at, character] of key.split('').entries()) {
      const slip = `${key.slice(0, at)}${character === 'a' ? 'b' : 'a'}${key.slice(at + 1)}`
      expect(await keys.open(slip), String(at)).toEqual({ fault: 'malformed' })
    }
    expect(await keys.open(` ${key}`)).toEqual({ fault: 'malformed' })
  })

  it('of another store is unknown, and one with the id of another key is wrong', async () => {
    const { key, id } = await keys.create({ agent: 'support' })
    expect(await serviceKeys({ store: memoryServiceKeys() }).open(key)).toEqual({ fault: 'unknown', id })
    const other = memoryServiceKeys()
    const { id: otherId } = await serviceKeys({ store: other }).create({ agent: 'support' })
    const [stored = expect.unreachable()] = await other.list()
    const mixed: ServiceKeyStore = { ...other, find: async () => ({ ...stored, id }) }
    expect(await serviceKeys({ store: mixed }).open(key)).toEqual({ fault: 'wrong', id })
    expect(otherId).not.toBe(id)
  })

  it('that was opened says whether it still holds', async () => {
    const { key, id } = await keys.create({ agent: 'support' })
    const pass = await keys.open(key)
    if (!('key' in pass)) return expect.unreachable()
    expect(await pass.fault()).toBeUndefined()
    await keys.revoke(id)
    expect(await pass.fault()).toBe('revoked')
    expect(inspect(pass, { depth: null, showHidden: true })).not.toContain(key.slice(24))
  })

  it('that was opened holds no more where the store has lost it, or has another one in its place', async () => {
    const [mine, other] = [await keys.create({ agent: 'support' }), await keys.create({ agent: 'support' })]
    let shown: StoredServiceKey | undefined = await store.find(mine.id)
    const pass = await serviceKeys({ store: { ...store, find: async () => shown } }).open(mine.key)
    if (!('key' in pass)) return expect.unreachable()
    shown = await store.find(other.id)
    expect(await pass.fault()).toBe('wrong')
    shown = undefined
    expect(await pass.fault()).toBe('unknown')
  })

  it('is revoked by its id alone', async () => {
    const { key } = await keys.create({ agent: 'support' })
    expect(await keys.revoke('a'.repeat(16))).toBe(false)
    const asked: ServiceKeyStore = { ...store, find: () => expect.unreachable('the store was asked') }
    for (const id of [key, '', 'a'.repeat(17), '\0'.repeat(16)]) expect(await serviceKeys({ store: asked }).revoke(id)).toBe(false)
    expect(await keys.verify(key)).not.toBeNull()
  })

  it('needs the pepper that it was made with', async () => {
    const pepper = randomBytes(32)
    const { key } = await serviceKeys({ store, pepper }).create({ agent: 'support' })
    const others = [
      serviceKeys({ store }),
      serviceKeys({ store, pepper: randomBytes(32) }),
      serviceKeys({ store, pepper: 'p'.repeat(16) }),
    ]
    expect(await Promise.all(others.map((other) => other.verify(key)))).toEqual([null, null, null])
    expect(await serviceKeys({ store, pepper: Buffer.from(pepper) }).verify(key)).not.toBeNull()
    const plain = await keys.create({ agent: 'support' })
    expect(await serviceKeys({ store, pepper }).verify(plain.key)).toBeNull()
  })

  it('tells its making and its end to whoever listens, who can do it no harm', async () => {
    const changes: ServiceKeyChange[] = []
    keys.subscribe(() => expect.unreachable('on its own account'))
    const listening = keys.subscribe((change) => void changes.push(change))
    const { key, ...made } = await keys.create({ agent: 'support' })
    await keys.revoke(made.id)
    await keys.revoke(made.id)
    listening[Symbol.dispose]()
    await keys.create({ agent: 'support' })
    expect(changes).toEqual([
      { type: 'created', key: made },
      { type: 'revoked', key: { ...made, revokedAt: expect.any(String) } },
    ])
    expect(JSON.stringify(changes)).not.toContain(key.slice(24))
  })
})

describe('serviceKeys()', () => {
  it.each<readonly [field: string, options: object]>([
    ['agent', {}],
    ['agent', { agent: '' }],
    ['agent', { agent: ['support'] }],
    ['models', { agent: 'a', models: 'openai/*' }],
    ['models', { agent: 'a', models: [] }],
    ['models[0]', { agent: 'a', models: [''] }],
    ['models[1]', { agent: 'a', models: ['a/b', 'with a space'] }],
    ['budget.usd.perDay', { agent: 'a', budget: { usd: { perDay: 0 } } }],
    ['budget.usd.perYear', { agent: 'a', budget: { usd: { perYear: 1 } } }],
    ['budget.tokens.perDay', { agent: 'a', budget: { tokens: { perDay: 1.5 } } }],
    ['budget.slack', { agent: 'a', budget: { slack: Infinity } }],
    ['budget.timeZone', { agent: 'a', budget: { timeZone: 'Nowhere/There' } }],
    ['budget.onLimit', { agent: 'a', budget: { onLimit: 'ignore' } }],
    ['expiresAt', { agent: 'a', expiresAt: '2099-01-01' }],
    ['expiresAt', { agent: 'a', expiresAt: new Date('never') }],
    ['expiresAt', { agent: 'a', expiresAt: new Date(0) }],
    ['label', { agent: 'a', label: 'a'.repeat(201) }],
    ['label', { agent: 'a', label: 'two\nlines' }],
    ['label', { agent: 'a', label: 'half \ud800' }],
    ['agents', { agent: 'a', agents: ['b'] }],
  ])('refuses %s of %j, by name', async (field, options) => {
    const keys = serviceKeys({ store: memoryServiceKeys() })
    // @ts-expect-error -- as an application without types may call it
    expect(await thrownBy(keys.create(options))).toMatchObject({
      code: 'BAD_OPTION',
      field,
      message: expect.stringContaining(field),
    })
    expect(await keys.list()).toEqual([])
  })

  it.each<readonly [field: string, options: object]>([
    ['store', {}],
    ['store', { store: {} }],
    ['pepper', { store: memoryServiceKeys(), pepper: 'too short' }],
    ['pepper', { store: memoryServiceKeys(), pepper: 7 }],
    ['now', { store: memoryServiceKeys(), now: 7 }],
  ])('refuses %s of %j, and shows no value', (field, options) => {
    const fault = expect.objectContaining({ code: 'BAD_OPTION', field, message: expect.not.stringContaining('too short') })
    // @ts-expect-error -- as an application without types may call it
    expect(() => serviceKeys(options)).toThrow(fault)
  })

  it('has no null where its store fails: the error comes through', async () => {
    const { key } = await serviceKeys({ store: memoryServiceKeys() }).create({ agent: 'support' })
    const error = new Error('the store is away')
    const away: ServiceKeyStore = { ...memoryServiceKeys(), find: () => Promise.reject(error) }
    expect(await thrownBy(serviceKeys({ store: away }).verify(key))).toBe(error)
  })
})

describe('a file of service keys', () => {
  it('is for its owner alone, and is refused where it is not', async () => {
    using place = keyFolder()
    const keys = serviceKeys({ store: fileServiceKeys({ path: place.file }) })
    const { key } = await keys.create({ agent: 'support' })
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    chmodSync(place.file, 0o644)
    expect(await faultOf(keys.verify(key))).toContain(`chmod 600 '${place.file}'`)
  })

  it('that is not there holds no keys, and one that is gone is an error', async () => {
    using place = keyFolder()
    const keys = serviceKeys({ store: fileServiceKeys({ path: place.file }) })
    const { key } = await serviceKeys({ store: memoryServiceKeys() }).create({ agent: 'support' })
    expect([await keys.verify(key), await keys.list()]).toEqual([null, []])
    const made = await keys.create({ agent: 'support' })
    rmSync(place.file)
    expect(await faultOf(keys.verify(made.key))).toContain('there is no file')
    expect(await faultOf(keys.create({ agent: 'support' }))).toContain('there is no file')
  })

  it('that is cut off, or something else, is an error and never an emptier store', async () => {
    using place = keyFolder()
    const keys = serviceKeys({ store: fileServiceKeys({ path: place.file }) })
    const { key } = await keys.create({ ...full })
    await keys.create({ agent: 'support' })
    const text = readFileSync(place.file, 'utf8')
    const path = join(place.path, 'copy.json')
    copyFileSync(place.file, path)
    for (const length of [0, 1, text.length - 2, text.length - 4, text.indexOf('\n') + 1, text.lastIndexOf('{"id"') - 2]) {
      writeFileSync(path, text.slice(0, length))
      expect(await faultOf(serviceKeys({ store: fileServiceKeys({ path }) }).verify(key)), String(length)).toContain('cut off')
    }
    for (const other of [
      'null',
      '[]',
      text.replace('"version":1', '"version":2'),
      text.replace('"agent":"support"', '"agent":7'),
    ]) {
      writeFileSync(path, other)
      expect(await faultOf(serviceKeys({ store: fileServiceKeys({ path }) }).verify(key)), other).toContain('version 1')
    }
    expect(await faultOf(serviceKeys({ store: fileServiceKeys({ path }) }).create({ agent: 'support' }))).toContain('version 1')
  })

  it('in a folder that is not there is not begun', async () => {
    using place = keyFolder()
    const path = join(place.path, 'nowhere', 'keys.json')
    expect(await faultOf(serviceKeys({ store: fileServiceKeys({ path }) }).create({ agent: 'support' }))).toContain('not there')
    expect(() => fileServiceKeys({ path: '' })).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: 'path' }))
  })
})

describe.runIf(databaseUrl() !== undefined)('service keys in PostgreSQL', () => {
  it('that have no table yet say so', async () => {
    await using place = await postgresPlace()
    const store = postgresServiceKeys({ pool: place.pool, table: `${place.table}_none` })
    expect(await thrownBy(serviceKeys({ store }).create({ agent: 'support' }))).toMatchObject({ code: 'NO_TABLE' })
  })

  it('may be migrated by any number of processes at once', async () => {
    await using place = await postgresPlace()
    const { key } = await serviceKeys({ store: place.store }).create({ agent: 'support' })
    const again = postgresServiceKeys({ pool: place.pool, table: place.table })
    await Promise.all([again.migrate(), again.migrate()])
    expect(await serviceKeys({ store: again }).verify(key)).not.toBeNull()
  })

  it('hold where the server ends the connections on which they are looked up', async () => {
    await using place = await postgresPlace()
    const { key } = await serviceKeys({ store: place.store }).create({ agent: 'support' })
    const blocker = await place.pool.connect()
    await blocker.query(`BEGIN; LOCK TABLE ${place.table} IN ACCESS EXCLUSIVE MODE`)
    const looks = Array.from({ length: 6 }, () => serviceKeys({ store: place.elsewhere }).verify(key))
    const waiting = `FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${place.table}%' AND pid <> pg_backend_pid()`
    await expect.poll(async () => (await place.pool.query(`SELECT pid ${waiting}`)).rows.length, { timeout: 10_000 }).toBe(2)
    await place.pool.query(`SELECT pg_terminate_backend(pid) ${waiting}`)
    await blocker.query('ROLLBACK')
    blocker.release()
    const held = await Promise.all(looks)
    expect(held.map((record) => record?.agent)).toEqual(Array.from({ length: 6 }, () => 'support'))
  })

  it('that were written by something else are an error', async () => {
    await using place = await postgresPlace()
    const { key } = await serviceKeys({ store: place.store }).create({ agent: 'support' })
    await place.pool.query(`UPDATE ${place.table} SET key = '[]'`)
    expect(await thrownBy(serviceKeys({ store: place.store }).verify(key))).toMatchObject({ code: 'SERVICE_KEY_STORE_FAILED' })
  })

  it('are refused a pool or a table that is none', async () => {
    await using place = await postgresPlace()
    // @ts-expect-error -- as an application without types may call it
    expect(() => postgresServiceKeys({ pool: {} })).toThrow(expect.objectContaining({ field: 'pool' }))
    expect(() => postgresServiceKeys({ pool: place.pool, table: 'a; DROP' })).toThrow(expect.objectContaining({ field: 'table' }))
  })
})
