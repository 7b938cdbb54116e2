import type { WritableKeyStore } from '../contracts/keys.ts'
import { Secret } from '../contracts/secret.ts'
import { checkKeys, checkName, checkValue } from './check.ts'

/**
 * Keys in memory, changeable at run time; a changed key takes effect on the next call. No property of the store leads to
 * a value, so nothing that prints or walks it can show one.
 *
 * @throws ModelyardError (`BAD_OPTION`) for a name or a value that cannot be a key; the message never shows the value.
 */
export function memoryKeys(keys: Readonly<Record<string, string>> = {}): WritableKeyStore {
  checkKeys(keys)
  const secrets = new Map(Object.entries(keys).map(([name, key]) => [name, secretOf(name, key)]))
  return {
    get: (name) => Promise.resolve(secrets.get(name)),
    has: (name) => secrets.has(name),
    async set(name, key) {
      secrets.set(name, secretOf(name, key))
    },
    delete: (name) => Promise.resolve(secrets.delete(name)),
    list: () =>
      Promise.resolve(
        Array.from(secrets, ([name, { fingerprint }]) => ({ name, fingerprint })).toSorted((one, other) =>
          one.name < other.name ? -1 : 1,
        ),
      ),
  }
}

function secretOf(name: string, key: string): Secret {
  checkName(name)
  checkValue(name, key)
  return new Secret(key)
}
