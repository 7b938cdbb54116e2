import { crc32 } from 'node:zlib'
import type { EventDecoder, SseEvent } from '../sse.ts'

/**
 * Decodes `application/vnd.amazon.eventstream`: frames of a prelude (two lengths and their CRC-32), headers, a payload and
 * a CRC-32 over all of it. Each byte is copied at most once, however the frames are cut; the vendor's SDK needs several
 * times the time for the same frames.
 *
 * An event carries its `:event-type` and payload. What is no event is named {@link faults}, so that everything before it is
 * handed over first.
 */
export function frameDecoder(): EventDecoder {
  let held: Uint8Array[] = []
  let heldLength = 0
  let needed = preludeLength
  let broken = false

  function fail(data: string): SseEvent {
    broken = true
    held = []
    return { event: faults.frame, data }
  }

  function take(bytes: Uint8Array, out: SseEvent[]): Uint8Array {
    let rest = bytes
    while (rest.length >= preludeLength) {
      const view = viewOf(rest)
      const length = view.getUint32(0)
      const reason = preludeFault(rest, view)
      if (reason !== undefined) {
        out.push(fail(reason))
        return empty
      }
      if (rest.length < length) {
        needed = length
        return rest
      }
      out.push(eventOf(rest.subarray(0, length)) ?? fail('a frame does not match its checksum'))
      if (broken) return empty
      rest = rest.subarray(length)
    }
    needed = preludeLength
    return rest
  }

  return {
    push(chunk) {
      if (broken) return []
      held.push(chunk)
      heldLength += chunk.length
      // A long frame in many pieces is put together once, not with every piece.
      if (heldLength < needed) return []
      const out: SseEvent[] = []
      const rest = take(held.length === 1 ? chunk : Buffer.concat(held, heldLength), out)
      // A copy, because the transport may use its buffer again.
      held = rest.length === 0 ? [] : [rest.slice()]
      heldLength = rest.length
      return out
    },
    end: () => (broken || heldLength === 0 ? [] : [{ event: faults.frame, data: 'the stream ends inside a frame' }]),
  }
}

/** Names of what is no event; none of them can be an event's type. */
export const faults = { frame: '!frame', exception: '!exception', error: '!error' } as const

const preludeLength = 12
const checksumLength = 4
/** A frame's limit in the vendor's own SDK is 24 MB; what claims more is no frame. */
const maxLength = 24 * 1024 * 1024
const empty = new Uint8Array(0)

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function preludeFault(bytes: Uint8Array, view: DataView): string | undefined {
  const length = view.getUint32(0)
  const room = length - preludeLength - checksumLength
  if (length > maxLength || room < view.getUint32(4)) return 'the answer is no event stream'
  return crc32(bytes.subarray(0, 8)) === view.getUint32(8) ? undefined : 'the head of a frame does not match its checksum'
}

function eventOf(frame: Uint8Array): SseEvent | undefined {
  const view = viewOf(frame)
  const end = frame.length - checksumLength
  if (crc32(frame.subarray(0, end)) !== view.getUint32(end)) return undefined
  const payload = preludeLength + view.getUint32(4)
  const headers = headersOf(frame, payload)
  const data = text(frame.subarray(payload, end))
  switch (headers.get(':message-type')) {
    case 'exception':
      return { event: `${faults.exception}:${headers.get(':exception-type') ?? ''}`, data }
    case 'error':
      return { event: `${faults.error}:${headers.get(':error-code') ?? ''}`, data: headers.get(':error-message') ?? '' }
    default:
      return { event: headers.get(':event-type'), data }
  }
}

/** The headers that are strings; all that the vendor sends are. */
function headersOf(frame: Uint8Array, end: number): ReadonlyMap<string, string> {
  const view = viewOf(frame)
  const headers = new Map<string, string>()
  let at = preludeLength
  while (at < end) {
    const nameEnd = at + 1 + view.getUint8(at)
    if (nameEnd + 1 > end) break
    const name = text(frame.subarray(at + 1, nameEnd))
    const type = view.getUint8(nameEnd)
    const sized = type === 6 || type === 7
    const start = nameEnd + 1 + (sized ? 2 : 0)
    if (start > end) break
    const length = sized ? view.getUint16(nameEnd + 1) : fixedLengths[type]
    if (length === undefined) break
    at = start + length
    if (type === 7) headers.set(name, text(frame.subarray(start, Math.min(at, end))))
  }
  return headers
}

/** Bytes of a header's value by its type: booleans, integers, a timestamp, a UUID. */
const fixedLengths: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
