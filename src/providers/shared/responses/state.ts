import type { ProviderState } from '../../../contracts/chat.ts'
import { isObject, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { listOf, objectsOf } from './wire.ts'

/**
 * The output items of a turn, where the chat message cannot say everything that they held: encrypted reasoning, the
 * vendor's own tools, signatures on calls. `undefined` where nothing would be lost.
 */
export function stateOf(
  items: readonly JsonObject[],
  { owner, model }: { readonly owner: string; readonly model: string },
): ProviderState | undefined {
  const blocks = items.filter(({ type }) => !isResult(type))
  return blocks.some(saysMore) ? { v: 1, provider: owner, model, blocks } : undefined
}

/** Results of a vendor's own search and the like: large, cited in the answer, and not wanted back. */
function isResult(type: unknown): boolean {
  return typeof type === 'string' && type.endsWith('_results')
}

const callFields: ReadonlySet<string> = new Set(['id', 'type', 'status', 'call_id', 'name', 'arguments', 'input'])

function saysMore(item: JsonObject): boolean {
  switch (item['type']) {
    case 'message':
      // Models that comment on their work want to see which message was the answer.
      return typeof item['phase'] === 'string'
    case 'function_call':
    case 'custom_tool_call':
      return Object.entries(item).some(([field, value]) => !callFields.has(field) && value !== null && value !== undefined)
    case 'reasoning':
      return typeof item['encrypted_content'] === 'string'
    default:
      return true
  }
}

/** The items to replay for an assistant message: its own state, if it is ours and still says what the message says. */
export function replayable(message: JsonObject, owner: string): readonly JsonObject[] | undefined {
  const state = message['provider_state']
  if (!isObject(state) || state['v'] !== 1 || state['provider'] !== owner) return undefined
  const items = objectsOf(state['blocks'])
  return items.length > 0 && tells(items, message) ? items.filter(isSendable) : undefined
}

/** Reasoning without its encrypted text is known to nobody: nothing was stored at the vendor. */
function isSendable({ type, encrypted_content: encrypted }: JsonObject): boolean {
  return typeof type === 'string' && (type !== 'reasoning' || typeof encrypted === 'string')
}

/** Whether text and calls are still those of the message: a caller who edited the turn means the edited one. */
function tells(items: readonly JsonObject[], message: JsonObject): boolean {
  const calls = items.flatMap((item) => {
    if (item['type'] === 'function_call') return [JSON.stringify([item['call_id'], item['name'], item['arguments'] || '{}'])]
    return item['type'] === 'custom_tool_call' ? [JSON.stringify([item['call_id'], item['name'], item['input']])] : []
  })
  const told = listOf(message['tool_calls']).map(toldCall)
  return textOfItems(items) === contentText(message['content']) && calls.join('\n') === told.join('\n')
}

function toldCall(call: unknown): string {
  if (!isObject(call)) return ''
  const { id, function: called, custom } = call
  if (isObject(called)) return JSON.stringify([id, called['name'], called['arguments'] || '{}'])
  return isObject(custom) ? JSON.stringify([id, custom['name'], custom['input']]) : ''
}

/** The text that a chat message has for these items. */
export function textOfItems(items: readonly JsonObject[]): string {
  return items
    .filter(({ type }) => type === 'message')
    .flatMap(({ content }) => objectsOf(content))
    .map((part) => (part['type'] === 'output_text' ? (textOf(part['text']) ?? '') : ''))
    .join('')
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  return objectsOf(content)
    .map((part) => (part['type'] === 'text' ? (textOf(part['text']) ?? '') : ''))
    .join('')
}
