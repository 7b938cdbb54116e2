import type { KeyStore } from '../contracts/keys.ts'

/**
 * The first store that holds a name wins: `firstOf(memoryKeys(...), envKeys())`. A store that fails ends the search: the
 * next one's key might be somebody else's.
 */
export function firstOf(...stores: readonly KeyStore[]): KeyStore {
  const chain: KeyStore = {
    async get(name, context) {
      for (const store of stores) {
        const secret = await store.get(name, context)
        if (secret !== undefined) return secret
      }
      return undefined
    },
  }
  // One store that cannot say without waiting, or that may be written to later, and "none of them has it" is not known.
  return stores.every((store) => store.has !== undefined && !('set' in store))
    ? { ...chain, has: (name, context) => anyOf(stores.map((store) => store.has?.(name, context))) }
    : chain
}

/** One that has it is enough; as long as one cannot say, nobody knows that none has it. */
function anyOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  return answers.includes(true) || (answers.includes(undefined) ? undefined : false)
}
