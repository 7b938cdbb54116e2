import type { ChatRequest } from '../../contracts/chat.ts'
import { unreachable } from '../../errors.ts'
import type { ClaudeRules } from '../shared/claude/rules.ts'
import { thinkingParams, type ThinkingContext as ClaudeContext } from '../shared/claude/thinking.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Traits } from './models.ts'

/** What of the rest of the request decides whether the model may think. */
export interface ThinkingContext extends Omit<ClaudeContext, 'rules' | 'maxTokens'> {
  readonly traits: Traits
  /** The caller's limit, or the model's own. */
  readonly maxTokens: number | undefined
  /** Temperature, top_p or a limit is set: some models do not think hard then. */
  readonly tuned: boolean
}

type ReasoningEffort = NonNullable<ChatRequest['reasoning_effort']>

/** What goes into `additionalModelRequestFields`. Nothing where the caller did not ask: the model's own default holds. */
export function thinkingFields(effort: ChatRequest['reasoning_effort'], context: ThinkingContext): JsonObject {
  if (effort === undefined || effort === null) return {}
  const fields = fieldsFor(effort, context)
  if (fields === undefined) context.notes.drop('reasoning_effort')
  return fields ?? {}
}

function fieldsFor(effort: ReasoningEffort, context: ThinkingContext): JsonObject | undefined {
  const { traits } = context
  switch (traits.reasoning) {
    case 'claude':
      return traits.claude === undefined ? undefined : claudeFields(effort, traits.claude, context)
    case 'nova':
      return novaFields(effort, context.tuned)
    case 'effort':
      return effort === 'none' ? undefined : { reasoning_effort: threeLevels[effort] ?? 'high' }
    case 'none':
      return effort === 'none' ? {} : undefined
    default:
      return unreachable(traits.reasoning)
  }
}

const threeLevels: Readonly<Record<string, 'low' | 'medium' | 'high'>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
}

/** At the highest level Nova 2 accepts neither sampling nor a limit (its page "Extended thinking"). */
function novaFields(effort: ReasoningEffort, tuned: boolean): JsonObject {
  if (effort === 'none') return { reasoningConfig: { type: 'disabled' } }
  const level = threeLevels[effort] ?? 'high'
  return { reasoningConfig: { type: 'enabled', maxReasoningEffort: level === 'high' && tuned ? 'medium' : level } }
}

function claudeFields(effort: ReasoningEffort, rules: ClaudeRules, context: ThinkingContext): JsonObject {
  const { maxTokens = rules.maxOutput } = context
  const { thinking, effort: level } = thinkingParams(effort, { ...context, rules, maxTokens })
  return { ...(thinking !== undefined && { thinking }), ...(level !== undefined && { output_config: { effort: level } }) }
}
