import type { Attributes, MeterProvider } from '@opentelemetry/api'
import { metrics } from '@opentelemetry/api'
import type { AuditEvent, SkipReason } from '../contracts/audit.ts'
import type { FailureKind } from '../contracts/failure.ts'
import type { TelemetryAbout, TelemetryDetails, TelemetrySnapshot } from '../contracts/telemetry.ts'
import { inputTokens, outputTokens } from '../contracts/usage.ts'
import type { Accepted, Ended, RequestEnd, Started } from './attributes.ts'
import { askedAttributes, serviceAttributes } from './attributes.ts'
import { Names } from './bounded.ts'
import { Observed } from './gauges.ts'
import type { Instruments } from './instruments.ts'
import { instrumentsOf } from './instruments.ts'
import { attribute, other } from './names.ts'

/** What is known of one request. */
interface Request {
  readonly accepted: Accepted
  readonly attempts: Map<number, Attributes>
  tier: string | undefined
}

const keyFaults: readonly (FailureKind | SkipReason)[] = [
  'auth',
  'quota',
  'permission',
  'missing_key',
  'key_store_failed',
  'key_resting',
]

/** Counts and measures: attempts under the names of the conventions, requests and the router itself under its own. */
export class Metrics {
  readonly #provider: MeterProvider | undefined
  readonly #requests = new WeakMap<TelemetryAbout, Request>()
  readonly #observed = new Observed()
  readonly #targets = new Names()
  readonly #models = new Names()
  #made: { readonly by: MeterProvider; readonly instruments: Instruments } | undefined

  constructor(provider: MeterProvider | undefined) {
    this.#provider = provider
  }

  observe(read: () => TelemetrySnapshot): Disposable {
    this.#instruments()
    return this.#observed.add(read)
  }

  event(event: AuditEvent, about: TelemetryAbout, details: TelemetryDetails): void {
    if (event.type === 'request.accepted') {
      this.#requests.set(about, { accepted: event, attempts: new Map(), tier: undefined })
      return
    }
    const request = this.#requests.get(about)
    if (request === undefined) return
    switch (event.type) {
      case 'decision.made':
        request.tier = event.tier
        break
      case 'route.switched':
        this.#instruments().switches.add(1, { ...this.#targetOf(event.from), [attribute.reason]: event.reason })
        break
      case 'target.skipped':
        this.#keyFault(event.target, event.reason)
        break
      case 'attempt.started':
        request.attempts.set(event.attempt, this.#attributesOf(request.accepted, event, details))
        break
      case 'attempt.succeeded':
      case 'attempt.failed':
        this.#ended(request, event)
        break
      case 'request.completed':
      case 'request.failed':
      case 'request.cancelled':
        this.#requests.delete(about)
        this.#instruments().request.record(event.durationMs / 1000, requestAttributes(request, event, about))
        break
      default:
    }
  }

  /** Made anew where another provider was registered: one that comes after the router is used all the same. */
  #instruments(): Instruments {
    const by = this.#provider ?? metrics.getMeterProvider()
    if (this.#made?.by === by) return this.#made.instruments
    const meter = by.getMeter('modelyard')
    const instruments = instrumentsOf(meter)
    const { gauges } = instruments
    meter.addBatchObservableCallback((result) => this.#observed.report(result, gauges), Object.values(gauges))
    this.#made = { by, instruments }
    return instruments
  }

  #ended({ attempts }: Request, event: Ended): void {
    const started = attempts.get(event.attempt)
    if (started === undefined) return
    attempts.delete(event.attempt)
    const { tokens, duration, firstChunk, cost } = this.#instruments()
    const attributes = { ...started, ...this.#endOf(event) }
    duration.record(event.durationMs / 1000, attributes)
    if (event.type === 'attempt.failed') this.#keyFault(event.target, event.kind)
    else if (event.firstTokenMs !== undefined) firstChunk.record(event.firstTokenMs / 1000, attributes)
    if (event.costUsd !== null) cost.record(event.costUsd, attributes)
    if (event.usage === null) return
    const counted = { ...attributes, [attribute.usageSource]: event.usageSource }
    tokens.record(inputTokens(event.usage), { ...counted, [attribute.tokenType]: 'input' })
    tokens.record(outputTokens(event.usage), { ...counted, [attribute.tokenType]: 'output' })
  }

  #endOf(event: Ended): Attributes {
    return event.type === 'attempt.failed'
      ? { [attribute.errorType]: event.kind }
      : { [attribute.responseModel]: this.#models.of(event.servedModel) }
  }

  #attributesOf(accepted: Accepted, { target }: Started, { service }: TelemetryDetails): Attributes {
    const known = this.#targets.has(target)
    return {
      ...askedAttributes(accepted, known ? target.slice(target.indexOf('/') + 1) : other),
      ...(service !== undefined && serviceAttributes(service)),
      [attribute.target]: known ? target : other,
    }
  }

  #targetOf(target: string): Attributes {
    return { [attribute.target]: this.#targets.of(target) }
  }

  #keyFault(target: string, reason: FailureKind | SkipReason): void {
    if (keyFaults.includes(reason)) this.#instruments().keyFaults.add(1, { ...this.#targetOf(target), [attribute.reason]: reason })
  }
}

function requestAttributes({ accepted, tier }: Request, event: RequestEnd, { agent }: TelemetryAbout): Attributes {
  const { operation, aside } = accepted
  return {
    [attribute.operation]: operation,
    [attribute.outcome]: event.type.slice('request.'.length),
    ...(event.type === 'request.failed' && { [attribute.errorType]: event.kind }),
    ...(tier !== undefined && { [attribute.tier]: tier }),
    ...(agent !== undefined && { [attribute.agent]: agent }),
    ...(aside !== undefined && { [attribute.aside]: aside }),
  }
}
