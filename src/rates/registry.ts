import type { Clock } from '../contracts/clock.ts'
import type { RateEntry, RateHold, RateLimitOptions, RateNeed, Rates, RateTarget } from '../contracts/rates.ts'
import { Gauge } from './gauge.ts'
import type { RateFamily, RateHeaders, RateUnit } from './headers.ts'
import { rateFamilies } from './headers.ts'
import { resetMs } from './reset.ts'
import { MinuteWindow } from './window.ts'

/** Callers may name any model: what is remembered of them must not grow without limit. */
const mostTargets = 2000

/** The limits of a router's targets, as configured and as their vendors tell them. */
export class RateRegistry implements Rates {
  readonly #clock: Clock
  readonly #configured: ReadonlyMap<string, ConfiguredRates>
  readonly #told = new Map<string, ToldRates>()

  constructor(clock: Clock, limits: ReadonlyMap<string, RateLimitOptions>) {
    this.#clock = clock
    this.#configured = new Map(Array.from(limits, ([target, options]) => [target, new ConfiguredRates(options)]))
  }

  hold<Target extends RateTarget>(target: Target, need: (target: Target) => RateNeed): RateHold | undefined {
    const [configured, told] = [this.#configured.get(target.id), this.#told.get(target.id)]
    if (configured === undefined && told === undefined) return undefined
    const now = this.#clock.now()
    const needed = (): RateNeed => need(target)
    const ownMs = configured?.waitMs(needed, now) ?? 0
    const retryInMs = Math.ceil(Math.max(ownMs, told?.waitMs(needed, now) ?? 0))
    return retryInMs === 0 ? undefined : { retryInMs, hard: ownMs > 0 && configured?.hard === true }
  }

  take<Target extends RateTarget>(target: Target, need: (target: Target) => RateNeed): RateEntry | undefined {
    const [configured, told] = [this.#configured.get(target.id), this.#told.get(target.id)]
    if (configured === undefined && told === undefined) return undefined
    const needed = (): RateNeed => need(target)
    told?.take(needed)
    return configured?.take(needed, this.#clock.now())
  }

  observe({ id }: RateTarget, headers: Headers): void {
    const told = this.#told.get(id)
    const family = told?.family ?? rateFamilies.find(({ rows }) => rows.some(({ remaining }) => headers.has(remaining)))
    if (family === undefined) return
    const [now, wallMs] = [this.#clock.now(), this.#clock.wall()]
    if (told !== undefined) {
      told.read(headers, now, wallMs)
      return
    }
    if (this.#told.size >= mostTargets) this.#told.clear()
    const fresh = new ToldRates(family)
    fresh.read(headers, now, wallMs)
    this.#told.set(id, fresh)
  }
}

/** The limits of one target as its vendor tells them. */
class ToldRates {
  readonly family: RateFamily
  readonly #gauges = new Map<RateHeaders, Gauge>()

  constructor(family: RateFamily) {
    this.family = family
  }

  read(headers: Headers, now: number, wallMs: number): void {
    const { refills, rows } = this.family
    for (const row of rows) {
      const remaining = countOf(headers.get(row.remaining))
      if (remaining === undefined) continue
      const reset = row.reset === undefined ? null : headers.get(row.reset)
      const limit = row.limit === undefined ? undefined : countOf(headers.get(row.limit))
      const reading = { remaining, limit, refills, resetMs: (reset === null ? undefined : resetMs(reset, wallMs)) ?? row.windowMs }
      const gauge = this.#gauges.get(row)
      if (gauge === undefined) this.#gauges.set(row, new Gauge(reading, now))
      else gauge.read(reading, now)
    }
  }

  waitMs(need: () => RateNeed, now: number): number {
    let longest = 0
    for (const [{ unit }, gauge] of this.#gauges) longest = Math.max(longest, gauge.waitMs(amountOf(unit, need), now))
    return longest
  }

  take(need: () => RateNeed): void {
    for (const [{ unit }, gauge] of this.#gauges) gauge.take(amountOf(unit, need))
  }
}

/** The limits of one target as configured. */
class ConfiguredRates {
  readonly hard: boolean
  readonly #requests: MinuteWindow | undefined
  readonly #tokens: MinuteWindow | undefined

  constructor({ requestsPerMinute, tokensPerMinute, hard = false }: RateLimitOptions) {
    this.hard = hard
    this.#requests = requestsPerMinute === undefined ? undefined : new MinuteWindow(requestsPerMinute)
    this.#tokens = tokensPerMinute === undefined ? undefined : new MinuteWindow(tokensPerMinute)
  }

  waitMs(need: () => RateNeed, now: number): number {
    const requestsMs = this.#requests?.waitMs(1, now) ?? 0
    return this.#tokens === undefined ? requestsMs : Math.max(requestsMs, this.#tokens.waitMs(amountOf('tokens', need), now))
  }

  take(need: () => RateNeed, now: number): RateEntry | undefined {
    this.#requests?.add(1, now)
    const correct = this.#tokens?.add(amountOf('tokens', need), now)
    return correct === undefined ? undefined : { correct }
  }
}

function amountOf(unit: RateUnit, need: () => RateNeed): number {
  if (unit === 'requests') return 1
  const { input, output } = need()
  return unit === 'input' ? input : unit === 'output' ? output : input + output
}

function countOf(word: string | null): number | undefined {
  return word !== null && /^\d+(?:\.\d+)?$/.test(word.trim()) ? Number(word) : undefined
}
