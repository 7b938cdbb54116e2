import { describe, expect, it } from 'vitest'
import type { BookedEntry, LedgerStore } from '../src/contracts/ledger.ts'
import { createRouter } from '../src/index.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'
import { attempt } from './ledger/entries.ts'

/** A store that is there, away, or says nothing. */
function fakeStore() {
  const kept = new Map<string, BookedEntry>()
  const batches: number[] = []
  let mode: 'there' | 'away' | 'silent' = 'there'
  let closed = 0
  const store: LedgerStore = {
    async append(entries) {
      batches.push(entries.length)
      if (mode === 'away') throw Object.assign(new Error('secret: connection refused'), { code: 'ECONNREFUSED' })
      for (const entry of entries) kept.set(`${entry.requestId}/${entry.attempt}`, entry)
      if (mode === 'silent') await new Promise(() => undefined)
    },
    read: () => Promise.resolve({ rows: [], total: null }),
    close: () => Promise.resolve(void (closed += 1)),
  }
  return {
    store,
    batches,
    kept,
    get closed() {
      return closed
    },
    is(now: typeof mode) {
      mode = now
    },
  }
}

function bench() {
  const clock = fakeClock()
  const fake = fakeStore()
  const heard: string[] = []
  const listener = {
    lost: (code: string | undefined) => void heard.push(`lost ${code}`),
    regained: (awayMs: number) => void heard.push(`regained after ${awayMs}`),
  }
  const ledger = createLedger({ shared: { store: fake.store, clock, listener } })
  return {
    ...fake,
    fake,
    clock,
    heard,
    ledger,
    book: (times = 1) => Array.from({ length: times }, () => ledger.add(attempt('a/m', {}))),
  }
}

describe('entries on their way to a store', () => {
  it('gather for 100 ms and go in one batch', async () => {
    const { book, clock, batches } = bench()
    book(3)
    await clock.advanceAsync(99)
    expect(batches).toEqual([])
    await clock.advanceAsync(1)
    expect(batches).toEqual([3])
    expect(clock.pending).toBe(0)
  })

  it('go at once where 500 have gathered, in batches of no more', async () => {
    const { book, clock, batches, ledger } = bench()
    book(1200)
    await clock.advanceAsync(0)
    expect(batches).toEqual([500, 500, 200])
    expect(ledger.waiting).toBe(0)
  })

  it('are not forgotten, whenever they come: also in the very moment in which a batch has gone', async () => {
    for (let turns = 0; turns < 20; turns += 1) {
      const { fake, book, clock } = bench()
      book()
      clock.advance(100)
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      book()
      await clock.advanceAsync(100)
      expect(fake.kept.size).toBe(2)
    }
  })

  it('wait while it is away, and come again after pauses that double up to 30 s', async () => {
    const { fake, book, clock, batches, heard, ledger } = bench()
    fake.is('away')
    book(2)
    await clock.advanceAsync(100)
    const pauses: number[] = []
    for (let turn = 0; turn < 8; turn += 1) {
      const pause = (clock.nextAt ?? Number.NaN) - clock.now()
      pauses.push(pause)
      await clock.advanceAsync(pause)
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(batches).toEqual(Array.from({ length: 9 }, () => 2))
    expect([heard, ledger.waiting]).toEqual([['lost ECONNREFUSED'], 2])
    fake.is('there')
    book()
    await clock.advanceAsync(30_000)
    expect(fake.kept.size).toBe(3)
    expect(heard).toEqual(['lost ECONNREFUSED', `regained after ${clock.now() - 100}`])
    // From here on as before.
    book()
    await clock.advanceAsync(100)
    expect([fake.kept.size, ledger.dropped]).toEqual([4, 0])
  })

  it('come again where it says nothing for 10 s, and are there once', async () => {
    const { fake, book, clock, heard } = bench()
    fake.is('silent')
    book()
    await clock.advanceAsync(10_099)
    expect(heard).toEqual([])
    await clock.advanceAsync(1)
    expect(heard).toEqual(['lost undefined'])
    fake.is('there')
    await clock.advanceAsync(500)
    expect(heard).toEqual(['lost undefined', 'regained after 500'])
    expect(fake.kept.size).toBe(1)
  })

  it('are dropped and counted beyond 100,000, the newest first', async () => {
    const { fake, book, clock, ledger } = bench()
    fake.is('away')
    book(100_003)
    await clock.advanceAsync(0)
    expect([ledger.waiting, ledger.dropped]).toEqual([100_000, 3])
    fake.is('there')
    await ledger.flush()
    expect([ledger.waiting, ledger.dropped, fake.kept.size]).toEqual([0, 3, 100_000])
    expect(ledger.totals()).toMatchObject([{ calls: 100_003 }])
  })

  it('are all there after close(), and counted as dropped where they cannot be', async () => {
    const there = bench()
    there.book(700)
    await there.ledger.close()
    expect([there.kept.size, there.ledger.dropped, there.fake.closed]).toEqual([700, 0, 1])
    const away = bench()
    away.fake.is('away')
    away.book(7)
    await away.ledger.close()
    away.book()
    expect([away.ledger.waiting, away.ledger.dropped, away.clock.pending]).toEqual([0, 8, 0])
  })

  it('hold up no flush for longer than 5 s', async () => {
    const { fake, book, clock, ledger } = bench()
    fake.is('silent')
    book()
    let flushed = false
    const flushing = ledger.flush().then(() => (flushed = true))
    await clock.advanceAsync(4999)
    expect(flushed).toBe(false)
    await clock.advanceAsync(1)
    await flushing
    expect(ledger.waiting).toBe(1)
  })

  it('delay no request, and cost none where the store throws at once', async () => {
    const router = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      agents: { a: { primary: 'fake/m' } },
      clock: fakeClock(),
      ledger: {
        store: {
          append() {
            throw new TypeError('not today')
          },
          read: () => Promise.resolve({ rows: [], total: null }),
        },
      },
    })
    const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'Hi' }] }
    for (let call = 0; call < 3; call += 1) await router.agent('a').chat.completions.create(body)
    await router.flush()
    expect([router.ledger.waiting, router.ledger.totals()[0]?.calls]).toEqual([3, 3])
    await router.close()
  })
})
