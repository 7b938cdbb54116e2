import type { ProviderState } from '../../contracts/chat.ts'
import type { VerbatimBlock } from './content.ts'
import { callsIn, comparedCall, plainText } from '../shared/history.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import type { Door } from './door.ts'

/**
 * The owner of the state, at every door: the vendor's page "Thinking" (read November 2026) says that signatures made on its
 * own API, on Bedrock and on Google Cloud are good at the two others.
 */
export const stateOwner = 'anthropic'

/**
 * The state of a turn, where the OpenAI message cannot say everything that it held: thinking with its signatures, server
 * tools and their results, text behind a tool call. `undefined` where nothing would be lost.
 */
export function stateOf(model: string, blocks: readonly unknown[]): ProviderState | undefined {
  const plain = blocks.every((block, index) => {
    if (!isObject(block)) return false
    if (block['type'] === 'tool_use') return true
    return block['type'] === 'text' && index === 0 && listOf(block['citations']).length === 0
  })
  return plain ? undefined : { v: 1, provider: stateOwner, model, blocks }
}

/**
 * The blocks to replay for an assistant message: its own state, if it is ours and still says what the message says. What
 * tools of the vendor's left in it nobody promises to be good elsewhere: a door without such tools gets no state of such a
 * turn, but what the message says.
 */
export function replayable(message: JsonObject, { serverTools }: Pick<Door, 'serverTools'>): readonly VerbatimBlock[] | undefined {
  const state = message['provider_state']
  if (!isObject(state) || state['v'] !== 1 || state['provider'] !== stateOwner) return undefined
  const blocks = listOf(state['blocks']).filter(isBlock)
  if (blocks.length === 0 || !tells(blocks, message)) return undefined
  const sendable = blocks.filter(isSendable)
  if (serverTools) return sendable
  return sendable.every(({ type }) => portable.has(type)) ? sendable.map(bare) : undefined
}

const portable: ReadonlySet<string> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use'])

/** A call without who made it: there is but one who could. */
function bare(block: VerbatimBlock & JsonObject): VerbatimBlock {
  const { caller: _, ...rest } = block
  return block.type === 'tool_use' ? rest : block
}

function isBlock(value: unknown): value is VerbatimBlock & JsonObject {
  return isObject(value) && typeof value['type'] === 'string'
}

/** Blank text is answered but not accepted. */
function isSendable(block: VerbatimBlock & JsonObject): boolean {
  return block.type !== 'text' || (textOf(block['text']) ?? '').trim() !== ''
}

/** Whether text and calls are still those of the message: a caller who edited the turn means the edited one. */
function tells(blocks: readonly (VerbatimBlock & JsonObject)[], message: JsonObject): boolean {
  const text = blocks.filter(({ type }) => type === 'text').map((block) => textOf(block['text']) ?? '')
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => comparedCall(id, name, input))
  return text.join('') === plainText(message['content']) && calls.join('\n') === callsIn(message).join('\n')
}
