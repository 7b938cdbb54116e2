import { listOf } from '../guards.ts'
import { isObject, type JsonObject } from '../json.ts'

/** What a body with `block_binding` needs. */
export const bindingBeta = 'thinking-binding-controls-2026-08-01'

/**
 * The field `thinking` for a conversation that brings thinking back to a model that binds it: such models refuse a block with
 * 400 where instructions, tools or an earlier message are not what they were when it was thought ("Prefix checks on thinking
 * blocks", read November 2026). OpenAI's clients may change all three between turns, and some of their fields become
 * instructions here; so the vendor is to leave out what no longer fits. `undefined` where thinking is off: nothing can say so
 * then, and the page advises to leave the blocks out oneself.
 */
export function boundThinking(thinking: unknown): JsonObject | undefined {
  const asked = isObject(thinking) ? thinking : { type: 'adaptive' }
  if (asked['type'] !== 'adaptive' && asked['type'] !== 'enabled') return undefined
  return { block_binding: { prefix_mismatch_behavior: 'drop_block' }, ...asked }
}

/** Whether the field `thinking` says what to do with thinking that no longer fits. */
export function isBound(thinking: unknown): boolean {
  return isObject(thinking) && thinking['block_binding'] !== undefined
}

/**
 * The turns without the blocks of their content that are thoughts, and without those that are nothing else; the very list
 * where there are none.
 */
export function unthought(turns: readonly unknown[], isThought: (block: unknown) => boolean): readonly unknown[] {
  const thinks = (turn: unknown): boolean => isObject(turn) && listOf(turn['content']).some(isThought)
  if (!turns.some(thinks)) return turns
  return turns.flatMap((turn) => {
    if (!isObject(turn) || !thinks(turn)) return [turn]
    const content = listOf(turn['content']).filter((block) => !isThought(block))
    return content.length === 0 ? [] : [{ ...turn, content }]
  })
}
