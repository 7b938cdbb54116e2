import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../contracts/clock.ts'
import { seededRandom } from '../random.ts'
import { untilAborted, wait } from '../wait.ts'
import type { Chunking, Exchange, Piece } from './exchange.ts'

/** Sends a response as it is meant, faults included. Resolves when it is over; rejects with `gone`'s reason when the client leaves. */
export async function send(
  exchange: Exchange,
  response: ServerResponse,
  { clock, gone }: { clock: Clock; gone: AbortSignal },
): Promise<void> {
  await wait(exchange.headMs, gone, clock)
  const write = exchange.head === null ? toSocket(response) : toBody(response, exchange.head)
  for (const { data, waitMs = 0 } of packets(exchange.pieces, exchange.chunking)) {
    await wait(waitMs, gone, clock)
    await write(data, gone)
  }
  await end(exchange, response, { clock, gone, write })
}

type Write = (data: string | Uint8Array, gone: AbortSignal) => Promise<void>

function toBody(response: ServerResponse, { status, headers }: NonNullable<Exchange['head']>): Write {
  response.writeHead(status, headers)
  response.flushHeaders()
  return async (data, gone) => {
    if (!response.write(data)) await drained(response, gone)
    // Lets the packet leave on its own.
    await new Promise<void>((resolve) => setImmediate(resolve))
    gone.throwIfAborted()
  }
}

function toSocket(response: ServerResponse): Write {
  return async (data) => {
    await new Promise<void>((resolve) => {
      if (response.socket === null) resolve()
      else response.socket.write(data, () => resolve())
    })
  }
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    response.once('drain', resolve)
    gone.addEventListener('abort', () => reject(gone.reason), { once: true })
  })
}

async function end(
  { ending }: Exchange,
  response: ServerResponse,
  { clock, gone, write }: { readonly clock: Clock; readonly gone: AbortSignal; readonly write: Write },
): Promise<void> {
  switch (ending.how) {
    case 'end':
      response.end()
      return
    case 'close':
      response.socket?.end()
      return
    case 'reset':
      // A reset overtakes bytes that the client's kernel still holds, and the client would never see them.
      await sleep(15)
      response.socket?.resetAndDestroy()
      return
    case 'stall':
      return untilAborted(gone)
    case 'repeat':
      for (;;) {
        await write(ending.data, gone)
        await wait(ending.everyMs, gone, clock)
      }
  }
}

/** Cuts pieces into packets. Cutting across pieces gives up their pace. */
function packets(pieces: readonly Piece[], chunking: Chunking): readonly Pick<Piece, 'data' | 'waitMs'>[] {
  if (chunking === 'events') return pieces
  const bytes = Buffer.concat(pieces.map(({ data }) => Buffer.from(data)))
  if (chunking === 'whole') return [{ data: bytes }]
  const random = typeof chunking === 'object' ? seededRandom(chunking.random) : undefined
  const fixed = typeof chunking === 'string' ? Math.max(1, Number(chunking.slice('bytes:'.length)) || 1) : 1
  const cut: { data: Uint8Array }[] = []
  for (let from = 0; from < bytes.length;) {
    const size = random === undefined ? fixed : 1 + Math.floor(random() * 64)
    cut.push({ data: bytes.subarray(from, from + size) })
    from += size
  }
  return cut
}
