import type { ChatRequest } from '../../../contracts/chat.ts'
import { unreachable } from '../../../errors.ts'
import type { Notes } from '../notes.ts'
import { efforts, type ClaudeRules, type Effort } from './rules.ts'

/** The parts of the body that `reasoning_effort` becomes. */
export interface ThinkingParams {
  readonly thinking?: ThinkingConfig
  readonly effort?: Effort
}

/** The field `thinking`. */
export type ThinkingConfig =
  | { readonly type: 'enabled'; readonly budget_tokens: number }
  | { readonly type: 'adaptive'; readonly display: 'summarized' }
  | { readonly type: 'disabled' }
  | { readonly type: 'between_tools' }

/** What of the rest of the request decides whether the model may think. */
export interface ThinkingContext {
  readonly rules: ClaudeRules
  readonly notes: Notes
  readonly maxTokens: number
  /** A tool call is forced. */
  readonly forced: boolean
  /** The conversation rules `budget_tokens` out: a prefill, or a step that has lost its thinking. */
  readonly blocked: boolean
}

type ReasoningEffort = NonNullable<ChatRequest['reasoning_effort']>

/** Nothing where the caller did not ask: the model's own default holds. */
export function thinkingParams(effort: ChatRequest['reasoning_effort'], context: ThinkingContext): ThinkingParams {
  if (effort === undefined || effort === null) return {}
  if (effort === 'none') return withoutThinking(context)
  const { rules, notes } = context
  const refused = context.forced && rules.forcedTools === 'without-thinking'
  const params = refused ? undefined : rules.thinking === 'budget' ? budget(effort, context) : adaptive(effort, rules)
  if (params === undefined) notes.drop('reasoning_effort')
  return params ?? {}
}

function withoutThinking({ rules, notes }: ThinkingContext): ThinkingParams {
  switch (rules.off) {
    case 'silent':
      return {}
    case 'disabled':
      return { thinking: { type: 'disabled' } }
    case 'between_tools':
      // It still thinks between tool calls.
      notes.emulate()
      return { thinking: { type: 'between_tools' } }
    case 'never':
      notes.drop('reasoning_effort')
      // The nearest that there is, and what the vendor's migration guide advises.
      return { effort: 'low' }
    default:
      return unreachable(rules.off)
  }
}

function adaptive(effort: ReasoningEffort, rules: ClaudeRules): ThinkingParams | undefined {
  if (rules.thinking === 'none') return undefined
  // These models hide their thinking unless asked; without it `reasoning_content` would stay empty.
  return { thinking: { type: 'adaptive', display: 'summarized' }, effort: strongest(effort, rules.effort) }
}

/** The strongest level that the model knows up to the one asked for. */
function strongest(effort: ReasoningEffort, known: readonly Effort[]): Effort {
  const wanted = efforts.findIndex((level) => level === effort)
  return efforts.findLast((level, index) => index <= wanted && known.includes(level)) ?? 'low'
}

const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 16_384 }
const largestBudget = 32_768
const smallestBudget = 1024

/** `budget_tokens` must be at least 1024 and less than `max_tokens`; a fifth is left for the answer. */
function budget(effort: ReasoningEffort, { maxTokens, blocked, forced }: ThinkingContext): ThinkingParams | undefined {
  const budget_tokens = Math.min(budgets[effort] ?? largestBudget, Math.floor(maxTokens * 0.8))
  if (blocked || forced || budget_tokens < smallestBudget) return undefined
  return { thinking: { type: 'enabled', budget_tokens } }
}
