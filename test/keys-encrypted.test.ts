import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { EncryptedKeys } from '../src/index.ts'
import { ModelyardError, createRouter, memoryAudit } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'
import { faultOf, kindOf, masterKey } from './keys/key-files.ts'
import { places } from './keys/places.ts'

const context = { provider: 'p' }
const revealed = async (store: EncryptedKeys, name: string) => (await store.get(name, context))?.reveal()

for (const { name: whereabouts, isAbsent, make } of places)
  describe.skipIf(isAbsent)(`encrypted keys in ${whereabouts}`, () => {
    it('are there for every process that has the master key', async () => {
      await using place = await make()
      const options = { masterKey: masterKey() }
      await place.open(options).set('A_KEY', 'sk-a')
      expect(await revealed(place.open(options), 'A_KEY')).toBe('sk-a')
      expect(await revealed(place.open(options), 'B_KEY')).toBeUndefined()
    })

    it('give routers the changed key with the next call', async () => {
      await using place = await make()
      const options = { masterKey: masterKey() }
      const [here, elsewhere] = [place.open(options), place.open(options)]
      await elsewhere.set('FAKE_API_KEY', 'sk-first')
      const audit = memoryAudit()
      const client = createRouter({
        providers: [{ ...fakeProvider({ id: 'fake', models: ['m'], script: () => answer('Hi') }), key: 'FAKE_API_KEY' }],
        keys: here,
        audit,
      })
      const ask = () => client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
      await ask()
      const [{ fingerprint: first } = { fingerprint: '' }] = await elsewhere.list()
      await elsewhere.set('FAKE_API_KEY', 'sk-second')
      await ask()
      const [{ fingerprint: second } = { fingerprint: '' }] = await elsewhere.list()
      await client.close()
      expect(audit.records.flatMap(({ event }) => (event.type === 'key.used' ? [event.fingerprint] : []))).toEqual([first, second])
      expect(first).not.toBe(second)
    })

    it('that did not change stay the same secret, whatever becomes of others', async () => {
      await using place = await make()
      const options = { masterKey: masterKey() }
      const [here, elsewhere] = [place.open(options), place.open(options)]
      await elsewhere.set('A_KEY', 'sk-a')
      const secret = await here.get('A_KEY', context)
      await elsewhere.set('B_KEY', 'sk-b')
      expect([await revealed(here, 'B_KEY'), (await here.get('A_KEY', context)) === secret]).toEqual(['sk-b', true])
      await elsewhere.set('A_KEY', 'sk-a')
      expect((await here.get('A_KEY', context)) === secret).toBe(false)
    })

    it('are listed by names, fingerprints and dates, and never by a value', async () => {
      await using place = await make()
      const store = place.open({ masterKey: masterKey(), now: () => Date.UTC(2026, 0, 1) })
      await store.set('B_KEY', 'sk-b', { expiresAt: new Date(Date.UTC(2026, 1, 1)) })
      await store.set('A_KEY', 'sk-a')
      const listed = await store.list()
      expect(listed).toMatchObject([
        { name: 'A_KEY', setAt: '2026-01-01T00:00:00.000Z', expiresAt: null, isExpired: false, previous: null },
        { name: 'B_KEY', expiresAt: '2026-02-01T00:00:00.000Z', isExpired: false },
      ])
      expect(inspect(listed)).not.toContain('sk-')
    })

    it('are changed and, where the previous one was to be kept, put back', async () => {
      await using place = await make()
      const store = place.open({ masterKey: masterKey() })
      await store.set('A_KEY', 'sk-old')
      const [old] = await store.list()
      await store.set('A_KEY', 'sk-new', { keepPrevious: true })
      expect(await store.list()).toMatchObject([{ previous: old?.fingerprint }])
      expect([await revealed(store, 'A_KEY'), await store.revert('A_KEY'), await revealed(store, 'A_KEY')]).toEqual([
        'sk-new',
        true,
        'sk-old',
      ])
      expect(await store.revert('A_KEY')).toBe(false)
      await store.set('A_KEY', 'sk-newer', { keepPrevious: true })
      expect([await store.dropPrevious('A_KEY'), await store.dropPrevious('A_KEY'), await store.revert('A_KEY')]).toEqual([
        true,
        false,
        false,
      ])
      expect([await store.delete('A_KEY'), await store.delete('A_KEY'), await revealed(store, 'A_KEY')]).toEqual([
        true,
        false,
        undefined,
      ])
    })

    it('are refused when they have expired, by a clock that may be a little fast', async () => {
      await using place = await make()
      let now = Date.UTC(2026, 0, 1)
      const store = place.open({ masterKey: masterKey(), now: () => now, clockSkewMs: 60_000 })
      const expiresAt = new Date(now + 1_000)
      await store.set('A_KEY', 'sk-a', { expiresAt })
      now += 60_999
      expect(await revealed(store, 'A_KEY')).toBe('sk-a')
      now += 1
      expect(await faultOf(store.get('A_KEY', context))).toMatchObject({
        kind: 'expired',
        code: 'KEY_STORE_FAILED',
        field: 'A_KEY',
      })
      expect(await store.list()).toMatchObject([{ isExpired: true }])
      await expect(store.set('A_KEY', 'sk-b', { expiresAt })).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'expiresAt' })
      await store.set('A_KEY', 'sk-b')
      expect(await revealed(store, 'A_KEY')).toBe('sk-b')
    })

    it('are missing, and say so at the first call, before the first one was set', async () => {
      await using place = await make()
      const store = place.open({ masterKey: masterKey() })
      expect([await kindOf(store.get('A_KEY', context)), await kindOf(store.list()), await kindOf(store.rotate())]).toEqual([
        'missing',
        'missing',
        'missing',
      ])
      expect([await store.delete('A_KEY'), await store.revert('A_KEY')]).toEqual([false, false])
      await place.open({ masterKey: masterKey() }).set('A_KEY', 'sk-a')
      expect(await kindOf(store.get('A_KEY', context))).toBe('wrong_key')
    })

    it('KS-04 KS-05 with a wrong master key are told apart from altered ones, named by its id alone, and not touched', async () => {
      await using place = await make()
      const options = { masterKey: masterKey() }
      await place.open(options).set('A_KEY', 'sk-canary-3b')
      const stranger = place.open({ masterKey: masterKey() })
      for (const work of [
        () => stranger.get('A_KEY', context),
        () => stranger.list(),
        () => stranger.set('A_KEY', 'sk-canary-9e'),
        () => stranger.delete('A_KEY'),
        () => stranger.rotate(),
      ]) {
        const fault = await faultOf(work())
        expect(fault.kind).toBe('wrong_key')
        expect(inspect(fault, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('canary')
      }
      expect(await revealed(place.open(options), 'A_KEY')).toBe('sk-canary-3b')
    })

    it('KS-07 KS-08 of which some are sealed with a master key that is not given are not read, and lose nothing', async () => {
      await using place = await make()
      const [old, young] = [masterKey(), masterKey()]
      await place.open({ masterKey: old }).set('A_KEY', 'sk-a')
      await place.open({ masterKey: [young, old] }).set('B_KEY', 'sk-b')
      const half = place.open({ masterKey: young })
      expect([await kindOf(half.get('B_KEY', context)), await kindOf(half.list()), await kindOf(half.rotate())]).toEqual([
        'unknown_kid',
        'unknown_kid',
        'unknown_kid',
      ])
      const whole = place.open({ masterKey: [old, young] })
      expect([await revealed(whole, 'A_KEY'), await revealed(whole, 'B_KEY')]).toEqual(['sk-a', 'sk-b'])
    })

    it('KS-07 that are set in one process, and through several stores, are all there', async () => {
      await using place = await make()
      const options = { masterKey: masterKey() }
      const [one, other] = [place.open(options), place.open(options)]
      await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : other).set(`KEY_${at}`, `sk-${at}`)))
      expect((await place.open(options).list()).length).toBe(20)
    })

    it('KS-08 are read with previous master keys until rotate() seals everything with the first one', async () => {
      await using place = await make()
      const [old, young] = [masterKey(), masterKey()]
      await place.open({ masterKey: old }).set('A_KEY', 'sk-a')
      const before = place.open({ masterKey: [old, young] })
      const after = place.open({ masterKey: [young, old] })
      await after.set('B_KEY', 'sk-b', { keepPrevious: true })
      expect([await revealed(before, 'A_KEY'), await revealed(before, 'B_KEY')]).toEqual(['sk-a', 'sk-b'])
      await before.set('C_KEY', 'sk-c')
      await after.rotate()
      expect([await revealed(before, 'A_KEY'), await revealed(after, 'C_KEY')]).toEqual(['sk-a', 'sk-c'])
      expect((await place.open({ masterKey: young }).list()).length).toBe(3)
      expect(await kindOf(place.open({ masterKey: old }).get('A_KEY', context))).toBe('wrong_key')
    })

    it('KS-09 are sealed with a passphrase by scrypt, whose parameters the place keeps', async () => {
      await using place = await make()
      const passphrase = 'correct horse battery staple'
      await place.open({ masterKey: { passphrase, cost: 15 } }).set('A_KEY', 'sk-a')
      expect(await revealed(place.open({ masterKey: { passphrase, cost: 16 } }), 'A_KEY')).toBe('sk-a')
      expect(await kindOf(place.open({ masterKey: { passphrase: 'another horse altogether' } }).list())).toBe('wrong_key')
    })

    it.each([
      '__proto__',
      'constructor',
      '../../etc/passwd',
      '/',
      '.',
      'toString',
      "a'; --",
      'index',
      '$1',
      'ä',
      'two\nlines',
      'a b',
      '',
    ])('KS-10 are stored faithfully under the name %j, or refused', async (name) => {
      await using place = await make()
      const store = place.open({ masterKey: masterKey() })
      await store.set('A_KEY', 'sk-a')
      const outcome = await store.set(name, 'sk-odd').then(
        () => 'stored',
        (error: unknown) => (ModelyardError.is(error) ? error.code : 'unknown'),
      )
      expect(outcome).toBe(/^[!-~]+$/.test(name) ? 'stored' : 'BAD_OPTION')
      expect(await revealed(store, name)).toBe(outcome === 'stored' ? 'sk-odd' : undefined)
      expect((await store.list()).map((key) => key.name)).toEqual(outcome === 'stored' ? [name, 'A_KEY'].toSorted() : ['A_KEY'])
    })
  })
