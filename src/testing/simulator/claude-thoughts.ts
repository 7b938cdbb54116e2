import { at, listAt, textAt } from '../json.ts'
import { markOf, readSeal, sealOf } from './seals.ts'

/** Everything that stands before a thought. */
export interface Before {
  readonly system: unknown
  readonly tools: unknown
  readonly messages: readonly unknown[]
}

/** A thought that came back. */
export interface Thought {
  /** Where it stands: `messages.1.content.0`. */
  readonly path: string
  readonly text: string
  readonly signature: string
  readonly before: Before
}

/** Claude's signature, the same at every door of its (platform.claude.com, "Thinking": compatible across platforms). */
export function signatureOf(thought: string, before: Before): string {
  return sealOf('claude', thought, written(before))
}

/** Where prompts are cached is no part of them. */
function written({ system, tools, messages }: Before): string {
  return JSON.stringify([system, tools, messages], (key, value: unknown) => (key === 'cache_control' ? undefined : value))
}

/**
 * What Claude says of thoughts that come back: they are its own, unchanged, and at the models that check it nothing before
 * them has changed (platform.claude.com, "Prefix checks on thinking blocks", of November 2026, with its words).
 */
export function checkThoughts(thoughts: readonly Thought[], asked: Asked): string | undefined {
  for (const thought of thoughts) {
    const problem = checkThought(thought, asked)
    if (problem !== undefined) return `${thought.path}: Invalid \`signature\` in \`thinking\` block${problem}`
  }
  return undefined
}

/** What of the request decides it. */
export interface Asked {
  readonly model: string
  /** The field `thinking`. */
  readonly thinking: unknown
}

function checkThought({ text, signature, before }: Thought, { model, thinking }: Asked): string | undefined {
  const seal = readSeal(signature)
  if (seal === undefined) return signature === '' ? '' : undefined
  if (seal.signer !== 'claude' || seal.marks[0] !== markOf(text)) return ''
  const checks = binds.test(model) && at(thinking, 'block_binding', 'prefix_mismatch_behavior') !== 'drop_block'
  if (!checks || seal.marks[1] === markOf(written(before))) return undefined
  return '. The block is bound to a different conversation. Remove the block, or set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
}

const binds = /claude-(?:(?:fable|mythos)-5-[1-9]|(?:opus|sonnet|haiku)-5-[5-9])/

/** What of `thinking` a model refuses, whatever else is asked (its page "What's new in Claude Opus 5.5", with its words). */
export function checkThinkingType(type: string | undefined, model: string): string | undefined {
  const always = /claude-(?:(?:fable|mythos)-5-[1-9]|(?:opus|sonnet)-5-[5-9])/.test(model)
  if (!always || (type !== 'disabled' && type !== 'enabled')) return undefined
  return `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`
}

const binding = 'thinking-binding-controls-2026-08-01'

/** The field is behind a beta, and not there at all where nothing is thought. */
export function checkBindingField(thinking: unknown, betas: readonly string[]): string | undefined {
  if (at(thinking, 'block_binding') === undefined) return undefined
  const type = textAt(thinking, 'type') ?? ''
  const known = betas.includes(binding) && (type === 'adaptive' || type === 'enabled')
  return known ? undefined : `thinking.${type}.block_binding: Extra inputs are not permitted`
}

/** With a budget the step that is going on begins with the thinking that led to it. */
export function checkOpenStep(messages: readonly unknown[], kinds: (block: unknown) => string): string | undefined {
  const index = messages.findLastIndex((message) => at(message, 'role') === 'assistant')
  const blocks = listAt(messages[index], 'content').map(kinds)
  const [first = 'tool_use'] = blocks
  if (!blocks.includes('tool_use') || first === 'thinking' || first === 'redacted_thinking') return undefined
  return `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`.`
}
