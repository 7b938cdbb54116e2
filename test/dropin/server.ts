import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

/** What arrived, byte for byte. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request and the means to answer it. */
export interface Exchange {
  readonly request: Received
  /** Resolves when the client went away before the answer was complete. */
  readonly gone: Promise<void>
  readonly head: (status: number, headers?: Readonly<Record<string, string>>) => void
  /** Resolves when more may be written, or when nobody is there any more to write to. */
  readonly write: (bytes: string | Uint8Array) => Promise<void>
  readonly end: (bytes?: string) => void
  /** Resets the connection, whatever was sent so far. */
  readonly cut: () => void
}

export type Answer = (exchange: Exchange) => void | Promise<void>

/** A loopback HTTP server that does what the test says and nothing else. */
export interface LoopbackServer {
  readonly origin: string
  readonly baseURL: string
  readonly requests: readonly Received[]
  /** How many requests came for which no answer was left. */
  readonly unexpected: number
  /** The answers to the next requests, in order. */
  script(...answers: readonly Answer[]): void
  /** The answer to every request beyond the script. */
  always(answer: Answer): void
  /** The exchange of the `count`-th request, as soon as it has arrived. */
  received(count: number): Promise<Exchange>
  close(): Promise<void>
}

/** A point in time that the test decides on. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

async function read(message: IncomingMessage): Promise<Received> {
  let body = ''
  message.setEncoding('utf8')
  for await (const piece of message) body += String(piece)
  return { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body }
}

function exchangeOf(request: Received, response: ServerResponse): Exchange {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  response.on('close', () => {
    if (!response.writableFinished) resolve()
  })
  response.on('error', () => undefined)
  return {
    request,
    gone,
    head: (status, headers = {}) => {
      response.writeHead(status, headers)
      response.flushHeaders()
    },
    write: async (bytes) => {
      if (response.destroyed || response.write(bytes)) return
      await Promise.race([once(response, 'drain'), gone])
    },
    end: (bytes) => {
      response.end(bytes)
    },
    cut: () => {
      response.socket?.resetAndDestroy()
    },
  }
}

function unscripted({ head, end }: Exchange): void {
  head(500, { 'content-type': 'application/json', 'x-should-retry': 'false' })
  end(JSON.stringify({ error: { message: 'The test scripted no answer for this request.' } }))
}

export async function startServer(): Promise<LoopbackServer> {
  const requests: Received[] = []
  const exchanges: Exchange[] = []
  const answers: Answer[] = []
  const waiting: { readonly count: number; readonly resolve: (exchange: Exchange) => void }[] = []
  let fallback: Answer | undefined
  let unexpected = 0

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange = exchangeOf(await read(message), response)
    requests.push(exchange.request)
    exchanges.push(exchange)
    for (const { count, resolve } of waiting) if (count === exchanges.length) resolve(exchange)
    const next = answers.shift() ?? fallback
    if (next === undefined) unexpected += 1
    await (next ?? unscripted)(exchange)
  }
  const server = createServer((message, response) => {
    // A client that leaves in the middle of its request makes reading it fail; there is nobody left to answer.
    answer(message, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  const origin = `http://127.0.0.1:${address.port}`

  return {
    origin,
    baseURL: `${origin}/v1`,
    requests,
    get unexpected() {
      return unexpected
    },
    script: (...more) => void answers.push(...more),
    always: (given) => {
      fallback = given
    },
    received: (count) => {
      const known = exchanges[count - 1]
      if (known !== undefined) return Promise.resolve(known)
      const { promise, resolve } = Promise.withResolvers<Exchange>()
      waiting.push({ count, resolve })
      return promise
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
