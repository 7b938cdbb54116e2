// The answers of four vendors in their own formats: one whole, and one of 500 pieces of text. The same bytes for everyone.
import { eventFrame } from '../src/testing/simulator/bedrock-frames.ts'

export const vendors = ['anthropic', 'google', 'mistral', 'bedrock'] as const
export type Vendor = (typeof vendors)[number]

export const wordCount = 500

export const models = {
  anthropic: 'claude-sonnet-5-5',
  google: 'gemini-3.8-flash',
  mistral: 'mistral-small-2603',
  bedrock: 'amazon.nova-lite-v1:0',
} as const satisfies Record<Vendor, string>

/** Bytes of an answer: all at once, or one piece an event, as a vendor's server flushes them. */
interface Wire {
  readonly contentType: string
  readonly pieces: readonly Uint8Array[]
}

const sentence = 'The quick brown fox jumps over the lazy dog. '.repeat(12)
const words = Array.from({ length: wordCount }, (_, index) => ` word${index}`)
const encoder = new TextEncoder()

export const whole: Readonly<Record<Vendor, Wire>> = {
  anthropic: json({
    ...anthropicMessage(),
    content: [{ type: 'text', text: sentence }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 180, output_tokens: 120 },
  }),
  google: json({ ...googleAnswer([{ text: sentence }], 'STOP'), usageMetadata: googleUsage() }),
  mistral: json({
    ...mistralAnswer('chat.completion', { message: { role: 'assistant', content: sentence, tool_calls: null } }, 'stop'),
    usage: mistralUsage(),
  }),
  bedrock: json({
    output: { message: { role: 'assistant', content: [{ text: sentence }] } },
    stopReason: 'end_turn',
    usage: bedrockUsage(),
    metrics: { latencyMs: 300 },
  }),
}

export const streamed: Readonly<Record<Vendor, Wire>> = {
  anthropic: sse([
    named('message_start', { message: { ...anthropicMessage(), usage: { input_tokens: 180, output_tokens: 1 } } }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map((text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    named('content_block_stop', { index: 0 }),
    named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 500 } }),
    named('message_stop', {}),
  ]),
  google: sse([
    ...words.map((text) => data({ ...googleAnswer([{ text }]), usageMetadata: googleUsage() })),
    data({ ...googleAnswer([{ text: '' }], 'STOP'), usageMetadata: googleUsage() }),
  ]),
  mistral: sse([
    data(mistralAnswer('chat.completion.chunk', { delta: { role: 'assistant', content: '' } })),
    ...words.map((content) => data(mistralAnswer('chat.completion.chunk', { delta: { content } }))),
    data({ ...mistralAnswer('chat.completion.chunk', { delta: { content: '' } }, 'stop'), usage: mistralUsage() }),
    'data: [DONE]\n\n',
  ]),
  bedrock: {
    contentType: 'application/vnd.amazon.eventstream',
    pieces: [
      framed('messageStart', { role: 'assistant' }),
      ...words.map((text) => framed('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
      framed('contentBlockStop', { contentBlockIndex: 0 }),
      framed('messageStop', { stopReason: 'end_turn' }),
      framed('metadata', { usage: bedrockUsage(), metrics: { latencyMs: 300 } }),
    ],
  },
}

function anthropicMessage(): object {
  return {
    id: 'msg_bench',
    type: 'message',
    role: 'assistant',
    model: models.anthropic,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  }
}

function named(type: string, fields: object): string {
  return `event: ${type}\n${data({ type, ...fields })}`
}

function googleAnswer(parts: readonly object[], finishReason?: string): object {
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(finishReason !== undefined && { finishReason }), index: 0 }],
    modelVersion: models.google,
    responseId: 'bench',
  }
}

function googleUsage(): object {
  return { promptTokenCount: 180, candidatesTokenCount: 120, totalTokenCount: 300 }
}

function mistralAnswer(object: string, choice: object, finish_reason: string | null = null): object {
  return {
    id: 'bench',
    object,
    created: 1_790_000_000,
    model: models.mistral,
    choices: [{ index: 0, ...choice, finish_reason }],
  }
}

function mistralUsage(): object {
  return { prompt_tokens: 180, completion_tokens: 120, total_tokens: 300 }
}

function bedrockUsage(): object {
  return { inputTokens: 180, outputTokens: 120, totalTokens: 300 }
}

function framed(type: string, payload: object): Uint8Array {
  return eventFrame(type, JSON.stringify(payload))
}

function data(payload: object): string {
  return `data: ${JSON.stringify(payload)}\n\n`
}

function json(body: object): Wire {
  return { contentType: 'application/json', pieces: [encoder.encode(JSON.stringify(body))] }
}

function sse(events: readonly string[]): Wire {
  return { contentType: 'text/event-stream', pieces: events.map((event) => encoder.encode(event)) }
}
