import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'

/** How much of a text is read: this many UTF-16 units from its start, and the next figure from its end. */
const headUnits = 1600
const tailUnits = 1200

/** A message shorter than this is read together with the user's message before ("yes, continue"). */
const shortUnits = 60

/** What a request is judged by. */
export interface JudgedText {
  /** The end of the conversation as the user wrote it, cut to head and tail. */
  readonly task: string
  /** All system and developer messages, cut likewise. */
  readonly system: string
  /** Lengths before cutting, of everything in the conversation. */
  readonly taskUnits: number
  readonly totalUnits: number
}

/** The texts of a request that say what is asked. */
export function judgedText(request: ChatRequest): JudgedText {
  let system = ''
  let totalUnits = 0
  let last = -1
  let before = -1
  for (const [index, message] of request.messages.entries()) {
    totalUnits += unitsOf(message)
    if (message.role === 'user') {
      before = last
      last = index
    } else if ((message.role === 'system' || message.role === 'developer') && system.length < headUnits + tailUnits) {
      system = joined(system, textOf(message))
    }
  }
  const asked = textAt(request, last)
  const task = asked.trim().length < shortUnits && before >= 0 ? joined(textAt(request, before), asked) : asked
  return { task: cut(task), system: cut(system), taskUnits: task.length, totalUnits }
}

/** Head and tail of a long text, with a line break where the middle is left out. */
function cut(text: string): string {
  if (text.length <= headUnits + tailUnits) return text
  return `${text.slice(0, headUnits)}\n${text.slice(-tailUnits)}`
}

function textAt(request: ChatRequest, index: number): string {
  const message = request.messages[index]
  return message === undefined ? '' : textOf(message)
}

/** At most what will be read, so that a message of a thousand parts costs no more than one. */
function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content
  let text = ''
  for (const part of content ?? []) if (part.type === 'text') text = text === '' ? part.text : joined(text, part.text)
  return text
}

function unitsOf({ content }: ChatMessage): number {
  if (typeof content === 'string') return content.length
  let units = 0
  for (const part of content ?? []) if (part.type === 'text') units += part.text.length
  return units
}

function joined(first: string, second: string): string {
  return first === '' ? cut(second) : cut(`${cut(first)}\n${cut(second)}`)
}
