import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { entryCipher, type EntryCipher, type MasterKey, type MasterKeys } from '../cipher.ts'
import { KeyStoreError } from '../failure.ts'
import type { KeyRecord, MasterKeyRing, Unlocked } from '../master/ring.ts'

/** One sealed value. */
export interface Item {
  readonly jwe: string
  readonly fingerprint: string
  /** ISO 8601. */
  readonly setAt: string
  readonly expiresAt: string | null
}

/** What is stored under one name. */
export interface Entry {
  readonly current: Item
  readonly previous: Item | null
}

/** What a store holds. */
export interface Contents {
  /** The id of the store; what is sealed for one does not open in another. */
  readonly store: string
  readonly records: readonly KeyRecord[]
  /** One more with every write. */
  readonly generation: number
  /** How often each master key's derived key has sealed something here. */
  readonly seals: ReadonlyMap<string, number>
  readonly entries: ReadonlyMap<string, Entry>
}

/** A store as it is written down. */
export interface Sealed {
  readonly store: string
  readonly keys: readonly KeyRecord[]
  /** Names, dates and the digest of every entry, as a JWE. */
  readonly index: string
  /** The values, each a JWE of its own. */
  readonly entries: readonly string[]
}

const format = 'modelyard-keys'
export const version = 1

/** The index's own name. No entry can have it: names have no spaces. */
const indexName = 'the index'

/** What one key may seal: half of what NIST SP 800-38D allows with random nonces, for writes that were never recorded. */
const mostSeals = 2 ** 31

/**
 * What stands in clear beside the index, which names its digest.
 *
 * @internal declared nowhere: zod is built in.
 */
export const headFields = {
  format: z.literal(format),
  version: z.literal(version),
  store: z.string(),
  keys: z.array(z.strictObject({ kid: z.string(), kind: z.string(), record: z.string() })),
}

/** As `headFields` reads it; declared without zod, which is built in. */
interface Head extends Pick<Sealed, 'store' | 'keys'> {
  readonly format: typeof format
  readonly version: typeof version
}

const itemShape = z.strictObject({
  digest: z.string(),
  fingerprint: z.string(),
  setAt: z.string(),
  expiresAt: z.nullable(z.string()),
})

const indexShape = z.strictObject({
  head: z.string(),
  generation: z.int(),
  seals: z.array(z.tuple([z.string(), z.int()])),
  entries: z.array(z.strictObject({ name: z.string(), current: itemShape, previous: z.nullable(itemShape) })),
})

type ListedItem = z.infer<typeof itemShape>

/** A store whose index was opened. Values stay sealed; `cipher` opens them. */
export interface Opened {
  readonly contents: Contents
  readonly cipher: EntryCipher
}

/** Opens the index, and proves that the store is whole: every entry is the one that was written with this index, and there is no other. */
export async function openStore(sealed: Sealed, ring: MasterKeyRing): Promise<Opened> {
  const { store, keys: records } = sealed
  const cipher = entryCipher(opening(ring, store, records))
  const index = indexShape.parse(JSON.parse(await openIndex(sealed, cipher)))
  if (index.head !== headDigest(sealed)) throw altered()
  const jwes = new Map(sealed.entries.map((jwe) => [digestOf(jwe), jwe]))
  const itemOf = ({ digest, ...item }: ListedItem): Item => {
    const jwe = jwes.get(digest)
    if (jwe === undefined) throw altered()
    return { jwe, ...item }
  }
  const entries = new Map(
    index.entries.map(({ name, current, previous }) => [
      name,
      { current: itemOf(current), previous: previous === null ? null : itemOf(previous) },
    ]),
  )
  if (itemsOf(entries).length !== sealed.entries.length) throw altered()
  return { contents: { store, records, generation: index.generation, seals: new Map(index.seals), entries }, cipher }
}

/** Writes a store down, its index sealed with `unlocked`, the entries in the order of the index. */
export async function sealStore(contents: Contents, { master }: Unlocked): Promise<Sealed> {
  const { store, records: keys, generation, entries } = contents
  const seals = counted(contents.seals, master.kid, 1)
  const index: z.infer<typeof indexShape> = {
    head: headDigest({ store, keys }),
    generation,
    seals: [...seals],
    entries: Array.from(entries, ([name, { current, previous }]) => ({
      name,
      current: listed(current),
      previous: previous === null ? null : listed(previous),
    })),
  }
  const only: MasterKeys = { current: () => Promise.resolve(master), byId: () => Promise.resolve(undefined) }
  const sealedIndex = await entryCipher(only).seal(indexName, JSON.stringify(index), { store, version })
  return { store, keys, index: sealedIndex, entries: itemsOf(entries).map(({ jwe }) => jwe) }
}

/** Its fields in their one order. */
export function headOf({ store, keys }: Pick<Sealed, 'store' | 'keys'>): Head {
  return { format, version, store, keys: keys.map(({ kid, kind, record }) => ({ kid, kind, record })) }
}

/** In the order of the index. */
export function itemsOf(entries: Contents['entries']): readonly Item[] {
  return [...entries.values()].flatMap(({ current, previous }) => (previous === null ? [current] : [current, previous]))
}

/** The counts with more seals of one key. */
export function counted(seals: ReadonlyMap<string, number>, kid: string, more: number): ReadonlyMap<string, number> {
  const count = (seals.get(kid) ?? 0) + more
  if (count <= mostSeals) return new Map([...seals, [kid, count]])
  const advice = 'Put a new master key before it in the list and call rotate()'
  throw new KeyStoreError('exhausted', `keys: the master key ${kid} has sealed as much as a key may. ${advice}`)
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export function altered(): KeyStoreError {
  return new KeyStoreError('tampered', 'keys: the store was altered after it was written')
}

/** Each key is asked for once, however many entries it has sealed. */
function opening(ring: MasterKeyRing, store: string, records: readonly KeyRecord[]): MasterKeys {
  const found = new Map<string, Promise<MasterKey | undefined>>()
  return {
    current: async () => (await ring.sealing(store, records)).master,
    byId(kid) {
      const key = found.get(kid) ?? ring.find(kid, store, records)
      found.set(kid, key)
      return key
    },
  }
}

async function openIndex({ store, index, keys }: Sealed, cipher: EntryCipher): Promise<string> {
  try {
    return await cipher.open(indexName, index, { store, version })
  } catch (error) {
    if (!(error instanceof KeyStoreError)) throw error
    if (error.kind === 'tampered' || error.kind === 'truncated') throw altered()
    if (error.kind !== 'unknown_kid') throw error
    const kids = keys.map(({ kid }) => kid).join(', ')
    throw new KeyStoreError('wrong_key', `keys: none of the master keys given opens the store, which was sealed with ${kids}`)
  }
}

function listed({ jwe, fingerprint, setAt, expiresAt }: Item): ListedItem {
  return { digest: digestOf(jwe), fingerprint, setAt, expiresAt }
}

function headDigest({ store, keys }: Pick<Sealed, 'store' | 'keys'>): string {
  return digestOf(JSON.stringify([format, version, store, keys.map(({ kid, kind, record }) => [kid, kind, record])]))
}
