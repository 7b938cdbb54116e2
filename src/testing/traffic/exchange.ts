import { isObject, parseJson } from '../json.ts'

/** Bytes on a line of JSON: as text where they are whole UTF-8, else in base64. */
export type Bytes = { readonly text: string } | { readonly base64: string }

/** One read of a response's body. */
export type RecordedChunk = Bytes & {
  /** Milliseconds since what came before it: the head, or the previous chunk. */
  readonly ms: number
}

/** What a transport throws, as far as clients look at it. */
export interface RecordedError {
  readonly message: string
  readonly code?: string
}

/**
 * How an answer ended: as it should, left by the client in the middle, or broken off.
 */
export type RecordedEnd = 'complete' | 'left' | { readonly error: RecordedError }

/** The request as it went over the wire, without anything secret. */
export interface RecordedTraffic {
  readonly method: string
  readonly url: string
  /** Lower-case names; those that are harmless, and the names of those that are not. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes | null
}

/** The answer as it came. */
export interface RecordedAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Milliseconds until the head. */
  readonly ms: number
  readonly chunks: readonly RecordedChunk[]
  readonly end: RecordedEnd
}

/** One line of a recording: a request, and what came of it. */
export interface RecordedExchange {
  readonly v: 1
  /** The place of the request among all that were made, from 1; lines come in the order in which answers ended. */
  readonly n: number
  readonly request: RecordedTraffic
  /** An answer, the error in its place, or neither: the client left before. */
  readonly outcome: RecordedAnswer | { readonly error: RecordedError } | { readonly left: true }
}

/** Bytes for a line of JSON. */
export function written(bytes: Uint8Array): Bytes {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

/** The bytes themselves. */
export function read(bytes: Bytes): Uint8Array<ArrayBuffer> {
  return 'text' in bytes ? new TextEncoder().encode(bytes.text) : Uint8Array.from(Buffer.from(bytes.base64, 'base64'))
}

/**
 * The exchanges of a recording, in the order of their requests.
 *
 * @throws TypeError for a line that is none; it names the line.
 */
export function parsed(text: string, path: string): readonly RecordedExchange[] {
  const lines = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]))
  const exchanges = lines.map(({ line, number }) => {
    const value = parseJson(line)
    if (isExchange(value)) return value
    throw new TypeError(`${path}, line ${number}: no exchange as recordTraffic() writes them`)
  })
  return exchanges.toSorted((one, other) => one.n - other.n)
}

function isExchange(value: unknown): value is RecordedExchange {
  if (!isObject(value) || value['v'] !== 1 || typeof value['n'] !== 'number') return false
  const { request, outcome } = value
  return isObject(request) && typeof request['method'] === 'string' && typeof request['url'] === 'string' && isOutcome(outcome)
}

function isOutcome(value: unknown): boolean {
  if (!isObject(value)) return false
  if (isObject(value['error']) || value['left'] === true) return true
  return typeof value['status'] === 'number' && Array.isArray(value['headers']) && Array.isArray(value['chunks'])
}
