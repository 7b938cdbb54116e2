import { ModelyardError } from '../errors.ts'

/** Why an encrypted key store could not do what it was asked for. */
export type KeyStoreFault =
  /** What is stored was sealed with a master key that was not given. */
  | 'wrong_key'
  /** The same, of one entry of a store that can be read otherwise. */
  | 'unknown_kid'
  /** What is stored is not what was written. */
  | 'tampered'
  /** What is stored ends too early. */
  | 'truncated'
  /** The date until which the key holds has passed. */
  | 'expired'
  /** A file may be read by others than its owner. */
  | 'permissions'
  /** There is no such file, folder or table. */
  | 'missing'
  /** The system or a service does not let it be read. */
  | 'unreadable'
  /**
   * It could not be written; what was there before is still there. Of a database that was lost in the middle of its commit that is
   * not known, and the message says so.
   */
  | 'unwritable'
  /** Another writer has held the lock for too long. */
  | 'locked'
  /** The master key has sealed as much as it may. */
  | 'exhausted'

/** A fault of an encrypted key store. `kind` says which; neither it nor the message holds a key. */
export class KeyStoreError extends ModelyardError {
  readonly kind: KeyStoreFault

  constructor(kind: KeyStoreFault, message: string, details: { readonly field?: string; readonly cause?: unknown } = {}) {
    super('KEY_STORE_FAILED', message, details)
    this.name = 'KeyStoreError'
    this.kind = kind
  }
}
