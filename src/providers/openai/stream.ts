import type { ChatCompletion, ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk } from '../shared/chunks.ts'
import { SseDecoder, readEvents } from '../shared/sse.ts'
import type { SseEvent } from '../shared/sse.ts'
import { ChunkReader } from './chunk-reader.ts'
import { completionOf } from './response.ts'

/** How the chunks of an answer are read. */
export interface ChunkOptions {
  readonly signal: AbortSignal
  /** Whether the caller wants the padding that hides the lengths of tokens; otherwise it ends here. */
  readonly keepObfuscation: boolean
}

/**
 * The chunks of a streamed answer, in OpenAI's grammar whatever the server makes of it. Ends after a finish reason only;
 * usage, where it came, is the last chunk.
 */
export async function* chunksOf(
  respond: () => Promise<Response>,
  options: ChunkOptions,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const response = await respond()
  const { body } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (response.headers.get('content-type')?.includes('json') === true) return yield* chunksOfText(await response.text(), options)
  const reader = new ChunkReader(options)
  const isComplete = (): boolean => reader.complete
  for await (const events of readEvents(body, options.signal, { isLast, isComplete })) {
    for (const event of events) {
      const chunk = reader.read(event)
      if (chunk !== undefined) yield chunk
    }
  }
  const last = reader.end()
  if (last !== undefined) yield last
}

function isLast({ data }: SseEvent): boolean {
  return data === '[DONE]'
}

/** An answer that is called JSON: an event stream under a wrong name, or a server that did not stream. */
function* chunksOfText(text: string, options: ChunkOptions): Generator<ChatCompletionChunk, void, undefined> {
  if (!/^\s*(?:data|event|:)/.test(text)) return yield* chunksOfCompletion(completionOf(text))
  const decoder = new SseDecoder()
  const reader = new ChunkReader(options)
  for (const event of [...decoder.push(text), ...decoder.end()]) {
    const chunk = reader.read(event)
    if (chunk !== undefined) yield chunk
  }
  const last = reader.end()
  if (last !== undefined) yield last
}

/** A complete answer as the stream that it could have been. */
function* chunksOfCompletion({
  id,
  created,
  model,
  choices,
  usage,
}: ChatCompletion): Generator<ChatCompletionChunk, void, undefined> {
  const head = { id, created, model }
  for (const { index, message, finish_reason } of choices) {
    const builder = new ChunkBuilder(head, index)
    const { tool_calls, function_call: _, audio: __, annotations: ___, ...delta } = message
    yield builder.delta({ ...delta, role: 'assistant' })
    for (const [position, call] of (tool_calls ?? []).entries()) {
      if (call.type === 'function') {
        yield builder.toolCall(position, { id: call.id, name: call.function.name })
        const args = builder.toolArguments(position, call.function.arguments)
        if (args !== undefined) yield args
      }
    }
    yield* builder.finish(finish_reason)
  }
  if (usage !== undefined) yield usageChunk(head, usage)
}
