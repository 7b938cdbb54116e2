import type { Clock } from './contracts/clock.ts'
import type { Decision } from './decision.ts'
import type { Load, SharedOrder, TrafficView } from './share.ts'
import { Pace } from './pace.ts'

// Callers may name any model of a provider; what they name must not fill the memory.
const mostTargets = 2000

const none: readonly SharedOrder[] = []

/** One over the golden ratio: steps of this size around a circle never come close to where earlier ones have been. */
const step = (Math.sqrt(5) - 1) / 2

/** An attempt that is over. */
export interface Observation {
  readonly target: { readonly id: string }
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly durationMs: number
  /** Streams only. */
  readonly firstTokenMs: number | undefined
}

/** A target's times, streams apart from whole answers: they measure different things. */
interface Paces {
  readonly unary: Pace
  readonly stream: Pace
}

/** The live numbers of a router's targets: what is under way, how fast they are, whose turn it is. */
export class Traffic implements TrafficView {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #pending = new Map<string, number>()
  readonly #paces = new Map<string, Paces>()
  readonly #draws = new Map<string, number>()
  /** Whether anybody wants to know how fast targets are. */
  #isMeasured: boolean

  constructor(clock: Clock, { random, isMeasured }: { readonly random: () => number; readonly isMeasured: boolean }) {
    this.#clock = clock
    this.#random = random
    this.#isMeasured = isMeasured
  }

  load(id: string, stream: boolean): Load {
    const pace = this.#paces.get(id)?.[stream ? 'stream' : 'unary']
    return { pending: this.#pending.get(id) ?? 0, latencyMs: pace?.averageAt(this.#clock.now()) ?? null }
  }

  draw(group: string): number {
    const known = this.#draws.get(group)
    if (known !== undefined) return known
    // Processes that start together must not all begin with the same target.
    const first = this.#random()
    this.#draws.set(group, first)
    return first
  }

  /** A request has set out by these orders: the next one draws anew. */
  departed({ shared = none }: Pick<Decision, 'shared'>): void {
    for (const { model } of shared) this.#draws.set(model, (this.draw(model) + step) % 1)
  }

  /** An attempt at the target begins; disposing tells its end, once. */
  enter(id: string): Disposable {
    this.#pending.set(id, (this.#pending.get(id) ?? 0) + 1)
    let isUnderWay = true
    return {
      [Symbol.dispose]: () => {
        if (!isUnderWay) return
        isUnderWay = false
        const left = (this.#pending.get(id) ?? 1) - 1
        if (left > 0) this.#pending.set(id, left)
        else this.#pending.delete(id)
      },
    }
  }

  /** Measures from now on. */
  measure(): void {
    this.#isMeasured = true
  }

  /** How fast the target is; nothing where it was not measured. */
  pace(id: string, stream: boolean): Pace | undefined {
    return this.#paces.get(id)?.[stream ? 'stream' : 'unary']
  }

  /** After `ms` the target had not answered yet when it was left for another: it would have taken at least so long. */
  outrun(id: string, stream: boolean, ms: number): void {
    this.#pacesOf(id)[stream ? 'stream' : 'unary'].add(ms, this.#clock.now())
  }

  /** Takes note of an attempt that is over. */
  observe({ target, outcome, durationMs, firstTokenMs }: Observation): void {
    if (!this.#isMeasured || outcome === 'cancelled') return
    const now = this.#clock.now()
    const paces = this.#pacesOf(target.id)
    if (outcome === 'failure') {
      paces.unary.failed(durationMs, now)
      paces.stream.failed(durationMs, now)
    } else if (firstTokenMs === undefined) paces.unary.add(durationMs, now)
    else paces.stream.add(firstTokenMs, now)
  }

  #pacesOf(id: string): Paces {
    const known = this.#paces.get(id)
    if (known !== undefined) return known
    if (this.#paces.size >= mostTargets) this.#paces.clear()
    const made = { unary: new Pace(), stream: new Pace() }
    this.#paces.set(id, made)
    return made
  }
}
