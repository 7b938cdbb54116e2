import type { AuditEvent, AuditSink } from '../contracts/audit.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Drainable } from './at-exit.ts'
import { drainAtExit } from './at-exit.ts'
import { Lane } from './lane.ts'
import { type About, createRecord } from './record.ts'

/** What a trail is made of. */
export interface TrailOptions {
  readonly sinks: readonly AuditSink[]
  readonly clock: Clock
  /** The most records that one sink may have unfinished; newer ones are dropped and counted. Default 10,000. */
  readonly queueLimit?: number
  /** How long `flush()` and `close()` wait for a sink that does not answer, in ms. Default 5,000. */
  readonly drainMs?: number
}

/** The audit trail of one router. Its functions need no `this`. Where there are sinks, the end of the process drains it. */
export interface Trail extends Drainable {
  /** False where no record would reach anybody: callers then build no events. */
  readonly active: boolean
  /** How many records did not reach a sink that should have had them, over all sinks. */
  readonly dropped: number
  /** Writes one record to every sink, soon: never throws, never waits. */
  readonly emit: (event: AuditEvent, about?: About) => void
  /** Resolves when every record so far is written and every sink has flushed, or after `drainMs`, for which the process stays. Never rejects. */
  readonly flush: () => Promise<void>
  /** As `flush`, then closes every sink. Later events go nowhere. Never rejects. */
  readonly close: () => Promise<void>
}

/** A trail to the given sinks. A sink that throws, rejects, hangs or is slow costs its own records and nothing else. */
export function createTrail({ sinks, clock, queueLimit = 10_000, drainMs = 5_000 }: TrailOptions): Trail {
  const timestamp = timestamps(clock)
  const origin = crypto.randomUUID()
  let seq = 0
  let malformed = 0
  let isDrained = true
  let closing: Promise<void> | undefined

  const send = (event: AuditEvent, about: About): void => {
    try {
      isDrained = false
      const record = createRecord(event, about, { id: `${origin}-${seq + 1}`, at: timestamp(), seq: seq + 1 })
      seq += 1
      for (const lane of lanes) lane.offer(record)
    } catch {
      // An event that cannot be read, such as one with a throwing getter, must not cost the caller his answer.
      malformed += 1
    }
  }
  // To every sink, so that the numbers rise by one in each; the one that missed records sees which by the gap.
  const lanes = sinks.map((sink) => new Lane(sink, queueLimit, (count) => send({ type: 'sink.dropped', count }, {})))
  const all = (run: (lane: Lane) => Promise<void>, hold = true): Promise<void> =>
    within(Promise.all(lanes.map(run)), (late) => clock.setTimeout(late, drainMs, { hold }))

  const end = async (): Promise<void> => {
    await all((lane) => lane.flush())
    await all((lane) => lane.close())
    for (const lane of lanes) lane.abandon()
    atExit?.[Symbol.dispose]()
  }

  const trail: Trail = {
    get active() {
      return lanes.length > 0 && closing === undefined
    },
    get dropped() {
      return lanes.reduce((sum, lane) => sum + lane.lost, malformed)
    },
    emit(event, about = {}) {
      if (lanes.length > 0 && closing === undefined) send(event, about)
    },
    flush: () => all((lane) => lane.flush()),
    async drain() {
      if (isDrained) return
      isDrained = true
      // A sink that hangs must not keep a process that has nothing else to do.
      await all((lane) => lane.flush(), false)
    },
    close() {
      closing ??= end()
      return closing
    },
  }
  const atExit = lanes.length > 0 ? drainAtExit(trail) : undefined
  return trail
}

// Many records fall into one millisecond, and formatting a date costs more than the rest of a record.
function timestamps(clock: Clock): () => string {
  let last = Number.NaN
  let text = ''
  return () => {
    const now = Math.trunc(clock.wall())
    if (now !== last) {
      text = new Date(now).toISOString()
      last = now
    }
    return text
  }
}

async function within(done: Promise<unknown>, limit: (late: () => void) => Disposable): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = limit(late.resolve)
  await Promise.race([done, late.promise])
  timer[Symbol.dispose]()
}
