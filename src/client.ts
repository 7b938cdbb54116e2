import type { APIPromise, ClientOptions } from 'openai'
import { OpenAI } from 'openai'
import type { Answer } from './answer.ts'
import { AnswerPromise } from './answer.ts'
import type { BreakerPanel } from './breaker-panel.ts'
import type { BudgetPanel } from './budget-panel.ts'
import type { Comparison } from './compare/comparison.ts'
import type { CompareOptions } from './compare/options.ts'
import { coreKey, routingKey, viewOptions } from './client-options.ts'
import type { RouterClientOptions } from './client-options.ts'
import type { Core } from './core.ts'
import type { RoutedInit } from './endpoints.ts'
import { callKey } from './endpoints.ts'
import type { Call } from './call.ts'
import { ModelyardError } from './errors.ts'
import type { Health } from './health.ts'
import type { Ledger } from './ledger/ledger.ts'
import { isObserved } from './observed.ts'
import type { RoutingOptions } from './options.ts'
import { sdkCall } from './sdk-call.ts'
import { chatPath, shortWay } from './short-way.ts'
import type { ReplayOptions } from './replay/options.ts'
import type { ReplayRecords } from './replay/read.ts'
import type { ReplayReport } from './replay/report.ts'
import type { ShadowPanel } from './shadow/shadow.ts'
import type { VerifyOptions } from './verify/run.ts'
import type { Verification } from './verify/verification.ts'
import type { Explanation } from './explanation.ts'

type RequestOptions = NonNullable<Awaited<Parameters<OpenAI['post']>[1]>>
type FinalRequestOptions = Awaited<Parameters<OpenAI['request']>[0]>

const routedPaths: ReadonlySet<string> = new Set(['/embeddings', '/moderations'])
// The longest limit a timer takes; the router's own clocks are shorter.
const noTimeout = 2 ** 31 - 1

/**
 * An `OpenAI` client whose calls the router serves. Chat calls take the short way inside the process: no JSON, no
 * `Response`. Everything else goes through the OpenAI client's own request path and ends in the router's `fetch`, so that
 * nothing reaches a network from here but through an adapter.
 */
export class RouterClient extends OpenAI {
  readonly #core: Core
  readonly #routing: RoutingOptions
  readonly #defaultHeaders: ClientOptions['defaultHeaders']

  constructor(options: RouterClientOptions) {
    const core = options[coreKey]?.value
    if (core === undefined)
      throw new ModelyardError(
        'BAD_OPTION',
        'A RouterClient is made by createRouter(), or by with() and withOptions() of another one.',
      )
    const { defaultHeaders } = options
    super({
      ...options,
      // Explicit, so that no environment variable of the OpenAI client has a say.
      apiKey: 'modelyard',
      organization: null,
      project: null,
      // Nothing is ever sent there. Helpers that open a WebSocket by themselves fail with this name.
      baseURL: 'http://websockets-are-not-routed.modelyard.invalid/v1',
      fetch: core.fetch,
      logLevel: options.logLevel ?? 'off',
    })
    this._options = { ...this._options, defaultHeaders }
    this.#core = core
    this.#routing = options[routingKey] ?? {}
    this.#defaultHeaders = defaultHeaders
  }

  /** What was spent and what it would have cost on the baseline model. */
  get ledger(): Ledger {
    return this.#core.ledger
  }

  /** What of the budgets is spent, reserved and left, and when each begins anew. */
  get budgets(): BudgetPanel {
    return this.#core.budgets
  }

  /** What mirrored traffic has shown, of this agent or of the router; nothing where none is mirrored. */
  get shadow(): ShadowPanel | undefined {
    return this.#core.shadow(this.#routing.agent)
  }

  /** The circuits of the router's targets. */
  get breakers(): BreakerPanel {
    return this.#core.breakers
  }

  /**
   * A view of this client for one agent: its primary and fallbacks, its constraints, its name in ledger and audit trail.
   *
   * @throws ModelyardError `UNKNOWN_AGENT` where none of that name is configured.
   */
  agent(name: string): this {
    this.#core.dispatcher.agent(name)
    return this.with({ agent: name })
  }

  /** A view of this client whose calls are routed under these options. */
  with(routing: RoutingOptions): this {
    return this.withOptions(viewOptions(this.#core, this.#core.routingOver(this.#routing, routing)))
  }

  /**
   * A view of this client for whoever has a service key: its agent's, with its models and its budget. Each call asks anew whether the
   * key still holds.
   *
   * @throws AuthenticationError for a key that does not, InternalServerError where nobody can say; ModelyardError `BAD_OPTION`,
   * `UNKNOWN_AGENT`.
   */
  async forServiceKey(key: string): Promise<this> {
    const core = await this.#core.forServiceKey(key)
    return this.withOptions(viewOptions(core, { ...this.#routing, agent: core.access.key.agent }))
  }

  /**
   * Where a chat call with this body would go and why, and what it would take and cost there, without calling anyone.
   * `String()` of it is for people, the rest is JSON-safe.
   *
   * @throws NotFoundError, BadRequestError as the call itself would.
   */
  async explain(body: OpenAI.ChatCompletionCreateParams): Promise<Explanation> {
    const { access, dispatcher } = this.#core
    await access?.check()
    return dispatcher.explain(body, { routing: this.#routing, access })
  }

  /**
   * Compares models on prompts of one's own: latency, cost, errors, agreement, validators, and if wanted a judge. Resolves to what
   * was found, also where the comparison was interrupted; `report.interrupted` says why.
   *
   * @throws ModelyardError `BAD_OPTION`, `BAD_PROMPTS`, `MISSING_KEY`, `WRITE_FAILED`, `CLOSED`; NotFoundError for a model that nobody serves.
   */
  compare(options: CompareOptions): Promise<Comparison> {
    return this.#core.compare(options, { routing: this.#routing, timeout: this.timeout, defaultHeaders: this.#defaultHeaders })
  }

  /** Decides recorded requests anew, under these options in place of the router's own: where they would go, what that would cost. */
  async replay(records: ReplayRecords, options: ReplayOptions = {}): Promise<ReplayReport> {
    return this.#core.replay(records, options)
  }

  /**
   * Looks the whole configuration through: fallbacks that are not up to it, models about to go, missing keys, SDKs and prices, limits
   * that make no sense. Calls no vendor but with `live`, which asks each target for a token.
   */
  verify(options: VerifyOptions = {}): Promise<Verification> {
    return this.#core.verify(options, { routing: this.#routing, timeout: this.timeout, defaultHeaders: this.#defaultHeaders })
  }

  /** How the router is: whether every chain could be served now, open circuits, the store, lost audit records. Calls nobody. */
  health(): Health {
    return this.#core.health()
  }

  /**
   * Waits until every audit record written so far has reached its sinks, for a sink that does not answer 5 s at most.
   * Resolves to the number of records that some sink should have had and has not, since the router was made.
   */
  flush(): Promise<number> {
    return this.#core.flush()
  }

  /**
   * Aborts what is still running, frees what the adapters hold, and flushes and closes the audit sinks; resolves as
   * {@link flush} does. Later calls fail with `CLOSED`.
   */
  close(): Promise<number> {
    return this.#core.close()
  }

  /** An error of the router's own `fetch` is the one that the router threw, as it was. */
  protected override makeStatusError(...rebuilt: Parameters<OpenAI['makeStatusError']>): ReturnType<OpenAI['makeStatusError']> {
    const error = this.#core.errorBehind(rebuilt[3])
    if (error !== undefined) throw error
    return super.makeStatusError(...rebuilt)
  }

  override post<Rsp>(path: string, options?: Parameters<OpenAI['post']>[1]): APIPromise<Rsp> {
    if (path === chatPath && this.#core.fastPath) return new AnswerPromise<Rsp>(this, this.#chat(options))
    const answer = super.post<Rsp>(path, options)
    return routedPaths.has(path) ? answer._thenUnwrap(this.#core.routed) : answer
  }

  override request<Rsp>(options: Parameters<OpenAI['request']>[0], remainingRetries: number | null = null): APIPromise<Rsp> {
    if (!('then' in options) && this.#core.fastPath && options.method === 'post' && options.path === chatPath) {
      return new AnswerPromise<Rsp>(this, this.#chat(options))
    }
    return super.request(
      Promise.resolve(options).then((resolved) => this.#forFetch(resolved)),
      remainingRetries,
    )
  }

  /** Lists come here and not to `request()`; the request for a next page is made of the one before, call and all. */
  protected override prepareOptions(options: FinalRequestOptions): Promise<void> {
    if (!(callKey in (options.fetchOptions ?? {}))) Object.assign(options, this.#forFetch(options))
    return Promise.resolve()
  }

  /** The short way: from the SDK call's options to the router and back. */
  async #chat(promised: Parameters<OpenAI['post']>[1]): Promise<Answer> {
    const options = (await promised) ?? {}
    const call = this.#call(options, await this.#bodyOf(options))
    return shortWay(this, { call, options }, this.#core.dispatcher)
  }

  /**
   * The helpers that bind parsers to what is sent (`stream()`, `runTools()`) watch the client's own serialiser by the body
   * object's identity. For them the body takes the way through it.
   */
  async #bodyOf(options: RequestOptions): Promise<unknown> {
    if (!isObserved(options)) return options.body
    const { req } = await this.buildRequest({ method: 'post', path: chatPath, ...options })
    return typeof req.body === 'string' ? JSON.parse(req.body) : options.body
  }

  #call(options: RequestOptions, body: unknown): Call {
    const { timeout, maxRetries } = this
    const { access } = this.#core
    return sdkCall(options, body, { timeout, maxRetries, defaultHeaders: this.#defaultHeaders, routing: this.#routing, access })
  }

  /** The long way: the router's part of the call travels beside the request, and the client itself neither retries nor times out. */
  #forFetch(options: FinalRequestOptions): FinalRequestOptions {
    const fetchOptions: FinalRequestOptions['fetchOptions'] = { ...options.fetchOptions }
    Object.assign(fetchOptions, { [callKey]: this.#call(options, undefined) } satisfies RoutedInit)
    return { ...options, maxRetries: 0, timeout: noTimeout, fetchOptions }
  }
}
