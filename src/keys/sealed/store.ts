import { Secret } from '../../contracts/secret.ts'
import { ModelyardError } from '../../errors.ts'
import { checkName, checkValue } from '../check.ts'
import { KeyStoreError } from '../failure.ts'
import { rotation, type Change } from './change.ts'
import type { Item } from './contents.ts'
import type { EncryptedKeys, SetKeyOptions, StoredKey } from './encrypted-keys.ts'
import type { Snapshot } from './snapshot.ts'

/** Where a store is kept. */
export interface Place {
  /** For calls: the store as it is now and, where it can no longer be read, as it was when it last could. */
  latest(): Snapshot | Promise<Snapshot>
  /** For whoever must know: what cannot be read rejects. */
  read(): Promise<Snapshot>
  /** Makes a change while nobody else makes one; `false` where there is nothing to change. */
  change(change: Change): Promise<boolean>
}

/** What keeping keys takes, wherever they are kept. */
export interface KeepingParts {
  readonly clockSkewMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class EncryptedKeyStore implements EncryptedKeys {
  readonly #place: Place
  readonly #parts: KeepingParts
  /** The last of this process's changes: one at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(place: Place, parts: KeepingParts) {
    this.#place = place
    this.#parts = parts
  }

  async get(name: string): Promise<Secret | undefined> {
    const { contents, secrets } = await this.#place.latest()
    const expiresAt = contents.entries.get(name)?.current.expiresAt ?? null
    if (!this.#isPast(expiresAt)) return secrets.get(name)
    throw new KeyStoreError('expired', `keys: the key ${name} expired on ${expiresAt}. Set a new one`, { field: name })
  }

  async list(): Promise<readonly StoredKey[]> {
    const { contents } = await this.#place.read()
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
    await this.#inTurn(rotation)
  }

  #isPast(expiresAt: string | null): boolean {
    return expiresAt !== null && Date.parse(expiresAt) + this.#parts.clockSkewMs <= this.#parts.now()
  }

  #futureDate(date: unknown): string {
    if (date instanceof Date && date.getTime() > this.#parts.now()) return date.toISOString()
    throw new ModelyardError('BAD_OPTION', 'keys: expiresAt must be a Date in the future', { field: 'expiresAt' })
  }

  #change(entries: Change['entries']): Promise<boolean> {
    return this.#inTurn({ entries, isRotation: false })
  }

  #inTurn(change: Change): Promise<boolean> {
    const done = this.#turn.then(() => this.#place.change(change))
    this.#turn = done.catch(() => undefined)
    return done
  }
}
