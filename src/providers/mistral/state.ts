import type { ProviderState } from '../../contracts/chat.ts'
import { plainText } from '../shared/history.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** The state of a turn: its chunks, where there is thinking among them; `undefined` where nothing would be lost. */
export function stateOf(
  chunks: readonly JsonObject[],
  { owner, model }: { readonly owner: string; readonly model: string },
): ProviderState | undefined {
  if (!chunks.some(({ type }) => type === 'thinking')) return undefined
  return { v: 1, provider: owner, model, blocks: chunks }
}

/** The chunks to replay for an assistant message: its own state, if it is this owner's and still says what the message says. */
export function replayable(message: JsonObject, owner: string): readonly JsonObject[] | undefined {
  const state = message['provider_state']
  if (!isObject(state) || state['v'] !== 1 || state['provider'] !== owner) return undefined
  const chunks = listOf(state['blocks']).filter(isObject)
  const text = chunks.map((chunk) => (chunk['type'] === 'text' ? (textOf(chunk['text']) ?? '') : '')).join('')
  // A caller who edited the turn means the edited one.
  return chunks.length > 0 && text === plainText(message['content']) ? chunks : undefined
}
