import { Secret } from '../../contracts/secret.ts'
import { ModelyardError } from '../../errors.ts'
import type { LockTimes } from '../../files/lock.ts'
import { codeOf } from '../../files/private-file.ts'
import { rewrite } from '../../files/rewrite.ts'
import { checkName, checkValue } from '../check.ts'
import { entryCipher } from '../cipher.ts'
import { KeyStoreError } from '../failure.ts'
import { throwAsKeyStoreError } from '../file-fault.ts'
import type { Unlocked } from '../master/ring.ts'
import { counted, encode, version, type Contents, type Entry, type Item } from './contents.ts'
import type { FileKeys, SetKeyOptions, StoredKey } from './file-keys.ts'
import { KeyFile, type KeyFileParts, type Snapshot } from './key-file.ts'

export interface FileKeyStoreParts extends KeyFileParts {
  readonly clockSkewMs: number
  readonly times: LockTimes
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a change makes of the entries: nothing where there is nothing to change. */
type Change = (draft: Draft) => Promise<ReadonlyMap<string, Entry> | undefined>

/** A store while it is being changed. */
interface Draft {
  readonly entries: ReadonlyMap<string, Entry>
  readonly open: (name: string, item: Item) => Promise<string>
  readonly seal: (name: string, value: string) => Promise<string>
}

export class FileKeyStore implements FileKeys {
  readonly #parts: FileKeyStoreParts
  readonly #file: KeyFile
  /** The last of this process's changes: one at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: FileKeyStoreParts) {
    this.#parts = parts
    this.#file = new KeyFile(parts)
  }

  async get(name: string): Promise<Secret | undefined> {
    const { contents, secrets } = await this.#file.latest()
    const expiresAt = contents.entries.get(name)?.current.expiresAt ?? null
    if (!this.#isPast(expiresAt)) return secrets.get(name)
    throw new KeyStoreError('expired', `keys: the key ${name} expired on ${expiresAt}. Set a new one`, { field: name })
  }

  async list(): Promise<readonly StoredKey[]> {
    const { contents } = await this.#file.read()
    const keys = Array.from(contents.entries, ([name, { current, previous }]) => {
      const { fingerprint, setAt, expiresAt } = current
      return { name, fingerprint, setAt, expiresAt, isExpired: this.#isPast(expiresAt), previous: previous?.fingerprint ?? null }
    })
    return keys.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  async set(name: string, key: string, { expiresAt, keepPrevious = false }: SetKeyOptions = {}): Promise<void> {
    checkName(name)
    checkValue(name, key)
    const until = expiresAt === undefined ? null : this.#futureDate(expiresAt)
    await this.#change(async ({ entries, seal }) => {
      const { fingerprint } = new Secret(key)
      const setAt = new Date(this.#parts.now()).toISOString()
      const current: Item = { jwe: await seal(name, key), fingerprint, setAt, expiresAt: until }
      return new Map(entries).set(name, { current, previous: keepPrevious ? (entries.get(name)?.current ?? null) : null })
    })
  }

  delete(name: string): Promise<boolean> {
    return this.#change(async ({ entries }) => {
      const others = new Map(entries)
      return others.delete(name) ? others : undefined
    })
  }

  revert(name: string): Promise<boolean> {
    return this.#change(async ({ entries }) => {
      const previous = entries.get(name)?.previous ?? null
      return previous === null ? undefined : new Map(entries).set(name, { current: previous, previous: null })
    })
  }

  dropPrevious(name: string): Promise<boolean> {
    return this.#change(async ({ entries }) => {
      const entry = entries.get(name)
      return entry === undefined || entry.previous === null ? undefined : new Map(entries).set(name, { ...entry, previous: null })
    })
  }

  async rotate(): Promise<void> {
    await this.#change(sealedAnew, true)
  }

  #isPast(expiresAt: string | null): boolean {
    return expiresAt !== null && Date.parse(expiresAt) + this.#parts.clockSkewMs <= this.#parts.now()
  }

  #futureDate(date: unknown): string {
    if (date instanceof Date && date.getTime() > this.#parts.now()) return date.toISOString()
    throw new ModelyardError('BAD_OPTION', 'keys: expiresAt must be a Date in the future', { field: 'expiresAt' })
  }

  #change(change: Change, isRotation = false): Promise<boolean> {
    const done = this.#turn.then(() => this.#inTurn(change, isRotation))
    this.#turn = done.catch(() => undefined)
    return done
  }

  #inTurn(change: Change, isRotation: boolean): Promise<boolean> {
    const text = async (): Promise<string | undefined> => this.#changed(await this.#present(isRotation), change, isRotation)
    return rewrite(this.#parts, text).catch(throwAsKeyStoreError)
  }

  /** The file as it is; `undefined` where none was made yet. One that was there and is gone is not begun anew. */
  async #present(isRotation: boolean): Promise<Snapshot | undefined> {
    try {
      return await this.#file.read()
    } catch (error) {
      const isAbsent = error instanceof KeyStoreError && error.kind === 'missing' && codeOf(error.cause) === 'ENOENT'
      if (isAbsent && !this.#file.wasThere && !isRotation) return undefined
      throw error
    }
  }

  /** The text of the changed store. */
  async #changed(present: Snapshot | undefined, change: Change, isRotation: boolean): Promise<string | undefined> {
    const { ring } = this.#parts
    const before = present?.contents ?? emptyStore()
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
    return encode(isRotation ? sealedOnlyBy(unlocked, after) : { ...after, records: withRecord(before, unlocked) }, unlocked)
  }
}

const sealedAnew: Change = async ({ entries, open, seal }) => {
  const again = async (name: string, item: Item): Promise<Item> => ({ ...item, jwe: await seal(name, await open(name, item)) })
  const sealed = new Map<string, Entry>()
  for (const [name, { current, previous }] of entries)
    sealed.set(name, { current: await again(name, current), previous: previous && (await again(name, previous)) })
  return sealed
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
