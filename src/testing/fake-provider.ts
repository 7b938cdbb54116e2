import type OpenAI from 'openai'
import type { EmbedCall, ForwardCall, ModerateCall, ProviderAdapter, Support } from '../contracts/adapter.ts'
import type { ModelCard } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Failure } from '../contracts/failure.ts'
import { AttemptError, ModelyardError } from '../errors.ts'
import { playStream, playWhole } from './fake-play.ts'
import { FakeScript } from './fake-script.ts'
import type { FakeCall, FakeScriptStep } from './fake-script.ts'
import { systemClock } from './wait.ts'

/** What a fake provider is made of. */
export interface FakeProviderOptions {
  /** Default `fake`. */
  readonly id?: string
  /** The name of its key in the key store, or of several. Default `null`: it needs none. */
  readonly key?: ProviderAdapter['key']
  /** Its models; a plain name stands for a standard model that can do everything and has no price. Default `['fake-model']`. */
  readonly models?: readonly (string | ModelCard)[]
  /** A list is answered in order, once; a single step or function answers every call. Default: any call is one too many. */
  readonly script?: readonly FakeScriptStep[] | FakeScriptStep
  /** Default: everything is supported. */
  readonly supports?: ProviderAdapter['supports']
  /** Left out, the fake offers no embeddings. */
  readonly embed?: (call: EmbedCall) => OpenAI.CreateEmbeddingResponse | Promise<OpenAI.CreateEmbeddingResponse>
  /** Left out, the fake does not moderate. */
  readonly moderate?: (call: ModerateCall) => OpenAI.ModerationCreateResponse | Promise<OpenAI.ModerationCreateResponse>
  /** Left out, the fake takes no other endpoints of the OpenAI client. */
  readonly forward?: (call: ForwardCall) => Response | Promise<Response>
  /** Where it says it processes data. */
  readonly region?: string
  /** The owner tag of its `provider_state`. */
  readonly stateOwner?: string
  /** Whose time delays use. Default: the system's. */
  readonly clock?: Clock
}

/** A provider adapter whose answers are scripted. */
export interface FakeProvider extends ProviderAdapter {
  readonly models: readonly ModelCard[]
  /** Every call so far, in order. */
  readonly calls: readonly FakeCall[]
  /** Steps that have not been used. 0 for a script that answers for ever. */
  readonly remaining: number
  /** Throws, with a table of steps and calls, if the script was asked too often or not to its end. */
  assertDone(): void
}

/**
 * A provider without network, for tests of routing and failover.
 *
 * @example
 * ```ts
 * const primary = fakeProvider({ id: 'primary', script: [fail({ status: 503 }), answer('back again')] })
 * ```
 */
export function fakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const {
    id = 'fake',
    key = null,
    models = ['fake-model'],
    clock = systemClock,
    supports = supportsAll,
    region,
    stateOwner,
  } = options
  const script = new FakeScript(id, options.script ?? [])
  const cards = models.map((model) => (typeof model === 'string' ? plainCard(id, model) : model))
  return {
    id,
    key,
    models: cards,
    ...(region === undefined ? {} : { region }),
    ...(stateOwner === undefined ? {} : { stateOwner }),
    supports,
    complete: async (call) => playWhole(script.next(call, false), call, clock),
    stream: (call) => playStream(script, call, clock),
    ...others(options),
    failure: failureOf,
    calls: script.calls,
    get remaining() {
      return script.remaining
    },
    assertDone: () => script.assertDone(),
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof AttemptError) return error.failure
  // A kind that is given to the caller at once: a script that is too short must not look like a failover.
  if (ModelyardError.is(error)) {
    return {
      kind: 'invalid_request',
      status: 400,
      code: error.code,
      param: error.field ?? null,
      message: error.message,
      cause: error,
    }
  }
  if (error instanceof Error) {
    return { kind: error.name === 'AbortError' ? 'aborted' : 'internal', message: error.message, cause: error }
  }
  return { kind: 'internal', message: 'a fake provider threw something that is no Error', cause: error }
}

function supportsAll(_request: ChatRequest): Support {
  return { level: 'yes', dropped: [] }
}

/** What not every provider has. */
function others({ embed, moderate, forward }: FakeProviderOptions): Partial<ProviderAdapter> {
  return {
    ...(embed !== undefined && { embed: async (call) => embed(call) }),
    ...(moderate !== undefined && { moderate: async (call) => moderate(call), moderationModel: 'fake-moderation' }),
    ...(forward !== undefined && { forward: async (call) => forward(call) }),
  }
}

function plainCard(provider: string, id: string): ModelCard {
  return {
    provider,
    id,
    tier: 'standard',
    input: ['text', 'image', 'audio', 'file'],
    features: ['tools', 'json_schema', 'json_object', 'reasoning', 'logprobs', 'n', 'streaming'],
    prices: null,
  }
}
