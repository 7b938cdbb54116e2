import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import type { Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'

/** `inferenceConfig` as it goes over the wire. */
export interface InferenceConfig {
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly stopSequences?: readonly string[]
}

interface Context {
  readonly traits: Traits
  readonly notes: Notes
  /** The model thinks, and samples as it likes. */
  readonly thinks: boolean
  readonly maxOutput: number | undefined
}

/** Limit, sampling and stop sequences; `undefined` where nothing is set. */
export function inferenceConfig(request: ChatRequest, context: Context): InferenceConfig | undefined {
  const stopSequences = stopsOf(request, context.traits)
  const maxTokens = maxTokensOf(request, context.maxOutput)
  const config = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...sampling(request, context),
    ...(stopSequences.length > 0 && { stopSequences }),
  }
  return Object.keys(config).length === 0 ? undefined : config
}

/** The caller's limit, no more than the model can write. Without one the vendor takes the model's. */
export function maxTokensOf(request: ChatRequest, most: number | undefined): number | undefined {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? undefined
  return asked === undefined || most === undefined ? asked : Math.min(asked, most)
}

/** OpenAI's temperature goes up to 2, the vendor's to 1. */
function sampling(request: ChatRequest, { traits, notes, thinks }: Context): InferenceConfig {
  const rule = traits.claude?.sampling ?? 'both'
  const free = rule !== 'none' && !thinks
  const temperature = free ? atMostOne(request.temperature) : undefined
  const isOnly = temperature === undefined || rule === 'both'
  const topP = free && isOnly ? atMostOne(request.top_p) : undefined
  // 1 is the default of both, at OpenAI and at Claude.
  if (isLost(request.temperature, temperature)) notes.drop('temperature')
  if (isLost(request.top_p, topP)) notes.drop('top_p')
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) }
}

function atMostOne(asked: number | null | undefined): number | undefined {
  return typeof asked === 'number' ? Math.min(asked, 1) : undefined
}

function isLost(asked: number | null | undefined, sent: number | undefined): boolean {
  return typeof asked === 'number' && asked !== sent && !(asked === 1 && sent === undefined)
}

function stopsOf({ stop }: ChatRequest, traits: Traits): readonly string[] {
  const sequences = typeof stop === 'string' ? [stop] : listOf(stop).flatMap((each) => textOf(each) ?? [])
  const words = sequences.filter((each) => each !== '')
  if (words.length > 0 && !traits.stop) throw unsupported('stop', 'the model stops at words of its own only')
  const blank = words.findIndex((each) => each.trim() === '')
  if (blank !== -1) {
    throw unsupported(Array.isArray(stop) ? `stop[${blank}]` : 'stop', 'a stop sequence needs a character that is no white space')
  }
  return words
}

/** The vendor's own tiers of capacity; `auto` is its default too. */
export function serviceTier({ service_tier: tier }: ChatRequest, notes: Notes): { readonly type: string } | undefined {
  if (tier === undefined || tier === null || tier === 'auto') return undefined
  if (tier === 'default' || tier === 'flex' || tier === 'priority') return { type: tier }
  notes.drop('service_tier')
  return undefined
}

const mostMetadata = 16

/** Metadata for the vendor's invocation logs, in its limits: 16 entries of up to 256 common characters. */
export function requestMetadata({ metadata }: ChatRequest, notes: Notes): Readonly<Record<string, string>> | undefined {
  if (!isObject(metadata)) return undefined
  const entries = Object.entries(metadata).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && name !== '' && isLoggable(name) && isLoggable(value) ? [[name, value]] : [],
  )
  if (entries.length < Object.keys(metadata).length || entries.length > mostMetadata) notes.drop('metadata')
  return entries.length === 0 ? undefined : Object.fromEntries(entries.slice(0, mostMetadata))
}

function isLoggable(text: string): boolean {
  return /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/.test(text)
}

/** Refuses what cannot be served and notes what is left out. */
export const checkOthers = otherFieldsCheck(['web_search_options'])
