import { createHash } from 'node:crypto'

/** The ids of one request's tool calls as the vendor accepts them. */
export interface ToolIds {
  /** The id on the wire for the next call of the conversation; each gets one of its own. */
  declare(id: string): string
  /** The id on the wire of the call that a result with this id answers. */
  resolve(id: string): string
}

interface Declared {
  readonly wire: string
  answered: boolean
}

/**
 * The vendor refuses every id but nine letters and digits ("must be a-z, A-Z, 0-9, with a length of 9", code 3280), so
 * other ids become a hash of themselves. Whatever is taken already is passed over, which keeps the map injective; and
 * since it depends only on the calls before, a conversation that grows keeps its ids, and with them its cached prefix.
 * Where one id was given to several calls, their results are taken in the order of the calls.
 */
export function toolIds(): ToolIds {
  const taken = new Set<string>()
  const calls = new Map<string, Declared[]>()
  return {
    declare(id) {
      const wire = unused(id, taken)
      taken.add(wire)
      const known = calls.get(id)
      if (known === undefined) calls.set(id, [{ wire, answered: false }])
      else known.push({ wire, answered: false })
      return wire
    },
    resolve(id) {
      const known = calls.get(id) ?? []
      const call = known.find(({ answered }) => !answered) ?? known.at(-1)
      if (call === undefined) return isNative(id) ? id : nineOf(id)
      call.answered = true
      return call.wire
    },
  }
}

/** An id of the vendor's form, for a call that came without one. */
export function newToolId(): string {
  return nineOf(crypto.randomUUID())
}

function unused(id: string, taken: ReadonlySet<string>): string {
  let wire = isNative(id) ? id : nineOf(id)
  for (let count = 2; taken.has(wire); count += 1) wire = nineOf(`${count}:${id}`)
  return wire
}

function isNative(id: string): boolean {
  return /^[a-zA-Z0-9]{9}$/.test(id)
}

const digits = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

function nineOf(text: string): string {
  let rest = createHash('sha256').update(text).digest().readBigUInt64BE()
  let out = ''
  for (let length = 0; length < 9; length += 1) {
    out += digits.charAt(Number(rest % 62n))
    rest /= 62n
  }
  return out
}
