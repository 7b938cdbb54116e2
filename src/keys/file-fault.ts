import { FileFault } from '../files/fault.ts'
import { KeyStoreError } from './failure.ts'

/** Throws a file's fault as a key store's own, and anything else as it is. */
export function throwAsKeyStoreError(error: unknown): never {
  if (!(error instanceof FileFault)) throw error
  throw new KeyStoreError(error.kind, `keys: ${error.message}`, { cause: error.cause })
}
