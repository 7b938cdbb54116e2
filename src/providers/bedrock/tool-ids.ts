import { createHash } from 'node:crypto'

const plain = /^[a-zA-Z0-9_-]{1,64}$/
const nine = /^[a-zA-Z0-9]{9}$/

/**
 * The form of ids that the vendor accepts, for `toolIds()`. Those of other vendors may be longer than 64 or hold other
 * characters; Mistral's models want exactly nine letters and digits. An id that does not fit becomes a hash: cutting it
 * would make ids meet.
 */
export function idForm(nineCharacters: boolean): (id: string, attempt: number) => string {
  const form = nineCharacters ? nine : plain
  return (id, attempt) => {
    if (attempt === 0 && form.test(id)) return id
    const hash = createHash('sha256').update(`${attempt}:${id}`).digest()
    return nineCharacters ? base62(hash, 9) : `call_${base62(hash, 20)}`
  }
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => digits[byte % digits.length]).join('')
}
