import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '../contracts/chat.ts'
import { unreachable } from '../errors.ts'
import { estimateTokens } from './tokens.ts'
import type { AnswerDetails, FakeAnswer, FakeRequest, FakeToolCall } from './fake-steps.ts'

/** The completion that a scripted answer stands for. */
export function completionOf(step: FakeAnswer, call: FakeRequest, created: number): ChatCompletion {
  switch (step.step) {
    case 'completion':
      return structuredClone(step.completion)
    case 'answer':
      return built(step.chunks.join(''), step.details, { call, created })
    default:
      return unreachable(step)
  }
}

/** The same answer in OpenAI's chunk grammar: role, deltas, finish reason, usage. */
export function* chunksOf(whole: ChatCompletion, texts: readonly string[] | undefined): Generator<FakeChunk> {
  const base = { id: whole.id, object: 'chat.completion.chunk' as const, created: whole.created, model: whole.model }
  const chunk = (index: number, delta: OpenAI.ChatCompletionChunk.Choice.Delta): ChatCompletionChunk => ({
    ...base,
    choices: [{ index, delta, finish_reason: null, logprobs: null }],
  })
  for (const { index, message, finish_reason } of whole.choices) {
    yield { content: false, chunk: chunk(index, { role: 'assistant', content: '' }) }
    for (const delta of deltasOf(message, index === 0 ? texts : undefined)) yield { content: true, chunk: chunk(index, delta) }
    yield { content: false, chunk: { ...base, choices: [{ index, delta: {}, finish_reason, logprobs: null }] } }
  }
  if (whole.usage !== undefined) yield { content: false, chunk: { ...base, choices: [], usage: whole.usage } }
}

/** A chunk, and whether it carries content. */
export interface FakeChunk {
  readonly content: boolean
  readonly chunk: ChatCompletionChunk
}

function* deltasOf(
  message: OpenAI.ChatCompletion.Choice['message'],
  texts: readonly string[] | undefined,
): Generator<OpenAI.ChatCompletionChunk.Choice.Delta> {
  const { reasoning_content: reasoning } = Object.fromEntries(Object.entries(message))
  if (typeof reasoning === 'string') yield withReasoning(reasoning)
  for (const content of texts ?? (message.content === null ? [] : [message.content])) yield { content }
  if (message.refusal !== null && message.refusal !== undefined) yield { refusal: message.refusal }
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    if (call.type !== 'function') continue
    yield { tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.function.name, arguments: '' } }] }
    yield { tool_calls: [{ index, function: { arguments: call.function.arguments } }] }
  }
}

function withReasoning(reasoning: string): OpenAI.ChatCompletionChunk.Choice.Delta {
  // `reasoning_content` is not in the SDK's types, but part of this project's contract (AssistantExtras).
  return Object.assign<OpenAI.ChatCompletionChunk.Choice.Delta, { readonly reasoning_content: string }>(
    {},
    { reasoning_content: reasoning },
  )
}

function built(
  text: string,
  details: AnswerDetails,
  { call, created }: { readonly call: FakeRequest; readonly created: number },
): ChatCompletion {
  const { toolCalls = [], reasoning, refusal, finish, usage, model = call.model } = details
  const silent = text === '' && (toolCalls.length > 0 || refusal !== undefined)
  const message = {
    role: 'assistant' as const,
    content: silent ? null : text,
    refusal: refusal ?? null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallOf) }),
  }
  return {
    id: `chatcmpl-fake-${call.number}`,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, finish_reason: finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'), logprobs: null }],
    ...(usage === null ? {} : { usage: usageOf(call, { text, details, usage }) }),
  }
}

function toolCallOf({ name, arguments: given = {}, id }: FakeToolCall, index: number) {
  return {
    id: id ?? `call_${index + 1}`,
    type: 'function' as const,
    function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
  }
}

function usageOf(
  call: FakeRequest,
  answer: { readonly text: string; readonly details: AnswerDetails; readonly usage: Partial<CompletionUsage> | undefined },
): CompletionUsage {
  const reasoning = estimateTokens(answer.details.reasoning)
  const output = estimateTokens([answer.text, answer.details.refusal, answer.details.toolCalls]) + reasoning
  const counted = {
    prompt_tokens: estimateTokens([call.request.messages, call.request.tools]),
    completion_tokens: output,
    ...(reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}),
    ...answer.usage,
  }
  return { total_tokens: counted.prompt_tokens + counted.completion_tokens, ...counted }
}
