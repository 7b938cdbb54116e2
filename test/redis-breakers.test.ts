import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { createRouter } from '../src/index.ts'
import { redisBreakers } from '../src/redis/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'
import { FleetProcess } from './redis/process.ts'
import { proxyTo } from './redis/proxy.ts'

const url = process.env['REDIS_URL']

// Patient by default: a loaded machine is no reason to go on alone, nor to take a slow process for a dead one.
async function fleetOf(size: number, { to = url ?? '', cooldownMs = 400, patienceMs = 10_000, leaseMs = 20_000 } = {}) {
  const prefix = `test:${randomUUID()}:`
  // Either library: what is shared must not depend on it.
  const make = (at: number): FleetProcess =>
    new FleetProcess(to, prefix, { library: at % 2 === 0 ? 'redis' : 'ioredis', cooldownMs, patienceMs, leaseMs })
  const processes = Array.from({ length: size }, (_, at) => make(at))
  await Promise.all(processes.map((each) => each.happened('ready')))
  return {
    prefix,
    processes,
    all: (mode: 'answer' | 'fail' | 'hang') => Promise.all(processes.map((each) => each.mode(mode))),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

/** Calls until one is served by the primary. */
async function untilPrimary(process: FleetProcess): Promise<void> {
  while ((await process.call()) !== 'primary');
}

describe.skipIf(url === undefined)(
  'circuits of several processes in Redis (skipped without REDIS_URL)',
  { timeout: 180_000 },
  () => {
    it('BR-30 five errors spread over three processes open it for all, in one opening', async () => {
      await using fleet = await fleetOf(3, { cooldownMs: 60_000 })
      const [one, two, three] = fleet.processes
      await fleet.all('fail')
      expect(await one?.calls(2)).toEqual(['fallback', 'fallback'])
      expect(await two?.calls(2)).toEqual(['fallback', 'fallback'])
      expect(await three?.calls(1)).toEqual(['fallback'])
      await Promise.all(fleet.processes.map((each) => each.happened('breaker.opened')))
      expect(await Promise.all(fleet.processes.map((each) => each.state()))).toEqual(['open', 'open', 'open'])
      // Nobody calls the dead primary any more.
      await Promise.all(fleet.processes.map((each) => each.calls(5)))
      expect(await Promise.all(fleet.processes.map((each) => each.attempts()))).toEqual([2, 2, 1])
      expect(fleet.processes.map((each) => each.count('breaker.opened'))).toEqual([1, 1, 1])
    })

    it('a success at one process counts for all', async () => {
      await using fleet = await fleetOf(2, { cooldownMs: 60_000 })
      const [one, two] = fleet.processes
      await one?.mode('fail')
      await one?.calls(4)
      await two?.counts(4)
      expect(await two?.calls(1)).toEqual(['primary'])
      await one?.counts(0)
      await one?.calls(4)
      await two?.counts(4)
      expect([await one?.state(), await two?.state()]).toEqual(['closed', 'closed'])
      await one?.calls(1)
      await two?.happened('breaker.opened')
    })

    it('BR-31 one process makes the test, everybody else is served by the fallback meanwhile, and its success closes it for all', async () => {
      await using fleet = await fleetOf(3)
      const [one] = fleet.processes
      await fleet.all('fail')
      await one?.calls(5)
      await Promise.all(fleet.processes.map((each) => each.happened('breaker.opened')))
      await fleet.all('hang')
      // Everybody keeps asking; one of these calls is the test, and it hangs.
      const tested = Promise.all(fleet.processes.map((each) => untilPrimary(each)))
      await Promise.race(fleet.processes.map((each) => each.happened('calling')))
      const served = await Promise.all(fleet.processes.map((each) => Promise.race([each.calls(10), each.happened('calling')])))
      expect(served.flat().filter((provider) => provider === 'primary')).toEqual([])
      expect(fleet.processes.reduce((sum, each) => sum + each.count('calling'), 0)).toBe(1)
      await fleet.all('answer')
      await tested
      await Promise.all(fleet.processes.map((each) => each.happened('breaker.closed')))
    })

    it('BR-11 a test that fails keeps it open for all', async () => {
      await using fleet = await fleetOf(2, { cooldownMs: 2000 })
      const [one, two] = fleet.processes
      await fleet.all('fail')
      await one?.calls(5)
      await two?.happened('breaker.opened')
      let tests = 0
      while (tests === 0) {
        await Promise.all(fleet.processes.map((each) => each.call()))
        tests = ((await two?.attempts()) ?? 0) + ((await one?.attempts()) ?? 0) - 5
      }
      expect(tests).toBe(1)
      await Promise.all(fleet.processes.map((each) => each.happened('breaker.opened', 2)))
    })

    it('BR-31 a killed process frees the test that it was making', async () => {
      await using fleet = await fleetOf(2, { leaseMs: 3000 })
      const [one, two] = fleet.processes
      await fleet.all('fail')
      await one?.calls(5)
      await two?.happened('breaker.opened')
      await one?.mode('hang')
      const test = untilPrimary(one ?? fail()).catch(() => 'killed')
      await one?.happened('calling')
      await two?.mode('answer')
      expect(await two?.calls(3)).toEqual(['fallback', 'fallback', 'fallback'])
      await one?.kill()
      expect(await test).toBe('killed')
      await untilPrimary(two ?? fail())
      await two?.happened('breaker.closed')
    })

    it('BR-33 with Redis away every process goes on alone, says so once, and finds back', async () => {
      await using proxy = await proxyTo(url ?? '')
      await using fleet = await fleetOf(2, { to: proxy.url, cooldownMs: 60_000, patienceMs: 1000 })
      const [one, two] = fleet.processes
      await fleet.all('fail')
      await one?.calls(1)
      proxy.cut()
      await one?.calls(8)
      await one?.happened('store.lost')
      expect(await one?.state()).toBe('open')
      expect(await one?.attempts()).toBeLessThanOrEqual(6)
      expect(await two?.state()).toBe('closed')
      proxy.open()
      await one?.happened('store.regained')
      // What one process learnt alone is everybody's now.
      await two?.happened('breaker.opened')
      expect(one?.count('store.lost')).toBe(1)
    })

    it('BR-33 no request waits for a Redis that says nothing', async () => {
      await using proxy = await proxyTo(url ?? '')
      await using fleet = await fleetOf(1, { to: proxy.url, cooldownMs: 60_000, patienceMs: 1000 })
      const [one] = fleet.processes
      await one?.calls(1)
      await one?.mode('fail')
      proxy.stall()
      // All of these end while it is silent.
      expect(await one?.calls(8)).toEqual(Array.from({ length: 8 }, () => 'fallback'))
      await one?.happened('store.lost')
      expect(await one?.state()).toBe('open')
      proxy.open()
      await one?.happened('store.regained')
    })

    it('a Redis that forgets is told again by whoever remembers', async () => {
      await using fleet = await fleetOf(2, { cooldownMs: 1500 })
      const [one, two] = fleet.processes
      await fleet.all('fail')
      await one?.calls(5)
      await two?.happened('breaker.opened')
      const redis = await createClient({ url: url ?? '' }).connect()
      await redis.del(`${fleet.prefix}primary/m`)
      redis.destroy()
      await fleet.all('answer')
      await untilPrimary(two ?? fail())
      await untilPrimary(one ?? fail())
    })

    it('is refused by name where the client is none', () => {
      // @ts-expect-error -- from JavaScript anything may come
      expect(() => redisBreakers({ client: {} })).toThrow(/'redis' or 'ioredis'/)
      const client = createClient({ url: url ?? '' })
      expect(() => redisBreakers({ client, prefix: '' })).toThrow(/prefix/)
      expect(() => redisBreakers({ client, leaseMs: 1 })).toThrow(/leaseMs/)
    })

    it('a router that is closed leaves the user’s client as it is', async () => {
      const client = await createClient({ url: url ?? '' }).connect()
      const store = redisBreakers({ client, prefix: `test:${randomUUID()}:` })
      const router = createRouter({ providers: [fakeProvider({ script: answer('Hi') })], breaker: { store } })
      await router.chat.completions.create({ model: 'fake-model', messages: [{ role: 'user', content: 'Hi' }] })
      await router.close()
      expect(await client.ping()).toBe('PONG')
      client.destroy()
    })
  },
)

it.runIf(url === undefined)('REDIS_URL is not set: the circuits in Redis were not tested', () => {
  expect(url).toBeUndefined()
})

function fail(): never {
  throw new Error('no such process')
}
