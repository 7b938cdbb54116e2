import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk, type ChunkHead } from './chunks.ts'

type Choice = OpenAI.ChatCompletion.Choice

/**
 * A complete answer as the stream that it could have been: nothing is lost, and the OpenAI client puts the same completion
 * together again.
 *
 * @throws {@link AttemptError} `malformed` for calls of custom tools: OpenAI's chunks have no shape for them.
 */
export function chunksOfCompletion(completion: ChatCompletion): readonly ChatCompletionChunk[] {
  const { id, created, model, object: _, choices, usage, ...extras } = completion
  const head = { id, created, model }
  const chunks = choices.flatMap((choice) => {
    const own = chunksOfChoice(choice, head)
    return own.map((chunk, index) => (index === own.length - 1 ? { ...chunk, ...extras } : chunk))
  })
  return usage === undefined ? chunks : [...chunks, { ...usageChunk(head, usage), ...extras }]
}

function chunksOfChoice({ index, message, finish_reason, logprobs }: Choice, head: ChunkHead): readonly ChatCompletionChunk[] {
  const builder = new ChunkBuilder(head, index)
  const { role: _, content, refusal, tool_calls = [], function_call: called, ...rest } = message
  const { reasoning_content: thoughts, ...extras } = { reasoning_content: undefined, ...rest }
  const out = [builder.role()]
  if (typeof thoughts === 'string' && thoughts !== '') out.push(builder.reasoning(thoughts))
  if (content) out.push(withLogprobs(builder.text(content), logprobs))
  if (refusal) out.push(builder.refusal(refusal))
  out.push(...tool_calls.flatMap((call, position) => callChunks(call, position, builder)))
  if (called) out.push(builder.delta({ function_call: called }))
  const ending = builder.finish(finish_reason)
  // What belongs to the whole message (annotations, the vendor's state) comes with the finish reason.
  return [...out, ...ending.slice(0, -1), ...ending.slice(-1).map((last) => withDelta(last, extras))]
}

function withLogprobs(chunk: ChatCompletionChunk, logprobs: Choice['logprobs']): ChatCompletionChunk {
  return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, logprobs })) }
}

function withDelta(chunk: ChatCompletionChunk, extras: object): ChatCompletionChunk {
  return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, delta: { ...choice.delta, ...extras } })) }
}

function callChunks(
  call: OpenAI.ChatCompletionMessageToolCall,
  position: number,
  builder: ChunkBuilder,
): readonly ChatCompletionChunk[] {
  if (call.type !== 'function') throw new AttemptError('malformed', 'The answer calls a custom tool, which cannot be streamed.')
  const { name, arguments: json } = call.function
  const begun = builder.toolCall(position, { id: call.id, name })
  const args = builder.toolArguments(position, json)
  return args === undefined ? [begun] : [begun, args]
}
