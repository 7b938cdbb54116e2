import { createHash, createPublicKey, type JsonWebKey, type JsonWebKeyInput, KeyObject, type webcrypto } from 'node:crypto'
import type * as Jose from 'jose'
import { ModelyardError } from '../../errors.ts'

/** A key in any of its forms: PEM, JWK, of Web Crypto or of Node. */
export type ContentKey = string | JsonWebKey | webcrypto.CryptoKey | KeyObject

/** Seals texts so that only whoever has the private key opens them. */
export type Seal = (text: string) => Promise<string>

const typ = 'modelyard-content'
const enc = 'A256GCM'
const algorithms = ['RSA-OAEP-256', 'ECDH-ES']

/** @throws ModelyardError `BAD_OPTION` where it is no public key for that. */
export function sealFor(key: ContentKey): Seal {
  const { alg, publicKey } = recipient(key)
  const kid = keyId(publicKey)
  return async (text) => {
    const { CompactEncrypt } = await jose()
    return new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg, enc, kid, typ }).encrypt(publicKey)
  }
}

/** Opens what {@link sealFor} has sealed. @throws ModelyardError `BAD_OPTION` where the key does not fit, or the text was altered. */
export async function opened(sealed: string, key: KeyObject): Promise<string> {
  const { compactDecrypt } = await jose()
  const options = { keyManagementAlgorithms: algorithms, contentEncryptionAlgorithms: [enc] }
  try {
    const { plaintext } = await compactDecrypt(sealed, key, options)
    return Buffer.from(plaintext).toString()
  } catch {
    // Not as a cause: it could tell of nothing else.
    throw bad('openContent(): privateKey', 'does not open this record, or its content was altered', 'privateKey')
  }
}

/** A key of Node's, whatever form it came in; nothing where it is none. */
export function keyObject(key: ContentKey, read: (given: string | JsonWebKeyInput) => KeyObject): KeyObject | undefined {
  try {
    if (typeof key === 'string') return read(key)
    if (key instanceof KeyObject) return key
    return isCryptoKey(key) ? KeyObject.from(key) : read({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}

function isCryptoKey(key: object): key is webcrypto.CryptoKey {
  return 'algorithm' in key && 'usages' in key && 'extractable' in key
}

function recipient(key: ContentKey): { readonly alg: string; readonly publicKey: KeyObject } {
  // Whoever writes must not be able to read.
  if (holdsPrivate(key)) throw badKey('must be the public key alone; keep the private one where the trail is read')
  const publicKey = keyObject(key, (given) => createPublicKey(given))
  if (publicKey === undefined || publicKey.type !== 'public') throw badKey('must be a public key: PEM, JWK, CryptoKey or KeyObject')
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey
  if (asymmetricKeyType === 'rsa') {
    if ((asymmetricKeyDetails?.modulusLength ?? 0) < 2048) throw badKey('must have at least 2048 bits')
    return { alg: 'RSA-OAEP-256', publicKey }
  }
  const isCurve = asymmetricKeyType === 'x25519' || curves.has(asymmetricKeyDetails?.namedCurve)
  if (!isCurve) throw badKey('must be a key of RSA, of the curves P-256, P-384 or P-521, or X25519')
  return { alg: 'ECDH-ES', publicKey }
}

const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

function holdsPrivate(key: ContentKey): boolean {
  if (typeof key === 'string') return key.includes('PRIVATE KEY')
  if (key instanceof KeyObject || isCryptoKey(key)) return key.type === 'private'
  return 'd' in key
}

/** Says which key it was, for whoever has several. */
function keyId(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('base64url').slice(0, 16)
}

function badKey(problem: string): ModelyardError {
  return bad('auditContent(): encryptTo', problem, 'encryptTo')
}

/** What is wrong with an option. */
export function bad(where: string, problem: string, field: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${where} ${problem}.`, { field })
}

/** @throws ModelyardError `MISSING_SDK` */
export async function jose(): Promise<typeof Jose> {
  return import('jose').catch((cause: unknown) => {
    throw new ModelyardError('MISSING_SDK', "The package 'jose' is not installed. Run: npm install jose", { field: 'jose', cause })
  })
}
