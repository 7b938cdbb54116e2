import type { BatchObservableResult } from '@opentelemetry/api'
import type { BreakerState } from '../contracts/breaker.ts'
import type { TelemetrySnapshot } from '../contracts/telemetry.ts'
import { Names } from './bounded.ts'
import type { Gauges } from './instruments.ts'
import { attribute } from './names.ts'

const states: Readonly<Record<BreakerState['name'], number>> = { closed: 0, half_open: 1, open: 2 }

type Read = () => TelemetrySnapshot

/** The routers whose state is read. Where several have the same target, their queues add up and the worst circuit counts. */
export class Observed {
  readonly #routers = new Set<Read>()
  readonly #circuits = new Names()
  /** By routers that were closed: what counts must not go back. */
  #droppedBefore = 0

  add(read: Read): Disposable {
    this.#routers.add(read)
    return {
      [Symbol.dispose]: () => {
        this.#droppedBefore += read().audit.dropped
        this.#routers.delete(read)
      },
    }
  }

  report(result: BatchObservableResult, gauges: Gauges): void {
    const all = Array.from(this.#routers, (read) => read())
    const circuits = new Map<string, number>()
    const queued = new Map<string, number>()
    for (const router of all) {
      for (const { target, state } of router.circuits)
        if (this.#circuits.has(target)) circuits.set(target, Math.max(circuits.get(target) ?? 0, states[state]))
      for (const { target, waiting } of router.queued) queued.set(target, (queued.get(target) ?? 0) + waiting)
    }
    for (const [target, state] of circuits) result.observe(gauges.breaker, state, { [attribute.target]: target })
    for (const [target, waiting] of queued) result.observe(gauges.queue, waiting, { [attribute.target]: target })
    result.observe(
      gauges.running,
      sum(all, ({ running }) => running),
    )
    result.observe(
      gauges.auditQueue,
      sum(all, ({ audit }) => audit.waiting),
    )
    result.observe(gauges.auditDropped, this.#droppedBefore + sum(all, ({ audit }) => audit.dropped))
  }
}

function sum(all: readonly TelemetrySnapshot[], count: (router: TelemetrySnapshot) => number): number {
  return all.reduce((total, router) => total + count(router), 0)
}
