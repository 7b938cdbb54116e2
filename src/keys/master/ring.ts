import { createHmac } from 'node:crypto'
import type { MasterKey } from '../cipher.ts'
import type { MasterKeySource } from './contract.ts'
import { bytesOf, sourcesOf, type MasterKeyOption } from './source.ts'

/** What a store keeps beside its entries, in clear, for each master key that they are sealed with. */
export interface KeyRecord {
  readonly kid: string
  /** The {@link MasterKeySource.kind} that opens it. */
  readonly kind: string
  readonly record: string
}

/** A master key, and the record of it. */
export interface Unlocked {
  readonly master: MasterKey
  readonly record: KeyRecord
}

/** The master keys of a store: the first source seals, all of them open. Opened keys are kept in memory. */
export interface MasterKeyRing {
  /** The key of that id, if there is a record of it and a source that opens it. Rejects as the source does. */
  find(kid: string, store: string, records: readonly KeyRecord[]): Promise<MasterKey | undefined>
  /** What to seal with: the key of one of the records or, if the first source has none there, a new one. */
  sealing(store: string, records: readonly KeyRecord[]): Promise<Unlocked>
  /** A new one. Where a source has only one key, that one. */
  fresh(store: string): Promise<Unlocked>
}

interface Kept {
  readonly master: MasterKey
  readonly source: MasterKeySource
  readonly until: number
}

/** @throws ModelyardError `BAD_OPTION` with the field. */
export function masterKeyRing(options: MasterKeyOption | readonly MasterKeyOption[]): MasterKeyRing {
  const sources = sourcesOf(options)
  const [current] = sources
  const kept = new Map<string, Kept>()

  async function unlock(source: MasterKeySource, bytes: Uint8Array): Promise<MasterKey> {
    const key = bytesOf(bytes, 'the master key')
    const kid = kidOf(key)
    const { master } = kept.get(kid) ?? { master: { kid, key: await imported(key) } }
    kept.set(kid, { master, source, until: performance.now() + (source.keepMs ?? Number.POSITIVE_INFINITY) })
    return master
  }

  async function openBy(source: MasterKeySource, { kid, kind, record }: KeyRecord, store: string): Promise<MasterKey | undefined> {
    if (source.kind !== kind) return undefined
    const known = kept.get(kid)
    if (known?.source === source && known.until > performance.now()) return known.master
    const key = await source.open(record, store)
    const master = key && (await unlock(source, key))
    return master?.kid === kid ? master : undefined
  }

  async function fresh(store: string): Promise<Unlocked> {
    const { key, record } = await current.create(store)
    const master = await unlock(current, key)
    return { master, record: { kid: master.kid, kind: current.kind, record } }
  }

  return {
    fresh,
    async find(kid, store, records) {
      const record = records.find((each) => each.kid === kid)
      if (record === undefined) return undefined
      const known = kept.get(kid)
      if (known !== undefined && known.until > performance.now()) return known.master
      const failures: unknown[] = []
      for (const source of sources) {
        const master = await openBy(source, record, store).catch((error: unknown) => void failures.push(error))
        if (master !== undefined) return master
      }
      // One that could not be asked may well have been the right one.
      if (failures.length > 0) throw failures[0]
      return undefined
    },
    async sealing(store, records) {
      for (const record of records.toReversed()) {
        const master = await openBy(current, record, store)
        if (master !== undefined) return { master, record }
      }
      return fresh(store)
    },
  }
}

/** Twelve bytes that say which key it is, and nothing about it. */
function kidOf(key: Uint8Array): string {
  return createHmac('sha256', key).update('modelyard master key').digest().subarray(0, 12).toString('base64url')
}

/** Not extractable: nothing that walks or prints the store comes upon its bytes. */
function imported(key: Uint8Array): Promise<MasterKey['key']> {
  return crypto.subtle.importKey('raw', new Uint8Array(key), 'HKDF', false, ['deriveKey'])
}
