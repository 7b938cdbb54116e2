import type { WireFetch } from '../../src/testing/index.ts'

/** How the bytes of the next stream arrive. */
export interface Cuts {
  /** Sizes of the packets, over and over. */
  readonly sizes: readonly number[]
  /** How many of the bytes come; the connection then ends as if all had. Default: all. */
  readonly keep?: (bytes: Uint8Array) => number
}

/** A transport that hands on the bytes of streams in other packets than they came in. */
export class Cutter {
  cuts: Cuts = { sizes: [] }

  readonly fetch: WireFetch = async (input, init) => {
    const response = await fetch(input, init)
    if (!/event-?stream/.test(response.headers.get('content-type') ?? '')) return response
    const { sizes, keep } = this.cuts
    const bytes = new Uint8Array(await response.arrayBuffer())
    const packets = cut(bytes.subarray(0, keep?.(bytes)), sizes)
    const headers = new Headers(response.headers)
    // The bytes are unpacked by now, and there may be fewer.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name)
    return new Response(ReadableStream.from(packets), { status: response.status, headers })
  }
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const to = from + (sizes[turn % sizes.length] ?? bytes.length)
    yield bytes.slice(from, to)
    from = to
  }
}
