import type { ChatRequest } from '../../contracts/chat.ts'
import { unreachable } from '../../errors.ts'
import type { JsonObject } from '../shared/json.ts'
import { efforts, type ClaudeRules, type Effort } from './claude.ts'
import type { Traits } from './models.ts'
import type { Notes } from '../shared/notes.ts'

/** What of the rest of the request decides whether the model may think. */
export interface ThinkingContext {
  readonly traits: Traits
  readonly notes: Notes
  /** The caller's limit, or the model's own. */
  readonly maxTokens: number | undefined
  /** A tool call is forced. */
  readonly forced: boolean
  /** The conversation rules a thinking budget out: a prefill, or a step that has lost its reasoning. */
  readonly blocked: boolean
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

function claudeFields(effort: ReasoningEffort, rules: ClaudeRules, context: ThinkingContext): JsonObject | undefined {
  if (effort === 'none') return withoutThinking(rules, context.notes)
  if (context.forced && rules.forcedTools === 'without-thinking') return undefined
  switch (rules.thinking) {
    case 'none':
      return undefined
    case 'budget':
      return budget(effort, rules, context)
    case 'adaptive':
    case 'default':
      // These models hide their thinking unless asked; without it `reasoning_content` would stay empty.
      return {
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: strongest(effort, rules.effort) },
      }
    default:
      return unreachable(rules.thinking)
  }
}

function withoutThinking({ off }: ClaudeRules, notes: Notes): JsonObject {
  if (off === 'silent') return {}
  if (off === 'disabled') return { thinking: { type: 'disabled' } }
  notes.drop('reasoning_effort')
  return { output_config: { effort: 'low' } }
}

/** The strongest level that the model knows up to the one asked for. */
function strongest(effort: ReasoningEffort, known: readonly Effort[]): Effort {
  const wanted = efforts.findIndex((level) => level === effort)
  return efforts.findLast((level, index) => index <= wanted && known.includes(level)) ?? 'low'
}

const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 16_384 }
const largestBudget = 32_768
const smallestBudget = 1024

/** `budget_tokens` must be at least 1024 and less than the limit; a fifth is left for the answer. */
function budget(
  effort: ReasoningEffort,
  rules: ClaudeRules,
  { maxTokens, blocked, forced }: ThinkingContext,
): JsonObject | undefined {
  const budget_tokens = Math.min(budgets[effort] ?? largestBudget, Math.floor((maxTokens ?? rules.maxOutput) * 0.8))
  if (blocked || forced || budget_tokens < smallestBudget) return undefined
  return { thinking: { type: 'enabled', budget_tokens } }
}
