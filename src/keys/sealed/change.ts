import { entryCipher } from '../cipher.ts'
import type { MasterKeyRing, Unlocked } from '../master/ring.ts'
import { counted, sealStore, version, type Contents, type Entry, type Item, type Sealed } from './contents.ts'

/** A store while it is being changed. */
export interface Draft {
  readonly entries: ReadonlyMap<string, Entry>
  readonly open: (name: string, item: Item) => Promise<string>
  readonly seal: (name: string, value: string) => Promise<string>
}

/** What a change makes of the entries: nothing where there is nothing to change. */
export interface Change {
  readonly entries: (draft: Draft) => Promise<ReadonlyMap<string, Entry> | undefined>
  /** Seals with a new master key, and forgets the records of all others. */
  readonly isRotation: boolean
}

export const rotation: Change = {
  isRotation: true,
  async entries({ entries, open, seal }) {
    const again = async (name: string, item: Item): Promise<Item> => ({ ...item, jwe: await seal(name, await open(name, item)) })
    const sealed = new Map<string, Entry>()
    for (const [name, { current, previous }] of entries)
      sealed.set(name, { current: await again(name, current), previous: previous && (await again(name, previous)) })
    return sealed
  },
}

/** The store after a change; `undefined` where nothing changes. `before`: what is there, `undefined` where no store was made yet. */
export async function storeAfter(
  { isRotation, entries: change }: Change,
  ring: MasterKeyRing,
  before: Contents = emptyStore(),
): Promise<Sealed | undefined> {
  const unlocked = isRotation ? await ring.fresh(before.store) : await ring.sealing(before.store, before.records)
  const { master } = unlocked
  const cipher = entryCipher({
    current: () => Promise.resolve(master),
    byId: (kid) => ring.find(kid, before.store, before.records),
  })
  let { seals } = before
  const entries = await change({
    entries: before.entries,
    open: (name, { jwe }) => cipher.open(name, jwe, { store: before.store, version }),
    seal(name, value) {
      seals = counted(seals, master.kid, 1)
      return cipher.seal(name, value, { store: before.store, version })
    },
  })
  if (entries === undefined) return undefined
  const after = { ...before, generation: before.generation + 1, seals, entries }
  return sealStore(isRotation ? sealedOnlyBy(unlocked, after) : { ...after, records: withRecord(before, unlocked) }, unlocked)
}

function emptyStore(): Contents {
  return { store: crypto.randomUUID(), records: [], generation: 0, seals: new Map(), entries: new Map() }
}

function withRecord({ records }: Contents, { record }: Unlocked): Contents['records'] {
  return records.some(({ kid }) => kid === record.kid) ? records : [...records, record]
}

function sealedOnlyBy({ record }: Unlocked, contents: Contents): Contents {
  const seals = new Map([...contents.seals].filter(([kid]) => kid === record.kid))
  return { ...contents, records: [record], seals }
}
