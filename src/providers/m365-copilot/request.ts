import type { ChatRequest } from '../../contracts/chat.ts'
import { merged } from '../shared/body.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Notes } from '../shared/notes.ts'
import { askedOf } from './messages.ts'
import { checkSettings, surroundings } from './settings.ts'
import type { Defaults } from './settings.ts'

/** What is sent to a new conversation, and its texts: what is asked, and all of them for an estimate of their size. */
export interface ChatAction {
  readonly body: JsonObject
  readonly prompt: string
  readonly texts: readonly string[]
}

/** A body of `POST /copilot/conversations/{id}/chat`, the same for `chatOverStream`. Throws what cannot be served. */
export function chatAction(
  request: ChatRequest,
  { defaults, notes, own = {} }: { readonly defaults: Defaults; readonly notes: Notes; readonly own?: JsonObject | undefined },
): ChatAction {
  checkSettings(request, notes)
  const { prompt, context } = askedOf(request.messages, notes)
  const { additionalContext, ...others } = own
  // What the caller adds for the service stands beside the conversation, not in its place.
  const entries = [...context, ...listOf(additionalContext)]
  const body = {
    message: { text: prompt },
    ...(entries.length > 0 && { additionalContext: entries }),
    ...surroundings(request, defaults, notes),
  }
  const contexts = entries.map((entry) => (isObject(entry) ? (textOf(entry['text']) ?? '') : ''))
  return { body: merged(body, others), prompt, texts: [prompt, ...contexts] }
}
