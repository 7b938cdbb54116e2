import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { Telemetry } from '../contracts/telemetry.ts'
import { Metrics } from './metrics.ts'
import { Spans } from './spans.ts'

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Who makes the spans. Default: the provider that is registered with `@opentelemetry/api`, whenever that is. */
  readonly tracerProvider?: TracerProvider
  /** Who makes the instruments. Default: the provider that is registered with `@opentelemetry/api`, whenever that is. */
  readonly meterProvider?: MeterProvider
}

/**
 * Spans and metrics by OpenTelemetry's conventions for generative AI, for the option `telemetry` of `createRouter()`: a span for
 * each request, a child for each attempt, within which its wire call is made. Without content and without keys. Several routers
 * may share one.
 *
 * Needs `@opentelemetry/api`, an optional peer, and nothing else of OpenTelemetry.
 */
export function openTelemetry({ tracerProvider, meterProvider }: OpenTelemetryOptions = {}): Required<Telemetry> {
  const spans = new Spans(tracerProvider)
  const metrics = new Metrics(meterProvider)
  return {
    event(event, about, details) {
      spans.event(event, about, details)
      metrics.event(event, about, details)
    },
    within: (about, attempt, run) => spans.within(about, attempt, run),
    observe: (read) => metrics.observe(read),
  }
}
