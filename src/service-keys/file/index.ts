import * as promises from 'node:fs/promises'
import type { ServiceKeyStore } from '../../contracts/service-keys.ts'
import { ModelyardError } from '../../errors.ts'
import { lockTimes } from '../../files/lock.ts'
import { FileServiceKeyStore } from './store.ts'

/** Options of {@link fileServiceKeys}. */
export interface FileServiceKeysOptions {
  /** The file. The first key makes it, in a folder that is there; it is readable and writable by its owner only (0600). */
  readonly path: string
}

/**
 * Keeps service keys in one file of JSON, which any number of processes read and write: what one of them revokes holds in none of
 * them any more with the next call. Where the file cannot be read no key holds: everything rejects with a ModelyardError
 * `SERVICE_KEY_STORE_FAILED` that says why.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function fileServiceKeys({ path }: FileServiceKeysOptions): ServiceKeyStore {
  if (typeof path === 'string' && path !== '' && !path.includes('\0'))
    return new FileServiceKeyStore({ path, files: promises, times: lockTimes })
  throw new ModelyardError('BAD_OPTION', 'fileServiceKeys: path must be the name of a file', { field: 'path' })
}
