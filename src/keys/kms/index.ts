import type * as AwsSdk from '@aws-sdk/client-kms'
import type { KMSClient } from '@aws-sdk/client-kms'
import { ModelyardError } from '../../errors.ts'
import { KeyStoreError } from '../failure.ts'
import type { MasterKeySource } from '../master/contract.ts'

/** Options of {@link kmsMasterKey}. */
export interface KmsMasterKeyOptions {
  /** `new KMSClient({ region })` of `@aws-sdk/client-kms`, with the credentials of your own. */
  readonly client: Pick<KMSClient, 'send'>
  /** Id, ARN or alias of a symmetric key. `kms:GenerateDataKey` is needed to write first and to rotate, `kms:Decrypt` to read. */
  readonly keyId: string
  /** How long a data key may stay in memory, in ms. Default 300,000. */
  readonly keepMs?: number
}

/** So long the service may take, with what the client tries again, in ms. */
const limitMs = 10_000

/**
 * A master key that AWS KMS holds, by envelope encryption: the store is sealed with a data key, of which it keeps the form that
 * only KMS opens. The encryption context, `modelyard-store`, is the store's id: the data key of one store opens in no other.
 * The service is asked when a changed store is read and `keepMs` have passed, not for each call.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function kmsMasterKey({ client, keyId, keepMs = 300_000 }: KmsMasterKeyOptions): MasterKeySource {
  if (typeof client?.send !== 'function') throw wrong('client', 'a KMSClient')
  if (typeof keyId !== 'string' || keyId === '') throw wrong('keyId', 'the id, ARN or alias of a key')
  if (!(keepMs >= 0)) throw wrong('keepMs', 'a number of milliseconds, 0 or more')
  return {
    kind: 'kms',
    keepMs,
    async create(store) {
      const { GenerateDataKeyCommand } = await sdk()
      const command = new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: contextOf(store) })
      const { Plaintext, CiphertextBlob } = await client.send(command, limit()).catch((error: unknown) => {
        throw failed('made no data key', error)
      })
      if (Plaintext === undefined || CiphertextBlob === undefined) throw failed('made no data key', undefined)
      return { key: Plaintext, record: Buffer.from(CiphertextBlob).toString('base64') }
    },
    async open(record, store) {
      const { DecryptCommand } = await sdk()
      // The key is named: a data key of anybody else's KMS key would be opened otherwise, and taken for ours.
      const input = { KeyId: keyId, CiphertextBlob: Buffer.from(record, 'base64'), EncryptionContext: contextOf(store) }
      try {
        const { Plaintext } = await client.send(new DecryptCommand(input), limit())
        return Plaintext
      } catch (error) {
        const name = nameOf(error)
        if (name === 'IncorrectKeyException') return undefined
        if (name !== 'InvalidCiphertextException') throw failed('did not open the data key', error)
        throw new KeyStoreError('tampered', 'keys: the data key was altered, or made for another store')
      }
    },
  }
}

function contextOf(store: string): Record<string, string> {
  return { 'modelyard-store': store }
}

function limit(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(limitMs) }
}

/** The service's own words. Not the error itself: it holds the response, and who knows what of the client. */
function failed(what: string, error: unknown): KeyStoreError {
  const reason = error instanceof Error ? `${nameOf(error)}: ${error.message}` : 'it gave no reason'
  return new KeyStoreError('unreadable', `keys: KMS ${what}: ${reason}`, { field: 'masterKey' })
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function sdk(): Promise<typeof AwsSdk> {
  return import('@aws-sdk/client-kms').catch((cause: unknown) => {
    const message = "The package '@aws-sdk/client-kms' is not installed. Run: npm install @aws-sdk/client-kms"
    throw new ModelyardError('MISSING_SDK', message, { field: '@aws-sdk/client-kms', cause })
  })
}

function wrong(field: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `kmsMasterKey: ${field} must be ${wanted}`, { field })
}
