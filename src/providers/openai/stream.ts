import type { AdapterCall } from '../../contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../contracts/chat.ts'
import { eventStream } from '../shared/event-stream.ts'
import type { SseEvent } from '../shared/sse.ts'
import { streamedBody, type Streamed } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
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
  const open = async (): Promise<Streamed> =>
    streamedBody(await respond(), signal, (text) => chunksOfCompletion(completionOf(text, reading)))
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
