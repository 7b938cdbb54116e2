import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

type Point = DataPoint<number> | DataPoint<Histogram> | DataPoint<ExponentialHistogram>

/** The real SDK with its context manager switched on, and what it has been given. */
export function sdk() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spans = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const metricsNow = async () => {
    exporter.reset()
    await reader.forceFlush()
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  }
  return {
    tracerProvider,
    meterProvider,
    tracer: tracerProvider.getTracer('the application'),
    /** In the order in which they ended. */
    spans: (): readonly ReadableSpan[] => spans.getFinishedSpans(),
    /** The points of one metric now. */
    async points(name: string): Promise<readonly Point[]> {
      return (await this.metric(name))?.dataPoints ?? []
    },
    async metric(name: string) {
      return (await metricsNow()).findLast(({ descriptor }) => descriptor.name === name)
    },
    metrics: metricsNow,
  }
}

/** As if no SDK had ever been there. */
export function forget(): void {
  context.disable()
  trace.disable()
  metrics.disable()
}

/** A histogram's figures. */
export function figures({ value }: Point): { readonly count: number; readonly sum: number | undefined } {
  if (typeof value === 'number') throw new TypeError('no histogram')
  return { count: value.count, sum: value.sum }
}
