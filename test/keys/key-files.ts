import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import * as promises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyStoreError } from '../../src/index.ts'
import type { MasterKeyOption } from '../../src/index.ts'
import { lockTimes } from '../../src/files/lock.ts'
import { FilePlace, type FilePlaceParts } from '../../src/keys/file/place.ts'
import { masterKeyRing } from '../../src/keys/master/ring.ts'
import { EncryptedKeyStore, type KeepingParts } from '../../src/keys/sealed/store.ts'

/** A master key in an environment of its own. */
export function masterKey(key: string = randomBytes(32).toString('base64')): { env: string; environment: Record<string, string> } {
  return { env: 'MASTER', environment: { MASTER: key } }
}

/** A folder that goes when the test ends. */
export function folder(): Disposable & { readonly path: string; readonly file: string; text(): string } {
  const path = mkdtempSync(join(tmpdir(), 'modelyard-keys-'))
  const file = join(path, 'keys.jwe')
  return {
    path,
    file,
    text: () => readFileSync(file, 'utf8'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** A store of which a test replaces parts: the file system, the clock, the patience with locks. */
export function storeOf(path: string, key: MasterKeyOption, parts: Partial<FilePlaceParts & KeepingParts> = {}): EncryptedKeyStore {
  const defaults = { files: promises, times: lockTimes, now: Date.now, clockSkewMs: 0, onError: undefined }
  const all = { path, ring: masterKeyRing(key), ...defaults, ...parts }
  return new EncryptedKeyStore(new FilePlace(all), all)
}

/** Which fault a promise rejects with. */
export async function faultOf(work: Promise<unknown>): Promise<KeyStoreError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof KeyStoreError) return error
  throw new Error('no KeyStoreError', { cause: error })
}

export const kindOf = async (work: Promise<unknown>): Promise<string> => (await faultOf(work)).kind
