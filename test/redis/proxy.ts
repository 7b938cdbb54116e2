import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'

/** A way to Redis that can be cut, stopped up and opened again. */
export interface Proxy extends AsyncDisposable {
  readonly url: string
  /** Ends every connection and takes no more. */
  cut(): void
  /** Takes connections and bytes, and gives nothing back. */
  stall(): void
  open(): void
}

export async function proxyTo(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const pairs = new Set<readonly [Socket, Socket]>()
  let state: 'open' | 'cut' | 'stalled' = 'open'
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(Number(port === '' ? 6379 : port), hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => near.write(bytes))
    if (state === 'stalled') far.pause()
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        for (const each of pair) each.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cut() {
      state = 'cut'
      for (const [near] of pairs) near.destroy()
    },
    stall() {
      state = 'stalled'
      for (const [, far] of pairs) far.pause()
    },
    open() {
      state = 'open'
      for (const [, far] of pairs) far.resume()
    },
    async [Symbol.asyncDispose]() {
      for (const [near] of pairs) near.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
