import type { ChatMessage, ChatRequest } from '../contracts/chat.ts'

/** What of a request takes up tokens. The texts are measured by whoever asks: in characters' worth, or by a tokenizer. */
export interface PromptShape {
  readonly messages: number
  readonly tools: number
  /** Calls of tools in the conversation. */
  readonly calls: number
  /** What is said, and the arguments of calls. */
  readonly text: number
  /** Names, descriptions and schemas of the tools. */
  readonly toolText: number
  /** The schema of the answer. */
  readonly formatText: number
  readonly images: number
  readonly sounds: number
  readonly files: number
  /** Whether the model is asked to think. */
  readonly reasons: boolean
  /** Whether some of it is to be kept in the vendor's cache for long. */
  readonly isKeptLong: boolean
}

type Measure = (text: string) => number

/** Reads a request once. */
export function shapeOf(request: ChatRequest, measure: Measure): PromptShape {
  const { messages, tools = [], functions = [], reasoning_effort: effort } = request
  const said = new Said(measure)
  for (const message of messages) said.add(message)
  return {
    messages: messages.length,
    tools: tools.length + functions.length,
    calls: said.calls,
    text: said.text,
    toolText: structure([...tools, ...functions], measure),
    formatText: structure(request.response_format, measure),
    images: said.parts.image_url,
    sounds: said.parts.input_audio,
    files: said.parts.file,
    reasons: typeof effort === 'string' && effort !== 'none',
    isKeptLong: said.isKeptLong || tools.some((tool) => isForLong(tool) || (tool.type === 'function' && isForLong(tool.function))),
  }
}

/** Adds up what the messages say. */
class Said {
  text = 0
  calls = 0
  isKeptLong = false
  readonly parts = { image_url: 0, input_audio: 0, file: 0 }
  readonly #measure: Measure

  constructor(measure: Measure) {
    this.#measure = measure
  }

  add(message: ChatMessage): void {
    this.isKeptLong ||= isForLong(message)
    this.#content(message.content)
    if ('name' in message && typeof message.name === 'string') this.text += this.#measure(message.name)
    if (message.role !== 'assistant') return
    for (const call of message.tool_calls ?? []) {
      this.calls += 1
      this.isKeptLong ||= isForLong(call)
      this.text += structure(call.type === 'function' ? call.function : call, this.#measure)
    }
    if (typeof message.refusal === 'string') this.text += this.#measure(message.refusal)
    this.text += structure(message.function_call, this.#measure)
  }

  #content(content: ChatMessage['content']): void {
    if (typeof content === 'string') this.text += this.#measure(content)
    else for (const part of content ?? []) this.#part(part)
  }

  #part(part: Exclude<ChatMessage['content'], string | null | undefined>[number]): void {
    this.isKeptLong ||= isForLong(part)
    if (part.type === 'text') this.text += this.#measure(part.text)
    else if (part.type === 'refusal') this.text += this.#measure(part.refusal)
    else if (Object.hasOwn(this.parts, part.type)) this.parts[part.type] += 1
  }
}

/** A mark of where a prompt is to be cached, and for how long: the types of OpenAI do not know it. */
function isForLong(holder: object): boolean {
  const mark: unknown = 'cache_control' in holder ? holder.cache_control : undefined
  return typeof mark === 'object' && mark !== null && 'ttl' in mark && mark.ttl === '1h'
}

/** JSON by its keys and values, without writing it out; each has about a token's worth of punctuation. */
function structure(value: unknown, measure: Measure): number {
  if (typeof value === 'string') return 1 + measure(value)
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : 1
  let sum = 0
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) sum += (Array.isArray(value) ? 0 : 1 + measure(key)) + structure(inner, measure)
  }
  return sum
}
