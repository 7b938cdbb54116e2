import type { ServiceKeys, ServiceKeyStore, StoredServiceKey } from '../contracts/service-keys.ts'
import { ModelyardError } from '../errors.ts'
import { ServiceKeyKeeper } from './keys.ts'

/** Options of {@link serviceKeys}. */
export interface ServiceKeysOptions {
  /** Where they are kept: `memoryServiceKeys()`, `fileServiceKeys()`, `postgresServiceKeys()` or a store of your own. */
  readonly store: ServiceKeyStore
  /**
   * A secret of at least 16 bytes that is not in the store: who can write to the store, and does not know it, cannot make keys. With
   * another one, or without it, no key made with it holds. Default: none.
   */
  readonly pepper?: string | Uint8Array
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * Keys that you give to agents: `gk_svc_…`, for one agent each, perhaps for some models, a budget and a time. The store has salted
 * hashes of them, so that a key is shown once. `createRouter({ serviceKeys })` and `client.forServiceKey(key)` make use of them.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function serviceKeys(options: ServiceKeysOptions): ServiceKeys {
  check(options)
  const { store, pepper, now = Date.now } = options
  return new ServiceKeyKeeper({ store, pepper, now })
}

/** Keeps service keys in this process: for tests, and for keys that are to end with it. */
export function memoryServiceKeys(): ServiceKeyStore {
  const keys = new Map<string, StoredServiceKey>()
  return {
    async add(key) {
      if (keys.has(key.id)) throw new RangeError(`there is a service key ${key.id}`)
      keys.set(key.id, key)
    },
    find: async (id) => keys.get(id),
    async revoke(id, revokedAt) {
      const key = keys.get(id)
      if (key === undefined || key.revokedAt !== null) return false
      keys.set(id, { ...key, revokedAt })
      return true
    },
    list: async () => [...keys.values()],
  }
}

function check({ store, pepper, now }: ServiceKeysOptions): void {
  const isStore = (['add', 'find', 'revoke', 'list'] as const).every((name) => typeof store?.[name] === 'function')
  if (!isStore) throw wrong('store', 'a store such as memoryServiceKeys(), fileServiceKeys() or postgresServiceKeys() make')
  const isPepper = pepper === undefined || ((typeof pepper === 'string' || pepper instanceof Uint8Array) && sizeOf(pepper) >= 16)
  // What came is not shown: it may be the secret itself.
  if (!isPepper) throw wrong('pepper', 'a secret of at least 16 bytes')
  if (now !== undefined && typeof now !== 'function') throw wrong('now', 'a function')
}

function sizeOf(pepper: string | Uint8Array): number {
  return typeof pepper === 'string' ? Buffer.byteLength(pepper) : pepper.length
}

function wrong(field: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `serviceKeys: ${field} must be ${wanted}`, { field })
}
