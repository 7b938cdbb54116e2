import { createServer } from 'node:http'
import { APIError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { attemptsOf, createRouter, memoryKeys } from '../src/index.ts'
import { anthropic, anthropicBedrock } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cohere, deepseek } from '../src/providers/family/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'
import { answer, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { VendorSimulator } from '../src/testing/index.ts'

interface Wire {
  readonly id: string
  readonly key: string
  readonly baseURL: string
}

interface Subject {
  readonly make: (wire: Wire) => ProviderAdapter
  /** Who speaks its wire format in the simulator, and answers a stream request as a plain one there. */
  readonly vendor?: string
  /** Default: a name that means nothing. */
  readonly model?: string
}

/** Every wire format, each by an adapter under the id `under-test`. */
const adapters: Readonly<Record<string, Subject>> = {
  'openai, chat completions': { make: (wire) => openai({ ...wire, api: 'chat' }), vendor: 'openai' },
  'openai, Responses': { make: (wire) => openai({ ...wire, api: 'responses' }), vendor: 'openai' },
  'azure, v1': { make: (wire) => azure(wire), vendor: 'openai' },
  anthropic: { make: anthropic, vendor: 'anthropic' },
  'anthropic on bedrock': {
    make: (wire) => anthropicBedrock({ ...wire, region: 'us-east-1' }),
    model: 'us.anthropic.claude-opus-5-5',
  },
  google: { make: google, vendor: 'google', model: 'gemini-3.8-flash' },
  vertex: { make: vertex, vendor: 'google', model: 'gemini-3.8-flash' },
  mistral: { make: mistral, vendor: 'mistral' },
  bedrock: { make: (wire) => bedrock({ ...wire, region: 'us-east-1' }), vendor: 'bedrock' },
  perplexity: { make: perplexity, vendor: 'perplexity' },
  'a compatible vendor': { make: deepseek, vendor: 'deepseek' },
  cohere: { make: cohere, vendor: 'cohere' },
  replicate: { make: (wire) => replicate({ ...wire, pollMs: 5 }), model: 'meta/meta-llama-3-70b-instruct' },
  'm365-copilot': { make: m365Copilot, vendor: 'm365-copilot' },
}

const page = '<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head></html>'
const sse = 'data: {"hello":"world"}\n\ndata: [DONE]\n\n'
const isJson = 'application/json'

/** What servers and proxies send with status 200 that is no answer: the type, and the body. */
const answers: Readonly<Record<string, readonly [type: string | undefined, body: string]>> = {
  'a page': ['text/html; charset=utf-8', page],
  'a page without a type': [undefined, page],
  'a page that calls itself text': ['text/plain', page],
  'a page that calls itself JSON': [isJson, page],
  'a page that calls itself an event stream': ['text/event-stream', page],
  'nothing, as JSON': [isJson, ''],
  'nothing, as an event stream': ['text/event-stream', ''],
  'nothing at all': [undefined, ''],
  'blank lines': ['text/plain', '\n\n\n'],
  null: [isJson, 'null'],
  'an empty object': [isJson, '{}'],
  'an empty list': [isJson, '[]'],
  'a number': [isJson, '42'],
  'a word': ['text/plain', 'OK'],
  'cut JSON': [isJson, '{"id":"x","choices":[{"message":{"content":"Hal'],
  'an error object': [isJson, '{"error":{"message":"It broke.","type":"server_error","code":"server_error"}}'],
  'an error object that calls itself an event stream': ['text/event-stream', '{"error":{"message":"It broke."}}'],
  'events of somebody else': ['text/event-stream', sse],
  'events that call themselves JSON': [isJson, sse],
}

let reply: readonly [type: string | undefined, body: string] = [undefined, '']
let asked = 0
const server = createServer((_request, response) => {
  asked += 1
  const [type, body] = reply
  response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body)
})
let at = ''
let simulator: VendorSimulator

beforeAll(async () => {
  simulator = await vendorSimulator()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  await simulator.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = 0
  simulator.reset()
})

const keys = memoryKeys({ KEY: 'a-key-for-everybody' })
const messages = [{ role: 'user' as const, content: 'Hello?' }]
const wireOf = (baseURL: string): Wire => ({ id: 'under-test', key: 'KEY', baseURL })

function routerOf(adapter: ProviderAdapter) {
  const other = fakeProvider({ id: 'other', models: ['m'], script: [answer('Here I am.')] })
  return { client: createRouter({ providers: [adapter, other], keys, maxRetries: 0 }), other }
}

type Client = ReturnType<typeof routerOf>['client']

async function said(client: Client, model: string, stream: boolean): Promise<string> {
  if (!stream) return (await client.chat.completions.create({ model, messages })).choices[0]?.message.content ?? ''
  let text = ''
  for await (const chunk of await client.chat.completions.create({ model, messages, stream }))
    text += chunk.choices[0]?.delta.content ?? ''
  return text
}

describe.each(Object.entries(adapters))('%s', (_name, { make, model: name = 'some-model' }) => {
  const model = `under-test/${name}`

  describe.each([
    ['a plain call', false],
    ['a stream', true],
  ])('that answers %s', (_kind, stream) => {
    it.each(Object.entries(answers))(
      'with %s has failed, never with an empty answer, and another vendor takes over',
      async (_what, bad) => {
        reply = bad
        const error: unknown = await said(routerOf(make(wireOf(at))).client, model, stream).then(
          (text) => new Error(`it counts as an answer: '${text}'`),
          (thrown: unknown) => thrown,
        )
        expect(error).toBeInstanceOf(APIError)
        const [attempt, ...more] = attemptsOf(error)
        expect(more).toEqual([])
        expect(asked).toBeGreaterThan(0)
        expect(stream ? ['malformed', 'truncated', 'server'] : ['malformed']).toContain(attempt?.kind)
        // A stream that says nothing is one that broke off; what is no stream is no answer.
        const [type, body] = bad
        if (attempt?.kind === 'truncated') expect(type === 'text/event-stream' || body.trim() === '' || body === sse).toBe(true)
        const { client, other } = routerOf(make(wireOf(at)))
        expect(await said(client.with({ fallback: ['other/m'] }), model, stream)).toBe('Here I am.')
        expect(other.calls).toHaveLength(1)
      },
    )
  })
})

const streaming = Object.entries(adapters).flatMap(([name, { vendor, ...rest }]) =>
  vendor === undefined ? [] : [{ name, vendor, ...rest }],
)

describe.each(streaming)('$name', ({ make, vendor, model: name = 'some-model' }) => {
  it('that answers a stream with a complete answer has answered', async () => {
    const words = 'The whole answer at once.'
    const body = { model: `under-test/${name}`, messages }
    simulator.answer(vendor, words)
    simulator.fail(vendor, 'unary-for-stream')
    const { client } = routerOf(make(wireOf(simulator.door(vendor).baseURL)))
    expect(await said(client, body.model, true)).toBe(words)
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } })
    const streamed = await stream.finalChatCompletion()
    const whole = await client.chat.completions.create(body)
    expect(streamed).toMatchObject({ model: whole.model, usage: whole.usage })
    expect(streamed.choices).toMatchObject([{ finish_reason: 'stop', message: { role: 'assistant', content: words } }])
  })
})
