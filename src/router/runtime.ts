import type { Trail } from '../audit/trail.ts'
import { costBy, highestCostBy, ledgerEntry, priceLoading } from '../books.ts'
import { forecaster } from '../catalog/forecast.ts'
import type { Breakers } from '../contracts/breaker.ts'
import type { Rates } from '../contracts/rates.ts'
import type { Flow } from '../flow.ts'
import type { Books } from '../ledger/ledger.ts'
import { Habits } from '../habits.ts'
import { KeyHealth } from '../key-health.ts'
import { KeyRing } from '../key-ring.ts'
import { RetryBudget } from '../retry-budget.ts'
import type { Runtime } from '../runtime.ts'
import { heardBy } from './notes.ts'
import type { Parts } from './parts.ts'

/** What is made before the runtime and works in it. */
interface Workings {
  readonly breakers: Breakers
  readonly trail: Trail
  readonly ledger: Books
  readonly flow: Flow
  readonly rates: Rates
  readonly telemetry: Runtime['telemetry']
  readonly notes: Runtime['notes']
}

/** What all requests share. */
export function runtimeOf(
  { catalog, prices, clock, keys, tokenizer }: Parts,
  { breakers, trail, ledger, flow, rates, telemetry, notes }: Workings,
): Runtime {
  const habits = new Habits()
  const cost = costBy({ catalog, prices, clock })
  const pricesFor = priceLoading(prices)
  const ring = new KeyRing(keys, new KeyHealth(clock))
  return {
    clock,
    breakers,
    ...flow,
    rates,
    retries: new RetryBudget(),
    emit: trail.active ? heardBy(notes, trail) : undefined,
    notes,
    enter: trail.enter,
    telemetry,
    async key(target, owner, after) {
      const loading = pricesFor(target)
      if (loading !== undefined) await loading
      return ring.open(target, owner, after)
    },
    restingKeys: () => ring.resting(),
    async holdsKey(target, owner) {
      await pricesFor(target)
      return ring.holds(target, owner)
    },
    cost,
    forecast: forecaster({
      cost,
      highestCost: highestCostBy({ prices, clock }),
      usualOutput: ({ id }) => habits.usualOutput(id),
      tokenizer,
    }),
    record(entry) {
      ledger.add(ledgerEntry(entry, clock.wall()))
      habits.observe(entry)
      // What no caller waited for says nothing of how callers are served.
      if (entry.role === 'compare' || entry.role === 'shadow') return
      flow.traffic.observe(entry)
      flow.affinity.observe(entry)
    },
    random: Math.random,
    running: new Set(),
  }
}
