import { BadRequestError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { groq } from '../src/providers/family/index.ts'
import { githubCopilot } from '../src/providers/github-copilot/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'
import { answer, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { VendorSimulator } from '../src/testing/index.ts'

let simulator: VendorSimulator
beforeAll(async () => {
  simulator = await vendorSimulator()
})
afterAll(async () => simulator.close())
beforeEach(() => simulator.reset())

const keys = memoryKeys({ KEY: 'a-key-for-everybody' })

/** Adapters whose vendors have formats of their own: what has no translation cannot be sent. */
const translating: readonly (readonly [string, string, () => ProviderAdapter])[] = [
  ['anthropic', 'claude-opus-5-5', () => anthropic({ key: 'KEY', baseURL: simulator.anthropic.baseURL })],
  ['google', 'gemini-3.8-flash', () => google({ key: 'KEY', baseURL: simulator.google.baseURL })],
  ['vertex', 'gemini-3.8-flash', () => vertex({ key: 'KEY', baseURL: simulator.google.baseURL })],
  ['mistral', 'mistral-medium-latest', () => mistral({ key: 'KEY', baseURL: simulator.door('mistral').baseURL })],
  [
    'bedrock',
    'us.anthropic.claude-opus-5-5',
    () => bedrock({ key: 'KEY', region: 'us-east-1', baseURL: simulator.door('bedrock').baseURL }),
  ],
  ['perplexity', 'perplexity/sonar', () => perplexity({ key: 'KEY', baseURL: simulator.door('perplexity').baseURL })],
  ['openai', 'gpt-6.1-sol', () => openai({ key: 'KEY', api: 'responses', baseURL: simulator.openai.baseURL })],
  ['azure', 'gpt-6.1-sol', () => azure({ key: 'KEY', api: 'responses', baseURL: simulator.openai.baseURL })],
  ['replicate', 'meta/meta-llama-3-70b-instruct', () => replicate({ key: 'KEY', baseURL: simulator.door('replicate').baseURL })],
  ['github-copilot', 'gpt-5.4', () => githubCopilot({ key: 'KEY' })],
  ['m365-copilot', 'microsoft-365-copilot', () => m365Copilot({ key: 'KEY', baseURL: simulator.door('m365-copilot').baseURL })],
]

const text = { type: 'text', text: 'Look.' }
const hologram = { type: 'hologram', hologram: { data: 'AAAA' } }
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
const call = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
}
const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }]

/** As an application without types would call it. */
async function refused(adapter: ProviderAdapter, model: string, body: object): Promise<BadRequestError> {
  const client = createRouter({ providers: [adapter], keys, maxRetries: 0 })
  const error: unknown = await client.post('/chat/completions', { body: { model, ...body } }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof BadRequestError) return error
  throw new Error(`not a BadRequestError: ${String(error)}`)
}

describe('a part of a type that nobody knows', () => {
  it.each(translating)('is refused by %s before any call, by its field', async (id, model, make) => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?' },
      { role: 'user', content: [text, hologram] },
    ]
    const error = await refused(make(), `${id}/${model}`, { messages })
    expect(error).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'messages[2].content[1].type' })
    expect(error.message).toContain(`${id}/${model} does not serve messages[2].content[1].type`)
    expect(simulator.requests).toHaveLength(0)
  })

  it.each([
    ['openai', 'gpt-4o', () => openai({ key: 'KEY', api: 'chat', baseURL: simulator.openai.baseURL })],
    ['groq', 'llama-3.3-70b-versatile', () => groq({ key: 'KEY', baseURL: simulator.door('groq').baseURL })],
  ] as const)('goes to %s as it is, which speaks OpenAI’s format: it is the vendor’s to judge', async (id, model, make) => {
    const client = createRouter({ providers: [make()], keys, maxRetries: 0 })
    const body = { model: `${id}/${model}`, messages: [{ role: 'user', content: [text, hologram] }] }
    await client.post('/chat/completions', { body }).catch((error: unknown) => expect(error).toBeInstanceOf(BadRequestError))
    expect(JSON.stringify(simulator.requests[0]?.body)).toContain(JSON.stringify(hologram))
  })

  it('is left to a provider that takes it, where the chain has one', async () => {
    const other = fakeProvider({ id: 'other', models: ['m'], script: [answer('I see.')] })
    const client = createRouter({ providers: [anthropic({ key: 'KEY', baseURL: simulator.anthropic.baseURL }), other], keys })
    const body = { model: 'anthropic/claude-opus-5-5', messages: [{ role: 'user', content: [hologram] }] }
    const completion: unknown = await client.with({ fallback: ['other/m'] }).post('/chat/completions', { body })
    expect(completion).toMatchObject({ choices: [{ message: { content: 'I see.' } }] })
    expect(simulator.requests).toHaveLength(0)
  })
})

describe('a picture where a vendor takes text alone', () => {
  it.each(translating)('in instructions is refused by %s, by its field', async (id, model, make) => {
    const messages = [
      { role: 'system', content: [text, picture] },
      { role: 'user', content: 'Hi' },
    ]
    expect(await refused(make(), `${id}/${model}`, { messages })).toMatchObject({
      status: 400,
      param: expect.stringMatching(/^messages\[0\]\.content\[1\]/),
    })
    expect(simulator.requests).toHaveLength(0)
  })

  it.each(translating.filter(([id]) => /google|vertex|perplexity/.test(id)))(
    'in a tool’s result is refused by %s, by its field',
    async (id, model, make) => {
      const messages = [{ role: 'user', content: 'Hi' }, call, { role: 'tool', tool_call_id: 'call_1', content: [text, picture] }]
      expect(await refused(make(), `${id}/${model}`, { messages, tools })).toMatchObject({
        status: 400,
        param: 'messages[2].content[1].type',
      })
    },
  )

  it.each(translating.filter(([id]) => /anthropic|bedrock|openai|azure/.test(id)))(
    'in a tool’s result goes to %s, which takes it there',
    async (id, model, make) => {
      const messages = [{ role: 'user', content: 'Hi' }, call, { role: 'tool', tool_call_id: 'call_1', content: [text, picture] }]
      await createRouter({ providers: [make()], keys, maxRetries: 0 }).post('/chat/completions', {
        body: { model: `${id}/${model}`, messages, tools },
      })
      expect(JSON.stringify(simulator.requests[0]?.body)).toContain('iVBORw0KGgo=')
    },
  )
})
