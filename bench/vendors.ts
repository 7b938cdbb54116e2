// A call in OpenAI's shape answered by another vendor, beside that vendor's bare SDK making the same call.
import { Readable } from 'node:stream'
import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { createRouter, memoryKeys, type ProviderAdapter } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { bedrock } from 'modelyard/bedrock'
import { google } from 'modelyard/google'
import { mistral } from 'modelyard/mistral'
import { sideBySide, type Contender, type Plan, type Timing } from './measure.ts'
import { models, streamed, type Vendor, whole, wordCount } from './vendor-wire.ts'
import { messages } from './wire.ts'

const key = 'key-for-the-bench'
const keys = memoryKeys({ ANTHROPIC_API_KEY: key, GEMINI_API_KEY: key, MISTRAL_API_KEY: key, AWS_BEARER_TOKEN_BEDROCK: key })
const textOf = (content: unknown): string | undefined => (typeof content === 'string' ? content : undefined)
const [system = '', user = ''] = messages(700).map(({ content }) => textOf(content))
const prompt = { system, user }

/** A vendor's SDK by itself: what came of a whole answer, and of a streamed one piece by piece. */
interface Bare {
  readonly unary: () => Promise<string | null | undefined>
  readonly stream: () => Promise<AsyncIterable<string | null | undefined>>
}

/** A `fetch` without network. */
async function transport(vendor: Vendor, stream: boolean): Promise<Response> {
  const { contentType, pieces } = (stream ? streamed : whole)[vendor]
  return new Response(flowing(pieces), { headers: { 'content-type': contentType } })
}

function flowing(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    pull(controller) {
      const piece = pieces[next]
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
      next += 1
    },
  })
}

function requestOf(input: string | URL | Request, init?: RequestInit): { readonly url: string; readonly body: string } {
  return { url: input instanceof Request ? input.url : String(input), body: typeof init?.body === 'string' ? init.body : '' }
}

const fetches: Readonly<Record<Vendor, typeof fetch>> = {
  anthropic: (input, init) => transport('anthropic', requestOf(input, init).body.includes('"stream":true')),
  google: (input, init) => transport('google', requestOf(input, init).url.includes('streamGenerateContent')),
  // Its SDK hands over a request whose body only reading it would show; the address says nothing.
  mistral: async (input, init) => {
    const body = input instanceof Request ? await input.text() : requestOf(input, init).body
    return await transport('mistral', body.includes('"stream":true'))
  },
  bedrock: (input, init) => transport('bedrock', requestOf(input, init).url.endsWith('/converse-stream')),
}

const bare: Readonly<Record<Vendor, () => Bare>> = {
  anthropic: bareAnthropic,
  google: bareGoogle,
  mistral: bareMistral,
  bedrock: bareBedrock,
}

function bareAnthropic(): Bare {
  const client = new Anthropic({ apiKey: key, baseURL: 'https://api.anthropic.com', fetch: fetches.anthropic, maxRetries: 0 })
  const body = {
    model: models.anthropic,
    max_tokens: 1000,
    system: prompt.system,
    messages: [{ role: 'user' as const, content: prompt.user }],
  }
  return {
    async unary() {
      const [block] = (await client.messages.create(body)).content
      return block?.type === 'text' ? block.text : undefined
    },
    stream: async () =>
      mapped(await client.messages.create({ ...body, stream: true }), (event) =>
        event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : undefined,
      ),
  }
}

function bareGoogle(): Bare {
  const { models: api } = new GoogleGenAI({ apiKey: key, httpOptions: { fetch: fetches.google } })
  const body = { model: models.google, contents: prompt.user, config: { systemInstruction: prompt.system } }
  return {
    unary: async () => (await api.generateContent(body)).text,
    stream: async () => mapped(await api.generateContentStream(body), ({ text }) => text),
  }
}

/** What is used of this SDK, whose own declarations redeclare a global type (see its adapter). */
interface MistralSdk {
  readonly Mistral: new (settings: object) => {
    readonly chat: { complete(body: object): Promise<unknown>; stream(body: object): Promise<AsyncIterable<unknown>> }
  }
  readonly HTTPClient: new (settings: { fetcher: typeof fetch }) => object
}

const sdkName = '@mistralai/mistralai'
const { HTTPClient, Mistral }: MistralSdk = await import(sdkName)

/** The text at a path into an answer; nothing where there is none. */
function textAt(answer: unknown, ...path: readonly (string | number)[]): string | undefined {
  let found = answer
  for (const name of path) found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined
  return textOf(found)
}

function bareMistral(): Bare {
  const { chat } = new Mistral({ apiKey: key, httpClient: new HTTPClient({ fetcher: fetches.mistral }) })
  const body = {
    model: models.mistral,
    messages: [
      { role: 'system', content: prompt.system },
      { role: 'user', content: prompt.user },
    ],
  }
  return {
    unary: async () => textAt(await chat.complete(body), 'choices', 0, 'message', 'content'),
    stream: async () => mapped(await chat.stream(body), (event) => textAt(event, 'data', 'choices', 0, 'delta', 'content')),
  }
}

function bareBedrock(): Bare {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ path }: { readonly path: string }) => ({ response: smithyResponse(path.endsWith('/converse-stream')) }),
    },
  })
  const body = {
    modelId: models.bedrock,
    system: [{ text: prompt.system }],
    messages: [{ role: 'user' as const, content: [{ text: prompt.user }] }],
  }
  return {
    unary: async () => (await client.send(new ConverseCommand(body))).output?.message?.content?.[0]?.text,
    async stream() {
      const { stream } = await client.send(new ConverseStreamCommand(body))
      if (stream === undefined) throw new Error('no stream')
      return mapped(stream, ({ contentBlockDelta }) => contentBlockDelta?.delta?.text)
    },
  }
}

function smithyResponse(stream: boolean): { statusCode: number; headers: Record<string, string>; body: Readable } {
  const { contentType, pieces } = (stream ? streamed : whole).bedrock
  return { statusCode: 200, headers: { 'content-type': contentType }, body: Readable.from(pieces) }
}

async function* mapped<Item>(
  items: AsyncIterable<Item>,
  pieceOf: (item: Item) => string | null | undefined,
): AsyncGenerator<string | null | undefined> {
  for await (const item of items) yield pieceOf(item)
}

const adapters: Readonly<Record<Vendor, () => ProviderAdapter>> = {
  anthropic: () => anthropic({ fetch: fetches.anthropic }),
  google: () => google({ fetch: fetches.google }),
  mistral: () => mistral({ fetch: fetches.mistral }),
  bedrock: () => bedrock({ region: 'us-east-1', fetch: fetches.bedrock }),
}

function routed(vendor: Vendor): Bare {
  const client = createRouter({ providers: [adapters[vendor]()], keys })
  const body = { model: `${vendor}/${models[vendor]}`, messages: messages(700) }
  return {
    unary: async () => (await client.chat.completions.create(body)).choices[0]?.message.content,
    stream: async () =>
      mapped(await client.chat.completions.create({ ...body, stream: true }), ({ choices }) => choices[0]?.delta.content),
  }
}

function unary(name: string, { unary: run }: Bare): Contender {
  return {
    name,
    run: async () => {
      if (!(await run())?.startsWith('The quick')) throw new Error(`${name} gave another answer`)
    },
  }
}

function streaming(name: string, { stream }: Bare): Contender {
  return {
    name,
    run: async () => {
      let count = 0
      for await (const text of await stream()) if (text !== undefined && text !== null && text !== '') count += 1
      if (count !== wordCount) throw new Error(`${name} gave ${count} pieces`)
    },
  }
}

/** The router over a vendor's adapter, and the vendor's SDK, over the same bytes. */
export async function besideSdk(
  vendor: Vendor,
  unaryPlan: Plan,
  streamPlan: Plan,
): Promise<{ readonly unary: readonly Timing[]; readonly stream: readonly Timing[] }> {
  const [router, sdk] = [routed(vendor), bare[vendor]()]
  return {
    unary: await sideBySide([unary('router', router), unary('sdk', sdk)], unaryPlan),
    stream: await sideBySide([streaming('router', router), streaming('sdk', sdk)], streamPlan),
  }
}
