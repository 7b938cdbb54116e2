import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion } from '../../../contracts/chat.ts'
import { AttemptError } from '../../../errors.ts'
import { failureFromBody } from '../failure.ts'
import { isObject, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Recogniser } from '../recognise.ts'
import { annotationsOf } from './annotations.ts'
import { stateOf, textOfItems } from './state.ts'
import type { ResponsesStyle } from './wire.ts'
import { listOf, objectsOf } from './wire.ts'

/** OpenAI's finish reasons. */
export type FinishReason = ChatCompletion['choices'][number]['finish_reason']

type Message = OpenAI.ChatCompletionMessage & AssistantExtras
type Logprobs = NonNullable<ChatCompletion['choices'][number]['logprobs']>

const incomplete: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
  max_messages: 'stop',
  steered: 'stop',
}

/** The finish reason of a response that is over. One that is cut for a reason not known yet is cut all the same. */
export function finishReasonOf({ status, incomplete_details: details }: JsonObject, hasCalls: boolean): FinishReason {
  if (status !== 'incomplete') return hasCalls ? 'tool_calls' : 'stop'
  const reason = isObject(details) ? textOf(details['reason']) : undefined
  return incomplete[reason ?? ''] ?? 'length'
}

/**
 * What a response that failed was thrown for; `undefined` for one that did not. Its words are the vendor's, also where the
 * HTTP status said 200.
 */
export function failedError({ status, error }: JsonObject, refusals: readonly Recogniser[]): AttemptError | undefined {
  if (status === 'failed' || status === 'cancelled') {
    return isObject(error)
      ? errorFrom(error, refusals)
      : new AttemptError('server', `The response was ${status === 'failed' ? 'not made' : 'cancelled'}, without a reason.`)
  }
  return undefined
}

/** An error object inside a stream or a response. */
export function errorFrom(body: unknown, refusals: readonly Recogniser[]): AttemptError {
  const { kind, message, ...details } = failureFromBody(body, refusals)
  return new AttemptError(kind, message, details)
}

/** Whether these items are an answer of any kind: something said, or something to call. */
export function isAnswered(items: readonly JsonObject[]): boolean {
  return items.some(({ type, content }) => isCall(type) || (type === 'message' && Array.isArray(content)))
}

function isCall(type: unknown): boolean {
  return type === 'function_call' || type === 'custom_tool_call'
}

/** The assistant message that the output items make. */
export function messageOf(items: readonly JsonObject[], { owner, model }: Pick<ResponsesStyle, 'owner' | 'model'>): Message {
  const text = textOfItems(items)
  const refusal = refusalOf(items)
  const reasoning = reasoningOf(items)
  const calls = items.flatMap((item) => toolCall(item))
  const annotations = annotationsOf(items)
  const state = stateOf(items, { owner, model })
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== null || !hasText(items)) ? null : text,
    refusal,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(annotations.length > 0 && { annotations }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(state !== undefined && { provider_state: state }),
  }
}

function hasText(items: readonly JsonObject[]): boolean {
  return partsOf(items).some(({ type }) => type === 'output_text')
}

function partsOf(items: readonly JsonObject[]): readonly JsonObject[] {
  return items.filter(({ type }) => type === 'message').flatMap(({ content }) => objectsOf(content))
}

function refusalOf(items: readonly JsonObject[]): string | null {
  const words = partsOf(items).flatMap(({ type, refusal }) => (type === 'refusal' && typeof refusal === 'string' ? [refusal] : []))
  return words.length === 0 ? null : words.join('')
}

/** Summaries, and where a vendor shows it the reasoning itself; paragraphs of one item are apart. */
function reasoningOf(items: readonly JsonObject[]): string {
  return items
    .filter(({ type }) => type === 'reasoning')
    .map(({ summary, content }) => [...objectsOf(summary), ...objectsOf(content)].map(({ text }) => textOf(text) ?? ''))
    .map((paragraphs) => paragraphs.filter((paragraph) => paragraph !== '').join('\n\n'))
    .filter((paragraphs) => paragraphs !== '')
    .join('\n\n')
}

function toolCall({ type, call_id, id, name, arguments: json, input }: JsonObject): OpenAI.ChatCompletionMessageToolCall[] {
  const named = { id: textOf(call_id) ?? textOf(id) ?? `call_${crypto.randomUUID()}`, name: textOf(name) ?? '' }
  if (type === 'function_call')
    return [{ id: named.id, type: 'function', function: { name: named.name, arguments: argumentsOf(json) } }]
  if (type !== 'custom_tool_call') return []
  return [{ id: named.id, type: 'custom', custom: { name: named.name, input: textOf(input) ?? '' } }]
}

/** Arguments as JSON text; `{}` where there are none. */
function argumentsOf(value: unknown): string {
  if (isObject(value)) return JSON.stringify(value)
  return typeof value === 'string' && value.trim() !== '' ? value : '{}'
}

/** Log probabilities of the text, where they were asked for. */
export function logprobsOf(items: readonly JsonObject[]): Logprobs | null {
  const content = partsOf(items).flatMap(({ logprobs }) => listOf(logprobs).filter(isLogprob))
  return content.length === 0 ? null : { content, refusal: null }
}

/** The shape is that of chat completions already. */
export function isLogprob(value: unknown): value is OpenAI.ChatCompletionTokenLogprob {
  return isObject(value) && typeof value['token'] === 'string' && typeof value['logprob'] === 'number'
}
