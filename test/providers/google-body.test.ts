import { GoogleGenAI } from '@google/genai'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import type { ProviderAdapter } from '../../src/index.ts'

const key = 'a-key-for-tests'
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

interface Sent {
  readonly url: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** What goes over the wire for a request; the answer does not matter. */
async function sentBy(
  make: (fetch: typeof globalThis.fetch) => ProviderAdapter,
  model: string,
  request: ChatRequest,
): Promise<Sent> {
  const sent: Sent[] = []
  const adapter = make(async (input, init) => {
    const given = new Request(input, init)
    sent.push({ url: given.url, body: await given.json(), headers: Object.fromEntries(given.headers) })
    return Response.json({ candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] })
  })
  const signal = new AbortController().signal
  await adapter.complete({ model, card: undefined, request, secret: new Secret(key), signal })
  const [only] = sent
  if (only === undefined || sent.length > 1) throw new Error(`${sent.length} requests`)
  return only
}

/** Of a client of the user's own the SDK writes every body. */
const services = [
  [
    'the Gemini API',
    'gemini-3.8-flash',
    (fetch: typeof globalThis.fetch) => google({ fetch }),
    (fetch: typeof globalThis.fetch) =>
      google({
        client: new GoogleGenAI({
          apiKey: key,
          apiVersion: 'v1beta',
          httpOptions: { baseUrl: 'https://generativelanguage.googleapis.com', apiVersion: 'v1beta', fetch },
        }),
      }),
  ],
  [
    'Vertex AI',
    'gemini-2.5-flash',
    (fetch: typeof globalThis.fetch) => vertex({ fetch }),
    (fetch: typeof globalThis.fetch) =>
      vertex({
        client: new GoogleGenAI({
          vertexai: true,
          apiKey: key,
          apiVersion: 'v1beta1',
          httpOptions: { baseUrl: 'https://aiplatform.googleapis.com', apiVersion: 'v1beta1', fetch },
        }),
      }),
  ],
] as const

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = fc.constantFrom<NonNullable<ChatRequest['tools']>>(
  [{ type: 'function', function: { name: 'weather', description: 'The weather.', parameters } }],
  [
    { type: 'function', function: { name: 'now' } },
    { type: 'function', function: { name: 'weather', parameters, strict: true } },
  ],
)

const conversations: readonly ChatRequest['messages'][] = [
  [{ role: 'user', content: 'Hi' }],
  [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: pixel, detail: 'low' } },
      ],
    },
  ],
  [
    { role: 'user', content: 'The weather in Oslo?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'Rain.' },
  ],
]

const requests = fc.record(
  {
    model: fc.constant('m'),
    messages: fc.constantFrom(...conversations),
    tools,
    tool_choice: fc.constantFrom<NonNullable<ChatRequest['tool_choice']>>('auto', 'none', 'required'),
    temperature: fc.constantFrom(0, 0.7),
    top_p: fc.constantFrom(0.5),
    seed: fc.constantFrom(7),
    max_completion_tokens: fc.constantFrom(100),
    stop: fc.constantFrom<string | string[]>('END', ['a', 'b']),
    n: fc.constantFrom(1, 2),
    logprobs: fc.constantFrom(true, false),
    top_logprobs: fc.constantFrom(3),
    reasoning_effort: fc.constantFrom<NonNullable<ChatRequest['reasoning_effort']>>('low', 'high'),
    response_format: fc.constantFrom<NonNullable<ChatRequest['response_format']>>(
      { type: 'json_object' },
      { type: 'json_schema', json_schema: { name: 'place', schema: parameters } },
    ),
    service_tier: fc.constantFrom<NonNullable<ChatRequest['service_tier']>>('flex'),
    store: fc.constantFrom(true),
    metadata: fc.constantFrom({ team: 'blue' }),
  },
  { requiredKeys: ['model', 'messages'] },
)

describe('a request is what the vendor’s SDK would have sent', () => {
  it.each(services)('to %s: address, headers and body', async (_service, model, ours, sdks) => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        expect(await sentBy(ours, model, request)).toEqual(await sentBy(sdks, model, request))
      }),
      { numRuns: 60 },
    )
  })
})
