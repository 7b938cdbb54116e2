import { placesOf } from './places.ts'

/**
 * Every place from which a secret can be reached: own properties of any kind, symbols and getters, entries of maps, sets
 * and headers, and what `inspect` and `JSON.stringify` print. A secret is found whole, in base64, and as what a mask leaves
 * of it: its first 16 letters, which go beyond a vendor's prefix, or its last 8.
 *
 * @example
 * ```ts
 * assert.deepEqual(findSecrets(error, ['sk-the-key-of-this-test-0123456789']), [])
 * ```
 *
 * @throws RangeError for a secret of fewer than 8 letters, which could be found anywhere.
 */
export function findSecrets(value: unknown, secrets: readonly string[]): readonly string[] {
  return placesOf(secrets.flatMap(tracesOf), value)
}

function tracesOf(secret: string): readonly string[] {
  if (secret.length < shortest) throw new RangeError(`a secret to look for has ${shortest} letters or more`)
  const whole = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]
  return secret.length < long ? whole : [...whole, secret.slice(0, 16), secret.slice(-8)]
}

const shortest = 8
const long = 24
