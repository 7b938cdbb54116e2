import type { Attributes, Context, Span, TracerProvider } from '@opentelemetry/api'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { AuditEvent } from '../contracts/audit.ts'
import type { TelemetryAbout, TelemetryDetails } from '../contracts/telemetry.ts'
import type { Accepted, Ended, RequestEnd, Started } from './attributes.ts'
import {
  aboutAttributes,
  answerAttributes,
  askedAttributes,
  endedAttributes,
  failureAttributes,
  serviceAttributes,
  settingAttributes,
} from './attributes.ts'
import { attribute } from './names.ts'

interface Open {
  readonly span: Span
  /** In which it is the active span. */
  readonly context: Context
}

/** The spans of one request. */
interface RequestTrace extends Open {
  readonly accepted: Accepted
  readonly settings: Attributes
  readonly attempts: Map<number, Open>
}

/** A span for each logical request, the child of whatever was active where it was called, and a child of that for each attempt. */
export class Spans {
  readonly #provider: TracerProvider | undefined
  // They live as long as their request does: nothing here can pile up.
  readonly #traces = new WeakMap<TelemetryAbout, RequestTrace>()

  constructor(provider: TracerProvider | undefined) {
    this.#provider = provider
  }

  event(event: AuditEvent, about: TelemetryAbout, details: TelemetryDetails): void {
    if (event.type === 'request.accepted') return this.#begin(event, about, details)
    const own = this.#traces.get(about)
    if (own === undefined) return
    switch (event.type) {
      case 'decision.made':
        own.span.setAttributes({
          [attribute.chain]: [...event.chain],
          ...(event.tier !== undefined && { [attribute.tier]: event.tier }),
        })
        break
      case 'attempt.started':
        this.#beginAttempt(own, event, details)
        break
      case 'attempt.succeeded':
      case 'attempt.failed':
        endAttempt(own, event, details)
        break
      case 'request.completed':
      case 'request.failed':
      case 'request.cancelled':
        this.#traces.delete(about)
        endRequest(own, event, details)
        break
      default:
        note(own, event)
    }
  }

  within(about: TelemetryAbout, attempt: number, run: () => void): void {
    const open = this.#traces.get(about)?.attempts.get(attempt)
    if (open === undefined) run()
    else context.with(open.context, run)
  }

  #begin(accepted: Accepted, about: TelemetryAbout, { service, settings = {} }: TelemetryDetails): void {
    const { operation, model } = accepted
    const asked = settingAttributes(settings)
    const attributes = {
      ...askedAttributes(accepted, model),
      ...(service !== undefined && { [attribute.provider]: service.name }),
      ...asked,
      ...aboutAttributes(about),
    }
    const open = this.#start(`${operation} ${model}`, attributes, context.active())
    this.#traces.set(about, { ...open, accepted, settings: asked, attempts: new Map() })
  }

  #beginAttempt(
    { accepted, settings, attempts, context: parent }: RequestTrace,
    event: Started,
    { service }: TelemetryDetails,
  ): void {
    const { target, attempt, probe } = event
    const model = target.slice(target.indexOf('/') + 1)
    const attributes = {
      ...askedAttributes(accepted, model),
      ...(service !== undefined && serviceAttributes(service)),
      ...settings,
      [attribute.target]: target,
      [attribute.attempt]: attempt,
      ...(probe && { [attribute.probe]: true }),
    }
    attempts.set(attempt, this.#start(`${accepted.operation} ${model}`, attributes, parent))
  }

  #start(name: string, attributes: Attributes, parent: Context): Open {
    const tracer = (this.#provider ?? trace).getTracer('modelyard')
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)
    return { span, context: trace.setSpan(parent, span) }
  }
}

/** Neither the caller's leaving nor a hedge that was not needed is an error. */
const stopped: readonly string[] = ['aborted', 'outrun']

function endAttempt({ attempts }: RequestTrace, event: Ended, { answer }: TelemetryDetails): void {
  const span = attempts.get(event.attempt)?.span
  if (span === undefined) return
  attempts.delete(event.attempt)
  span.setAttributes({ ...endedAttributes(event), ...(answer !== undefined && answerAttributes(answer)) })
  if (event.type === 'attempt.failed' && !stopped.includes(event.kind)) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

function endRequest({ span, attempts }: RequestTrace, event: RequestEnd, { answer }: TelemetryDetails): void {
  // Every attempt has its end by now; whatever a later version forgets must not stay open.
  for (const attempt of attempts.values()) attempt.span.end()
  span.setAttributes({
    [attribute.outcome]: event.type.slice('request.'.length),
    [attribute.attempts]: event.attempts,
    ...(answer !== undefined && answerAttributes(answer)),
    ...(event.type === 'request.completed' && { [attribute.target]: event.target }),
    ...(event.type === 'request.failed' && failureAttributes(event)),
  })
  if (event.type === 'request.failed') span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** What happens to a request between its attempts, as an event of its span. */
function note({ span }: RequestTrace, event: AuditEvent): void {
  const attributes = notedAttributes(event)
  if (attributes !== undefined) span.addEvent(`modelyard.${event.type}`, attributes)
}

function notedAttributes(event: AuditEvent): Attributes | undefined {
  switch (event.type) {
    case 'route.switched':
    case 'route.escalated':
      return { 'modelyard.from': event.from, 'modelyard.to': event.to, [attribute.reason]: event.reason }
    case 'route.hedged':
      return { 'modelyard.from': event.from, 'modelyard.to': event.to, 'modelyard.after_ms': event.afterMs }
    case 'target.skipped':
      return { [attribute.target]: event.target, [attribute.reason]: event.reason }
    case 'request.queued':
      return { [attribute.target]: event.target }
    case 'stream.committed':
      return { [attribute.target]: event.target, [attribute.attempt]: event.attempt }
    case 'stream.interrupted':
      return { [attribute.target]: event.target, [attribute.attempt]: event.attempt, [attribute.reason]: event.kind }
    case 'budget.exceeded':
      return { [attribute.target]: event.target, 'modelyard.budget': event.budget }
    default:
      return undefined
  }
}
