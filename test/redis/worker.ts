// One process of a fleet: a router over two fakes whose circuits lie in Redis. Does what its parent says.
import { setImmediate } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createRouter, memoryAudit, routeOf } from '../../src/index.ts'
import { redisBreakers } from '../../src/redis/index.ts'
import { answer, fail, fakeProvider } from '../../src/testing/index.ts'
import type { Mode, Order, Report } from './process.ts'

const [, , url = '', prefix = '', library = 'redis', cooldownMs = '400', patienceMs = '50', leaseMs = '600'] = process.argv
const tell = (report: Report): void => void process.send?.(report)

let mode: Mode = 'answer'
let release: (() => void) | undefined
const primary = fakeProvider({
  id: 'primary',
  models: ['m'],
  script: () => (mode === 'fail' ? fail({ status: 503 }) : answer('primary')),
})
const hanging = {
  ...primary,
  async complete(call: Parameters<typeof primary.complete>[0]) {
    if (mode === 'hang') {
      tell({ event: 'calling' })
      await new Promise<void>((resolve) => (release = resolve))
    }
    return primary.complete(call)
  },
}

async function connected() {
  if (library === 'ioredis') return new Redis(url)
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const client = await connected()
if (client instanceof Redis) client.on('error', () => undefined)
const audit = memoryAudit()
const router = createRouter({
  providers: [hanging, fakeProvider({ id: 'fallback', models: ['m'], script: answer('fallback') })],
  agents: { a: { primary: 'primary/m', fallback: ['fallback/m'] } },
  breaker: {
    cooldownMs: Number(cooldownMs),
    store: redisBreakers({ client, prefix, leaseMs: Number(leaseMs), patienceMs: Number(patienceMs) }),
  },
  audit: [
    audit,
    {
      write({ event }) {
        if (event.type.startsWith('breaker.') || event.type.startsWith('store.')) tell({ event: event.type })
      },
    },
  ],
})

async function called(): Promise<string | undefined> {
  const completion = await router.agent('a').chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'Hi' }] })
  return routeOf(completion)?.provider
}

async function done(order: Order): Promise<string | undefined> {
  switch (order.type) {
    case 'call':
      return called()
    case 'mode':
      mode = order.mode
      release?.()
      return undefined
    case 'state':
      return router.breakers.snapshot('primary/m').state
    case 'errors':
      return String(router.breakers.snapshot('primary/m').consecutiveErrors)
    case 'attempts':
      return String(primary.calls.length)
    case 'close':
      await router.close()
      if (client instanceof Redis) client.disconnect()
      else client.destroy()
      process.disconnect()
      return undefined
    default:
      return undefined
  }
}

process.on('message', (order: Order) => {
  done(order).then(
    (value) => process.connected && tell({ id: order.id, value }),
    (error: unknown) => tell({ id: order.id, error: String(error) }),
  )
})
while (router.breakers.isShared !== true) await setImmediate()
tell({ event: 'ready' })
