import type { Trail } from '../audit/trail.ts'
import { trimmed } from '../audit/record.ts'
import type { Telemetry } from '../contracts/telemetry.ts'
import { logOf } from '../log.ts'
import type { RouterOptions } from '../options.ts'
import type { Runtime } from '../runtime.ts'
import type { GuardedTelemetry } from '../telemetry.ts'
import { guarded, quietly } from '../telemetry.ts'
import type { BreakerPanel } from '../breaker-panel.ts'

/** Who is told of events as they happen. */
export interface Listeners {
  /** All of them; absent where there is none. */
  readonly listener: Pick<Telemetry, 'event'> | undefined
  /** Those that trace and count; absent where there is none. */
  readonly telemetry: GuardedTelemetry | undefined
}

/** The telemetry and the logger that the options name. */
export function listenersOf({ telemetry: named = [], logger }: Pick<RouterOptions, 'telemetry' | 'logger'>): Listeners {
  const telemetry = guarded('event' in named ? [named] : named, trimmed)
  if (logger === undefined) return { listener: telemetry, telemetry }
  const log = logOf(logger, trimmed)
  const listener: Listeners['listener'] = {
    event(event, about, details) {
      quietly(() => log(event, about))
      telemetry?.event(event, about, details)
    },
  }
  return { listener, telemetry }
}

/** What gauges are read off. */
export interface ObservedParts {
  readonly breakers: Pick<BreakerPanel, 'list'>
  readonly trail: Pick<Trail, 'waiting' | 'dropped'>
  readonly runtime: Pick<Runtime, 'admission' | 'running'>
}

/** Lets telemetry read how the router is, until disposed. */
export function observed(
  telemetry: GuardedTelemetry | undefined,
  { breakers, trail, runtime }: ObservedParts,
): Disposable | undefined {
  return telemetry?.observe(() => ({
    circuits: breakers.list(),
    running: runtime.running.size,
    queued: runtime.admission.queued(),
    audit: { waiting: trail.waiting, dropped: trail.dropped },
  }))
}
