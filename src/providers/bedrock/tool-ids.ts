import { createHash } from 'node:crypto'

/** The ids of one request's tool calls as the vendor accepts them. */
export interface ToolIds {
  /** The id on the wire for a call; each call of the conversation gets one of its own. */
  declare(id: string): string
  /** Takes an id that is sent as it is. */
  keep(id: string): void
  /** The id on the wire of the latest call with this id. */
  resolve(id: string): string
}

const plain = /^[a-zA-Z0-9_-]{1,64}$/
const nine = /^[a-zA-Z0-9]{9}$/

/**
 * Other vendors' ids may be longer than 64, hold other characters, or come twice in a conversation; Mistral's models want
 * exactly nine letters and digits. The map is injective, and it depends only on the calls before, so that a growing
 * conversation keeps its cached prefix. An id that does not fit becomes a hash: cutting it would make ids meet.
 */
export function toolIds(nineCharacters: boolean): ToolIds {
  const taken = new Set<string>()
  const latest = new Map<string, string>()
  const form = nineCharacters ? nine : plain

  function wireOf(id: string, salt: number): string {
    if (salt === 0 && form.test(id)) return id
    const hash = createHash('sha256').update(`${salt}:${id}`).digest()
    return nineCharacters ? base62(hash, 9) : `call_${base62(hash, 20)}`
  }

  function keep(id: string): void {
    taken.add(id)
    latest.set(id, id)
  }

  return {
    declare(id) {
      let salt = 0
      while (taken.has(wireOf(id, salt))) salt += 1
      const wire = wireOf(id, salt)
      taken.add(wire)
      latest.set(id, wire)
      return wire
    },
    keep,
    resolve: (id) => latest.get(id) ?? wireOf(id, 0),
  }
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => digits[byte % digits.length]).join('')
}
