/** `fetch`, or what behaves like it. */
export type WireFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** A request on its way: what a recording keeps of it, and what the transport gets. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array | null
  readonly signal: AbortSignal | null
  /** What makes the same request once more, with options that only `fetch` knows. */
  readonly init: RequestInit
}

/** Reads a request without using it up. */
export async function outgoing(input: Parameters<WireFetch>[0], init?: RequestInit): Promise<Outgoing> {
  const stream = init?.body instanceof ReadableStream ? { duplex: 'half' as const } : {}
  // Without the signal, on which a request would leave a listener.
  const request = new Request(input, { ...init, ...stream, signal: null })
  const { method, url, headers, redirect } = request
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
  const signal = init?.signal ?? (input instanceof Request ? input.signal : null)
  // A body can be read once only: from here on its bytes stand in its place, with headers that may name the border of its parts.
  return { method, url, headers, body, signal, init: { redirect, ...init, method, headers, body, signal } }
}
