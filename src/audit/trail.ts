import type { AuditEvent, AuditSink } from '../contracts/audit.ts'
import type { Clock } from '../contracts/clock.ts'
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

/** The audit trail of one router. Its functions need no `this`. */
export interface Trail {
  /** False where no record would reach anybody: callers then build no events. */
  readonly active: boolean
  /** How many records did not reach a sink that should have had them, over all sinks. */
  readonly dropped: number
  /** Writes one record to every sink, soon: never throws, never waits. */
  readonly emit: (event: AuditEvent, about?: About) => void
  /** Resolves when every record so far is written and every sink has flushed, or after `drainMs`. Never rejects. */
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
  let closing: Promise<void> | undefined

  const send = (event: AuditEvent, about: About): void => {
    try {
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
  const all = (run: (lane: Lane) => Promise<void>): Promise<void> => within(Promise.all(lanes.map(run)), clock, drainMs)

  return {
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
    close() {
      closing ??= all((lane) => lane.flush()).then(() => all((lane) => lane.close()))
      return closing
    },
  }
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

async function within(done: Promise<unknown>, clock: Clock, ms: number): Promise<void> {
  let timer: Disposable | undefined
  const limit = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms)
  })
  await Promise.race([done, limit])
  timer?.[Symbol.dispose]()
}
