import { describe, expect, it } from 'vitest'
import { Fleet } from '../src/breaker/fleet.ts'
import type { BreakerStore, StoreAnswer, StoreCommand } from '../src/contracts/breaker.ts'
import { fakeClock } from '../src/testing/fake-clock.ts'

const patienceMs = 50
const target = 'acme/large'
const closed = { state: 'closed', epoch: 0, failures: 0, holdMs: 0 } as const
const answer: StoreAnswer = { ...closed, isTester: false }
const opening = { ...closed, target, state: 'open', epoch: 1, holdMs: 10, reason: 'failures' } as const

type Listener = Parameters<BreakerStore['subscribe']>[0]
type Work = 'answers' | 'waits' | 'fails'

/** A fleet with one member, over a store that does as it is told. */
async function fleet({ subscribing = 'answers', pinging = 'answers' }: { subscribing?: Work; pinging?: Work } = {}) {
  const clock = fakeClock()
  const told: string[] = []
  const sent: StoreCommand[] = []
  const followed: string[] = []
  const works = { subscribe: subscribing, ping: pinging, send: 'answers' as Work }
  const waiting: PromiseWithResolvers<void>[] = []
  const count = { subscriptions: 0, pings: 0, wants: 0, closes: 0, alone: 0 }
  let listener: Listener | undefined
  const work = async (does: Work): Promise<void> => {
    if (does === 'fails') throw new Error('away')
    if (does === 'answers') return
    const wait = Promise.withResolvers<void>()
    waiting.push(wait)
    await wait.promise
  }
  const store: BreakerStore = {
    leaseMs: 3000,
    patienceMs,
    async subscribe(given) {
      listener = given
      count.subscriptions += 1
      await work(works.subscribe)
    },
    async send(_target, command) {
      sent.push(command)
      await work(works.send)
      return answer
    },
    want: async () => void (count.wants += 1),
    async ping() {
      count.pings += 1
      await work(works.ping)
    },
    close: async () => void (count.closes += 1),
  }
  const one = new Fleet(store, clock, {
    lost: () => void told.push('lost'),
    regained: (awayMs) => void told.push(`regained after ${awayMs}`),
  })
  const copy = {
    isClosed: true,
    follow: (to: string) => void followed.push(to),
    heldForMs: () => 0,
    goAlone: () => void (count.alone += 1),
  }
  const member = one.admit(target, copy)
  await clock.advanceAsync(0)
  const news = (more: object = {}) => listener?.news({ ...opening, ...more })
  return { one, clock, told, sent, followed, works, waiting, count, member, copy, news, back: () => listener?.back() }
}

describe('a process that shares its circuits', () => {
  it('reads each of them when it has found the store, when one is new, and when news may have been missed', async () => {
    const { one, clock, sent, copy, back, told } = await fleet()
    expect(sent).toEqual([{ type: 'read' }])
    one.admit('acme/small', copy)
    await clock.advanceAsync(0)
    expect(sent).toEqual([{ type: 'read' }, { type: 'read' }])
    back()
    await clock.advanceAsync(0)
    expect([sent.length, told]).toEqual([4, []])
  })

  it('asks nothing of a store that it has not found, and may ask again later', async () => {
    const { one, sent, member, works, clock, told } = await fleet({ subscribing: 'fails' })
    expect([one.isJoined, sent, told]).toEqual([false, [], ['lost']])
    member.wantTest()
    one.want(target)
    works.subscribe = 'answers'
    await clock.advanceAsync(1000)
    member.wantTest()
    await clock.advanceAsync(0)
    expect(sent.map(({ type }) => type)).toEqual(['read', 'lease'])
  })

  it('has its question back when the store could not answer', async () => {
    const { one, member, works, clock, sent } = await fleet()
    works.send = 'fails'
    one.send(member, { type: 'lease', leaseMs: 3000 })
    await clock.advanceAsync(0)
    expect(one.isJoined).toBe(false)
    works.send = 'answers'
    await clock.advanceAsync(1000)
    member.wantTest()
    expect(sent.map(({ type }) => type)).toEqual(['read', 'lease', 'read', 'lease'])
  })

  it('hears news of what it shares, while it is there', async () => {
    const { news, followed, works, one, member, clock } = await fleet()
    const before = followed.length
    news({ target: 'acme/unheard' })
    news()
    expect(followed.slice(before)).toEqual(['open'])
    works.send = 'fails'
    one.send(member, { type: 'read' })
    await clock.advanceAsync(0)
    news({ epoch: 2, state: 'closed' })
    expect(followed.slice(before)).toEqual(['open'])
  })

  it('wants nothing of a store that is away', async () => {
    const { one, count, works, member, clock } = await fleet()
    one.want(target)
    expect(count.wants).toBe(1)
    works.send = 'fails'
    one.send(member, { type: 'read' })
    await clock.advanceAsync(0)
    one.want(target)
    expect(count.wants).toBe(1)
  })

  it('forgets a circuit that is no longer remembered', async () => {
    const { one, news, followed, count } = await fleet()
    const before = followed.length
    one.dismiss(target)
    one.dismiss('acme/unheard')
    news()
    expect([followed.length, count.alone]).toEqual([before, 1])
  })
})

describe('a store that is away', () => {
  it('is said to be lost once, after its patience, and looked for every second', async () => {
    const { one, clock, told, works, waiting, count, sent } = await fleet({ subscribing: 'waits' })
    await clock.advanceAsync(patienceMs - 1)
    expect(told).toEqual([])
    await clock.advanceAsync(1)
    expect([told, one.isJoined]).toEqual([['lost'], false])
    works.ping = 'fails'
    waiting[0]?.resolve()
    await clock.advanceAsync(0)
    expect(count.pings).toBe(1)
    works.subscribe = 'answers'
    await clock.advanceAsync(1000)
    await clock.advanceAsync(1000)
    expect([count.pings, told]).toEqual([3, ['lost']])
    works.ping = 'answers'
    await clock.advanceAsync(1000)
    expect([one.isJoined, told, sent.length]).toEqual([true, ['lost', 'regained after 3000'], 1])
  })

  it.each([
    [patienceMs, true],
    [patienceMs + 1, false],
  ])('is found where it answers after %i ms: %s', async (ms, isJoined) => {
    const { one, clock, waiting } = await fleet({ pinging: 'waits' })
    await clock.advanceAsync(ms)
    waiting[0]?.resolve()
    await clock.advanceAsync(0)
    expect(one.isJoined).toBe(isJoined)
  })

  it('is looked for again a second after it was lost, whatever else fails meanwhile', async () => {
    const { one, member, clock, told, works, waiting, count } = await fleet()
    works.send = 'waits'
    for (let sent = 0; sent < 2; sent += 1) one.send(member, { type: 'read' })
    waiting[0]?.reject(new Error('away'))
    works.ping = 'fails'
    await clock.advanceAsync(40)
    waiting[1]?.reject(new Error('away'))
    await clock.advanceAsync(959)
    expect(count.pings).toBe(1)
    await clock.advanceAsync(1)
    expect(count.pings).toBe(2)
    await clock.advanceAsync(1000)
    expect([count.pings, told, count.alone]).toEqual([3, ['lost'], 1])
    works.ping = 'answers'
    await clock.advanceAsync(1000)
    expect(told).toEqual(['lost', 'regained after 3000'])
  })

  it('is asked nothing, and what it says late is not believed', async () => {
    const { one, member, clock, works, waiting, sent, followed, back } = await fleet()
    const before = followed.length
    works.send = 'waits'
    for (let count = 0; count < 2; count += 1) one.send(member, { type: 'read' })
    waiting[0]?.reject(new Error('away'))
    await clock.advanceAsync(0)
    waiting[1]?.resolve()
    back()
    await clock.advanceAsync(0)
    expect([sent.length, followed.length]).toEqual([3, before])
  })

  it('is not lost by an answer that came in time', async () => {
    const { one, member, clock, told, works, waiting } = await fleet()
    works.send = 'waits'
    one.send(member, { type: 'read' })
    await clock.advanceAsync(patienceMs - 1)
    waiting[0]?.resolve()
    await clock.advanceAsync(patienceMs)
    expect([told, clock.pending]).toEqual([[], 0])
  })
})

describe('a process that is closed', () => {
  it('is alone, closes the store, and neither loses nor finds it any more', async () => {
    const { one, clock, told, count, news, followed } = await fleet()
    const before = followed.length
    await one.close()
    news()
    expect([one.isJoined, count.closes, count.alone, followed.length]).toEqual([false, 1, 1, before])
    await clock.advanceAsync(10_000)
    expect([told, clock.pending, count.pings]).toEqual([[], 0, 1])
  })

  it('while it looks for the store does not find it', async () => {
    const { one, clock, told, waiting } = await fleet({ pinging: 'waits' })
    await one.close()
    waiting[0]?.resolve()
    await clock.advanceAsync(0)
    expect([one.isJoined, told]).toEqual([false, []])
  })

  it('while it has not been heard looks for it no more', async () => {
    const { one, clock, told, waiting, count } = await fleet({ subscribing: 'waits' })
    await one.close()
    waiting[0]?.reject(new Error('away'))
    await clock.advanceAsync(10_000)
    expect([told, count.pings, count.subscriptions, clock.pending]).toEqual([[], 0, 1, 0])
  })

  it('while it is away looks for it no more', async () => {
    const { one, clock, count } = await fleet({ subscribing: 'fails' })
    expect(clock.pending).toBe(1)
    await one.close()
    await clock.advanceAsync(10_000)
    expect([count.pings, clock.pending]).toEqual([0, 0])
  })
})
