import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../contracts/clock.ts'
import { untilAborted, wait } from '../wait.ts'
import { packets } from './packets.ts'
import type { Exchange, Head } from './exchange.ts'

/** Sends a response as it is meant, faults included. Resolves when it is over; rejects with `gone`'s reason when the client leaves. */
export async function send(
  exchange: Exchange,
  response: ServerResponse,
  { clock, gone }: { clock: Clock; gone: AbortSignal },
): Promise<void> {
  await wait(exchange.headMs, gone, clock)
  const write = writing(response, exchange.head)
  for (const { data, waitMs = 0 } of packets(exchange.pieces, exchange.chunking)) {
    await wait(waitMs, gone, clock)
    await write(data, gone)
  }
  await end(exchange, response, { clock, gone, write })
}

type Write = (data: string | Uint8Array, gone: AbortSignal) => Promise<void>

function writing(response: ServerResponse, head: Exchange['head']): Write {
  if (head === null) return toSocket(response)
  if (head.version === undefined) return toBody(response, head)
  const lines = Object.entries(head.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  response.socket?.write(`HTTP/${head.version} ${head.status} ${STATUS_CODES[head.status] ?? ''}\r\n${lines.join('')}\r\n`)
  return toSocket(response)
}

function toBody(response: ServerResponse, { status, headers, early }: Head): Write {
  if (early === true) response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
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
  { ending, head }: Exchange,
  response: ServerResponse,
  { clock, gone, write }: { readonly clock: Clock; readonly gone: AbortSignal; readonly write: Write },
): Promise<void> {
  switch (ending.how) {
    case 'end':
      if (head?.version === undefined) response.end()
      else response.socket?.end()
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
