import type { BudgetOptions } from './budget.ts'

/** What a service key is for. None of it changes once the key is made. */
export interface ServiceKeyOptions {
  /** The agent whose client the key opens. */
  readonly agent: string
  /**
   * The models that may be called: `provider/model`, or a model's name at whichever provider; `*` stands for any number of
   * characters. Default: every model that the agent's calls can name.
   */
  readonly models?: readonly string[]
  /** What may be spent with this key, besides what the agent and the router may. Default: any amount. */
  readonly budget?: BudgetOptions
  /** Until when the key holds. Default: for ever. */
  readonly expiresAt?: Date
  /** For people, at most 200 characters: who has it, what for. */
  readonly label?: string
}

/** What is known of a service key. The key itself is not: nobody has it but whom it was given to. JSON-safe, dates in ISO 8601. */
export interface ServiceKey {
  /** 16 letters and digits, which stand in the key. No secret. */
  readonly id: string
  readonly agent: string
  readonly models: readonly string[] | null
  readonly budget: BudgetOptions | null
  readonly label: string | null
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

/** A service key as it is stored. `salt` and `digest` are base64url; neither tells the key. */
export interface StoredServiceKey extends ServiceKey {
  readonly salt: string
  /** Of salt, secret and everything above but `revokedAt`. */
  readonly digest: string
}

/** Where service keys are kept. What a method resolves to has to be on the disk, and what `find()` finds is as it is now. */
export interface ServiceKeyStore {
  /** Rejects where there is one of that id. */
  add(key: StoredServiceKey): Promise<void>
  find(id: string): Promise<StoredServiceKey | undefined>
  /** Writes down when the key was revoked; `false` where there is none of that id, or it was revoked before. */
  revoke(id: string, revokedAt: string): Promise<boolean>
  /** All of them, revoked and expired ones too, in any order. */
  list(): Promise<readonly StoredServiceKey[]>
}

/** Why a key opens nothing. Callers are not told; the audit trail is. */
export type ServiceKeyFault =
  /** It is no key of this form: nobody was asked. */
  | 'malformed'
  /** There is none of its id. */
  | 'unknown'
  /** There is one of its id, and it is another one. */
  | 'wrong'
  | 'revoked'
  | 'expired'

/** A key that was presented and holds. */
export interface ServiceKeyPass {
  /** Of one id it is always the same. */
  readonly key: ServiceKey
  /** Asks the store whether it still holds: nothing, or why not. Rejects where the store cannot say. */
  fault(): Promise<ServiceKeyFault | undefined>
}

/** A key that was presented and does not hold. */
export interface ServiceKeyRefusal {
  readonly fault: ServiceKeyFault
  /** The id that it bears; absent where it bears none. */
  readonly id?: string
}

/** A key was made or revoked by this very object. */
export interface ServiceKeyChange {
  readonly type: 'created' | 'revoked'
  readonly key: ServiceKey
}

/** What a router asks of service keys. */
export interface ServiceKeyGate {
  /** What comes of a key that is presented; anything may be. Rejects where the store cannot say. */
  open(token: unknown): Promise<ServiceKeyPass | ServiceKeyRefusal>
  /** Told of every change until disposed. */
  subscribe(listener: (change: ServiceKeyChange) => void): Disposable
}

/** A service key that was made just now. */
export interface CreatedServiceKey extends ServiceKey {
  /** The key itself: whoever has it is its agent. It is nowhere else, and cannot be had again. */
  readonly key: string
}

/** Service keys: made, checked, taken back. Everything rejects as the store does where that fails. */
export interface ServiceKeys extends ServiceKeyGate {
  /** @throws ModelyardError `BAD_OPTION` with the field. */
  create(options: ServiceKeyOptions): Promise<CreatedServiceKey>
  /** The key's record where it holds; `null` for anything else that there is. */
  verify(token: unknown): Promise<ServiceKey | null>
  /** From the next call on the key opens nothing, in any process, for good; `false` where there is none of that id, or it was revoked before. */
  revoke(id: string): Promise<boolean>
  /** All of them, revoked and expired ones too, oldest first. */
  list(): Promise<readonly ServiceKey[]>
}
