import type Anthropic from '@anthropic-ai/sdk'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import type { ClaudeRules } from '../shared/claude/rules.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'

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
  rules: ClaudeRules,
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

/** Refuses what cannot be served and notes what is left out. */
export const checkOthers = otherFieldsCheck(['user', 'safety_identifier', 'web_search_options'])
