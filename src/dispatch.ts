import type OpenAI from 'openai'
import type { Accounts } from './accounts.ts'
import { callerHeaders } from './caller-headers.ts'
import { chatRequest } from './chat-body.ts'
import { clocksFor, given } from './clocks.ts'
import type { ChatCompletion, ChatRequest } from './contracts/chat.ts'
import type { Classifier } from './contracts/policy.ts'
import { Delivery } from './deliver.ts'
import type { EmbeddingPlanner } from './embeddings.ts'
import { embedOperation, embeddingRequest } from './embeddings.ts'
import { ModelyardError } from './errors.ts'
import { Journey } from './journey.ts'
import type { AgentOptions, Clocks, RoutingOptions } from './options.ts'
import { judged } from './judge.ts'
import { nearest } from './nearest.ts'
import { defaultClocks } from './options.ts'
import { within } from './patience.ts'
import type { Decision } from './decision.ts'
import type { Plan, PlanContext, Routing } from './plan.ts'
import { needsTier, plan } from './plan.ts'
import { nothingLeft } from './refusal.ts'
import type { CallOptions, Runtime } from './runtime.ts'
import type { Operation, Routed } from './route.ts'
import { route } from './route.ts'

const longestLoadMs = 30_000

/** One SDK call, read off its options. */
export interface Call {
  readonly body: unknown
  readonly signal: AbortSignal | null | undefined
  readonly timeout: number
  readonly maxRetries: number
  readonly defaultHeaders: unknown
  readonly headers: unknown
  readonly routing: RoutingOptions
}

/** What the dispatcher is made of. */
export interface DispatcherParts {
  readonly runtime: Runtime
  readonly context: PlanContext
  readonly classifier: Classifier
  readonly agents: Readonly<Record<string, AgentOptions>>
  /** The router's own settings, under those of agents and calls. */
  readonly defaults: { readonly region: string | undefined; readonly strict: boolean; readonly clocks: Partial<Clocks> }
  readonly accounts: Accounts
  readonly embeddings: EmbeddingPlanner
  readonly isClosed: () => boolean
  /** Loads the adapters that are loaded late, once; nothing where there is nothing to wait for. */
  readonly prepare: () => Promise<void> | undefined
}

/** A checked call on its way: its request, its plan, its journey. */
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
      account: (completion, { target }) => parts.accounts.unary(completion, target),
      unanswered: ({ target }) => parts.accounts.unanswered(request, target),
      model: (completion) => completion.model,
    })
  }

  /** A unary chat call. */
  async complete(call: Call): Promise<Routed<ChatCompletion>> {
    const { request, journey } = await this.#depart(call)
    return route(journey, this.#chat(request))
  }

  /** A streamed chat call; resolves when a target has accepted it. */
  async stream(call: Call): Promise<Delivery> {
    const { request, journey } = await this.#depart(call)
    const delivery = new Delivery(journey, request, this.#parts.accounts)
    await delivery.open()
    return delivery
  }

  /** An embeddings call. */
  async embed(call: Call): Promise<Routed<OpenAI.CreateEmbeddingResponse>> {
    this.#checkOpen()
    const request = embeddingRequest(call.body)
    const { runtime, embeddings } = this.#parts
    const preparing = this.#parts.prepare()
    if (preparing !== undefined) await within(preparing, { clock: runtime.clock, ms: longestLoadMs, signal: call.signal })
    const planned = embeddings.plan(request, this.#routing(request.model, call.routing))
    const journey = this.#start({ call, model: request.model, stream: false, plan: planned, operation: 'embeddings' })
    if (planned.targets.length === 0) throw this.#refuse(journey, planned.decision)
    return route(journey, embedOperation(request, runtime.cost))
  }

  /** The decision that a chat call with this body would carry out. No network, no attempt. */
  async explain(body: unknown, routing: RoutingOptions): Promise<Decision> {
    const request = chatRequest(body)
    return (await this.#plan(request, this.#routing(request.model, routing))).decision
  }

  async #depart(call: Call): Promise<Departure> {
    this.#checkOpen()
    const request = chatRequest(call.body)
    const routing = this.#routing(request.model, call.routing)
    const planned = await this.#plan(request, routing, call.signal)
    const journey = this.#start({
      call,
      model: request.model,
      stream: request.stream === true,
      plan: planned,
      operation: 'chat',
      request,
    })
    if (planned.targets.length === 0) throw this.#refuse(journey, planned.decision)
    return { request, journey }
  }

  #start({ call, model, stream, plan: planned, operation, request }: Start): Journey {
    const { runtime } = this.#parts
    const journey = new Journey(planned, this.#callOptions(call, planned, request), runtime)
    journey.journal.accepted({ type: 'request.accepted', model, stream, operation })
    return journey
  }

  #refuse(journey: Journey, decision: Decision): Error {
    const error = nothingLeft(decision)
    const code: unknown = Reflect.get(error, 'code')
    return journey.end({ kind: 'invalid_request', message: error.message, ...(typeof code === 'string' && { code }) }, error)
  }

  async #plan(request: ChatRequest, routing: Routing, signal?: AbortSignal | null): Promise<Plan> {
    const { context, runtime, classifier } = this.#parts
    const preparing = this.#parts.prepare()
    if (preparing !== undefined) await within(preparing, { clock: runtime.clock, ms: longestLoadMs, signal })
    const complexity = needsTier(request.model, routing, context.names)
      ? await judged(request, classifier, { clock: runtime.clock, signal })
      : undefined
    return plan(request, routing, { context, complexity })
  }

  /** The call's options over the agent's over the router's. */
  #routing(model: string, call: RoutingOptions): Routing {
    const named = model.startsWith('agent:') ? model.slice('agent:'.length) : call.agent
    const { region, strict } = this.#parts.defaults
    if (named === undefined)
      return {
        agent: undefined,
        primary: undefined,
        fallback: call.fallback ?? [],
        region: call.region ?? region,
        strict: call.strict ?? strict,
      }
    const agent = this.agent(named)
    return {
      agent: named,
      primary: agent.primary,
      fallback: [...(call.fallback ?? []), ...(agent.fallback ?? [])],
      region: call.region ?? agent.region ?? region,
      strict: call.strict ?? agent.strict ?? strict,
    }
  }

  /** @throws ModelyardError `UNKNOWN_AGENT` naming the nearest known one. */
  agent(name: string): AgentOptions {
    const { agents } = this.#parts
    const agent = Object.hasOwn(agents, name) ? agents[name] : undefined
    if (agent !== undefined) return agent
    const known = Object.keys(agents)
    const near = nearest(name, known)
    const hint =
      near !== undefined
        ? `did you mean ${near}?`
        : known.length === 0
          ? 'none is configured; add it to `agents`'
          : `configured are ${known.join(', ')}`
    const shown = `${name}`.slice(0, 80) // oxlint-disable-line no-unnecessary-template-expression -- whatever a JavaScript caller gave
    throw new ModelyardError('UNKNOWN_AGENT', `No agent ${JSON.stringify(shown)}: ${hint}`, { field: `agents.${shown}` })
  }

  #callOptions(call: Call, { decision }: Plan, request: ChatRequest | undefined): CallOptions {
    const agent = decision.agent === undefined ? undefined : this.#parts.agents[decision.agent]
    const providerOptions = call.routing.providerOptions ?? agent?.providerOptions
    const layers = { ...given(this.#parts.defaults.clocks), ...given(agent?.clocks), ...given(call.routing.clocks) }
    return {
      signal: call.signal,
      timeout: call.timeout,
      maxRetries: call.maxRetries,
      headers: callerHeaders(call.defaultHeaders, call.headers),
      providerOptions,
      totalMs: layers.totalMs ?? defaultClocks.totalMs,
      clocks: clocksFor(request, layers),
    }
  }

  #checkOpen(): void {
    if (this.#parts.isClosed()) throw new ModelyardError('CLOSED', 'The router was closed; make a new one with createRouter().')
  }
}

interface Start {
  readonly call: Call
  readonly model: string
  readonly stream: boolean
  readonly plan: Plan
  readonly operation: 'chat' | 'embeddings'
  readonly request?: ChatRequest
}

function isCompletion(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('choices' in answer) || !Array.isArray(answer.choices)) return false
  const [choice]: unknown[] = answer.choices
  return (
    typeof choice === 'object' &&
    choice !== null &&
    'message' in choice &&
    typeof choice.message === 'object' &&
    choice.message !== null
  )
}
