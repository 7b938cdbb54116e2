import type { Turn } from './conversation.ts'
import type { ConversationStyle } from './inputs.ts'

/** How a conversation is written with the marks of a family of models. */
interface Template {
  /**
   * The marks of this family: what anybody says must not contain them, or he could end his own turn and begin another's.
   * The first character of each match gets a space behind it, which leaves the words readable and no mark whole.
   */
  readonly marks: RegExp
  /** The conversations that it has a form for, by the first letters of their roles; others are put into it as well as can be. */
  readonly form: RegExp
  readonly write: (turns: readonly Turn[]) => string
}

/** Every mark of this form: these models have hundreds, most of them reserved. */
const namedMark = /<(?=\|\w+\|>)/g
/** The marks of both families; the words of later Mistral models too. */
const bracketMark =
  /\[(?=\/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT|ARGS|CALL_ID|THINK|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX)\])|<(?=\/?s>|unk>|pad>|<\/?SYS>>)/g

const templates: Readonly<Record<Exclude<ConversationStyle, 'messages'>, Template>> = {
  // llama.com/docs/model-cards-and-prompt-formats/meta-llama-3 (read 2026-11).
  'llama-3': { marks: namedMark, form: /[su]$/, write: withHeaders },
  // llama.com/docs/model-cards-and-prompt-formats/meta-llama-2, and the vendor's page of llama-2-70b-chat (read 2026-11).
  'llama-2': {
    marks: bracketMark,
    form: /^s?u(?:au)*$/,
    write: (turns) =>
      withInstructions(turns, { begin: '<s>', between: ' </s><s>', system: (text) => `<<SYS>>\n${text}\n<</SYS>>\n\n` }),
  },
  // huggingface.co/mistralai/Mixtral-8x7B-Instruct-v0.1: "Instruction format" (read 2026-11).
  mistral: {
    marks: bracketMark,
    form: /^u(?:au)*$/,
    write: (turns) => withInstructions(turns, { begin: '<s>', between: '</s>', system: (text) => `${text}\n\n` }),
  },
  prompt: { marks: namedMark, form: /^u$/, write: asQuestion },
}

/** A prompt, and whether somebody's words had to be changed for it, or had no form of their own. */
export interface Written {
  readonly prompt: string
  readonly exact: boolean
}

/** Writes a conversation into a prompt. Nobody's words can pass for the marks between the turns. */
export function promptOf(style: Exclude<ConversationStyle, 'messages'>, turns: readonly Turn[]): Written {
  const { marks, form, write } = templates[style]
  const harmless = turns.map(({ role, text }) => ({ role, text: text.replaceAll(marks, '$& ') }))
  const kept = harmless.every(({ text }, index) => text === turns[index]?.text)
  return { prompt: write(harmless), exact: kept && form.test(turns.map(({ role }) => role[0]).join('')) }
}

/** A last turn of the assistant is left open, to be continued. */
function withHeaders(turns: readonly Turn[]): string {
  const written = turns.map(({ role, text }) => `${header(role)}${text}`)
  const parts = turns.at(-1)?.role === 'assistant' ? written : [...written, header('assistant')]
  return `<|begin_of_text|>${parts.join('<|eot_id|>')}`
}

function header(role: Turn['role']): string {
  return `<|start_header_id|>${role}<|end_header_id|>\n\n`
}

interface Marks {
  readonly begin: string
  /** Between an answer and the next instruction. */
  readonly between: string
  /** Instructions of the system, at the beginning of the first of the user. */
  readonly system: (text: string) => string
}

/** Turns alternate in these formats: what follows each other without an answer in between is one instruction. */
function withInstructions(turns: readonly Turn[], { begin, between, system }: Marks): string {
  const first = turns.findIndex(({ role }) => role !== 'system')
  const instructions = turns.slice(0, first === -1 ? -1 : first).map(({ text }) => text)
  const pairs: { asked: string[]; answer?: string }[] = []
  for (const { role, text } of turns.slice(instructions.length)) {
    const open = pairs.at(-1)
    const isOpen = open !== undefined && open.answer === undefined
    if (role !== 'assistant') {
      if (isOpen) open.asked.push(text)
      else pairs.push({ asked: [text] })
    } else if (isOpen) open.answer = text
    else if (open === undefined) pairs.push({ asked: [], answer: text })
    else open.answer = `${open.answer}\n\n${text}`
  }
  const head = instructions.length === 0 ? '' : system(instructions.join('\n\n'))
  const written = pairs.map(({ asked, answer }, index) => {
    const words = `[INST] ${index === 0 ? head : ''}${asked.join('\n\n')} [/INST]`
    return answer === undefined ? words : `${words} ${answer}`
  })
  return `${begin}${written.join(between)}`
}

/** One question is itself, behind its instructions; a longer conversation is JSON, whose quotation marks nobody can end. */
function asQuestion(turns: readonly Turn[]): string {
  const spoken = turns.filter(({ role }) => role !== 'system')
  if (spoken.length === 0 || (spoken.length === 1 && turns.at(-1)?.role === 'user'))
    return turns.map(({ text }) => text).join('\n\n')
  const json = JSON.stringify(turns.map(({ role, text }) => ({ role, content: text })))
  const task = 'Write the next message of the assistant: its content alone, not as JSON.'
  return `The messages of a conversation so far, as JSON:\n\n${json}\n\n${task}`
}
