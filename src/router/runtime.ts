import type { Trail } from '../audit/trail.ts'
import { costBy, highestCostBy, ledgerEntry, priceLoading } from '../books.ts'
import { forecaster } from '../catalog/forecast.ts'
import type { Breakers } from '../contracts/breaker.ts'
import type { Rates } from '../contracts/rates.ts'
import { Secret } from '../contracts/secret.ts'
import type { Flow } from '../flow.ts'
import type { Books } from '../ledger/ledger.ts'
import { Habits } from '../habits.ts'
import { RetryBudget } from '../retry-budget.ts'
import type { Runtime } from '../runtime.ts'
import type { Parts } from './parts.ts'

/** What is made before the runtime and works in it. */
interface Workings {
  readonly breakers: Breakers
  readonly trail: Trail
  readonly ledger: Books
  readonly flow: Flow
  readonly rates: Rates
}

/** What all requests share. */
export function runtimeOf(
  { catalog, prices, clock, keys, tokenizer }: Parts,
  { breakers, trail, ledger, flow, rates }: Workings,
): Runtime {
  const habits = new Habits()
  const cost = costBy({ catalog, prices, clock })
  const pricesFor = priceLoading(prices)
  return {
    clock,
    breakers,
    ...flow,
    rates,
    retries: new RetryBudget(),
    emit: trail.active ? (event, about) => trail.emit(event, about) : undefined,
    async secret(target, agent) {
      const loading = pricesFor(target)
      if (loading !== undefined) await loading
      const { adapter } = target
      if (adapter.key === null) return noSecret
      return keys.get(adapter.key, agent === undefined ? { provider: adapter.id } : { provider: adapter.id, agent })
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

const noSecret = new Secret('')
