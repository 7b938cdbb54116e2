import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import { maxTemperature, nearestEffort, type Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'

/** Everything of the body but messages and tools. */
export function settings(request: ChatRequest, traits: Traits, notes: Notes): JsonObject {
  checkOthers(request, notes)
  return {
    max_tokens: request.max_completion_tokens ?? request.max_tokens,
    ...sampling(request, notes),
    n: request.n,
    stop: request.stop,
    random_seed: request.seed,
    frequency_penalty: request.frequency_penalty,
    presence_penalty: request.presence_penalty,
    response_format: responseFormat(request),
    reasoning_effort: reasoningEffort(request, traits, notes),
    prediction: prediction(request),
    prompt_cache_key: request.prompt_cache_key,
    metadata: request.metadata,
    service_tier: serviceTier(request, notes),
  }
}

/** At temperature 0 the vendor takes the likeliest token: it then refuses any `top_p` but 1, which could change nothing. */
function sampling({ temperature, top_p, n }: ChatRequest, notes: Notes): JsonObject {
  if (temperature === 0) {
    if ((n ?? 1) > 1) throw unsupported('n', 'more than one answer needs a temperature above 0')
    return { temperature }
  }
  if (typeof temperature !== 'number' || temperature <= maxTemperature) return { temperature, top_p }
  notes.drop('temperature')
  return { temperature: maxTemperature, top_p }
}

function responseFormat({ response_format: format }: ChatRequest): JsonObject | undefined {
  if (format === undefined || format === null || format.type === 'text') return undefined
  if (format.type === 'json_object') return { type: 'json_object' }
  if (format.type !== 'json_schema') throw unsupported('response_format', 'is of a type that is not known here')
  const { name, description, schema, strict } = format.json_schema
  return {
    type: 'json_schema',
    json_schema: {
      name,
      ...(description !== undefined && { description }),
      // Called `schemaDefinition` in the SDK; required.
      schema: schema ?? {},
      ...(typeof strict === 'boolean' && { strict }),
    },
  }
}

function reasoningEffort({ reasoning_effort: asked }: ChatRequest, traits: Traits, notes: Notes): string | undefined {
  if (asked === undefined || asked === null) return undefined
  const effort = nearestEffort(asked, traits.efforts)
  if (effort !== asked && !(asked === 'none' && !traits.thinks)) notes.drop('reasoning_effort')
  return effort
}

function prediction({ prediction: given }: ChatRequest): JsonObject | undefined {
  if (given === undefined || given === null) return undefined
  const content = typeof given.content === 'string' ? given.content : given.content.map(({ text }) => text).join('')
  return { type: 'content', content }
}

const serviceTiers: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' }

function serviceTier({ service_tier: tier }: ChatRequest, notes: Notes): string | undefined {
  if (tier === undefined || tier === null) return undefined
  if (serviceTiers[tier] === undefined) notes.drop('service_tier')
  return serviceTiers[tier]
}

/** Fields that change the answer's contract and that this vendor does not have, with what they may be nevertheless. */
const refused: Readonly<Record<string, (value: unknown) => boolean>> = {
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  modalities: (value) => listOf(value).every((modality) => modality === 'text'),
  audio: () => false,
  moderation: () => false,
  web_search_options: () => false,
}

/** What is translated here or elsewhere. */
const translated: ReadonlySet<string> = new Set<keyof ChatRequest>([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'n',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'response_format',
  'reasoning_effort',
  'prediction',
  'prompt_cache_key',
  'metadata',
  'service_tier',
])

/** Tuning fields at the value that changes nothing. */
const neutral: Readonly<Record<string, (value: unknown) => boolean>> = {
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  store: (value) => value === false,
  verbosity: (value) => textOf(value) === 'medium',
}

/** Refuses what cannot be served and notes what is left out, unknown fields included: the vendor refuses them. */
function checkOthers(request: ChatRequest, notes: Notes): void {
  if (request.stream_options?.include_obfuscation === true) notes.drop('stream_options.include_obfuscation')
  for (const [field, value] of Object.entries(request)) {
    if (value === undefined || value === null || translated.has(field)) continue
    const allows = refused[field]
    if (allows === undefined) {
      if (neutral[field]?.(value) !== true) notes.drop(field)
    } else if (!allows(value)) {
      throw unsupported(field, 'this provider has nothing like it')
    }
  }
}
