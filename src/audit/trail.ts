import type { AuditEvent, AuditSink } from '../contracts/audit.ts'
import type { Clock } from '../contracts/clock.ts'
import type { ContentJob } from '../contracts/content.ts'
import type { Place } from '../contracts/place.ts'
import type { Telemetry, TelemetryDetails } from '../contracts/telemetry.ts'
import type { Drainable } from './at-exit.ts'
import { drainAtExit } from './at-exit.ts'
import { Contents } from './contents.ts'
import { Gate } from './gate.ts'
import { Lane } from './lane.ts'
import { type About, createRecord } from './record.ts'

/** What a trail is made of. */
export interface TrailOptions {
  readonly sinks: readonly AuditSink[]
  readonly clock: Clock
  /** Is told of every event when it happens, before any sink; never throws. */
  readonly telemetry?: Pick<Telemetry, 'event'> | undefined
  /** The hash of the user of a request that is under way. */
  readonly subjectOf?: ((requestId: string) => string | undefined) | undefined
  /** Whether records that find no room are dropped and counted, or new requests wait until there is room. Default `drop`. */
  readonly onFull?: 'drop' | 'block' | undefined
  /** The most records that one sink may have unfinished. Default 10,000. */
  readonly queueLimit?: number | undefined
  /** How long `flush()` and `close()` wait for a sink that does not answer, in ms. Default 5,000. */
  readonly drainMs?: number | undefined
}

/** The audit trail of one router. Its functions need no `this`. Where there are sinks, the end of the process drains it. */
export interface Trail extends Drainable {
  /** False where no event would reach anybody: callers then build none. */
  readonly active: boolean
  /** How many records did not reach a sink that should have had them, over all sinks. */
  readonly dropped: number
  /** How many records wait for a sink, over all sinks. */
  readonly waiting: number
  /** Tells telemetry at once, and writes one record to every sink, soon: never throws, never waits. `details` is for telemetry alone. */
  readonly emit: (event: AuditEvent, about?: About, details?: TelemetryDetails) => void
  /** Writes a record with content, once that is made ready; what goes wrong on the way is counted. */
  readonly add: (event: AuditEvent, about: About, content: ContentJob) => Promise<void> | undefined
  /** Asked before a request is accepted: a place to wait in until its records have room. Absent where no request ever waits. */
  readonly enter: (() => Place | undefined) | undefined
  /** Resolves when every record so far is written and every sink has flushed, or after `drainMs`, for which the process stays. Never rejects. */
  readonly flush: () => Promise<void>
  /** As `flush`, then closes every sink. Later events go nowhere. Never rejects. */
  readonly close: () => Promise<void>
}

/** A trail to the given sinks. A sink that throws, rejects, hangs or is slow costs its own records and nothing else. */
export function createTrail(options: TrailOptions): Trail {
  return new SinkTrail(options)
}

class SinkTrail implements Trail {
  readonly enter: Trail['enter']
  readonly #telemetry: TrailOptions['telemetry']
  readonly #subjectOf: TrailOptions['subjectOf']
  readonly #lanes: readonly Lane[]
  readonly #contents: Contents
  readonly #gate: Gate | undefined
  readonly #limit: (late: () => void, hold: boolean) => Disposable
  readonly #timestamp: () => string
  readonly #origin = crypto.randomUUID()
  readonly #atExit: Disposable | undefined
  #seq = 0
  #malformed = 0
  #isDrained = true
  #closing: Promise<void> | undefined

  constructor(options: TrailOptions) {
    const { sinks, clock, telemetry, subjectOf, onFull = 'drop', queueLimit = 10_000, drainMs = 5_000 } = options
    const blocks = onFull === 'block'
    const onProgress = (): void => this.#gate?.look()
    // To every sink, so that the numbers rise by one in each; the one that missed records sees which by the gap.
    const onRecovered = (count: number): void => this.#happened({ type: 'sink.dropped', count })
    this.#lanes = sinks.map((sink) => new Lane(sink, { limit: queueLimit, keepsRequests: blocks, onRecovered, onProgress }))
    this.#contents = new Contents({ keepsAll: blocks, onProgress })
    const gate = blocks ? new Gate(() => this.#room()) : undefined
    this.#gate = gate
    this.enter = gate && (() => gate.enter())
    this.#telemetry = telemetry
    this.#subjectOf = subjectOf
    this.#timestamp = timestamps(clock)
    this.#limit = (late, hold) => clock.setTimeout(late, drainMs, { hold })
    this.#atExit = sinks.length > 0 ? drainAtExit(this) : undefined
  }

  get active(): boolean {
    return (this.#lanes.length > 0 || this.#telemetry !== undefined) && this.#closing === undefined
  }

  get dropped(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.lost, this.#malformed + this.#contents.lost * this.#lanes.length)
  }

  get waiting(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0)
  }

  readonly emit: Trail['emit'] = (event, about, details) => {
    if (this.#closing === undefined) this.#happened(event, about, details)
  }

  readonly add: Trail['add'] = (event, about, making) => {
    if (this.#closing !== undefined || this.#lanes.length === 0) return undefined
    this.#isDrained = false
    // Telemetry is told of nothing that was kept.
    return this.#contents.add({ ...making, onKept: (kept) => this.#send(event, { ...about, kept }) })
  }

  readonly flush = (): Promise<void> => this.#flushed(true)

  async drain(): Promise<void> {
    if (this.#isDrained) return
    this.#isDrained = true
    // A sink that hangs must not keep a process that has nothing else to do.
    await this.#flushed(false)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    this.#gate?.open()
    await this.#flushed(true)
    await this.#within(true, () => Promise.all(this.#lanes.map((lane) => lane.close())))
    this.#contents.abandon()
    for (const lane of this.#lanes) lane.abandon()
    this.#atExit?.[Symbol.dispose]()
  }

  #flushed(hold: boolean): Promise<void> {
    const lanes = (): Promise<unknown> => Promise.all(this.#lanes.map((lane) => lane.flush()))
    // What is there already does not wait for content that may never be ready.
    return this.#within(hold, async () => {
      await (this.#contents.isEmpty ? lanes() : Promise.all([lanes(), this.#contents.settled().then(lanes)]))
    })
  }

  async #within(hold: boolean, run: () => Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = this.#limit(late.resolve, hold)
    await Promise.race([run(), late.promise])
    timer[Symbol.dispose]()
  }

  #room(): number {
    return this.#contents.hasRoom ? Math.min(...this.#lanes.map(({ room }) => room)) : 0
  }

  #happened(event: AuditEvent, about: About = nothing, details: TelemetryDetails = nothing): void {
    this.#telemetry?.event(event, about, details)
    if (this.#lanes.length > 0) this.#send(event, about)
  }

  #send(event: AuditEvent, about: About): void {
    try {
      this.#isDrained = false
      const seq = this.#seq + 1
      const subject = about.subject ?? (about.requestId === undefined ? undefined : this.#subjectOf?.(about.requestId))
      const record = createRecord(event, subject === undefined ? about : { ...about, subject }, {
        id: `${this.#origin}-${seq}`,
        at: this.#timestamp(),
        seq,
      })
      this.#seq = seq
      for (const lane of this.#lanes) lane.offer(record)
    } catch {
      // An event that cannot be read, such as one with a throwing getter, must not cost the caller his answer.
      this.#malformed += 1
    }
  }
}

const nothing = Object.freeze({})

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
