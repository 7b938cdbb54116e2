import { describe, expect, it } from 'vitest'
import { Member } from '../src/breaker/member.ts'
import type { SharedCircuit, StoreCommand, StoreNews } from '../src/contracts/breaker.ts'
import { fakeClock } from '../src/testing/fake-clock.ts'

const leaseMs = 3000
const rule = { failures: 5, cooldownMs: 30_000 }
const lease: StoreCommand = { type: 'lease', leaseMs }
const read: StoreCommand = { type: 'read' }
const shared = (more: Partial<SharedCircuit> = {}): SharedCircuit => ({
  state: 'closed',
  epoch: 0,
  failures: 0,
  holdMs: 0,
  ...more,
})
const mine = (more: Partial<SharedCircuit> = {}) => ({ ...shared({ state: 'half_open', epoch: 1, ...more }), isTester: true })
const others = (more: Partial<SharedCircuit> = {}) => ({ ...shared(more), isTester: false })

/** A member by itself: what it says to its store, and what it makes of its copy. */
function member() {
  const clock = fakeClock({ startMs: 100_000 })
  const sent: StoreCommand[] = []
  const wanted: string[] = []
  const followed: (readonly [to: string, holdMs: number, reason: string])[] = []
  const link = {
    clock,
    leaseMs,
    isJoined: true,
    send: (_: Member, command: StoreCommand) => void sent.push(command),
    want: (target: string) => void wanted.push(target),
  }
  const copy = {
    held: 0,
    isClosed: true,
    alone: 0,
    follow: (...all: readonly [to: string, holdMs: number, reason: string]) => void followed.push(all),
    heldForMs: () => copy.held,
    goAlone: () => void (copy.alone += 1),
  }
  const one = new Member('acme/large', copy, link)
  const heard = (reason: StoreNews['reason'], more: Partial<SharedCircuit> = {}) =>
    one.heard({ ...shared(more), target: 'acme/large', reason })
  return { one, clock, link, copy, sent, wanted, followed, heard }
}

/** One that holds the right to the test. */
function tester() {
  const made = member()
  made.one.answered(lease, mine(), made.clock.now())
  return made
}

describe('the right to the test of a shared circuit', () => {
  it('is asked for once, until there is an answer', () => {
    const { one, clock, sent } = member()
    one.wantTest()
    one.wantTest()
    expect(sent).toEqual([lease])
    one.answered(read, others(), clock.now())
    one.wantTest()
    expect(sent).toHaveLength(1)
    one.answered(lease, others(), clock.now())
    one.wantTest()
    expect(sent).toHaveLength(2)
    one.unanswered()
    one.wantTest()
    expect(sent).toHaveLength(3)
    one.alone()
    one.wantTest()
    expect(sent).toHaveLength(4)
  })

  it('is not asked for where the store is away, nor by who has it', () => {
    const { one, link, sent, clock } = member()
    link.isJoined = false
    one.wantTest()
    expect(sent).toEqual([])
    link.isJoined = true
    one.answered(lease, mine(), clock.now())
    one.wantTest()
    expect(sent).toEqual([])
  })

  it('lasts from the moment it was asked for, and is renewed after a third of that', () => {
    const { one, clock, sent } = tester()
    expect(one.mayTest).toBe(true)
    clock.advance(leaseMs / 3)
    expect(sent).toEqual([lease])
    clock.advance((leaseMs * 2) / 3 - 1)
    expect(one.mayTest).toBe(true)
    clock.advance(1)
    expect(one.mayTest).toBe(false)
  })

  it('is not renewed where its answer came so late that it was over before', () => {
    const { one, clock, sent } = member()
    one.answered(lease, mine(), clock.now() - 2500)
    expect(one.mayTest).toBe(true)
    clock.advance(leaseMs)
    expect([sent, one.mayTest]).toEqual([[], false])
  })

  it('ends with the test, and not with another attempt', () => {
    const { one, sent } = tester()
    one.reported('neutral', rule)
    expect([sent, one.mayTest]).toEqual([[], true])
    one.tests()
    one.reported('neutral', rule)
    expect([sent, one.mayTest]).toEqual([[{ type: 'neutral', epoch: 1 }], false])
  })

  it('ends with a reset, with news of another state, and with the store', () => {
    const reset = tester()
    reset.one.wasReset()
    expect([reset.one.mayTest, reset.sent]).toEqual([false, [{ type: 'reset' }]])
    const news = tester()
    news.heard('trip', { epoch: 2, state: 'open', holdMs: 10 })
    expect([news.one.mayTest, news.followed]).toEqual([false, [['open', 10, 'trip']]])
    const alone = tester()
    alone.one.alone()
    expect([alone.one.mayTest, alone.copy.alone, alone.clock.pending]).toEqual([false, 1, 0])
  })

  it('ends the wait for the test of another', () => {
    const waiting = member()
    waiting.copy.held = 1
    waiting.one.answered(lease, mine(), waiting.clock.now())
    expect(waiting.followed).toEqual([['half_open', 0, 'cooldown']])
    expect(tester().followed).toEqual([])
    const testing = member()
    testing.copy.held = 1
    testing.one.tests()
    testing.one.answered(lease, mine(), testing.clock.now())
    expect(testing.followed).toEqual([])
  })

  it('is wanted aloud where another has it, and only then', () => {
    const half = { state: 'half_open', epoch: 1 } as const
    const asked = (command: StoreCommand, answer: ReturnType<typeof others>) => {
      const { one, clock, wanted } = member()
      one.answered(command, answer, clock.now())
      return wanted
    }
    expect(asked(lease, others(half))).toEqual(['acme/large'])
    expect(asked(lease, others({ state: 'open', epoch: 1 }))).toEqual([])
    expect(asked(read, others(half))).toEqual([])
    expect(asked(lease, mine())).toEqual([])
  })

  it('is given up for one that wants it after a second without use, and not in the middle of the test', () => {
    const used = tester()
    used.one.used()
    used.clock.advance(999)
    used.heard('wanted', { state: 'half_open', epoch: 1 })
    expect([used.one.mayTest, used.sent]).toEqual([true, []])
    used.clock.advance(1)
    const before = used.sent.length
    used.heard('wanted', { state: 'half_open', epoch: 1 })
    expect([used.one.mayTest, used.sent.slice(before)]).toEqual([false, [{ type: 'release' }]])
    used.heard('wanted', { state: 'half_open', epoch: 1 })
    expect(used.sent.slice(before)).toHaveLength(1)
    const testing = tester()
    testing.one.tests()
    testing.heard('wanted', { state: 'half_open', epoch: 1 })
    expect([testing.one.mayTest, testing.sent]).toEqual([true, []])
  })

  it.each([
    [1999, 1],
    [2000, 0],
  ])('that was wanted %i ms before it became free is asked for again %i times', (ms, times) => {
    const { one, clock, sent, heard, followed } = member()
    one.wantTest()
    one.answered(lease, others({ state: 'half_open', epoch: 1, holdMs: 5000 }), clock.now())
    clock.advance(ms)
    heard('released', { state: 'half_open', epoch: 1 })
    expect(sent).toHaveLength(1 + times)
    expect(followed.at(-1)).toEqual(['half_open', 0, 'shared'])
  })

  it('that nobody here wanted is left to others', () => {
    const { sent, heard } = member()
    heard('released', { state: 'half_open', epoch: 1 })
    expect(sent).toEqual([])
  })
})

describe('what a process tells of its attempts', () => {
  it('is every failure, and a success that ends a series', () => {
    const { one, sent, heard } = member()
    one.reported('success', rule)
    one.reported('neutral', rule)
    expect(sent).toEqual([])
    one.reported('failure', rule)
    expect(sent).toEqual([{ type: 'failure', epoch: 0, ...rule }])
    heard('count', { failures: 1 })
    one.reported('neutral', rule)
    expect(sent).toHaveLength(1)
    one.reported('success', rule)
    expect(sent.slice(1)).toEqual([{ type: 'success', epoch: 0 }])
  })

  it('is nothing where the store is away', () => {
    const { one, link, sent } = member()
    link.isJoined = false
    one.reported('failure', rule)
    one.tripped(10)
    one.wasReset()
    expect(sent).toEqual([])
  })

  it('is a reset or a trip after a test before its time, and nothing where that decided nothing', () => {
    const { one, sent, followed, heard } = member()
    one.tests()
    one.testedEarly('neutral', 10)
    expect(sent).toEqual([])
    heard('trip', { epoch: 1, state: 'open', holdMs: 5 })
    expect(followed).toHaveLength(1)
    one.testedEarly('failure', 10)
    one.testedEarly('success', 10)
    expect(sent).toEqual([{ type: 'trip', holdMs: 10, reason: 'trip' }, { type: 'reset' }])
  })
})

describe('what a process believes', () => {
  it('is news that are newer than what it knows, and no older count', () => {
    const { one, heard, followed } = member()
    heard('failures', { epoch: 3, state: 'open', holdMs: 10 })
    heard('reset', { epoch: 3 })
    heard('released', { epoch: 2, state: 'half_open' })
    heard('count', { epoch: 2, failures: 4 })
    expect([followed, one.failures]).toEqual([[['open', 10, 'failures']], 0])
    heard('count', { epoch: 3, failures: 2 })
    expect(one.failures).toBe(2)
  })

  it('is no answer that the news have overtaken, unless it is as new', () => {
    const { one, clock, heard, followed } = member()
    heard('failures', { epoch: 3, state: 'open', holdMs: 10 })
    one.answered(read, others({ epoch: 2, failures: 4 }), clock.now())
    expect([followed.length, one.failures]).toEqual([1, 0])
    one.answered(read, others({ epoch: 3, failures: 4, state: 'open', holdMs: 9 }), clock.now())
    expect([followed.at(-1), one.failures]).toEqual([['open', 9, 'shared'], 4])
  })

  it('is its own test before anything else', () => {
    const { one, heard, followed } = tester()
    one.tests()
    heard('trip', { epoch: 2, state: 'open', failures: 1 })
    expect([followed, one.failures, one.mayTest]).toEqual([[], 1, true])
  })

  it('is itself, where the store has forgotten that the target fails', () => {
    const { one, clock, copy, heard, sent, followed } = member()
    heard('failures', { epoch: 3, state: 'open', holdMs: 10 })
    Object.assign(copy, { isClosed: false, held: 7 })
    clock.advance(1)
    one.answered(read, others({ epoch: 1 }), clock.now())
    expect([sent, followed.length]).toEqual([[{ type: 'trip', holdMs: 7, reason: 'shared' }], 1])
    // It has told it once; what the store says of the same age is true from now on.
    one.answered(read, others({ epoch: 1 }), clock.now())
    expect([sent.length, followed.at(-1)]).toEqual([1, ['closed', 0, 'shared']])
  })

  it.each([
    ['the store knows that it fails', { epoch: 1, state: 'open' as const, holdMs: 4 }, false],
    ['its own circuit is closed', { epoch: 1 }, true],
  ])('is the store, where %s', (_name, answer, isClosed) => {
    const { one, clock, copy, heard, sent, followed } = member()
    heard('failures', { epoch: 3, state: 'open', holdMs: 10 })
    copy.isClosed = isClosed
    clock.advance(1)
    one.answered(read, others(answer), clock.now())
    expect([sent, followed.length]).toEqual([[], 2])
  })

  it('is itself after a time alone, unless something has happened meanwhile', () => {
    const same = member()
    same.one.alone()
    Object.assign(same.copy, { isClosed: false, held: 7 })
    same.one.answered(read, others(), same.clock.now())
    expect(same.sent).toEqual([{ type: 'trip', holdMs: 7, reason: 'shared' }])
    same.one.answered(read, others(), same.clock.now())
    expect([same.sent.length, same.followed]).toEqual([1, [['closed', 0, 'shared']]])
    const newer = member()
    newer.one.alone()
    newer.copy.isClosed = false
    newer.one.answered(read, others({ epoch: 1 }), newer.clock.now())
    expect([newer.sent, newer.followed]).toEqual([[], [['closed', 0, 'shared']]])
    const together = member()
    together.copy.isClosed = false
    together.one.answered(read, others(), together.clock.now())
    expect([together.sent, together.followed]).toEqual([[], [['closed', 0, 'shared']]])
  })

  it.each([true, false])('makes it ask for the test when an opening is over, if anybody uses the target: %s', (isUsed) => {
    const { one, clock, sent, heard } = member()
    if (isUsed) one.used()
    heard('failures', { epoch: 1, state: 'open', holdMs: 10 })
    clock.advance(9)
    expect(sent).toEqual([])
    clock.advance(1)
    expect(sent).toEqual(isUsed ? [lease] : [])
  })
})
