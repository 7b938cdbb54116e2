// Where encrypted keys may be kept: what holds for one place holds for all.
import type { EncryptedKeys, MasterKeyOption } from '../../src/index.ts'
import { fileKeys } from '../../src/keys/file/index.ts'
import { databaseUrl } from '../ledger/database.ts'
import { keyTable } from './database.ts'
import { folder } from './key-files.ts'

export interface OpenOptions {
  readonly masterKey: MasterKeyOption | readonly MasterKeyOption[]
  readonly now?: () => number
  readonly clockSkewMs?: number
}

/** A place of its own, empty. */
export interface KeyPlace extends AsyncDisposable {
  /** The store as another process would open it. */
  open(options: OpenOptions): EncryptedKeys
}

export interface KindOfPlace {
  readonly name: string
  readonly isAbsent: boolean
  make(): Promise<KeyPlace>
}

export const places: readonly KindOfPlace[] = [
  {
    name: 'a file',
    isAbsent: false,
    async make() {
      const place = folder()
      return {
        open: (options) => fileKeys({ path: place.file, ...options }),
        [Symbol.asyncDispose]: async () => place[Symbol.dispose](),
      }
    },
  },
  {
    name: 'PostgreSQL (skipped without DATABASE_URL)',
    isAbsent: databaseUrl() === undefined,
    async make() {
      const base = await keyTable()
      return { open: (options) => base.open(options), [Symbol.asyncDispose]: () => base[Symbol.asyncDispose]() }
    },
  },
]
