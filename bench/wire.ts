// What the vendor would send, made once; the transport hands out the same bytes to everyone.
import type OpenAI from 'openai'

export const messages = (characters: number): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'system', content: 'You are a careful assistant.' },
  { role: 'user', content: 'lorem ipsum '.repeat(Math.ceil(characters / 12)).slice(0, characters) },
]

export const completion: OpenAI.ChatCompletion = {
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'The quick brown fox jumps over the lazy dog. '.repeat(12), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 180, completion_tokens: 120, total_tokens: 300 },
}

function chunk(delta: OpenAI.ChatCompletionChunk.Choice.Delta, finish: 'stop' | null = null): OpenAI.ChatCompletionChunk {
  return {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  }
}

export const chunkCount = 500

/** A role, 498 words, the finish: 500 chunks; usage comes beside them, because the router asks for it. */
export const chunks: readonly OpenAI.ChatCompletionChunk[] = [
  chunk({ role: 'assistant', content: '' }),
  ...Array.from({ length: chunkCount - 2 }, (_, index) => chunk({ content: ` word${index}` })),
  chunk({}, 'stop'),
]

const usageChunk = { ...chunk({}), choices: [], usage: completion.usage }

const encoder = new TextEncoder()
const events = [...chunks, usageChunk].map((data) => encoder.encode(`data: ${JSON.stringify(data)}\n\n`))
const done = encoder.encode('data: [DONE]\n\n')
const completionText = JSON.stringify(completion)

/** A `fetch` without network. Answers as many times as it is asked, one event per piece as a vendor's server flushes them. */
export async function transport(_url: unknown, init?: { readonly body?: unknown }): Promise<Response> {
  const streamed = typeof init?.body === 'string' && init.body.includes('"stream":true')
  return streamed
    ? new Response(pieces(), { headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_bench' } })
    : new Response(completionText, { headers: { 'content-type': 'application/json', 'x-request-id': 'req_bench' } })
}

function pieces(): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    pull(controller) {
      const piece = events[next] ?? done
      controller.enqueue(piece)
      next += 1
      if (piece === done) controller.close()
    },
  })
}
