import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import * as promises from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EncryptedKeys } from '../src/index.ts'
import { decode, encode } from '../src/keys/file/text.ts'
import { fileKeys } from '../src/keys/file/index.ts'
import { masterKeyRing } from '../src/keys/master/ring.ts'
import { faultOf, folder, kindOf, masterKey, storeOf } from './keys/key-files.ts'

const revealed = async (store: EncryptedKeys, name: string) => (await store.get(name, { provider: 'p' }))?.reveal()

/** The file's fields, changed. */
function edited(
  path: string,
  edit: (fields: { entries: string[]; index: string; store: string; keys: { kid: string }[] }) => void,
): void {
  const fields = JSON.parse(readFileSync(path, 'utf8'))
  edit(fields)
  writeFileSync(path, `${JSON.stringify(fields)}\n`)
}

/** A sealed key as it stands in the file. */
const sealedIn = (path: string, at = 0): string => String(JSON.parse(readFileSync(path, 'utf8')).entries[at])

describe('what is in the file', () => {
  it('KS-01 seals each entry as a JWE with dir and A256GCM and a nonce of its own, and opens nothing else', async () => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    await store.set('A_KEY', 'sk-same')
    await store.set('B_KEY', 'sk-same')
    const [one, other] = [sealedIn(place.file, 0), sealedIn(place.file, 1)]
    const [header = '', key, nonce = ''] = one.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
      alg: 'dir',
      enc: 'A256GCM',
      kid: expect.any(String),
    })
    expect([key, Buffer.from(nonce, 'base64url').length]).toEqual(['', 12])
    expect([nonce, one.split('.')[3]]).not.toEqual([other.split('.')[2], other.split('.')[3]])
    edited(place.file, (fields) => {
      const [first = '', ...rest] = fields.index.split('.')
      const weaker = { ...JSON.parse(Buffer.from(first, 'base64url').toString()), enc: 'A128GCM' }
      Object.assign(fields, { index: [Buffer.from(JSON.stringify(weaker)).toString('base64url'), ...rest].join('.') })
    })
    expect(await kindOf(store.list())).toBe('tampered')
  })

  it.each([
    ['swapped', (entries: string[]) => entries.push(entries.shift() ?? '')],
    ['removed', (entries: string[]) => entries.pop()],
    ['doubled', (entries: string[]) => entries.push(entries[0] ?? '')],
  ])('KS-02, KS-03 notices entries that were %s', async (_how, edit) => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    await store.set('A_KEY', 'sk-a')
    await store.set('B_KEY', 'sk-b')
    edited(place.file, ({ entries }) => edit(entries))
    expect(await kindOf(store.list())).toBe('tampered')
  })

  it('KS-02 notices an entry, an index and an id of another store', async () => {
    using one = folder()
    using two = folder()
    const key = masterKey()
    const [store, other] = [fileKeys({ path: one.file, masterKey: key }), fileKeys({ path: two.file, masterKey: key })]
    await store.set('A_KEY', 'sk-a')
    await other.set('A_KEY', 'sk-other')
    const theirs = JSON.parse(two.text())
    const mine = one.text()
    for (const field of ['entries', 'index', 'store'] as const) {
      writeFileSync(one.file, mine)
      edited(one.file, (fields) => Object.assign(fields, { [field]: theirs[field] }))
      expect(await kindOf(store.list())).toBe('tampered')
    }
  })

  it('KS-03 notices an entry that was put back to what it was', async () => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    await store.set('A_KEY', 'sk-revoked')
    const revoked = sealedIn(place.file)
    await store.set('A_KEY', 'sk-a')
    edited(place.file, (fields) => void fields.entries.splice(0, 1, revoked))
    expect(await kindOf(store.list())).toBe('tampered')
  })

  it('KS-04 tells any flipped bit and any truncation, and overwrites nothing', { timeout: 180_000 }, async () => {
    using place = folder()
    const key = masterKey()
    const store = fileKeys({ path: place.file, masterKey: [key, { passphrase: 'a long passphrase', cost: 15 }] })
    await store.set('A_KEY', 'sk-a')
    await store.set('B_KEY', 'sk-b', { expiresAt: new Date(Date.now() + 1e9) })
    await store.set('A_KEY', 'sk-c', { keepPrevious: true })
    const sound = readFileSync(place.file)
    const ring = masterKeyRing(key)
    await decode(sound.toString('utf8'), ring)
    for (let length = 0; length < sound.length; length += 1)
      expect(await kindOf(decode(sound.toString('utf8', 0, length), ring))).toBe('truncated')
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(7), async (at, bit) => {
        const altered = Buffer.from(sound)
        altered.writeUInt8((altered[at] ?? 0) ^ (1 << bit), at)
        expect(['tampered', 'truncated', 'wrong_key']).toContain(await kindOf(decode(altered.toString('utf8'), ring)))
      }),
      { numRuns: 1_500 },
    )
    for (const broken of [sound.subarray(0, 100), Buffer.concat([sound, Buffer.from(' ')]), Buffer.alloc(0)]) {
      writeFileSync(place.file, broken)
      for (const work of [store.list(), store.set('C_KEY', 'sk-c'), store.rotate(), store.delete('A_KEY')])
        expect(['tampered', 'truncated']).toContain(await kindOf(work))
      expect(readFileSync(place.file).equals(broken)).toBe(true)
    }
  })

  it('KS-05 KS-11 has no key in it, nor has any error', async () => {
    using place = folder()
    const master = randomBytes(32)
    const key = masterKey(master.toString('base64'))
    const store = fileKeys({ path: place.file, masterKey: key })
    const secret = 'sk-canary-4f1d9a77c2'
    await store.set('A_KEY', secret)
    const errors = [await faultOf(fileKeys({ path: place.file, masterKey: masterKey() }).list())]
    edited(place.file, ({ entries }) => void entries.push('x'))
    errors.push(await faultOf(store.list()))
    const shown = [
      place.text(),
      inspect(store, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      ...errors.map((error) => inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })),
    ].join('\n')
    for (const hidden of [Buffer.from(secret), master])
      for (const form of [
        hidden.toString('latin1'),
        hidden.toString('base64').replace(/=+$/, ''),
        hidden.toString('base64url'),
        hidden.toString('hex'),
      ])
        expect(shown).not.toContain(form)
  })

  it('KS-10 is the only file, whatever the names of keys look like', async () => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    for (const name of ['../up', '/etc/passwd', '.', 'a/b']) await store.set(name, 'sk-odd')
    expect([readdirSync(place.path), readdirSync(join(place.path, '..')).includes('up')]).toEqual([['keys.jwe'], false])
  })

  it('KS-12 counts what a key has sealed, and ends it at half of 2^32', async () => {
    using place = folder()
    const [key, next] = [masterKey(), masterKey()]
    const store = fileKeys({ path: place.file, masterKey: key })
    const ring = masterKeyRing(key)
    for (const value of ['sk-a', 'sk-b', 'sk-c']) await store.set('A_KEY', value)
    const { contents } = await decode(place.text(), ring)
    // Three values and three indices.
    expect([...contents.seals.values()]).toEqual([6])
    const unlocked = await ring.sealing(contents.store, contents.records)
    const seals = new Map([[unlocked.master.kid, 2 ** 31 - 2]])
    writeFileSync(place.file, await encode({ ...contents, seals }, unlocked))
    expect(await kindOf(store.set('B_KEY', 'sk-b'))).toBe('exhausted')
    expect(await revealed(store, 'A_KEY')).toBe('sk-c')
    const rotated = fileKeys({ path: place.file, masterKey: [next, key] })
    await rotated.rotate()
    await rotated.set('B_KEY', 'sk-b')
    expect(await revealed(rotated, 'B_KEY')).toBe('sk-b')
  })
})

describe('the file itself', () => {
  it('KS-06 is for its owner alone, replaced whole, and what a link leads to', async () => {
    using place = folder()
    const real = join(place.path, 'real.jwe')
    const key = masterKey()
    await fileKeys({ path: real, masterKey: key }).set('A_KEY', 'sk-a')
    symlinkSync(real, place.file)
    const store = fileKeys({ path: place.file, masterKey: key })
    const before = statSync(real).ino
    await store.set('B_KEY', 'sk-b')
    expect(statSync(real).mode & 0o777).toBe(0o600)
    expect(statSync(real).ino).not.toBe(before)
    expect(lstatSync(place.file).isSymbolicLink()).toBe(true)
  })

  it.each([0o644, 0o640, 0o602, 0o666])('refuses mode %o, with the command to run', async (mode) => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    await store.set('A_KEY', 'sk-a')
    chmodSync(place.file, mode)
    const fault = await faultOf(store.list())
    expect([fault.kind, fault.message.includes(`chmod 600 '${place.file}'`)]).toEqual(['permissions', true])
    chmodSync(place.file, 0o600)
    expect(await revealed(store, 'A_KEY')).toBe('sk-a')
  })

  it('says at the first call that it is not there', async () => {
    using place = folder()
    const store = fileKeys({ path: place.file, masterKey: masterKey() })
    expect([await kindOf(store.get('A_KEY', { provider: 'p' })), await kindOf(store.list()), await kindOf(store.rotate())]).toEqual(
      ['missing', 'missing', 'missing'],
    )
    expect(existsSync(place.file)).toBe(false)
  })

  it('goes on with the keys that it read last, says so once, and begins no emptier store', async () => {
    using place = folder()
    const told: string[] = []
    const store = fileKeys({ path: place.file, masterKey: masterKey(), onError: ({ kind }) => void told.push(kind) })
    await store.set('A_KEY', 'sk-a')
    expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    renameSync(place.file, `${place.file}.away`)
    for (let call = 0; call < 3; call += 1) expect(await revealed(store, 'A_KEY')).toBe('sk-a')
    expect(told).toEqual(['missing'])
    expect(await kindOf(store.set('B_KEY', 'sk-b'))).toBe('missing')
    copyFileSync(`${place.file}.away`, place.file)
    await store.set('B_KEY', 'sk-b')
    expect([await revealed(store, 'A_KEY'), await revealed(store, 'B_KEY')]).toEqual(['sk-a', 'sk-b'])
    rmSync(place.path, { recursive: true })
    expect([await revealed(store, 'B_KEY'), await kindOf(store.list())]).toEqual(['sk-b', 'missing'])
    expect((await faultOf(store.set('C_KEY', 'sk-c'))).message).toContain('its folder is not there')
  })

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the disk is read-only'],
    ['EDQUOT', 'the quota is used up'],
    ['EACCES', 'its folder may not be written to'],
  ])('says what keeps it from being written, %s, and is as it was', async (code, words) => {
    using place = folder()
    const key = masterKey()
    await fileKeys({ path: place.file, masterKey: key }).set('A_KEY', 'sk-a')
    const before = place.text()
    const fail = () => Promise.reject(Object.assign(new Error('of the system'), { code }))
    for (const files of [
      { ...promises, rename: fail },
      { ...promises, writeFile: fail },
      { ...promises, open: (path: string, flags: string) => (flags === 'wx' ? fail() : promises.open(path, flags)) },
    ]) {
      const store = storeOf(place.file, key, { files: Object.assign({ ...promises }, files) })
      const fault = await faultOf(store.set('B_KEY', 'sk-b'))
      expect([fault.kind, fault.message.includes(words)]).toEqual(['unwritable', true])
      expect([place.text(), readdirSync(place.path), await revealed(store, 'A_KEY')]).toEqual([before, ['keys.jwe'], 'sk-a'])
    }
  })

  it.skipIf(!existsSync('/dev/full'))('has no half of a change when the disk is full (on systems with /dev/full)', async () => {
    using place = folder()
    const key = masterKey()
    await fileKeys({ path: place.file, masterKey: key }).set('A_KEY', 'sk-a')
    let isFull = true
    const open = (path: string, flags: string, mode?: number) =>
      isFull && flags === 'wx' ? promises.open('/dev/full', 'w') : promises.open(path, flags, mode)
    const store = storeOf(place.file, key, { files: Object.assign({ ...promises }, { open }) })
    const fault = await faultOf(store.set('B_KEY', 'sk-b'))
    expect([fault.kind, fault.message.includes('the disk is full')]).toEqual(['unwritable', true])
    expect([await kindOf(store.rotate()), await revealed(store, 'A_KEY'), readdirSync(place.path)]).toEqual([
      'unwritable',
      'sk-a',
      ['keys.jwe'],
    ])
    isFull = false
    await store.set('B_KEY', 'sk-b')
    expect((await fileKeys({ path: place.file, masterKey: key }).list()).map(({ name }) => name)).toEqual(['A_KEY', 'B_KEY'])
  })

  it.each<[string, object]>([
    ['path', { path: '' }],
    ['onError', { onError: 'x' }],
    ['clockSkewMs', { clockSkewMs: -1 }],
    ['now', { now: 5 }],
    ['masterKey', { masterKey: [] }],
    ['masterKey', { masterKey: 'the key itself' }],
    ['masterKey', { masterKey: {} }],
    ['masterKey.passphrase', { masterKey: { passphrase: 'short' } }],
    ['masterKey.cost', { masterKey: { passphrase: 'long enough for it', cost: 40 } }],
  ])('refuses a wrong %s', (field, wrong) => {
    const make = () => fileKeys(Object.assign({ path: 'x', masterKey: masterKey() }, wrong))
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
    expect(make).not.toThrow(/the key itself|short/)
  })
})
