import type { Secret } from './secret.ts'

/** For whom a key is asked. */
export interface KeyContext {
  /** The provider's id in the router's configuration. */
  readonly provider: string
  readonly agent?: string
  /** On whose behalf the call is made, as its routing option `tenant` says. */
  readonly tenant?: string
}

/** Where provider keys come from. Names are by default those of the vendors' environment variables (`OPENAI_API_KEY`). */
export interface KeyStore {
  /** The secret, or `undefined` where the store has none of that name. A rejection skips the target. */
  get(name: string, context: KeyContext): Promise<Secret | undefined>
  /**
   * Whether the store holds the name, where that can be said without waiting; `undefined` where it cannot. With it a missing
   * key is known when the chain is planned; without it, when the target is first tried. `context` is absent where no call is
   * being made, as when the router is.
   */
  has?(name: string, context?: Pick<KeyContext, 'tenant'>): boolean | undefined
}

/** A key store that the application can change at run time; a changed key takes effect on the next call. */
export interface WritableKeyStore extends KeyStore {
  set(name: string, key: string): Promise<void>
  delete(name: string): Promise<boolean>
  /** Names and fingerprints, never values. */
  list(): Promise<readonly { readonly name: string; readonly fingerprint: string }[]>
}
