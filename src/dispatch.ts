import type { Accounts } from './accounts.ts'
import type { Call } from './call.ts'
import type { Start } from './call-options.ts'
import { callOptions, clockLayers } from './call-options.ts'
import { chatRequest } from './chat-body.ts'
import type { Defaults } from './defaults.ts'
import { factsOf, isCompletion, refuses } from './completion-shape.ts'
import type { ChatCompletion, ChatRequest } from './contracts/chat.ts'
import type { Budgets } from './contracts/budget.ts'
import type { Classifier } from './contracts/policy.ts'
import { Delivery } from './deliver.ts'
import { admitted } from './entrance.ts'
import { streamEscalation, wholeEscalation } from './ascent.ts'
import type { Intent } from './escalation-steps.ts'
import { planFor } from './escalation-steps.ts'
import { ModelyardError } from './errors.ts'
import { Journey } from './journey.ts'
import type { AgentOptions } from './options.ts'
import { wholeCheck } from './json-check/for-attempt.ts'
import { judged } from './judge.ts'
import { within } from './patience.ts'
import type { Decision } from './decision.ts'
import type { Explanation, ExplanationParts } from './explanation.ts'
import { explanationOf } from './explanation.ts'
import type { Plan } from './plan.ts'
import { needsTier } from './plan.ts'
import type { PlanContext, Routing } from './plan-context.ts'
import { nothingLeft } from './refusal.ts'
import type { Runtime } from './runtime.ts'
import type { Operation, Routed } from './route.ts'
import { route } from './route.ts'
import type { Wishes } from './routing.ts'
import { agentNamed, routingOf } from './routing.ts'
import type { Undertaking } from './undertaking.ts'

const longestLoadMs = 30_000

/** What the dispatcher is made of. */
export interface DispatcherParts {
  readonly runtime: Runtime
  readonly context: PlanContext
  readonly classifier: Classifier
  readonly agents: Readonly<Record<string, AgentOptions>>
  /** The router's own settings, under those of agents and calls. */
  readonly defaults: Defaults
  readonly accounts: Accounts
  readonly budgets: Budgets
  /** What is known of targets by now. */
  readonly measured: Pick<ExplanationParts, 'latency' | 'circuit'>
  readonly isClosed: () => boolean
  /** Loads the adapters that are loaded late, once; nothing where there is nothing to wait for. */
  readonly prepare: () => Promise<void> | undefined
}

/** A call on its way: its request, its plan, its journey. */
interface Departure {
  readonly request: ChatRequest
  readonly journey: Journey
}

/** Turns calls into journeys: checks the body, lays the options over each other, plans, and sends it on its way. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #chat: (request: ChatRequest) => Operation<ChatCompletion>

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    this.#chat = (request) => ({
      run: (attempt, call) => attempt.target.adapter.complete({ ...call, request }),
      accepts: isCompletion,
      refuses,
      check: (attempt, journey) => wholeCheck(request, attempt, journey),
      account: (completion, { target }) => parts.accounts.unary(completion, target),
      unanswered: ({ target }) => parts.accounts.unanswered(request, target),
      model: (completion) => completion.model,
      facts: factsOf,
    })
  }

  /** A unary chat call. */
  async complete(call: Call): Promise<Routed<ChatCompletion>> {
    const intent = await this.#intend(call)
    const { request, journey } = this.#depart(call, intent)
    const notes = this.#parts.runtime.notes?.of(journey.journal.id)
    const routed = await route(journey, this.#chat(request), wholeEscalation(journey, intent.routing.escalate))
    notes?.answered(routed.answer)
    return routed
  }

  /** A streamed chat call; resolves when a target has accepted it. */
  async stream(call: Call): Promise<Delivery> {
    const intent = await this.#intend(call)
    const { request, journey } = this.#depart(call, intent)
    const escalation = streamEscalation(journey, intent.routing.escalate)
    const delivery = new Delivery(journey, request, { accounts: this.#parts.accounts, escalation })
    await delivery.open()
    return delivery
  }

  /** Starts anything but chat: plans it, and throws what the caller gets where nobody can serve it. */
  async begin(call: Call, { plan: planned, ...undertaking }: Undertaking): Promise<Journey> {
    this.#checkOpen()
    await this.#prepared(call.signal)
    const routing = routingOf(undertaking.model, call, this.#parts)
    const waitedMs = await this.#admitted(call, routing, undertaking.isTimed)
    const found = planned(routing)
    const journey = this.#start({ ...undertaking, call, stream: false, plan: found, routing, waitedMs })
    if (found.targets.length === 0) throw this.#refuse(journey, found.decision)
    return journey
  }

  /** The decision that a chat call with this body would carry out, and what that would meet. No network, no attempt. */
  async explain(body: unknown, wishes: Wishes): Promise<Explanation> {
    const request = chatRequest(body)
    wishes.access?.checkFields('chat', request)
    const intent = await this.#judge(request, routingOf(request.model, wishes, this.#parts))
    const { forecast, rates } = this.#parts.runtime
    const { budgets } = intent.routing
    return explanationOf(this.#plan(intent), request, { forecast, rates, budgets, ...this.#parts.measured })
  }

  async #intend(call: Call): Promise<Intent> {
    this.#checkOpen()
    const request = chatRequest(call.body)
    call.access?.checkFields('chat', request)
    const intent = await this.#judge(request, routingOf(request.model, call, this.#parts), call.signal)
    const admission = this.#admitted(call, intent.routing)
    return admission === undefined ? intent : { ...intent, waitedMs: await admission }
  }

  /** Waits until the audit trail has room for another request, and says how long; nothing where there is nothing to wait for. */
  #admitted(call: Call, { agent }: Routing, isTimed = true): Promise<number> | undefined {
    const { enter, clock } = this.#parts.runtime
    const place = enter?.()
    if (place === undefined) return undefined
    const { totalMs } = clockLayers(call, { agent, isTimed }, this.#parts)
    const since = clock.now()
    const waited = admitted(place, { clock, ms: Math.min(call.timeout, totalMs), signal: call.signal })
    return waited.then(() => {
      this.#checkOpen()
      return clock.now() - since
    })
  }

  /** Nothing is awaited between the plan and the first attempt: calls made at once see each other's. */
  #depart(call: Call, intent: Intent): Departure {
    const { request } = intent
    const planned = this.#plan(intent)
    this.#parts.runtime.traffic.departed(planned.decision)
    if (intent.routing.warmForMs !== undefined) this.#parts.runtime.affinity.departed(planned.decision, request)
    const journey = this.#start({
      call,
      model: request.model,
      stream: request.stream === true,
      plan: planned,
      operation: 'chat',
      request,
      routing: intent.routing,
      waitedMs: intent.waitedMs,
    })
    if (planned.targets.length === 0) throw this.#refuse(journey, planned.decision)
    return { request, journey }
  }

  #start(start: Start): Journey {
    const { model, stream, plan: planned, operation, request } = start
    const journey = new Journey(planned, callOptions(start, this.#parts), this.#parts.runtime)
    this.#parts.runtime.notes?.open(journey.journal.id, request ?? start)
    journey.journal.accepted({ type: 'request.accepted', model, stream, operation }, request)
    return journey
  }

  #refuse(journey: Journey, decision: Decision): Error {
    const error = nothingLeft(decision)
    const code: unknown = Reflect.get(error, 'code')
    return journey.end({ kind: 'invalid_request', message: error.message, ...(typeof code === 'string' && { code }) }, error)
  }

  /** Waits for what a plan needs: the adapters and, for `auto`, the classifier's verdict. */
  async #judge(request: ChatRequest, routing: Routing, signal?: AbortSignal | null): Promise<Intent> {
    const { context, runtime, classifier } = this.#parts
    const preparing = this.#prepared(signal)
    // Awaiting nothing would cost a turn of its own.
    if (preparing !== undefined) await preparing
    const complexity = needsTier(request.model, routing, context.names)
      ? await judged(request, classifier, { clock: runtime.clock, signal })
      : undefined
    return { request, routing, complexity }
  }

  #plan(intent: Intent): Plan {
    return planFor(intent, this.#parts.context)
  }

  /** Loads the adapters that are loaded late; nothing where there is nothing to wait for. */
  #prepared(signal: AbortSignal | null | undefined): Promise<void> | undefined {
    const { runtime, prepare } = this.#parts
    const preparing = prepare()
    return preparing === undefined ? undefined : within(preparing, { clock: runtime.clock, ms: longestLoadMs, signal })
  }

  /** @throws ModelyardError `UNKNOWN_AGENT` naming the nearest known one. */
  agent(name: string): AgentOptions {
    return agentNamed(name, this.#parts.agents)
  }

  #checkOpen(): void {
    if (this.#parts.isClosed()) throw new ModelyardError('CLOSED', 'The router was closed; make a new one with createRouter().')
  }
}
