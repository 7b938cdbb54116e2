import * as promises from 'node:fs/promises'
import { lockTimes } from '../../files/lock.ts'
import type { KeyStoreError } from '../failure.ts'
import { masterKeyRing } from '../master/ring.ts'
import type { MasterKeyOption } from '../master/source.ts'
import { checkKeeping, wrongOption } from '../sealed/check-options.ts'
import type { EncryptedKeys } from '../sealed/encrypted-keys.ts'
import { EncryptedKeyStore } from '../sealed/store.ts'
import { FilePlace } from './place.ts'

/** Options of {@link fileKeys}. */
export interface FileKeysOptions {
  /** The file. The first `set()` makes it, in a folder that is there; it is readable and writable by its owner only (0600). */
  readonly path: string
  /** Where the master key is. Of several the first one seals, and all of them open: old ones follow the new one. */
  readonly masterKey: MasterKeyOption | readonly MasterKeyOption[]
  /**
   * Told once when the file can no longer be read, while calls go on with the keys that were read last. Without it nobody is
   * told before somebody calls `list()`.
   */
  readonly onError?: (error: KeyStoreError) => void
  /** How far behind the clock of this machine may be that of another, in ms: a key holds so much longer. Default 60,000. */
  readonly clockSkewMs?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * Keeps keys in one file, each sealed for itself with AES-256-GCM and all of them together against removal. A change by any
 * process takes effect on the next call in every process. Needs the package `jose`, an optional peer dependency. The file is
 * read when a key is first asked for; `get()` and everything else reject with a {@link KeyStoreError} that says what is wrong.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function fileKeys(options: FileKeysOptions): EncryptedKeys {
  check(options)
  const { masterKey, clockSkewMs = 60_000, now = Date.now, onError, path } = options
  const ring = masterKeyRing(masterKey)
  return new EncryptedKeyStore(new FilePlace({ path, ring, files: promises, times: lockTimes, onError }), { now, clockSkewMs })
}

function check({ path, ...keeping }: FileKeysOptions): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw wrongOption('fileKeys', 'path', 'the name of a file')
  checkKeeping('fileKeys', keeping)
}
