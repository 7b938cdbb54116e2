import type { Secret } from '../../contracts/secret.ts'

/** SDK clients by key. */
export interface ClientCache<Client> {
  /** The client for this key: at once where it exists, else a promise. */
  get(secret: Secret): Client | Promise<Client>
  /** Forgets every client. */
  clear(): void
}

type Build<Client> = (secret: Secret) => Client | Promise<Client>

/**
 * One SDK client per key, the least recently used one out. A client lives as long as somebody has its {@link Secret}: when a
 * store has dropped that, as after a rotation, and the next call has come with another, nothing here holds the old key. A key
 * that is seen again as the same object is found without hashing it. Two calls at once build one client; a build that fails is
 * not remembered.
 */
export function clientCache<Client extends object>(
  build: Build<Client>,
  { max = 100 }: { readonly max?: number } = {},
): ClientCache<Client> {
  return new Clients(build, max)
}

/** The client of one key, until it is forgotten. */
class Entry<Client extends object> {
  readonly fingerprint: string
  client: Client | Promise<Client> | undefined

  constructor({ fingerprint }: Secret, client: Client | Promise<Client>, onFailure: (entry: Entry<Client>) => void) {
    this.fingerprint = fingerprint
    this.client = client instanceof Promise ? this.#settled(client, onFailure) : client
  }

  forget(): void {
    this.client = undefined
  }

  async #settled(built: Promise<Client>, onFailure: (entry: Entry<Client>) => void): Promise<Client> {
    try {
      const client = await built
      if (this.client !== undefined) this.client = client
      return client
    } catch (error) {
      onFailure(this)
      throw error
    }
  }
}

class Clients<Client extends object> implements ClientCache<Client> {
  readonly #build: Build<Client>
  readonly #max: number
  /** In order of use. */
  readonly #entries = new Map<string, WeakRef<Entry<Client>>>()
  readonly #known = new WeakMap<Secret, Entry<Client>>()
  /** For stores that make a new Secret for every call. */
  #newest: Entry<Client> | undefined

  constructor(build: Build<Client>, max: number) {
    this.#build = build
    this.#max = max
  }

  get(secret: Secret): Client | Promise<Client> {
    const seen = this.#known.get(secret)
    const entry = seen?.client === undefined ? this.#living(secret.fingerprint) : seen
    if (entry?.client === undefined) return this.#begin(secret)
    if (entry !== seen) this.#known.set(secret, entry)
    if (entry !== this.#newest) this.#used(entry)
    return entry.client
  }

  clear(): void {
    for (const fingerprint of this.#entries.keys()) this.#forget(fingerprint)
  }

  #begin(secret: Secret): Client | Promise<Client> {
    const client = this.#build(secret)
    const entry = new Entry(secret, client, (failed) => {
      if (this.#living(failed.fingerprint) === failed) this.#forget(failed.fingerprint)
    })
    this.#known.set(secret, entry)
    this.#used(entry)
    return entry.client ?? client
  }

  #living(fingerprint: string): Entry<Client> | undefined {
    return this.#entries.get(fingerprint)?.deref()
  }

  #used(entry: Entry<Client>): void {
    this.#entries.delete(entry.fingerprint)
    this.#entries.set(entry.fingerprint, new WeakRef(entry))
    this.#newest = entry
    const [oldest] = this.#entries.size > this.#max ? this.#entries.keys() : []
    if (oldest !== undefined) this.#forget(oldest)
  }

  #forget(fingerprint: string): void {
    const entry = this.#living(fingerprint)
    entry?.forget()
    this.#entries.delete(fingerprint)
    if (this.#newest === entry) this.#newest = undefined
  }
}
