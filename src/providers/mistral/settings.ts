import type { ChatRequest } from '../../contracts/chat.ts'
import type { JsonObject } from '../shared/json.ts'
import { maxTemperature, nearestEffort, type Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'

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

/** Refuses what cannot be served and notes what is left out, unknown fields included: the vendor refuses them. */
const checkOthers = otherFieldsCheck(['n', 'seed', 'frequency_penalty', 'presence_penalty', 'prediction', 'prompt_cache_key'])
