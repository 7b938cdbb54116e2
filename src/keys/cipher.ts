import { createHash, type webcrypto } from 'node:crypto'
import type * as Jose from 'jose'
import * as z from 'zod/mini'
import { ModelyardError } from '../errors.ts'
import { KeyStoreError } from './failure.ts'

/** A key that others are derived from; it seals nothing itself. */
export interface MasterKey {
  /** Worked out from the key: another key has another one. */
  readonly kid: string
  /** For HKDF, not extractable. */
  readonly key: webcrypto.CryptoKey
}

/** The master keys that a store was given. */
export interface MasterKeys {
  /** The one that seals. */
  current(): Promise<MasterKey>
  byId(kid: string): Promise<MasterKey | undefined>
}

/** What an entry is bound to besides its name. It is given again, the same, to open the entry. */
export interface EntryContext {
  /** The store's own id, made with the store. */
  readonly store: string
  /** Of the store's format, or of the entry where a store counts them. */
  readonly version: number
}

/**
 * Seals entries as compact JWE (`dir`, A256GCM, a random 96-bit nonce each) with a key that is derived from the master key
 * for each store. An entry opens only under the name and in the store that it was sealed for.
 */
export interface EntryCipher {
  /** @throws ModelyardError `MISSING_SDK` where `jose` is not installed. */
  seal(name: string, value: string, context: EntryContext): Promise<string>
  /** @throws KeyStoreError `unknown_kid`, `truncated` or `tampered`; ModelyardError `MISSING_SDK`. */
  open(name: string, jwe: string, context: EntryContext): Promise<string>
}

const alg = 'dir'
const enc = 'A256GCM'
const typ = 'modelyard-key'

const headerShape = z.strictObject({
  alg: z.literal(alg),
  enc: z.literal(enc),
  kid: z.string(),
  typ: z.literal(typ),
  bind: z.string(),
})

/** Header, no encrypted key, nonce, text, tag. */
const entryShape = /^[\w-]+\.\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/
const tagLength = 22

type ContentKey = (master: MasterKey, store: string) => Promise<webcrypto.CryptoKey>

export function entryCipher(keys: MasterKeys): EntryCipher {
  const contentKey = derivation()
  return {
    async seal(name, value, context) {
      const [{ CompactEncrypt }, master] = await Promise.all([jose(), keys.current()])
      return new CompactEncrypt(Buffer.from(value, 'utf8'))
        .setProtectedHeader({ alg, enc, kid: master.kid, typ, bind: binding(name, context) })
        .encrypt(await contentKey(master, context.store))
    },
    async open(name, jwe, context) {
      const { compactDecrypt } = await jose()
      const { kid, bind } = headerOf(name, jwe)
      const master = await keys.byId(kid)
      if (master === undefined) throw unknownKey(name)
      if (bind !== binding(name, context)) throw tampered(name)
      try {
        const { plaintext } = await compactDecrypt(jwe, await contentKey(master, context.store), {
          keyManagementAlgorithms: [alg],
          contentEncryptionAlgorithms: [enc],
        })
        return Buffer.from(plaintext).toString('utf8')
      } catch {
        // Not as a cause: nothing but this can be wrong, and jose's errors know the header.
        throw tampered(name)
      }
    },
  }
}

/** Derives the key that seals in one store: HKDF with SHA-256, once per master key and store. */
function derivation(): ContentKey {
  const derived = new Map<webcrypto.CryptoKey, Map<string, Promise<webcrypto.CryptoKey>>>()
  return ({ key }, store) => {
    const ofKey = derived.get(key) ?? new Map<string, Promise<webcrypto.CryptoKey>>()
    derived.set(key, ofKey)
    const known = ofKey.get(store) ?? derive(key, store)
    ofKey.set(store, known)
    return known
  }
}

function derive(key: webcrypto.CryptoKey, store: string): Promise<webcrypto.CryptoKey> {
  const info = Buffer.from(`modelyard key store 1 ${enc}`)
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: Buffer.from(store, 'utf8'), info }
  return crypto.subtle.deriveKey(parameters, key, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** A digest: names of keys may tell who a tenant is. */
function binding(name: string, { store, version }: EntryContext): string {
  return createHash('sha256')
    .update(JSON.stringify([typ, store, version, name]))
    .digest('base64url')
}

/** The header of what has the shape of a sealed entry. Nothing in it is authentic before the entry is opened. */
function headerOf(name: string, jwe: string): z.infer<typeof headerShape> {
  const parts = jwe.split('.')
  if (parts.length < 5 || (parts[4] ?? '').length < tagLength)
    throw new KeyStoreError('truncated', `keys: the entry ${name} is cut off`)
  // Bits that decoders ignore would let an altered text pass for the one that was written.
  if (!entryShape.test(jwe) || parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part))
    throw tampered(name)
  const header = headerShape.safeParse(jsonOf(Buffer.from(parts[0] ?? '', 'base64url').toString('utf8')))
  if (!header.success) throw tampered(name)
  return header.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function tampered(name: string): KeyStoreError {
  return new KeyStoreError('tampered', `keys: the entry ${name} was altered, or sealed for another name or another store`)
}

function unknownKey(name: string): KeyStoreError {
  return new KeyStoreError('unknown_kid', `keys: the entry ${name} was sealed with a master key that is not among those given`)
}

async function jose(): Promise<typeof Jose> {
  return import('jose').catch((cause: unknown) => {
    throw new ModelyardError('MISSING_SDK', "The package 'jose' is not installed. Run: npm install jose", { field: 'jose', cause })
  })
}
