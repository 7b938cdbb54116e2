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

/** A store as its file holds it. */
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

const format = 'modelyard-keys'
export const version = 1

/** The index's own name. No entry can have it: names have no spaces. */
const indexName = 'the index'

/** What one key may seal: half of what NIST SP 800-38D allows with random nonces, for writes that were never recorded. */
const mostSeals = 2 ** 31

const fileShape = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  store: z.string(),
  keys: z.array(z.strictObject({ kid: z.string(), kind: z.string(), record: z.string() })),
  index: z.string(),
  entries: z.array(z.string()),
})

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

type Sealed = z.infer<typeof fileShape>
type SealedItem = z.infer<typeof itemShape>

/** Reads the text of a store's file and proves that it is whole. Values stay sealed; `cipher` opens them. */
export async function decode(text: string, ring: MasterKeyRing): Promise<{ contents: Contents; cipher: EntryCipher }> {
  const sealed = parse(text)
  const { store, keys: records } = sealed
  const cipher = entryCipher(opening(ring, store, records))
  const index = indexShape.parse(JSON.parse(await openIndex(sealed, cipher)))
  if (index.head !== headOf(sealed)) throw altered()
  const jwes = sealed.entries.values()
  const itemOf = ({ digest, ...item }: SealedItem): Item => {
    const { value: jwe } = jwes.next()
    // Every text is the one that was written with this index: nothing was taken out or put back.
    if (jwe === undefined || digestOf(jwe) !== digest) throw altered()
    return { jwe, ...item }
  }
  const entries = new Map(
    index.entries.map(({ name, current, previous }) => [
      name,
      { current: itemOf(current), previous: previous === null ? null : itemOf(previous) },
    ]),
  )
  if (jwes.next().done !== true) throw altered()
  return { contents: { store, records, generation: index.generation, seals: new Map(index.seals), entries }, cipher }
}

/** The text of the file, its index sealed with `unlocked`. */
export async function encode(contents: Contents, { master }: Unlocked): Promise<string> {
  const { store, records, generation, entries } = contents
  const seals = counted(contents.seals, master.kid, 1)
  const items = [...entries.values()].flatMap(({ current, previous }) => (previous === null ? [current] : [current, previous]))
  const head: Pick<Sealed, 'format' | 'version' | 'store' | 'keys'> = { format, version, store, keys: [...records] }
  const index: z.infer<typeof indexShape> = {
    head: headOf(head),
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
  return textOf({ ...head, index: sealedIndex, entries: items.map(({ jwe }) => jwe) })
}

/** The counts with more seals of one key. */
export function counted(seals: ReadonlyMap<string, number>, kid: string, more: number): ReadonlyMap<string, number> {
  const count = (seals.get(kid) ?? 0) + more
  if (count <= mostSeals) return new Map([...seals, [kid, count]])
  const advice = 'Put a new master key before it in the list and call rotate()'
  throw new KeyStoreError('exhausted', `keys: the master key ${kid} has sealed as much as a key may. ${advice}`)
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
    throw new KeyStoreError('wrong_key', `keys: none of the master keys given opens the file, which was sealed with ${kids}`)
  }
}

function parse(text: string): Sealed {
  // The only line break is the last byte.
  if (!text.endsWith('}\n')) throw new KeyStoreError('truncated', 'keys: the file is cut off, or is no key store')
  const sealed = fileShape.safeParse(json(text))
  // Written anew it must be the same text: nothing may hide between the fields.
  if (!sealed.success || textOf(sealed.data) !== text) throw altered()
  return sealed.data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw altered()
  }
}

function textOf({ store, keys, index, entries }: Sealed): string {
  const records = keys.map(({ kid, kind, record }) => ({ kid, kind, record }))
  return `${JSON.stringify({ format, version, store, keys: records, index, entries })}\n`
}

function listed({ jwe, fingerprint, setAt, expiresAt }: Item): SealedItem {
  return { digest: digestOf(jwe), fingerprint, setAt, expiresAt }
}

function headOf({ store, keys }: Pick<Sealed, 'store' | 'keys'>): string {
  return digestOf(JSON.stringify([format, version, store, keys.map(({ kid, kind, record }) => [kid, kind, record])]))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function altered(): KeyStoreError {
  return new KeyStoreError('tampered', 'keys: the file was altered after it was written')
}
