import type { WritableKeyStore } from '../../contracts/keys.ts'

/** What a key is stored with. */
export interface SetKeyOptions {
  /** Until when the key holds. Afterwards `get()` rejects. Default: for ever. */
  readonly expiresAt?: Date
  /** Keeps the key that was there until `dropPrevious()`, so that `revert()` can put it back. Default `false`. */
  readonly keepPrevious?: boolean
}

/** What is said of a stored key. Dates are ISO 8601. */
export interface StoredKey {
  readonly name: string
  /** The first 12 hex digits of its SHA-256. */
  readonly fingerprint: string
  readonly setAt: string
  readonly expiresAt: string | null
  readonly isExpired: boolean
  /** Fingerprint of the previous key, where it was kept. */
  readonly previous: string | null
}

/**
 * Keys that are stored encrypted, in a file or in PostgreSQL, and that any number of processes read and write. All methods reject
 * with a `KeyStoreError`.
 */
export interface EncryptedKeys extends WritableKeyStore {
  /** Resolves when the key is on the disk, or committed. The first one makes the store. */
  set(name: string, key: string, options?: SetKeyOptions): Promise<void>
  /** Forgets the key and its previous one; `false` where there is none. */
  delete(name: string): Promise<boolean>
  /** Names, fingerprints and dates, never values; sorted by name. */
  list(): Promise<readonly StoredKey[]>
  /** Puts the previous key, which `set()` kept, in the present one's place; `false` where there is none. */
  revert(name: string): Promise<boolean>
  /** Forgets the previous key; `false` where there is none. */
  dropPrevious(name: string): Promise<boolean>
  /**
   * Seals everything anew with the first master key, at once: afterwards none of the others opens the store. With a passphrase
   * or a key service it gets a new key each time.
   */
  rotate(): Promise<void>
}
