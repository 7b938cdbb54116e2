import { chatRequest } from '../chat-body.ts'
import type { ChatMessage, ChatRequest } from '../contracts/chat.ts'
import { ModelyardError } from '../errors.ts'
import { inOrder } from './likeness.ts'

/**
 * A prompt that is more than a text: a chat body without `model`, or `prompt` (and `system`) in place of its `messages`.
 * `id` names it in the report; `expected` is what the validator `'expected'` compares answers with. Neither is sent.
 */
export interface PromptRecord extends Partial<Omit<ChatRequest, 'model' | 'stream' | 'stream_options'>> {
  readonly id?: string
  readonly prompt?: string
  readonly system?: string
  readonly expected?: string
}

/** What validators see of a prompt. */
export interface ComparedPrompt {
  /** From 0. */
  readonly index: number
  readonly id: string
  readonly messages: readonly ChatMessage[]
  readonly expected?: string
}

/** A checked prompt. */
export interface Prompt extends ComparedPrompt {
  /** What is sent, but for the model. */
  readonly body: Omit<ChatRequest, 'model'>
  /** SHA-256 of the body in hex. */
  readonly hash: string
  /** How many prompts before it send the same. */
  readonly twin: number
}

/** A prompt as it came, and the words for where it came from: `prompts[3]`, `prompts.jsonl:17`. */
export interface PromptSource {
  readonly value: unknown
  readonly place: string
}

/**
 * Checks prompts and makes bodies of them; `params` are the fields that all of them send, under their own.
 *
 * @throws ModelyardError `BAD_PROMPTS` naming the place.
 */
export function promptsOf(sources: readonly PromptSource[], params: Readonly<Record<string, unknown>>): readonly Prompt[] {
  if (sources.length === 0) throw badPrompts('there is none: a comparison needs at least one prompt', 'prompts')
  const twins = new Map<string, number>()
  const ids = new Map<string, string>()
  return sources.map((source, index) => {
    const prompt = promptOf(source, index, params)
    const twin = twins.get(prompt.hash) ?? 0
    twins.set(prompt.hash, twin + 1)
    const namesake = ids.get(prompt.id)
    if (namesake !== undefined) throw badPrompts(`has the id of ${namesake}; give it another \`id\``, source.place)
    ids.set(prompt.id, source.place)
    return { ...prompt, twin }
  })
}

/** A prompt, or a file of them, that cannot be used. */
export function badPrompts(problem: string, place: string, cause?: unknown): ModelyardError {
  return new ModelyardError('BAD_PROMPTS', `compare(): ${place}: ${problem}`, {
    field: place,
    ...(cause !== undefined && { cause }),
  })
}

function promptOf({ value, place }: PromptSource, index: number, params: Readonly<Record<string, unknown>>): Omit<Prompt, 'twin'> {
  const { id, expected, prompt, system, ...fields } = recordOf(value, place)
  for (const name of ['model', 'stream', 'stream_options'])
    if (name in fields) throw badPrompts(`\`${name}\` is the comparison's own; leave it out`, place)
  if (fields['messages'] !== undefined && (prompt !== undefined || system !== undefined))
    throw badPrompts('has `messages` and `prompt` or `system`; give one of them', place)
  const messages = fields['messages'] ?? messagesOf({ prompt, system }, place)
  const body = checked({ ...params, ...fields, messages }, place)
  return {
    index,
    id: id ?? String(index + 1),
    messages: body.messages,
    ...(expected !== undefined && { expected }),
    body,
    hash: hashOf(body),
  }
}

type Own = 'id' | 'prompt' | 'system' | 'expected'

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> & Readonly<Partial<Record<Own, string>>> {
  if (typeof value === 'string') return { prompt: value }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badPrompts('must be a text, or an object with `prompt` or `messages`', place)
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const textOf = (name: Own): Partial<Record<Own, string>> => {
    const text = fields[name]
    if (text === undefined) return {}
    if (typeof text !== 'string' || text === '') throw badPrompts(`\`${name}\` must be a text that is not empty`, place)
    return { [name]: text }
  }
  return { ...fields, ...textOf('id'), ...textOf('prompt'), ...textOf('system'), ...textOf('expected') }
}

interface Texts {
  readonly prompt: string | undefined
  readonly system: string | undefined
}

function messagesOf({ prompt, system }: Texts, place: string): readonly ChatMessage[] {
  if (prompt === undefined) throw badPrompts('has neither `prompt` nor `messages`', place)
  if (prompt.trim() === '') throw badPrompts('the prompt is empty', place)
  const user = { role: 'user', content: prompt } as const
  return system === undefined ? [user] : [{ role: 'system', content: system }, user]
}

function checked(fields: Readonly<Record<string, unknown>>, place: string): Omit<ChatRequest, 'model'> {
  try {
    const { model: _model, ...body } = chatRequest({ ...fields, model: 'any' })
    return Object.freeze(body)
  } catch (error) {
    throw badPrompts(error instanceof Error ? error.message.replace(/^400 /, '') : 'is no chat body', place, error)
  }
}

/** SHA-256 of a JSON value, whatever the order of its fields, in hex. */
export function hashOf(value: unknown): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256')
    .update(JSON.stringify(inOrder(value)))
    .digest('hex')
}

/** The last text of the user: what people know a prompt by. */
export function lastText(messages: readonly ChatMessage[]): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content
  if (typeof content === 'string') return content
  const texts: string[] = []
  for (const part of content ?? []) if (part.type === 'text') texts.push(part.text)
  return texts.join('\n')
}
