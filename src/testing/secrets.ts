import { placesOf } from './places.ts'

/**
 * Every place from which a secret can be reached: own properties of any kind, symbols and getters, entries of maps, sets
 * and headers, and what `inspect` and `JSON.stringify` print. A secret is found whole, in base64, in hexadecimal digits, in
 * the coding of URLs, and as what a mask leaves of it: its first 16 letters, which go beyond a vendor's prefix, or its last 8.
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
  const whole = [secret, ...codedFormsOf(secret)]
  return secret.length < long ? whole : [...whole, secret.slice(0, 16), secret.slice(-8)]
}

/** What codings make of a text, also where it stands in the middle of another one. */
export function codedFormsOf(text: string): readonly string[] {
  const hex = Buffer.from(text).toString('hex')
  const base64 = [0, 1, 2].map((before) => base64Of(text, before))
  const forms = [encodeURIComponent(text), hex, hex.toUpperCase(), ...base64, ...base64.map(asBase64Url)]
  return [...new Set(forms)].filter((form) => form !== text)
}

/** The base64 digits that are the same whatever stands behind a text and in the so many bytes before it. */
function base64Of(text: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

const asBase64Url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_')

const shortest = 8
const long = 24
