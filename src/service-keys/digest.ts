import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ServiceKey, StoredServiceKey } from '../contracts/service-keys.ts'

/** What a key is for, and its secret. */
export interface Presented {
  readonly secret: string
  /** Without one, a plain hash. */
  readonly pepper: string | Uint8Array | undefined
}

const digestBytes = 32

/** A key as it is to be stored: under a salt of its own. */
export function sealed(key: ServiceKey, presented: Presented): StoredServiceKey {
  const salt = randomBytes(16).toString('base64url')
  return { ...key, salt, digest: digestOf({ ...key, salt }, presented).toString('base64url') }
}

/**
 * Whether the secret is that of the stored key, and the stored key is what it was made for. Takes as long where there is none of
 * that id, and wherever two digests differ.
 */
export function opens(stored: StoredServiceKey | undefined, presented: Presented): boolean {
  const { digest, ...key } = stored ?? nobody
  const computed = digestOf(key, presented)
  const kept = Buffer.from(digest, 'base64url')
  const isWhole = kept.length === digestBytes
  const isSame = timingSafeEqual(isWhole ? kept : Buffer.alloc(digestBytes), computed)
  return isSame && isWhole && stored !== undefined
}

/** Stands in for a key that is not there. */
const nobody: StoredServiceKey = {
  id: '',
  agent: '',
  models: null,
  budget: null,
  label: null,
  createdAt: '',
  expiresAt: null,
  revokedAt: null,
  salt: Buffer.alloc(16).toString('base64url'),
  digest: Buffer.alloc(digestBytes).toString('base64url'),
}

/** Covers what the key is for: who can write to the store, and has a key, cannot make it a key for more. */
function digestOf(key: Omit<StoredServiceKey, 'digest'>, { secret, pepper }: Presented): Buffer {
  const { id, agent, models, budget, label, createdAt, expiresAt, salt } = key
  const text = JSON.stringify([salt, secret, id, agent, models, budget, label, createdAt, expiresAt], inOrder)
  return (pepper === undefined ? createHash('sha256') : createHmac('sha256', pepper)).update(text).digest()
}

/** A store may give the fields of an object in another order. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
