import { Secret } from '../../contracts/secret.ts'
import { ModelyardError } from '../../errors.ts'
import { readPrivate } from '../../files/private-file.ts'
import { envKeys } from '../env.ts'
import { KeyStoreError } from '../failure.ts'
import { throwAsKeyStoreError } from '../file-fault.ts'
import type { MasterKeySource } from './contract.ts'
import { checkPassphrase, passphraseSource, type Passphrase } from './passphrase.ts'

/** 32 bytes: as they are, as 64 hex digits, or in base64. */
export type MasterKeyBytes = Uint8Array | string

/** Where the master key is: one of these. */
export type MasterKeyOption =
  /** In an environment variable. `environment` defaults to `process.env`. */
  | { readonly env: string; readonly environment?: Readonly<Record<string, string | undefined>> }
  /** In a file that only its owner may open (0600). */
  | { readonly file: string }
  /** Derived from a passphrase of at least 12 characters by scrypt, whose parameters the store keeps. */
  | Passphrase
  /** Whatever the function gives: from Vault, the system's keychain, a cloud's secret manager. */
  | {
      readonly unwrap: () => MasterKeyBytes | Promise<MasterKeyBytes>
      /** How long the key may stay in memory, in ms. Default 300,000. */
      readonly keepMs?: number
    }
  | MasterKeySource

/**
 * The sources of the options: the first one, and all of them.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function sourcesOf(
  options: MasterKeyOption | readonly MasterKeyOption[],
): readonly [current: MasterKeySource, ...others: MasterKeySource[]] {
  const [current, ...others] = isList(options) ? options : [options]
  if (current === undefined) throw notOne()
  return [sourceOf(current), ...others.map(sourceOf)]
}

function isList(options: MasterKeyOption | readonly MasterKeyOption[]): options is readonly MasterKeyOption[] {
  return Array.isArray(options)
}

function sourceOf(option: MasterKeyOption): MasterKeySource {
  if (typeof option !== 'object' || option === null) throw notOne()
  if ('create' in option) return option
  if ('env' in option) return rawSource(() => fromEnvironment(option.env, option.environment))
  if ('file' in option) return rawSource(() => fromFile(option.file))
  if ('unwrap' in option) return { ...rawSource(() => unwrapped(option.unwrap)), keepMs: option.keepMs ?? 300_000 }
  if (!('passphrase' in option)) throw notOne()
  checkPassphrase(option)
  return passphraseSource(option)
}

function notOne(): ModelyardError {
  const forms = "{ env: 'NAME' }, { file: 'path' }, { passphrase }, { unwrap: () => key } or a source such as kmsMasterKey()"
  // What came is not shown: it may be the key itself.
  return new ModelyardError('BAD_OPTION', `keys: masterKey must be ${forms}`, { field: 'masterKey' })
}

/** A key that is there as it is. */
function rawSource(read: () => Promise<Uint8Array>): MasterKeySource {
  return { kind: 'raw', create: async () => ({ key: await read(), record: '' }), open: read }
}

async function fromEnvironment(name: string, environment?: Readonly<Record<string, string | undefined>>): Promise<Uint8Array> {
  const secret = await envKeys(environment).get(name, { provider: '' })
  if (secret !== undefined) return bytesOf(secret.reveal(), `the environment variable ${name}`)
  throw new KeyStoreError('missing', `keys: the environment variable ${name}, which should hold the master key, is not set`)
}

async function fromFile(path: string): Promise<Uint8Array> {
  const { bytes } = await readPrivate(path).catch(throwAsKeyStoreError)
  return bytes.length === 32 ? bytes : bytesOf(bytes.toString('latin1').trim(), path)
}

async function unwrapped(unwrap: () => MasterKeyBytes | Promise<MasterKeyBytes>): Promise<Uint8Array> {
  try {
    return bytesOf(await unwrap(), 'what unwrap() gives')
  } catch (cause) {
    if (ModelyardError.is(cause)) throw cause
    throw new KeyStoreError('unreadable', 'keys: unwrap() could not give the master key', { field: 'masterKey', cause })
  }
}

/** @throws ModelyardError `BAD_OPTION` that says where the key came from, and nothing of it. */
export function bytesOf(key: unknown, origin: string): Uint8Array {
  const bytes = Secret.is(key) ? decoded(key.reveal()) : typeof key === 'string' ? decoded(key) : key
  if (bytes instanceof Uint8Array && bytes.length === 32) return bytes
  const message = `keys: ${origin} must be a key of 32 bytes, as 64 hex digits or in base64. Make one with: openssl rand -base64 32`
  throw new ModelyardError('BAD_OPTION', message, { field: 'masterKey' })
}

function decoded(text: string): Uint8Array | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}
