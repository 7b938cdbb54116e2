import { seededRandom } from '../random.ts'
import type { Chunking, Piece } from './exchange.ts'

/** Cuts pieces into packets. Cutting across pieces gives up their pace. */
export function packets(pieces: readonly Piece[], chunking: Chunking): readonly Pick<Piece, 'data' | 'waitMs'>[] {
  if (chunking === 'events') return pieces
  const bytes = Buffer.concat(pieces.map(({ data }) => Buffer.from(data)))
  if (chunking === 'whole') return [{ data: bytes }]
  const sizeAt = sizes(bytes, chunking)
  const cut: { data: Uint8Array }[] = []
  for (let from = 0; from < bytes.length;) {
    const size = sizeAt(from)
    cut.push({ data: bytes.subarray(from, from + size) })
    from += size
  }
  return cut
}

/** How many bytes go into the packet that begins somewhere. */
function sizes(bytes: Buffer, chunking: Exclude<Chunking, 'events' | 'whole'>): (from: number) => number {
  if (chunking === 'characters') return (from) => untilCharacterIsCut(bytes, from)
  if (typeof chunking === 'object') {
    const random = seededRandom(chunking.random)
    return () => 1 + Math.floor(random() * 64)
  }
  const fixed = Math.max(1, Number(chunking.slice('bytes:'.length)) || 1)
  return () => fixed
}

/** Up to the middle of the next character of several bytes: behind its first one. */
function untilCharacterIsCut(bytes: Buffer, from: number): number {
  const lead = bytes.subarray(from).findIndex((byte) => byte >= 0xc2 && byte <= 0xf4)
  return lead === -1 ? bytes.length - from : lead + 1
}
