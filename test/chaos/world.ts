import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { AuditRecord, RouterClient } from '../../src/index.ts'
import { fakeClock, vendorSimulator } from '../../src/testing/index.ts'
import type { FakeClock, RecordedRequest, VendorSimulator } from '../../src/testing/index.ts'
import type { Door } from '../every-vendor.ts'
import { agentOf, numberOf } from './caller.ts'
import type { Caller } from './caller.ts'
import type { PlannedCall, RunPlan } from './plan.ts'

/** Limits on the clock that router and vendors share. */
export const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 8000 }
export const cooldownMs = 3000

/** So many turns of the event loop, and real milliseconds, without anything moving are rest; so many more, a standstill. */
const restTurns = 12
const restLeastMs = 1.5
const hangMs = 20_000

/** Whether a connection is to fail, which only happens in the simulator's own transport. */
function breaksConnection({ faults }: PlannedCall, place: number): boolean {
  return faults[place]?.some((fault) => /^connection|^name-|^tls-/.test(fault?.name ?? '')) === true
}

/** The pieces of what a vendor says to a call; no two say the same. */
export function piecesOf(door: Door, { number, pieces }: Pick<PlannedCall, 'number' | 'pieces'>): readonly string[] {
  return Array.from({ length: pieces }, (_, index) =>
    index === 0 ? `${door.name} to ${number}: ` : `${door.name} ${number} wört${index} 😀 `,
  )
}

/** Simulated vendors, a clock that stands still until everything has come to rest, and the router of one run after the other. */
export class World implements AsyncDisposable {
  readonly clock: FakeClock
  readonly simulator: VendorSimulator
  records: AuditRecord[] = []
  client: RouterClient | undefined
  /** Requests that are being answered, and whether they wait for time to pass. */
  readonly #open = new Map<RecordedRequest, boolean>()
  /** How many requests for answers have come, by call. */
  readonly #arrived = new Map<number, number>()
  #seen = 0
  #slow: ReadonlySet<number> = new Set()

  private constructor(clock: FakeClock, simulator: VendorSimulator) {
    this.clock = clock
    this.simulator = simulator
  }

  static async open(): Promise<World> {
    const clock = fakeClock()
    return new World(clock, await vendorSimulator({ clock }))
  }

  /** Sets the stage for a run. */
  begin(plan: RunPlan): RouterClient {
    const { clock, simulator } = this
    simulator.reset()
    this.#seen = 0
    this.#arrived.clear()
    const records: AuditRecord[] = []
    this.records = records
    const calls = plan.rounds.flatMap((round) => round.calls)
    this.#slow = new Set(calls.filter(({ firstTokenMs }) => firstTokenMs > 0).map(({ number }) => number))
    for (const [place, door] of plan.doors.entries()) this.#prepare(door, place, calls)
    const adapters = plan.doors.map((door, place) => {
      const { baseURL, fetch } = simulator.door(door.vendor)
      return door.create({ baseURL, ...(calls.some((call) => breaksConnection(call, place)) && { fetch }) })
    })
    const targets = plan.doors.map((door, place) => `${adapters[place]?.id}/${door.model}`)
    const chainOf = ({ chain }: PlannedCall): readonly string[] => chain.map((place) => targets[place] ?? '')
    this.client = createRouter({
      providers: adapters,
      keys: memoryKeys(Object.fromEntries(adapters.map(({ key }) => [key ?? 'NONE', 'a-key-of-the-chaos']))),
      agents: Object.fromEntries(
        calls.map((call) => {
          const [primary = '', ...fallback] = chainOf(call)
          return [agentOf(call.number), { primary, fallback }]
        }),
      ),
      breaker: { failures: plan.failures, cooldownMs },
      clocks,
      clock,
      audit: { write: (record) => void records.push(record) },
    })
    return this.client
  }

  #prepare(door: Door, place: number, calls: readonly PlannedCall[]): void {
    const { simulator } = this
    const planned = new Map(calls.map((call) => [call.number, call]))
    simulator.answer(door.vendor, (asked) => {
      const call = planned.get(numberOf(asked.lastText))
      if (call === undefined) return 'nobody asked for this'
      return { deltas: piecesOf(door, call), latency: { firstTokenMs: call.firstTokenMs } }
    })
    for (const { number, faults } of calls) {
      for (const [index, fault] of (faults[place] ?? []).entries()) {
        if (fault === undefined) continue
        let requests = 0
        const isTheOne = (lastText: string): boolean => numberOf(lastText) === number && (requests += 1) === index + 1
        simulator.fail(door.vendor, fault.name, { ...fault.options, match: ({ lastText }) => isTheOne(lastText) })
      }
    }
  }

  /**
   * Lets the machine work until all is over. Time only passes when nothing else moves: no byte is under way, and every
   * request that is open waits for time to pass, or for ever.
   *
   * @throws Error where nothing moves any more, whatever time it is.
   */
  async until(isOver: () => boolean, callers: readonly Caller[]): Promise<void> {
    let quiet = 0
    let since = performance.now()
    let last = ''
    for (;;) {
      await (quiet > restTurns ? sleep(1) : turn())
      if (isOver()) return
      this.#watch()
      const now = this.#pulse(callers)
      quiet = now === last ? quiet + 1 : 0
      if (now !== last) since = performance.now()
      last = now
      const restMs = performance.now() - since
      if (restMs > hangMs && quiet > 1000) throw new Error(this.#hanging(callers))
      const { nextAt } = this.clock
      if (quiet <= restTurns || restMs < restLeastMs || nextAt === undefined || this.#isMoving(callers)) continue
      await this.clock.advanceAsync(Math.max(0, nextAt - this.clock.now()))
    }
  }

  /** Whether bytes are under way: an answer that does not wait for time, or a request that has not come yet. */
  #isMoving(callers: readonly Caller[]): boolean {
    return [...this.#open.values()].includes(false) || callers.some(({ plan }) => this.#isSending(plan.number))
  }

  #isSending(number: number): boolean {
    const events = this.records.filter(({ agent }) => agent === agentOf(number)).map(({ event }) => event)
    const started = events.filter(({ type }) => type === 'attempt.started').length
    const failed = events.filter((event) => event.type === 'attempt.failed')
    const isOver = failed.length === started || events.some(({ type }) => type === 'attempt.succeeded')
    // What fails on the way, or is aborted, may never come.
    const unsent = failed.filter(({ kind }) => kind === 'network' || kind === 'aborted' || kind === 'caller_timeout').length
    return !isOver && (this.#arrived.get(number) ?? 0) < started - unsent
  }

  #hanging(callers: readonly Caller[]): string {
    const open = [...this.#open.keys()].map(({ vendor, operation, fault }) => `${operation} at ${vendor} (${fault ?? 'no fault'})`)
    const stuck = callers
      .filter(({ over }) => !over)
      .map(({ plan: { number } }) => {
        const events = this.records.filter(({ agent }) => agent === agentOf(number)).map(({ event }) => event.type)
        return `call ${number} (${events.join(', ')})`
      })
    return `it hangs: ${stuck.join('; ')}; ${this.clock.pending} timers; open requests: ${open.join(', ')}`
  }

  #pulse(callers: readonly Caller[]): string {
    const chunks = callers.reduce((sum, caller) => sum + caller.chunks, 0)
    return `${this.clock.now()} ${this.simulator.requests.length} ${this.simulator.open} ${this.records.length} ${chunks}`
  }

  #watch(): void {
    for (const request of this.simulator.requests.slice(this.#seen)) {
      this.#open.set(request, this.#isSlow(request))
      const number = numberOf(JSON.stringify(request.body))
      if (request.operation === 'chat') this.#arrived.set(number, (this.#arrived.get(number) ?? 0) + 1)
      void request.ended.then(() => this.#open.delete(request))
    }
    this.#seen = this.simulator.requests.length
  }

  #isSlow({ fault, body, operation }: RecordedRequest): boolean {
    // What comes behind a call does not say which one.
    if (operation === 'sequel') return true
    return /^stall|^keep-alive|^endless|^slow/.test(fault ?? '') || this.#slow.has(numberOf(JSON.stringify(body)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close()
  }
}
