import { APIUserAbortError } from 'openai'
import { keyRefused, keysUnavailable, notAllowed, notForServiceKeys } from './access-error.ts'
import { apiFields } from './api-fields.ts'
import { tightest } from './clocks.ts'
import type { Clock } from './contracts/clock.ts'
import type { Rejection } from './contracts/policy.ts'
import type { ServiceKey, ServiceKeyFault, ServiceKeyPass } from './contracts/service-keys.ts'
import { isMeant } from './model-pattern.ts'
import type { RoutingOptions } from './options.ts'
import { within } from './patience.ts'
import type { Target } from './resolve.ts'

/** How long the store of the keys may take to answer, in ms. */
export const storePatienceMs = 10_000

/** What checking takes. */
export interface AccessParts {
  readonly clock: Clock
  /** Told why the key does not hold any more. */
  readonly onFault: (fault: ServiceKeyFault) => void
}

/** What a client with a service key may do. Knows the key's record, not the key. */
export class Access {
  readonly key: ServiceKey
  readonly #pass: ServiceKeyPass
  readonly #parts: AccessParts

  constructor(pass: ServiceKeyPass, parts: AccessParts) {
    this.key = pass.key
    this.#pass = pass
    this.#parts = parts
  }

  /**
   * Asks whether the key still holds; before every call.
   *
   * @throws AuthenticationError where it does not, InternalServerError where nobody can say.
   */
  async check(signal?: AbortSignal | null): Promise<void> {
    const fault = await saidOf(() => this.#pass.fault(), this.#parts.clock, signal)
    if (fault === undefined) return
    this.#parts.onFault(fault)
    throw keyRefused()
  }

  /** Whether the target is one of the key's models. */
  allows(target: { readonly provider: string; readonly model: string }): boolean {
    return this.key.models?.some((pattern) => isMeant(pattern, target)) ?? true
  }

  /** Why the target is none for this key; nothing where it is one. */
  rejection(target: Target): Rejection | undefined {
    if (this.allows(target)) return undefined
    return { reason: 'model_not_allowed', field: 'model', detail: `${target.id} is none of the models of the service key` }
  }

  /** The first of a model's targets that is one of the key's; nothing of none. @throws PermissionDeniedError where none is. */
  firstAllowed(targets: readonly Target[]): Target | undefined {
    const allowed = targets.find((target) => this.allows(target))
    if (allowed !== undefined || targets.length === 0) return allowed
    throw notAllowed('model_not_allowed', 'The model is none of those of the service key.', 'model')
  }

  /** @throws PermissionDeniedError: what goes to a provider as it is names models, costs money and reaches files that nobody here sees. */
  refuseEndpoint(endpoint: string): never {
    const message = `${endpoint} is not for service keys, which open chat completions, embeddings, moderations and models.`
    throw notAllowed('endpoint_not_allowed', message, null)
  }

  /** @throws PermissionDeniedError for an agent that is not the key's. */
  checkAgent(agent: string | undefined): void {
    if (agent === this.key.agent) return
    throw notAllowed('agent_not_allowed', `The service key is for the agent ${this.key.agent}, and for no other.`, 'model')
  }

  /**
   * Of a key for some models: a field that only some vendor knows may name another one.
   *
   * @throws PermissionDeniedError naming the field.
   */
  checkFields(operation: keyof typeof apiFields, body: object): void {
    if (this.key.models === null) return
    const field = Object.keys(body).find((name) => !Object.hasOwn(apiFields[operation], name))
    if (field === undefined) return
    const shown = field.slice(0, 80)
    const message = `The service key is for some models only, and \`${shown}\`, which is no field of the OpenAI API, may name others.`
    throw notAllowed('model_not_allowed', message, shown)
  }

  /**
   * What a key's client may say about its routing is what cannot lead beyond the key, its agent, and what was set for it before. An
   * option that is there but `undefined` says something too: it would take off what was set.
   *
   * @throws PermissionDeniedError for another agent, ModelyardError `NOT_FOR_SERVICE_KEYS` for what is the agent's to say.
   */
  routingOver(before: RoutingOptions, { agent = this.key.agent, ...routing }: RoutingOptions): RoutingOptions {
    this.checkAgent(agent)
    const name = Object.keys(routing).find((option) => !Object.hasOwn(callersOwn, option))
    if (name !== undefined) throw notForServiceKeys(`with({ ${name} })`)
    const maxCostUsd = Math.min(before.maxCostUsd ?? Infinity, routing.maxCostUsd ?? Infinity)
    return {
      ...before,
      ...routing,
      agent,
      clocks: tightest(before.clocks, routing.clocks),
      ...(maxCostUsd < Infinity && { maxCostUsd }),
    }
  }
}

/** @throws InternalServerError where the store fails or does not answer in time; APIUserAbortError where the caller has gone. */
export async function saidOf<Answer>(ask: () => Promise<Answer>, clock: Clock, signal?: AbortSignal | null): Promise<Answer> {
  const said = await within(answered(ask), { clock, ms: storePatienceMs, signal })
  if (said !== undefined) return said.answer
  throw signal?.aborted === true ? new APIUserAbortError() : keysUnavailable(undefined)
}

async function answered<Answer>(ask: () => Promise<Answer>): Promise<{ readonly answer: Answer }> {
  try {
    return { answer: await ask() }
  } catch (cause) {
    throw keysUnavailable(cause)
  }
}

/** Options that a key's client may set for itself. What a later version adds is the agent's until it stands here. */
const callersOwn: Partial<Record<keyof RoutingOptions, true>> = {
  fallback: true,
  order: true,
  clocks: true,
  maxCostUsd: true,
  onContextLength: true,
  onTooLarge: true,
  onRefusal: true,
  whenAllOpen: true,
  maxAttempts: true,
  afterCommit: true,
}
