import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A server below HTTP: it does to its connections whatever a test wants. */
export interface RawServer extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly connections: number
  /** Requests whose head has arrived. */
  readonly requests: number
  /** Connections that are open. */
  readonly open: number
}

/** What happens to a connection: at once, or when a request has arrived on it. */
export interface RawScript {
  readonly onConnect?: (socket: Socket) => void
  readonly onRequest?: (socket: Socket) => void | Promise<void>
}

export async function rawServer({ onConnect, onRequest }: RawScript): Promise<RawServer> {
  const open = new Set<Socket>()
  let connections = 0
  let requests = 0
  const server = createServer((socket) => {
    connections += 1
    open.add(socket)
    // Clients that leave in the middle are what these tests are about.
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    onConnect?.(socket)
    let head = ''
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
      const end = head.indexOf('\r\n\r\n')
      if (end === -1 || Number.isNaN(length) || head.length < end + 4 + length) return
      head = ''
      requests += 1
      void onRequest?.(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${portOf(server.address())}`,
    get connections() {
      return connections
    },
    get requests() {
      return requests
    },
    get open() {
      return open.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  return address.port
}

/** A response head with chunked encoding, for a body that is written piece by piece. */
export const eventHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** One piece of a chunked body. */
export function chunked(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

/** The end of a chunked body. */
export const lastChunk = '0\r\n\r\n'

/** A whole response with a JSON body. */
export function jsonResponse(body: string | Uint8Array, head = 'HTTP/1.1 200 OK'): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes])
}
