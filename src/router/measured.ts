import type { BreakerPanel } from '../breaker-panel.ts'
import type { ExplanationParts } from '../explanation.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** What the router knows of its targets by now: from its own books, and by their circuits. */
export function measured(
  ledger: Pick<Ledger, 'totals'>,
  breakers: Pick<BreakerPanel, 'snapshot'>,
): Pick<ExplanationParts, 'latency' | 'circuit'> {
  return {
    latency({ provider, model }) {
      const [row] = ledger.totals({ where: { provider, model } })
      if (row === undefined || row.p50Ms === null) return null
      return { p50Ms: row.p50Ms, firstTokenP50Ms: row.firstTokenP50Ms, calls: row.calls }
    },
    circuit: ({ circuit }) => breakers.snapshot(circuit),
  }
}
