import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ModelyardError } from '../src/index.ts'
import type { MasterKeyOption } from '../src/index.ts'
import { fileKeys } from '../src/keys/file/index.ts'
import { faultOf, folder, kindOf, masterKey } from './keys/key-files.ts'

const context = { provider: 'p' }
const bytes = randomBytes(32)

/** What reading with `key` gives of a file that was written with `bytes`. */
async function readWith(key: (folder: string) => MasterKeyOption): Promise<string | undefined> {
  using place = folder()
  await fileKeys({ path: place.file, masterKey: masterKey(bytes.toString('hex')) }).set('A_KEY', 'sk-a')
  return (await fileKeys({ path: place.file, masterKey: key(place.path) }).get('A_KEY', context))?.reveal()
}

function secretFile(path: string, content: Buffer | string, mode = 0o600): MasterKeyOption {
  const file = join(path, 'master')
  writeFileSync(file, content)
  chmodSync(file, mode)
  return { file }
}

describe('a master key', () => {
  it.each<[string, (folder: string) => MasterKeyOption]>([
    ['an environment variable, in hex', () => masterKey(bytes.toString('hex'))],
    ['an environment variable, in base64', () => masterKey(bytes.toString('base64'))],
    ['an environment variable, in base64url and with white space', () => masterKey(` ${bytes.toString('base64url')}\n`)],
    ['a file of 32 bytes', (path) => secretFile(path, bytes)],
    ['a file of text', (path) => secretFile(path, `${bytes.toString('base64')}\n`)],
    ['a file that may only be read', (path) => secretFile(path, bytes, 0o400)],
    ['a function', () => ({ unwrap: () => bytes })],
    ['a function that waits', () => ({ unwrap: () => Promise.resolve(bytes.toString('base64')) })],
  ])('comes from %s', async (_from, key) => {
    expect(await readWith(key)).toBe('sk-a')
  })

  it.each<[string, MasterKeyOption]>([
    ['too short', { unwrap: () => randomBytes(16) }],
    ['too long', { unwrap: () => randomBytes(33) }],
    ['a passphrase where a key is wanted', masterKey('correct-horse-battery-staple-and-so-on')],
    ['hex of the wrong length', masterKey('ab'.repeat(31))],
    ['empty', { unwrap: () => '' }],
    ['no byte', { unwrap: () => new Uint8Array() }],
  ])('KS-09 that is %s is refused, and not shown', async (_how, key) => {
    using place = folder()
    const error: unknown = await fileKeys({ path: place.file, masterKey: key })
      .set('A_KEY', 'sk-a')
      .catch((thrown: unknown) => thrown)
    expect(ModelyardError.is(error) && [error.code, error.field]).toEqual(['BAD_OPTION', 'masterKey'])
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(/correct-horse|abab/)
  })

  it('KS-09 of a passphrase is derived by scrypt with the parameters that the store keeps', { timeout: 120_000 }, async () => {
    using place = folder()
    const path = place.file
    const passphrase = 'correct horse battery staple'
    await fileKeys({ path, masterKey: { passphrase, cost: 15 } }).set('A_KEY', 'sk-a')
    const [record] = JSON.parse(place.text()).keys
    expect([record.kind, JSON.parse(record.record)]).toEqual([
      'scrypt',
      { cost: 15, r: 8, p: 1, salt: expect.stringMatching(/^[\w-]{22}$/) },
    ])
    let asked = 0
    const ask = () => {
      asked += 1
      return Promise.resolve(passphrase)
    }
    // What was recorded counts, not the cost of a new key.
    const reader = fileKeys({ path, masterKey: { passphrase: ask, cost: 16 } })
    for (let call = 0; call < 3; call += 1) expect((await reader.get('A_KEY', context))?.reveal()).toBe('sk-a')
    expect(asked).toBe(1)
    expect(await kindOf(fileKeys({ path, masterKey: { passphrase: 'another horse altogether' } }).list())).toBe('wrong_key')
    await reader.rotate()
    expect(JSON.parse(JSON.parse(place.text()).keys[0].record)).toMatchObject({ cost: 16 })
    expect(place.text()).not.toContain('horse')
  })

  it('KS-09 of a passphrase does not take more memory than it should for a forged record', async () => {
    using place = folder()
    const key = { passphrase: 'correct horse battery staple', cost: 15 }
    await fileKeys({ path: place.file, masterKey: key }).set('A_KEY', 'sk-a')
    writeFileSync(place.file, place.text().replace(String.raw`\"cost\":15`, String.raw`\"cost\":31`))
    expect(await kindOf(fileKeys({ path: place.file, masterKey: key }).list())).toBe('tampered')
  })

  it('KS-04 that is the wrong one is told apart from a file that was altered', async () => {
    using place = folder()
    await fileKeys({ path: place.file, masterKey: masterKey() }).set('A_KEY', 'sk-a')
    const stranger = fileKeys({ path: place.file, masterKey: masterKey() })
    const before = place.text()
    for (const work of [stranger.get('A_KEY', context), stranger.set('B_KEY', 'sk-b'), stranger.rotate()])
      expect(await kindOf(work)).toBe('wrong_key')
    expect(place.text()).toBe(before)
  })

  it('that is not to be had says where it should be', async () => {
    using place = folder()
    const path = place.file
    const absent = await faultOf(fileKeys({ path, masterKey: { env: 'NOWHERE', environment: {} } }).set('A_KEY', 'sk-a'))
    expect([absent.kind, absent.message.includes('NOWHERE')]).toEqual(['missing', true])
    expect(await kindOf(fileKeys({ path, masterKey: { file: join(place.path, 'nowhere') } }).set('A_KEY', 'sk-a'))).toBe('missing')
    expect(await kindOf(fileKeys({ path, masterKey: secretFile(place.path, bytes, 0o644) }).set('A_KEY', 'sk-a'))).toBe(
      'permissions',
    )
    const away = new Error('the service is away')
    const unwrap = () => Promise.reject(away)
    expect(await faultOf(fileKeys({ path, masterKey: { unwrap } }).set('A_KEY', 'sk-a'))).toMatchObject({
      kind: 'unreadable',
      cause: away,
    })
  })

  it('that a function gives is asked for again when its time is over, and calls go on where it fails', async () => {
    using place = folder()
    let asked = 0
    let isAway = false
    const unwrap = () => {
      asked += 1
      if (isAway) throw new Error('the service is away')
      return bytes
    }
    const store = fileKeys({ path: place.file, masterKey: { unwrap, keepMs: 0 } })
    const other = fileKeys({ path: place.file, masterKey: { unwrap: () => bytes } })
    await store.set('A_KEY', 'sk-a')
    const before = asked
    await other.set('A_KEY', 'sk-b')
    expect([(await store.get('A_KEY', context))?.reveal(), asked > before]).toEqual(['sk-b', true])
    isAway = true
    await other.set('A_KEY', 'sk-c')
    expect((await store.get('A_KEY', context))?.reveal()).toBe('sk-b')
    expect(await kindOf(store.list())).toBe('unreadable')
  })

  it('of which another one cannot be asked does not keep the right one from opening the file', async () => {
    using place = folder()
    const key = masterKey()
    await fileKeys({ path: place.file, masterKey: key }).set('A_KEY', 'sk-a')
    const store = fileKeys({ path: place.file, masterKey: [{ unwrap: () => Promise.reject(new Error('away')) }, key] })
    expect((await store.get('A_KEY', context))?.reveal()).toBe('sk-a')
  })
})
