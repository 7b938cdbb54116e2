/** A place in a chain. Kept elsewhere, it shows later that nothing up to there was changed or cut off. */
export interface AuditHead {
  /** The chain's id. */
  readonly chain: string
  /** The number of the record in its chain, from 1. */
  readonly n: number
  /** The hash of that record. */
  readonly hash: string
}

/** What ties a record to the one before it; put there by `chained()`. Hashes are SHA-256 in hex. */
export interface AuditChainLink {
  /** The chain; each process has its own. */
  readonly id: string
  /** 1, 2, 3 within the chain. */
  readonly n: number
  /** The hash of the record before; `null` for the first. */
  readonly prev: string | null
  /** The hash of `personal`, with its salt: it stays when `personal` is erased. */
  readonly personal?: string
  /** The hash of the record without `personal`, this field and `signature`, as canonical JSON (RFC 8785). */
  readonly hash: string
  /** The public key that `signature` is checked with: the beginning of its SHA-256. */
  readonly keyId?: string
  /** Ed25519 over `hash`, base64url. */
  readonly signature?: string
}

/** The part of a record that is about a person, and that may be erased without breaking the chain. */
export interface AuditPersonal {
  /** The hash that stands for the user. */
  readonly subject?: string
  /** JSON text of messages or of the answer, after redaction. */
  readonly content?: string
  /** A compact JWE of that text, instead of it. */
  readonly sealed?: string
  /** Chance, put there by `chained()`, so that what was erased cannot be guessed from its hash. */
  readonly salt?: string
}
