import { inspect } from 'node:util'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fileKeys } from '../src/keys/file/index.ts'
import { kmsMasterKey } from '../src/keys/kms/index.ts'
import { faultOf, folder, kindOf } from './keys/key-files.ts'
import { fakeKms } from './keys/fake-kms.ts'

const context = { provider: 'p' }

describe('a master key in AWS KMS', () => {
  it('seals a store with a data key, of which the file keeps what only KMS opens', async () => {
    await using kms = await fakeKms()
    using place = folder()
    const path = place.file
    const masterKey = () => kmsMasterKey({ client: kms.client, keyId: 'alias/keys' })
    const writer = fileKeys({ path, masterKey: masterKey() })
    await writer.set('A_KEY', 'sk-a')
    await writer.set('B_KEY', 'sk-b')
    expect(kms.calls).toEqual(['GenerateDataKey'])
    const reader = fileKeys({ path, masterKey: masterKey() })
    for (let call = 0; call < 3; call += 1) expect((await reader.get('A_KEY', context))?.reveal()).toBe('sk-a')
    expect(kms.calls).toEqual(['GenerateDataKey', 'Decrypt'])
    const { store, keys } = JSON.parse(place.text())
    expect(kms.contexts).toEqual([{ 'modelyard-store': store }, { 'modelyard-store': store }])
    expect(keys).toMatchObject([{ kind: 'kms' }])
  })

  it('gives a new data key with rotate(), and gives way to another KMS key', async () => {
    await using kms = await fakeKms()
    using place = folder()
    const path = place.file
    const [old, young] = ['old', 'young'].map((keyId) => kmsMasterKey({ client: kms.client, keyId }))
    if (old === undefined || young === undefined) throw new Error('no keys')
    const before = fileKeys({ path, masterKey: old })
    await before.set('A_KEY', 'sk-a')
    const record = () => String(JSON.parse(place.text()).keys[0].record)
    const first = record()
    await before.rotate()
    expect(record()).not.toBe(first)
    const after = fileKeys({ path, masterKey: [young, old] })
    expect((await after.get('A_KEY', context))?.reveal()).toBe('sk-a')
    await after.rotate()
    expect((await fileKeys({ path, masterKey: young }).get('A_KEY', context))?.reveal()).toBe('sk-a')
    expect(await kindOf(fileKeys({ path, masterKey: old }).list())).toBe('wrong_key')
  })

  it('does not open the data key of another store', async () => {
    await using kms = await fakeKms()
    using place = folder()
    using elsewhere = folder()
    const masterKey = kmsMasterKey({ client: kms.client, keyId: 'one' })
    await fileKeys({ path: place.file, masterKey }).set('A_KEY', 'sk-a')
    await fileKeys({ path: elsewhere.file, masterKey }).set('A_KEY', 'sk-a')
    const fields = JSON.parse(place.text())
    writeFileSync(place.file, `${JSON.stringify({ ...fields, store: JSON.parse(elsewhere.text()).store })}\n`)
    const fresh = kmsMasterKey({ client: kms.client, keyId: 'one' })
    expect(await kindOf(fileKeys({ path: place.file, masterKey: fresh }).list())).toBe('tampered')
  })

  it('that cannot be asked is said by name; calls go on, and a data key is not kept beyond its time', async () => {
    await using kms = await fakeKms()
    using place = folder()
    const path = place.file
    const store = fileKeys({ path, masterKey: kmsMasterKey({ client: kms.client, keyId: 'one', keepMs: 0 }) })
    const other = fileKeys({ path, masterKey: kmsMasterKey({ client: kms.client, keyId: 'one' }) })
    await store.set('A_KEY', 'sk-a')
    expect((await store.get('A_KEY', context))?.reveal()).toBe('sk-a')
    await other.set('A_KEY', 'sk-b')
    kms.failure = { name: 'AccessDeniedException', status: 400 }
    await other.set('A_KEY', 'sk-c')
    expect((await store.get('A_KEY', context))?.reveal()).toBe('sk-a')
    const fault = await faultOf(store.list())
    expect([fault.kind, fault.message]).toEqual(['unreadable', expect.stringContaining('AccessDeniedException')])
    expect(inspect(fault, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('of-the-test')
    kms.failure = undefined
    expect((await store.list()).length).toBe(1)
    expect((await store.get('A_KEY', context))?.reveal()).toBe('sk-c')
  })

  it.each<[string, object]>([
    ['client', { client: {} }],
    ['keyId', { keyId: '' }],
    ['keepMs', { keepMs: -1 }],
  ])('refuses a wrong %s', async (field, wrong) => {
    await using kms = await fakeKms()
    expect(() => kmsMasterKey(Object.assign({ client: kms.client, keyId: 'one' }, wrong))).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', field }),
    )
  })
})
