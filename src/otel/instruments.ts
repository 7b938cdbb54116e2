import type {
  Counter,
  Histogram,
  Meter,
  MetricAdvice,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
} from '@opentelemetry/api'
import { boundaries, metric } from './names.ts'

/** What is counted and measured. */
export interface Instruments {
  readonly tokens: Histogram
  readonly duration: Histogram
  readonly firstChunk: Histogram
  readonly request: Histogram
  readonly cost: Histogram
  readonly switches: Counter
  readonly keyFaults: Counter
  readonly gauges: Gauges
}

/** What is read when somebody collects. */
export interface Gauges {
  readonly breaker: ObservableGauge
  readonly running: ObservableUpDownCounter
  readonly queue: ObservableUpDownCounter
  readonly auditQueue: ObservableUpDownCounter
  readonly auditDropped: ObservableCounter
}

export function instrumentsOf(meter: Meter): Instruments {
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: advice(boundaries.seconds) })
  return {
    tokens: meter.createHistogram(metric.tokens, {
      unit: '{token}',
      description: 'Tokens of an attempt, by type.',
      advice: advice(boundaries.tokens),
    }),
    duration: seconds(metric.duration, 'How long an attempt took.'),
    firstChunk: seconds(metric.firstChunk, 'How long a streamed attempt took to its first content.'),
    request: seconds(metric.request, 'How long a request took, with all its attempts and waits.'),
    cost: meter.createHistogram(metric.cost, {
      unit: '{USD}',
      description: 'What an attempt cost, as far as its price is known.',
      advice: advice(boundaries.usd),
    }),
    switches: meter.createCounter(metric.switches, { unit: '{switch}', description: 'Requests that went on to another target.' }),
    keyFaults: meter.createCounter(metric.keyFaults, {
      unit: '{fault}',
      description: 'Keys that are missing, rejected or used up.',
    }),
    gauges: gaugesOf(meter),
  }
}

function advice(limits: readonly number[]): MetricAdvice {
  return { explicitBucketBoundaries: [...limits] }
}

function gaugesOf(meter: Meter): Gauges {
  const count = (name: string, unit: string, description: string): ObservableUpDownCounter =>
    meter.createObservableUpDownCounter(name, { unit, description })
  return {
    breaker: meter.createObservableGauge(metric.breaker, {
      description: 'The circuit of a target: 0 closed, 1 half-open, 2 open.',
    }),
    running: count(metric.running, '{request}', 'Requests that have not ended.'),
    queue: count(metric.queue, '{request}', 'Requests that wait for their turn at a target.'),
    auditQueue: count(metric.auditQueue, '{record}', 'Audit records that wait for a sink.'),
    auditDropped: meter.createObservableCounter(metric.auditDropped, {
      unit: '{record}',
      description: 'Audit records that a sink should have had and has not.',
    }),
  }
}
