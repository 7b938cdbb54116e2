/** Where a master key is kept; `kmsMasterKey()` of `modelyard/keys/kms` is one. */
export interface MasterKeySource {
  /** Names its own records among those of other sources. */
  readonly kind: string
  /** How long an opened key may stay in memory, in ms. Default: as long as the process. */
  readonly keepMs?: number
  /** A key for a store to seal with, and what the store has to keep beside its entries to have it opened again; no secret. */
  create(store: string): Promise<{ readonly key: Uint8Array; readonly record: string }>
  /** The key of a record; `undefined` where it is of another source of the same kind. */
  open(record: string, store: string): Promise<Uint8Array | undefined>
}
