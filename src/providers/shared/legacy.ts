import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk, ChatMessage, ChatRequest } from '../../contracts/chat.ts'

/** Whether a request expects its calls in the form that tools have replaced. */
function isLegacy({ functions }: ChatRequest): boolean {
  return functions !== undefined && functions.length > 0
}

/** An answer to the modern request in the form that the request itself expects. */
export function completionFor(request: ChatRequest, completion: ChatCompletion): ChatCompletion {
  return isLegacy(request) ? legacyCompletion(completion) : completion
}

/** The same for a stream. */
export function chunksFor(request: ChatRequest, chunks: AsyncIterable<ChatCompletionChunk>): AsyncIterable<ChatCompletionChunk> {
  return isLegacy(request) ? legacyChunks(chunks) : chunks
}

/** A request with functions as one with tools: only OpenAI's chat completions know the older form. Any other request as it is. */
export function modern(request: ChatRequest): ChatRequest {
  const { functions = [], function_call: choice, ...rest } = request
  const speaksOfFunctions = 'functions' in request || 'function_call' in request
  if (!speaksOfFunctions && !request.messages.some(isOld)) return request
  const tools = [...(request.tools ?? []), ...functions.map((each) => ({ type: 'function' as const, function: each }))]
  const messages = modernMessages(request.messages)
  if (tools.length === 0) return { ...rest, messages }
  return { ...rest, messages, tools, ...(choice !== undefined && { tool_choice: modernChoice(choice) }) }
}

function modernChoice(choice: NonNullable<ChatRequest['function_call']>): OpenAI.ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } }
}

function isOld(message: ChatMessage): boolean {
  return message.role === 'function' || (message.role === 'assistant' && (message.function_call ?? undefined) !== undefined)
}

/** A call gets an id from its place in the conversation, and the next result of its name refers to that. */
function modernMessages(messages: ChatRequest['messages']): ChatMessage[] {
  const open = new Map<string, string>()
  return messages.map((message, index): ChatMessage => {
    if (message.role === 'function') {
      return { role: 'tool', tool_call_id: open.get(message.name) ?? `call_${index}`, content: message.content ?? '' }
    }
    if (message.role !== 'assistant') return message
    const { function_call: called, ...rest } = message
    if (called === undefined || called === null) return message
    const id = `call_${index}`
    open.set(called.name, id)
    return { ...rest, tool_calls: [...(rest.tool_calls ?? []), { id, type: 'function', function: called }] }
  })
}

/** An answer's first call in the older form, which has room for one. */
function legacyCompletion(completion: ChatCompletion): ChatCompletion {
  const choices = completion.choices.map((choice): OpenAI.ChatCompletion.Choice => {
    const { tool_calls: [call] = [], ...message } = choice.message
    if (call?.type !== 'function') return choice
    return { ...choice, finish_reason: legacyFinish(choice.finish_reason), message: { ...message, function_call: call.function } }
  })
  return { ...completion, choices }
}

async function* legacyChunks(chunks: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<ChatCompletionChunk, void> {
  for await (const chunk of chunks) yield { ...chunk, choices: chunk.choices.map(legacyChoice) }
}

function legacyChoice(choice: OpenAI.ChatCompletionChunk.Choice): OpenAI.ChatCompletionChunk.Choice {
  const { tool_calls: calls, ...delta } = choice.delta
  const finish_reason = choice.finish_reason === null ? null : legacyFinish(choice.finish_reason)
  const called = calls?.find(({ index }) => index === 0)?.function
  return { ...choice, delta: { ...delta, ...(called !== undefined && { function_call: called }) }, finish_reason }
}

function legacyFinish<Reason extends string>(reason: Reason): Reason | 'function_call' {
  return reason === 'tool_calls' ? 'function_call' : reason
}
