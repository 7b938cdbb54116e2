import { createPrivateKey, createPublicKey, hash, KeyObject, sign, verify } from 'node:crypto'
import { ModelyardError } from '../../errors.ts'

/** An Ed25519 key: of `node:crypto`, or PEM. */
export type ChainKey = KeyObject | string

/** Makes the signatures of one private key. */
export interface Signer {
  readonly keyId: string
  readonly sign: (hash: string) => string
}

/** @throws ModelyardError `BAD_OPTION` for what is no private Ed25519 key. */
export function signerOf(given: ChainKey): Signer {
  const key = ed25519(given, 'private')
  if (key === undefined) throw notAKey('sign.privateKey', 'a private')
  return { keyId: idOf(createPublicKey(key)), sign: (text) => sign(null, signedText(text), key).toString('base64url') }
}

/** Whether a signature over that hash is right; `undefined` where its key is not among those given. */
export type SignatureCheck = (signed: {
  readonly hash: string
  readonly keyId: string | undefined
  readonly signature: string
}) => boolean | undefined

/** @throws ModelyardError `BAD_OPTION` for what is no public Ed25519 key. */
export function checkWith(publicKeys: readonly ChainKey[]): SignatureCheck {
  const keys = new Map<string, KeyObject>()
  for (const [index, given] of publicKeys.entries()) {
    const key = ed25519(given, 'public')
    if (key === undefined) throw notAKey(`publicKeys[${index}]`, 'a public')
    keys.set(idOf(key), key)
  }
  return ({ hash: text, keyId, signature }) => {
    const key = keys.get(keyId ?? '')
    if (key === undefined) return undefined
    const bytes = Buffer.from(signature, 'base64url')
    // Decoders ignore the last bits; a signature is a text that no bit may be changed of.
    return bytes.toString('base64url') === signature && verify(null, signedText(text), key, bytes)
  }
}

/** What is signed says what it is for, so that no signature that the key has made for anything else fits here. */
function signedText(text: string): Buffer {
  return Buffer.from(`modelyard.audit.chain.v1:${text}`)
}

function ed25519(given: unknown, type: 'private' | 'public'): KeyObject | undefined {
  try {
    const read = type === 'private' ? createPrivateKey : createPublicKey
    const key = given instanceof KeyObject ? given : typeof given === 'string' ? read(given) : undefined
    return key?.asymmetricKeyType === 'ed25519' && key.type === type ? key : undefined
  } catch {
    // What it says could repeat what was given.
    return undefined
  }
}

function idOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16)
}

function notAKey(field: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `audit chain: ${field} must be ${wanted} Ed25519 key, a KeyObject or PEM`, { field })
}
