import type { Secret } from '../../contracts/secret.ts'

/** SDK clients by key. */
export interface ClientCache<Client> {
  /** The client for this key: at once where it exists, else a promise. */
  get(secret: Secret): Client | Promise<Client>
  /** Forgets every client. */
  clear(): void
}

interface Entry<Client> {
  readonly fingerprint: string
  client: Client | Promise<Client>
}

/**
 * One SDK client per key, the least recently used one out. A key that is seen again as the same {@link Secret} object is
 * found without hashing it. Two calls at once build one client; a build that fails is not remembered.
 */
export function clientCache<Client extends object>(
  build: (secret: Secret) => Client | Promise<Client>,
  { max = 100 }: { readonly max?: number } = {},
): ClientCache<Client> {
  const entries = new Map<string, Entry<Client>>()
  let known = new WeakMap<Secret, Entry<Client>>()
  let newest: Entry<Client> | undefined

  function forget(entry: Entry<Client>): void {
    if (entries.get(entry.fingerprint) === entry) entries.delete(entry.fingerprint)
    if (newest === entry) newest = undefined
  }

  function begin(secret: Secret): Entry<Client> {
    const entry: Entry<Client> = { fingerprint: secret.fingerprint, client: build(secret) }
    const { client } = entry
    if (!(client instanceof Promise)) return entry
    entry.client = client.then(
      (built) => (entry.client = built),
      (error: unknown) => {
        forget(entry)
        throw error
      },
    )
    return entry
  }

  function find(secret: Secret): Entry<Client> {
    const seen = known.get(secret)
    if (seen !== undefined && (seen === newest || entries.get(seen.fingerprint) === seen)) return seen
    const entry = entries.get(secret.fingerprint) ?? begin(secret)
    known.set(secret, entry)
    return entry
  }

  return {
    get(secret) {
      const entry = find(secret)
      if (entry === newest) return entry.client
      // A map keeps the order of insertion: the first entry is the one that was not used for longest.
      entries.delete(entry.fingerprint)
      entries.set(entry.fingerprint, entry)
      newest = entry
      const [oldest] = entries.size > max ? entries.values() : []
      if (oldest !== undefined) forget(oldest)
      return entry.client
    },
    clear() {
      entries.clear()
      known = new WeakMap()
      newest = undefined
    },
  }
}
