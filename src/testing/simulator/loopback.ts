import type { IncomingMessage, Server } from 'node:http'

/** The body of a request; `undefined` where the client left before its end. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  try {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(Buffer.from(part))
    return Buffer.concat(parts)
  } catch {
    // The client left while it was sending.
    return undefined
  }
}

/** Listens on a free port of the loopback interface and says at which URL. */
export async function listening(server: Server): Promise<string> {
  // A server that closes idle connections would, once in a while, do so under a request.
  Object.assign(server, { keepAliveTimeout: 0 })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the simulator has no port')
  return `http://127.0.0.1:${address.port}`
}

/** Closes a server and every connection to it. */
export async function closing(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
