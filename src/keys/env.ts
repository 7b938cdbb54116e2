import type { KeyStore } from '../contracts/keys.ts'
import { Secret } from '../contracts/secret.ts'
import { checkValue } from './check.ts'

/**
 * Keys from environment variables, read when they are asked for and never before. White space around a value is
 * dropped; an empty one is absent. Nothing else of modelyard reads the environment.
 */
export function envKeys(environment: Readonly<Record<string, string | undefined>> = process.env): KeyStore {
  // One Secret per value, so that its fingerprint is computed once; bounded by the names in the configuration.
  const secrets = new Map<string, Secret>()
  return {
    // An async function: a key that cannot be one rejects, as every other fault of a key store does.
    async get(name) {
      const value = read(environment, name)
      if (value === undefined) {
        secrets.delete(name)
        return undefined
      }
      const known = secrets.get(name)
      if (known?.reveal() === value) return known
      checkValue(name, value)
      const secret = new Secret(value)
      secrets.set(name, secret)
      return secret
    },
    has: (name) => read(environment, name) !== undefined,
  }
}

function read(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  if (!Object.hasOwn(environment, name)) return undefined
  const value = environment[name]?.trim()
  return value === '' ? undefined : value
}
