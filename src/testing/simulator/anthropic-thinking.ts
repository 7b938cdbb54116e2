import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import { anthropicInvalid } from './anthropic-errors.ts'
import { checkBindingField, checkOpenStep, checkThinkingType, checkThoughts } from './claude-thoughts.ts'
import type { Thought } from './claude-thoughts.ts'
import type { VendorError } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'

/** What Anthropic refuses of thinking, asked for and brought back. */
export function checkAnthropicThinking({ headers, body }: WireRequest, { model }: Turn): VendorError | undefined {
  const thinking = at(body, 'thinking')
  const enabled = textAt(thinking, 'type') === 'enabled'
  const betas = (headers['anthropic-beta'] ?? '').split(',').map((beta) => beta.trim())
  const problem =
    checkThinkingType(textAt(thinking, 'type'), model) ??
    checkBudget(body) ??
    checkBindingField(thinking, betas) ??
    (enabled ? checkForced(body) : undefined) ??
    (enabled ? checkOpenStep(listAt(body, 'messages'), (block) => textAt(block, 'type') ?? '') : undefined) ??
    checkThoughts(thoughtsIn(body), { model, thinking })
  return problem === undefined ? undefined : anthropicInvalid(problem)
}

function checkBudget(body: unknown): string | undefined {
  const budget = numberAt(body, 'thinking', 'budget_tokens')
  if (budget === undefined) return undefined
  if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024'
  return budget < (numberAt(body, 'max_tokens') ?? 0) ? undefined : '`max_tokens` must be greater than `thinking.budget_tokens`.'
}

function checkForced(body: unknown): string | undefined {
  const type = textAt(body, 'tool_choice', 'type')
  return type === 'any' || type === 'tool' ? 'Thinking may not be enabled when tool_choice forces tool use.' : undefined
}

function thoughtsIn(body: unknown): readonly Thought[] {
  const messages = listAt(body, 'messages')
  return messages.flatMap((message, index) =>
    listAt(message, 'content').flatMap((block, position): readonly Thought[] => {
      if (!isObject(block) || block['type'] !== 'thinking') return []
      const before = { system: at(body, 'system'), tools: at(body, 'tools'), messages: messages.slice(0, index) }
      const path = `messages.${index}.content.${position}`
      return [{ path, text: textAt(block, 'thinking') ?? '', signature: textAt(block, 'signature') ?? '', before }]
    }),
  )
}
