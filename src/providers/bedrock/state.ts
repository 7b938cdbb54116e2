import type { ProviderState } from '../../contracts/chat.ts'
import { callsIn, comparedCall, plainText } from '../shared/history.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import { traitsOf } from './models.ts'
import type { Block } from './wire.ts'

/** The owner of the state. Signatures are the model maker's, but the blocks are in this service's own form. */
export const stateOwner = 'bedrock'

/**
 * The state of a turn, where the OpenAI message cannot say everything that it held: reasoning with its signatures, tools
 * of the vendor's own, text behind a call. `undefined` where nothing would be lost.
 */
export function stateOf(model: string, blocks: readonly JsonObject[]): ProviderState | undefined {
  const plain = blocks.every((block, index) => isCall(block) || ('text' in block && index === 0) || isLoose(block))
  const kept = blocks.filter((block) => !('image' in block))
  return plain ? undefined : { v: 1, provider: stateOwner, model, blocks: kept }
}

/**
 * The blocks to replay for an assistant message: its own state, if it came from a model of this family and still says what
 * the message says. Reasoning without a signature is not accepted back.
 */
export function replayable(message: JsonObject, model: string): readonly Block[] | undefined {
  const state = message['provider_state']
  if (!isObject(state) || state['v'] !== 1 || state['provider'] !== stateOwner) return undefined
  if (traitsOf(textOf(state['model']) ?? '').family !== traitsOf(model).family) return undefined
  const blocks = listOf(state['blocks']).filter(isObject)
  if (blocks.length === 0 || !tells(blocks, message)) return undefined
  const sendable = blocks.filter(isSendable)
  // Text must come before calls; only what a model answered itself may be the other way round.
  return sendable.length === 0 ? undefined : sendable
}

/** A call that the caller has to make, not one of the vendor's own tools. */
export function isCall(block: JsonObject): boolean {
  return isObject(block['toolUse']) && block['toolUse']['type'] !== 'server_tool_use'
}

/** Cited text and images: the message shows what can be sent back of them. */
function isLoose(block: JsonObject): boolean {
  return 'citationsContent' in block || 'image' in block
}

function isSendable(block: JsonObject): boolean {
  if ('text' in block) return (textOf(block['text']) ?? '').trim() !== ''
  const { reasoningContent: reasoning } = block
  if (!isObject(reasoning)) return true
  const { reasoningText: text, redactedContent: redacted } = reasoning
  return typeof redacted === 'string' || (isObject(text) && (textOf(text['signature']) ?? '') !== '')
}

/** Whether text and calls are still those of the message: a caller who edited the turn means the edited one. */
function tells(blocks: readonly JsonObject[], message: JsonObject): boolean {
  const calls = blocks.filter(isCall).map(({ toolUse: call }) => {
    return isObject(call) ? comparedCall(call['toolUseId'], call['name'], call['input'] ?? {}) : ''
  })
  return blocks.map(blockText).join('') === plainText(message['content']) && calls.join('\n') === callsIn(message).join('\n')
}

/** The visible text of a block. */
export function blockText(block: JsonObject): string {
  const { text, citationsContent: cited } = block
  if (typeof text === 'string') return text
  return isObject(cited) ? plainText(cited['content']) : ''
}
