import type { ProviderState } from '../../contracts/chat.ts'
import type { VerbatimBlock } from './content.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** The owner of the state: thinking is signed by the vendor, so every adapter of this vendor may replay it. */
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

/** The blocks to replay for an assistant message: its own state, if it is ours and still says what the message says. */
export function replayable(message: JsonObject): readonly VerbatimBlock[] | undefined {
  const state = message['provider_state']
  if (!isObject(state) || state['v'] !== 1 || state['provider'] !== stateOwner) return undefined
  const blocks = listOf(state['blocks']).filter(isBlock)
  return blocks.length > 0 && tells(blocks, message) ? blocks.filter(isSendable) : undefined
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
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => JSON.stringify([id, name, input]))
  const told = listOf(message['tool_calls']).map(toldCall)
  return text.join('') === contentText(message['content']) && calls.join('\n') === told.join('\n')
}

function toldCall(call: unknown): string {
  if (!isObject(call) || !isObject(call['function'])) return ''
  const { name, arguments: json } = call['function']
  return JSON.stringify([call['id'], name, parseJson(textOf(json) ?? '') ?? {}])
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .join('')
}
