import { listOf } from '../shared/guards.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/** A conversation as the service shows it: whole in an answer, a snapshot in each event of a stream. */
export interface Conversation {
  /** What the service says last; `undefined` where it has said nothing yet. */
  readonly answer: { readonly text: string; readonly attributions: readonly JsonObject[] } | undefined
  /** Whether this is the conversation after its turn, not an update on the way there. */
  readonly isWhole: boolean
  /** The service has ended the conversation for what was said in it. */
  readonly isDisengaged: boolean
}

/** The name of what is no conversation yet (learn.microsoft.com, copilotConversation: chatOverStream, examples; 2026-08). */
const updateName = 'Intermediate Conversation Update'

/**
 * Reads a `copilotConversation`. Both what was asked and the answer are messages of the same type, without a role; what was
 * asked comes first, and in updates not at all.
 *
 * Nothing in the documentation says which event of a stream is the last, and that HTTP ends properly proves nothing: so it
 * does where a proxy gives up. What tells is the shape: updates bear a name of their own, and the last event is the
 * conversation itself, what was asked and the answer in it. (`turnCount` is no sign, some updates have 1; nor is `state`.)
 */
export function conversationOf(value: JsonObject, prompt: string): Conversation {
  const messages = listOf(value['messages']).filter(isObject)
  const last = messages.at(-1)
  const text = textOf(last?.['text'])
  const isEcho = messages.length === 1 && text !== undefined && words(text) === words(prompt)
  return {
    answer:
      last === undefined || text === undefined || isEcho
        ? undefined
        : { text, attributions: listOf(last['attributions']).filter(isObject) },
    isWhole: messages.length > 1 && value['displayName'] !== updateName,
    isDisengaged: value['state'] === 'disengagedForRai',
  }
}

/** Whether JSON could be that of a whole conversation: a quick look, where most events are updates. */
export function mayBeWhole(json: string): boolean {
  return !json.includes(updateName)
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
