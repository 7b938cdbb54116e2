import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import type { Failure } from '../../src/contracts/failure.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import type { M365CopilotOptions } from '../../src/providers/m365-copilot/index.ts'
import { vendorSimulator } from '../../src/testing/index.ts'

export const vendor = 'm365-copilot'
export const prompt = 'When is the standup?'

/** An adapter before a simulated service. */
export async function connected(options: M365CopilotOptions = {}) {
  const simulator = await vendorSimulator()
  const adapter = m365Copilot({ baseURL: simulator.door(vendor).baseURL, ...options })
  return { simulator, adapter, [Symbol.asyncDispose]: () => simulator.close() }
}

export const callOf = (fields: Partial<ChatRequest> = {}, over: Partial<AdapterCall> = {}): AdapterCall => ({
  model: 'microsoft-365-copilot',
  card: undefined,
  request: { model: 'm', messages: [{ role: 'user', content: prompt }], ...fields },
  secret: new Secret('token-of-the-user'),
  signal: new AbortController().signal,
  ...over,
})

/** Any fields, also those that the types of `openai` do not know. */
export const loose = (fields: object): Partial<ChatRequest> => Object.assign({}, fields)

interface Source {
  readonly attributionType: string
  readonly providerDisplayName?: string
  readonly seeMoreWebUrl?: string
}

/** A message as the service writes it: what was asked and the answer have the same type. */
export const message = (text: string, attributions: readonly Source[] = []): object => ({
  '@odata.type': '#microsoft.graph.copilotConversationResponseMessage',
  id: 'message-1',
  text,
  createdDateTime: '2026-11-22T09:00:00Z',
  adaptiveCards: [],
  attributions,
})

/** A snapshot on the way to an answer. */
export const update = (text?: string, fields: object = {}): object => ({
  id: 'conversation-1',
  displayName: 'Intermediate Conversation Update',
  state: 'active',
  turnCount: 0,
  messages: text === undefined ? [] : [message(text)],
  ...fields,
})

/** The conversation after its turn. */
export const whole = (text: string, fields: object = {}, attributions: readonly Source[] = []): object => {
  const messages = [message(prompt), message(text, attributions)]
  return { id: 'conversation-1', displayName: prompt, state: 'active', turnCount: 1, messages, ...fields }
}

/** Server-sent events, as the service writes them. */
export const events = (...snapshots: readonly unknown[]): string =>
  snapshots.map((snapshot, index) => `data: ${JSON.stringify(snapshot)}\nid:${index + 1}\n\n`).join('')

/** A body that arrives in pieces of these sizes, over and over. */
export function inPieces(text: string, sizes: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let from = 0
  let turn = 0
  return new ReadableStream({
    pull(controller) {
      if (from >= bytes.length) return controller.close()
      const size = sizes[turn++ % sizes.length] ?? 1
      controller.enqueue(bytes.subarray(from, from + size))
      from += size
    },
  })
}

/** An adapter whose conversations are made at once and answered with this. */
export function answering(reply: () => Response, options: M365CopilotOptions = {}): ProviderAdapter {
  return m365Copilot({
    ...options,
    fetch: async (url) =>
      String(url instanceof Request ? url.url : url).endsWith('/conversations')
        ? Response.json({ id: 'conversation-1' }, { status: 201 })
        : reply(),
  })
}

/** What a stream of these bytes becomes, and what it throws. */
export async function streamed(
  body: string | ReadableStream<Uint8Array>,
  options: M365CopilotOptions = {},
): Promise<{ readonly chunks: readonly ChatCompletionChunk[]; readonly failure: Failure | undefined }> {
  const adapter = answering(() => new Response(body, { headers: { 'content-type': 'text/event-stream' } }), options)
  const chunks: ChatCompletionChunk[] = []
  try {
    for await (const chunk of adapter.stream(callOf({ stream: true }))) chunks.push(chunk)
  } catch (error) {
    return { chunks, failure: adapter.failure(error) }
  }
  return { chunks, failure: undefined }
}

/** The text of a stream. */
export const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('')

/** The reasons for which it finished. */
export const reasonsOf = (chunks: readonly ChatCompletionChunk[]): readonly string[] =>
  chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))

/** What a call that must fail fails with. */
export async function failureOf(work: Promise<unknown>, adapter: ProviderAdapter): Promise<Failure> {
  try {
    await work
  } catch (error) {
    return adapter.failure(error)
  }
  throw new Error('it succeeded')
}
