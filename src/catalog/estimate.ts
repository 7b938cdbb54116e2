import type { ChatMessage, ChatRequest } from '../contracts/chat.ts'

/**
 * Tokens that a request takes up, estimated without a tokeniser: for window checks before a call and for the bill of a
 * stream that was cut off before its usage arrived.
 *
 * The rule: four ASCII characters are a token, two characters of other alphabets (Latin with accents, Greek, Cyrillic,
 * Hebrew, Arabic) are one, and every other UTF-16 unit (Chinese, Japanese, Korean, Indic scripts, emoji) is one. A
 * message adds 4, a tool 8, the answer's start 3; tools and schemas count by the characters of their names, keys and
 * texts. An image is 1,000 tokens, a sound 1,000, a file 2,000, whatever their size. More content never estimates to less.
 */
export function estimateTokens(request: ChatRequest): number {
  return Math.ceil(quartersOf(request, textQuarters) / 4)
}

/** The same rule for one text: what an aborted stream had delivered. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(textQuarters(text) / 4)
}

/** Never below {@link estimateTokens}, and without reading the texts: enough to see that a request fits. */
export function tokensAtMost(request: ChatRequest): number {
  return Math.ceil(quartersOf(request, (text) => text.length * 4) / 4)
}

type Measure = (text: string) => number

const perMessage = 4 * 4
const perTool = 8 * 4
const answerStart = 3 * 4
const perPart: Readonly<Record<string, number>> = { image_url: 4000, input_audio: 4000, file: 8000 }

function quartersOf(request: ChatRequest, measure: Measure): number {
  let quarters = answerStart
  for (const message of request.messages) quarters += messageQuarters(message, measure)
  for (const tool of request.tools ?? []) quarters += perTool + structureQuarters(tool, measure)
  for (const tool of request.functions ?? []) quarters += perTool + structureQuarters(tool, measure)
  return quarters + structureQuarters(request.response_format, measure)
}

function messageQuarters(message: ChatMessage, measure: Measure): number {
  let quarters = perMessage + contentQuarters(message.content, measure)
  if ('name' in message && typeof message.name === 'string') quarters += measure(message.name)
  if (message.role !== 'assistant') return quarters
  for (const call of message.tool_calls ?? []) quarters += perTool + structureQuarters(call, measure)
  if (typeof message.refusal === 'string') quarters += measure(message.refusal)
  return quarters + structureQuarters(message.function_call, measure)
}

function contentQuarters(content: ChatMessage['content'], measure: Measure): number {
  if (typeof content === 'string') return measure(content)
  let quarters = 0
  for (const part of content ?? []) {
    if (part.type === 'text') quarters += measure(part.text)
    else if (part.type === 'refusal') quarters += measure(part.refusal)
    else quarters += perPart[part.type] ?? 0
  }
  return quarters
}

/** JSON by its keys and values, without writing it out. Each value adds one token's worth of punctuation. */
function structureQuarters(value: unknown, measure: Measure): number {
  if (typeof value === 'string') return 2 + measure(value)
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : 4
  let quarters = 2
  for (const [key, inner] of Object.entries(value)) {
    quarters += (Array.isArray(value) ? 0 : 2 + measure(key)) + structureQuarters(inner, measure)
  }
  return quarters
}

function textQuarters(text: string): number {
  let quarters = text.length
  // The engine's search is several times quicker than a loop, and most texts are plain ASCII.
  for (let index = text.search(beyondAscii); index >= 0 && index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x80) quarters += unit < 0x800 ? 1 : 3
  }
  return quarters
}

const beyondAscii = /[^\0-\x7f]/
