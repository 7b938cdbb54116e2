import type { AdapterCall } from '../../contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk } from '../shared/chunks.ts'
import { eventStream } from '../shared/event-stream.ts'
import type { SseEvent } from '../shared/sse.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { ChunkReaderOptions } from './chunk-reader.ts'
import { plainReading } from './reading.ts'
import type { Reading } from './reading.ts'
import { completionOf } from './response.ts'

/**
 * The chunks of a streamed answer, in OpenAI's grammar whatever the server makes of it. Ends after a finish reason only;
 * usage, where it came, is the last chunk.
 */
export function chunksOf(
  { request, signal }: AdapterCall,
  respond: () => Promise<Response>,
  reading: Reading = plainReading,
): AsyncIterable<ChatCompletionChunk> {
  const translator = new ChunkReader(readerOptions(request, reading))
  const open = async (): Promise<ReadableStream<Uint8Array>> => eventsIn(await respond(), { reading, translator })
  return eventStream({ open, translator, signal, isLast })
}

/** How the chunks of an answer to this request are read. */
export function readerOptions({ stream_options, n }: ChatRequest, reading: Reading): ChunkReaderOptions {
  const keepObfuscation = stream_options?.include_obfuscation === true
  return { keepObfuscation, keepUsage: stream_options?.include_usage === true, choices: n ?? 1, reading }
}

function isLast({ data }: SseEvent): boolean {
  return data === '[DONE]'
}

/** The event stream of a response; one is made of a complete answer, where the server did not stream. */
async function eventsIn(
  response: Response,
  { reading, translator }: { readonly reading: Reading; readonly translator: ChunkReader },
): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.includes('json') !== true) return body
  const text = await response.text()
  // Some servers send an event stream under the wrong name.
  if (/^\s*(?:data|event|:)/.test(text)) return new Blob([text]).stream()
  translator.expectPlain()
  const chunks = Array.from(chunksOfCompletion(completionOf(text, reading)), (chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  return new Blob(chunks).stream()
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
