import type { JsonObject } from '../shared/json.ts'
import { unsupported, type Notes } from '../shared/notes.ts'

/** One message on the wire. */
export interface Wire extends JsonObject {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string | readonly JsonObject[]
}

/*
 * What may follow what (the vendor's open-source validator, mistral-common, and its 400 answers of code 3230): no system
 * message behind an assistant's or a tool's; nothing but an assistant's or another tool's behind a tool's, on some models;
 * and the last message is the user's or a tool's, or an assistant's that is to be continued (`prefix`).
 */

/** The turn that is put between a tool's result and the user's next words, where OpenAI needs none. */
const acknowledgement: Wire = { role: 'assistant', content: 'OK' }

/** The messages in an order that the vendor accepts, with as little moved as possible. */
export function arranged(messages: readonly Wire[], notes: Notes): readonly Wire[] {
  const { leading, turns } = placed(messages, notes)
  const last = turns.at(-1)
  if (last === undefined) return instructed(leading, notes)
  if (last.role !== 'assistant' || last['tool_calls'] !== undefined) return [...leading, ...turns]
  notes.emulate()
  return [...leading, ...turns.slice(0, -1), { ...last, prefix: true }]
}

interface Placed {
  /** The instructions at the beginning. */
  readonly leading: readonly Wire[]
  readonly turns: readonly Wire[]
}

function placed(messages: readonly Wire[], notes: Notes): Placed {
  const leading: Wire[] = []
  const turns: Wire[] = []
  const final = messages.findLastIndex(({ role }) => role !== 'system')
  for (const [index, message] of messages.entries()) {
    const before = turns.at(-1)?.role
    if (message.role !== 'system') {
      if (message.role === 'user' && before === 'tool') {
        notes.emulate()
        turns.push(acknowledgement)
      }
      turns.push(message)
    } else if (before === undefined) {
      leading.push(message)
    } else if (before !== 'assistant' && before !== 'tool' && index < final) {
      turns.push(message)
    } else {
      notes.emulate()
      // Behind the last answer there is nothing but the instruction to answer to.
      if (index > final && before === 'assistant') turns.push({ ...message, role: 'user' })
      else leading.push(message)
    }
  }
  return { leading, turns }
}

/** Instructions alone: the last of them is what the user says. */
function instructed(leading: readonly Wire[], notes: Notes): readonly Wire[] {
  const last = leading.at(-1)
  if (last === undefined) throw unsupported('messages', 'no message has any content')
  notes.emulate()
  return [...leading.slice(0, -1), { ...last, role: 'user' }]
}
