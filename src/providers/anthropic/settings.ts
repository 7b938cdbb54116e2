import type Anthropic from '@anthropic-ai/sdk'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import type { ModelRules } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'

/** `temperature` and `top_p`, which only API version 2023-06-01 knows. */
export interface SamplingParams {
  readonly temperature?: number
  readonly top_p?: number
}

/**
 * Sampling for the models that take it. 1 is the default of both and needs no field; OpenAI's range goes up to 2, this
 * vendor's to 1, so that more than 1 comes down to the default too.
 */
export function samplingParams(
  request: ChatRequest,
  rules: ModelRules,
  context: { thinks: boolean; notes: Notes },
): SamplingParams {
  const free = rules.sampling !== 'none' && !context.thinks
  const temperature = below(request.temperature, free)
  const topP = below(request.top_p, free && !(temperature !== undefined && rules.sampling === 'one'))
  if (isLost(request.temperature, temperature)) context.notes.drop('temperature')
  if (isLost(request.top_p, topP)) context.notes.drop('top_p')
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { top_p: topP }) }
}

function below(asked: number | null | undefined, allowed: boolean): number | undefined {
  return allowed && typeof asked === 'number' && asked < 1 ? asked : undefined
}

function isLost(asked: number | null | undefined, sent: number | undefined): boolean {
  return typeof asked === 'number' && asked !== 1 && sent === undefined
}

/** Stop sequences. One of white space alone is refused by the vendor. */
export function stopSequences({ stop }: ChatRequest): readonly string[] {
  const sequences = (typeof stop === 'string' ? [stop] : listOf(stop)).filter((each) => typeof each === 'string' && each !== '')
  return sequences.map((each, index) => {
    const text = textOf(each) ?? ''
    if (text.trim() !== '') return text
    throw unsupported(Array.isArray(stop) ? `stop[${index}]` : 'stop', 'a stop sequence needs a character that is no white space')
  })
}

/** Who the end user is, as an opaque id. */
export function userMetadata(request: ChatRequest, notes: Notes): Anthropic.Metadata | undefined {
  const { user_id: own, ...others } = isObject(request.metadata) ? request.metadata : {}
  if (Object.keys(others).length > 0) notes.drop('metadata')
  const user_id = request.safety_identifier ?? request.user ?? textOf(own)
  return user_id === undefined ? undefined : { user_id }
}

/** Capacity and speed. `flex`, `priority` and `scale` have no counterpart that a request could choose. */
export function tierParams(
  { service_tier: tier }: ChatRequest,
  { fast }: ModelRules,
  notes: Notes,
): { readonly service_tier?: 'auto' | 'standard_only'; readonly speed?: 'fast' } {
  if (tier === undefined || tier === null) return {}
  if (tier === 'auto') return { service_tier: 'auto' }
  if (tier === 'default') return { service_tier: 'standard_only' }
  if (tier === 'fast' && fast) return { speed: 'fast' }
  notes.drop('service_tier')
  return {}
}

/** Fields that change the answer's contract and that this vendor does not have, with what they may be nevertheless. */
const refused: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  modalities: (value) => listOf(value).every((modality) => modality === 'text'),
  audio: () => false,
  moderation: () => false,
}

/** What is translated elsewhere. */
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
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'reasoning_effort',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'web_search_options',
])

/** Tuning fields at the value that changes nothing. */
const neutral: Readonly<Record<string, (value: unknown) => boolean>> = {
  frequency_penalty: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  store: (value) => value === false,
  verbosity: (value) => value === 'medium',
}

/** Refuses what cannot be served and notes what is left out, unknown fields included. */
export function checkOthers(request: ChatRequest, notes: Notes): void {
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
