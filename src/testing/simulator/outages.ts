import type { Clock } from '../../contracts/clock.ts'
import { seededRandom } from '../random.ts'
import type { Turn } from './turn.ts'
import { faultOf } from './faults.ts'
import type { Fault, FaultParameters } from './fault.ts'
import type { FaultName } from './faults.ts'

/** Which requests something applies to. */
export interface Conditions {
  readonly model?: string | RegExp
  readonly stream?: boolean
  /** The requests that prepare an answer (a new conversation), or that come after it. Default: those that ask for one. */
  readonly operation?: 'prelude' | 'sequel'
  readonly match?: (turn: Turn) => boolean
}

/** When a fault strikes, and how. */
export interface FaultOptions extends FaultParameters, Conditions {
  /** How many requests it spoils; then it is gone. Default: all. */
  readonly times?: number
  /** How many requests stay healthy first. Default 0. */
  readonly skip?: number
  /** The share of requests that it spoils, from the simulator's seed. Default 1. */
  readonly probability?: number
  /** It begins so long after this call, on the simulator's clock. Default 0. */
  readonly afterMs?: number
  /** It ends by itself after so long. Default: never. */
  readonly forMs?: number
}

/** A fault that was ordered; disposing it heals it. */
export interface Outage extends Disposable {
  readonly vendor: string
  readonly fault: FaultName
  /** How many requests it has spoilt. */
  readonly hits: number
  heal(): void
}

/** A fault that strikes a request. */
export interface Strike {
  readonly fault: Fault
  readonly name: FaultName
  readonly parameters: FaultParameters
}

interface Entry {
  readonly vendor: string
  readonly name: FaultName
  readonly fault: Fault
  readonly options: FaultOptions
  readonly since: number
  seen: number
  hits: number
}

/** All ordered faults. The latest one that fits a request strikes. */
export class Outages {
  readonly #clock: Clock
  readonly #random: () => number
  #entries: readonly Entry[] = []

  constructor(clock: Clock, seed: number) {
    this.#clock = clock
    this.#random = seededRandom(seed)
  }

  add(vendor: string, name: FaultName, options: FaultOptions): Outage {
    const entry: Entry = { vendor, name, fault: faultOf(name), options, since: this.#clock.now(), seen: 0, hits: 0 }
    this.#entries = [entry, ...this.#entries]
    const heal = (): void => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
    return {
      vendor,
      fault: name,
      get hits() {
        return entry.hits
      },
      heal,
      [Symbol.dispose]: heal,
    }
  }

  /** Forgets the faults of a vendor (all: `undefined`), or one of them. */
  heal(vendor: string | undefined, name: FaultName | undefined): void {
    const healed = (entry: Entry): boolean =>
      (vendor === undefined || entry.vendor === vendor) && (name === undefined || entry.name === name)
    this.#entries = this.#entries.filter((entry) => !healed(entry))
  }

  /** The fault that strikes this request, if one does; of those that can, where it is. */
  strike(vendor: string, turn: Turn, can: (fault: Fault) => boolean = () => true): Strike | undefined {
    for (const entry of this.#entries) {
      if (!can(entry.fault) || !this.#concerns(entry, vendor, turn)) continue
      entry.seen += 1
      if (entry.seen <= (entry.options.skip ?? 0) || this.#random() >= (entry.options.probability ?? 1)) continue
      entry.hits += 1
      if (entry.hits >= (entry.options.times ?? Infinity)) this.#entries = this.#entries.filter((other) => other !== entry)
      return { fault: entry.fault, name: entry.name, parameters: entry.options }
    }
    return undefined
  }

  #concerns({ vendor, fault, options, since }: Entry, asked: string, turn: Turn): boolean {
    if (vendor !== '*' && vendor !== asked) return false
    if (fault.spoils !== 'any' && (fault.spoils === 'streams') !== turn.stream) return false
    const elapsed = this.#clock.now() - since
    const from = options.afterMs ?? 0
    return elapsed >= from && elapsed < from + (options.forMs ?? Infinity) && fits(options, turn)
  }
}

/** Whether a request meets the conditions. */
export function fits({ model, stream, operation, match }: Conditions, turn: Turn): boolean {
  const aside = turn.operation === 'prelude' || turn.operation === 'sequel' ? turn.operation : undefined
  if (operation !== aside) return false
  if (stream !== undefined && stream !== turn.stream) return false
  if (typeof model === 'string' && model !== turn.model) return false
  if (model instanceof RegExp && turn.model.search(model) === -1) return false
  return match?.(turn) ?? true
}
