import fc from 'fast-check'
import { APIError } from 'openai'
import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cohere, groq, qwen } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'
import type { AdapterOptions } from '../src/providers/shared/options.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const messages = [{ role: 'user', content: 'hello' }]

function failing(call: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a call refuses, before anything is sent, naming the field,', () => {
  const user = (content: Json): Json => ({ messages: [{ role: 'user', content }] })
  const assistant = (fields: { readonly [key: string]: Json }): Json => ({ messages: [{ role: 'assistant', ...fields }] })
  const functionCall = { name: 'f', arguments: '{}' }

  it.each<readonly [name: string, fields: Json, param: string, message: RegExp]>([
    ['a user message without content', { messages: [{ role: 'user' }] }, 'messages[0].content', /missing.*role user/],
    ['content that is a number', user(5), 'messages[0].content', /a string or an array of parts, got a number/],
    [
      'a system message whose content is null',
      { messages: [{ role: 'system', content: null }] },
      'messages[0].content',
      /got null/,
    ],
    ['a part that is none', user([null]), 'messages[0].content[0]', /an object such as .*got null/],
    ['a part without a type', user([{ text: 'x' }]), 'messages[0].content[0].type', /a string, got nothing/],
    ['text that is none', user([{ type: 'text', text: 5 }]), 'messages[0].content[0].text', /a string, got a number/],
    ['an image without one', user([{ type: 'image_url' }]), 'messages[0].content[0].image_url', /\{ url: '…' \}/],
    ['an image as a string', user([{ type: 'image_url', image_url: 'x' }]), 'messages[0].content[0].image_url', /got a string/],
    [
      'a URL that is none',
      user([{ type: 'image_url', image_url: { url: 5 } }]),
      'messages[0].content[0].image_url.url',
      /a string/,
    ],
    ['a sound without one', user([{ type: 'input_audio' }]), 'messages[0].content[0].input_audio', /base64/],
    ['a file without one', user([{ type: 'file' }]), 'messages[0].content[0].file', /file_data/],
    ['tool calls that are none', assistant({ tool_calls: 'x' }), 'messages[0].tool_calls', /an array of calls, got a string/],
    ['a tool call that is null', assistant({ tool_calls: [null] }), 'messages[0].tool_calls[0]', /an object/],
    ['a tool call without an id', assistant({ tool_calls: [{ type: 'function' }] }), 'messages[0].tool_calls[0].id', /a string/],
    [
      'a tool call without its function',
      assistant({ tool_calls: [{ id: 'x', type: 'function' }] }),
      'messages[0].tool_calls[0].function',
      /an object with `name` and `arguments`, got nothing/,
    ],
    [
      'arguments that are no text, with the fix',
      assistant({ tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: {} } }] }),
      'messages[0].tool_calls[0].function.arguments',
      /JSON\.stringify/,
    ],
    ['a legacy call without a name', assistant({ function_call: { arguments: '' } }), 'messages[0].function_call.name', /a string/],
    ['tools that are none', { messages, tools: {} }, 'tools', /an array of tools, got an object/],
    ['a tool that is null', { messages, tools: [null] }, 'tools[0]', /an object such as/],
    ['a tool without a function', { messages, tools: [{ type: 'function' }] }, 'tools[0].function', /an object with/],
    [
      'a tool in the shape of the other API, with the fix',
      { messages, tools: [{ type: 'function', ...functionCall }] },
      'tools[0].function',
      /put `name`.*into it/,
    ],
    [
      'parameters that are no schema',
      { messages, tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] },
      'tools[0].function.parameters',
      /an object, got a string/,
    ],
    ['a choice that there is not', { messages, tool_choice: 'always' }, 'tool_choice', /none, auto, required/],
    ['a choice without its function', { messages, tool_choice: { type: 'function' } }, 'tool_choice.function', /`name`/],
    ['a format that is none', { messages, response_format: 'json' }, 'response_format', /json_object/],
    ['a schema that is missing', { messages, response_format: { type: 'json_schema' } }, 'response_format.json_schema', /`schema`/],
    ['a stop sequence that is none', { messages, stop: ['x', 5] }, 'stop[1]', /a string, got a number/],
    ['a limit in letters', { messages, max_tokens: '5' }, 'max_tokens', /a number, got a string/],
  ])('%s', async (_name, fields, param, message) => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    const body = Object.assign({ model: 'm' }, fields)
    const error = await failing(createRouter({ providers: [provider] }).post('/chat/completions', { body }))
    expect(error).toMatchObject({ status: 400, code: 'invalid_body', param })
    expect(String(error)).toMatch(message)
    expect(provider.calls).toHaveLength(0)
  })

  it('without repeating anything of the content', async () => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    const body = { model: 'm', ...Object({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'private' }] }] }) }
    expect(String(await failing(createRouter({ providers: [provider] }).post('/chat/completions', { body })))).not.toContain(
      'private',
    )
  })
})

describe('a call passes on untouched', () => {
  it.each<readonly [name: string, fields: { readonly [key: string]: Json }]>([
    ['a part of a type that nobody here knows', { messages: [{ role: 'user', content: [{ type: 'hologram', hologram: 5 }] }] }],
    ['a tool of a type that nobody here knows', { messages, tools: [{ type: 'oracle', oracle: null }] }],
    ['a choice of a type that nobody here knows', { messages, tool_choice: { type: 'oracle' } }],
    ['a format of a type that nobody here knows', { messages, response_format: { type: 'grammar', grammar: 5 } }],
    ['a field that nobody here knows', { messages, temperatur: 'hot', temperature: 'warm' }],
    ['an assistant message that says nothing', { messages: [...messages, { role: 'assistant' }, ...messages] }],
  ])('%s', async (_name, fields) => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    await createRouter({ providers: [provider] }).post('/chat/completions', { body: { model: 'm', ...fields } })
    expect(provider.calls[0]?.request).toEqual({ model: 'm', ...fields })
  })

  it('a body whose lists are null as one where they are left out', async () => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    const nulls = { tools: null, functions: null, tool_choice: null, function_call: null, response_format: null }
    const said = { role: 'assistant', content: 'hi' }
    const padded = [...messages, { ...said, tool_calls: null, function_call: null, refusal: null }, ...messages]
    await createRouter({ providers: [provider] }).post('/chat/completions', {
      body: { model: 'm', messages: padded, ...nulls, stop: null },
    })
    const lean = [...messages, { ...said, refusal: null }, ...messages]
    expect(provider.calls[0]?.request).toEqual({ model: 'm', messages: lean, stop: null })
  })
})

describe('a header that could not be sent', () => {
  it.each([
    ['a line break', { 'x-tenant': 'a\nb' }, /"x-tenant".*line break/],
    ['a letter that headers cannot carry', { 'x-tenant': '通' }, /"x-tenant".*encode/],
    ['a name that is none', { 'x tenant': 'a' }, /"x tenant".*name/],
  ])('is refused before anything is sent: %s', async (_name, headers, message) => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    const client = createRouter({ providers: [provider] })
    const error = await failing(
      client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] }, { headers }),
    )
    expect(error).toMatchObject({ status: 400, param: 'headers' })
    expect(String(error)).toMatch(message)
    expect(String(error)).not.toContain('通')
    expect(provider.calls).toHaveLength(0)
    expect(client.breakers.list().every(({ consecutiveErrors }) => consecutiveErrors === 0)).toBe(true)
  })

  it('is not one with white space around its value, which fetch takes off too', async () => {
    const provider = fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })
    const headers = { 'x-tenant': ' a b\n' }
    await createRouter({ providers: [provider] }).chat.completions.create(
      { model: 'm', messages: [{ role: 'user', content: 'x' }] },
      { headers },
    )
    expect(provider.calls[0]?.headers).toEqual({ 'x-tenant': 'a b' })
  })
})

/** What the requests below that want JSON must get: their answers are held to it. */
const text = '{"a":"x"}'

/** What any of the three vendors would answer, by the path of the request. */
function vendorAnswer(url: string): object {
  if (url.endsWith('/chat/completions')) {
    const message = { role: 'assistant', content: text, refusal: null }
    return { id: 'c', object: 'chat.completion', created: 1, model: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] }
  }
  if (url.endsWith('/responses')) {
    const content = [{ type: 'output_text', text, annotations: [] }]
    const output = [{ type: 'message', id: 'm', role: 'assistant', status: 'completed', content }]
    return { id: 'r', object: 'response', created_at: 1, model: 'x', status: 'completed', output }
  }
  if (url.includes('/messages')) {
    const usage = { input_tokens: 1, output_tokens: 1 }
    return {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'x',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      usage,
    }
  }
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
    modelVersion: 'x',
  }
}

const turns: readonly Json[] = [
  { role: 'system', content: [{ type: 'text', text: 'be brief' }] },
  { role: 'developer', content: 'be kind' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
    ],
  },
  { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] },
  {
    role: 'user',
    content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }],
    name: 'ann',
  },
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'yes' },
      { type: 'refusal', refusal: 'no' },
    ],
    refusal: null,
  },
  { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
  { role: 'function', name: 'f', content: '5' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'call_2', type: 'function', function: { name: 'f', arguments: '' } },
    ],
  },
  {
    role: 'assistant',
    content: 'thought',
    reasoning_content: 'hm',
    provider_state: { v: 1, provider: 'anthropic', model: 'x', blocks: [{ type: 'text', text: 'thought' }] },
  },
  {
    role: 'assistant',
    content: 'thought',
    provider_state: { v: 1, provider: 'google', model: 'gemini-3.8-flash', blocks: [{ text: 'thought', thoughtSignature: 's' }] },
  },
  { role: 'user', content: 'go on' },
]

const schema = { type: 'object', properties: { a: { type: 'string', enum: ['x'] } }, required: ['a'], additionalProperties: false }
/** One that every vendor enforces whole, however it is changed: the answers are not at issue here. */
const answerSchema = { ...schema, properties: { a: { type: 'string' } } }

const settings: readonly { readonly [key: string]: Json }[] = [
  { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }] },
  { functions: [{ name: 'f', parameters: schema }], function_call: { name: 'f' } },
  { tools: [{ type: 'custom', custom: { name: 'f', format: { type: 'text' } } }] },
  { tool_choice: { type: 'function', function: { name: 'f' } } },
  {
    tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] } },
  },
  { response_format: { type: 'json_schema', json_schema: { name: 's', schema: answerSchema, strict: true } } },
  { response_format: { type: 'json_object' } },
  { stop: ['x'], n: 1, temperature: 0.5, top_p: 1, seed: 1, presence_penalty: 0, frequency_penalty: 0 },
  { max_tokens: 5, max_completion_tokens: 100, reasoning_effort: 'low', verbosity: 'low', service_tier: 'auto' },
  { metadata: { a: 'b' }, user: 'u', safety_identifier: 's', store: false, logit_bias: { a: 1 }, logprobs: false, top_logprobs: 0 },
  {
    modalities: ['text'],
    stream_options: {},
    parallel_tool_calls: false,
    prediction: { type: 'content', content: [{ type: 'text', text: 'x' }] },
  },
  { web_search_options: { search_context_size: 'low', user_location: { type: 'approximate', approximate: { country: 'DE' } } } },
]

/** A change somewhere in a body: where is decided by `at`, over all places that there are. */
interface Mutation {
  readonly at: number
  readonly to: Json | undefined
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  to: fc.constantFrom<Json | undefined>(
    undefined,
    null,
    5,
    -1,
    true,
    '',
    'x',
    '{',
    [],
    [null],
    [5],
    ['x'],
    [[]],
    {},
    { type: 'x' },
    { type: 5 },
    { type: 'text' },
    { x: null },
  ),
})

const body = fc.record({
  messages: fc.subarray([...turns], { minLength: 1 }),
  settings: fc.subarray([...settings], { maxLength: 3 }),
  mutations: fc.array(mutation, { maxLength: 2 }),
})

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Every place in a value that something else could stand at. */
function places(value: unknown): readonly { readonly holder: object; readonly key: string }[] {
  if (!isHolder(value)) return []
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...places(value[key])])
}

function mutated({
  messages: chosen,
  settings: given,
  mutations,
}: typeof body extends fc.Arbitrary<infer Made> ? Made : never): object {
  const whole: unknown = structuredClone(Object.assign({ messages: chosen }, ...given))
  for (const { at, to } of mutations) {
    const all = places(whole)
    const place = all[at % Math.max(1, all.length)]
    if (place === undefined) continue
    if (to === undefined) Reflect.deleteProperty(place.holder, place.key)
    else Reflect.set(place.holder, place.key, structuredClone(to))
  }
  return isHolder(whole) ? whole : {}
}

describe('whatever is wrong with a body', () => {
  it.each([
    ['openai', 'openai/gpt-4o'],
    ['openai, reasoning', 'openai/gpt-6-sol'],
    ['anthropic', 'anthropic/claude-sonnet-5-5'],
    ['google', 'google/gemini-3.8-flash'],
    ['auto', 'auto'],
  ])('%s serves it or it is refused by field; no adapter stumbles, nothing is sent, no circuit counts it', async (_name, model) => {
    let sent = 0
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      sent++
      return Response.json(vendorAnswer(new URL(input instanceof Request ? input.url : input).pathname))
    }
    const keys = memoryKeys({ OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b', GEMINI_API_KEY: 'c' })
    const client = createRouter({ providers: [openai({ fetch }), anthropic({ fetch }), google({ fetch })], keys, maxRetries: 0 })
    await fc.assert(
      fc.asyncProperty(body, async (made) => {
        sent = 0
        const error = await failing(client.post('/chat/completions', { body: { ...mutated(made), model } }))
        expect(client.breakers.list().filter(({ consecutiveErrors }) => consecutiveErrors > 0)).toEqual([])
        if (error === undefined) return
        expect(error).toBeInstanceOf(APIError)
        expect(error).toMatchObject({ status: 400, param: expect.any(String) })
        expect(sent).toBe(0)
      }),
      { numRuns: 1500 },
    )
  })

  it.each([
    ['openai', openai],
    ['anthropic', anthropic],
    ['google', google],
    ['mistral', mistral],
    ['groq', groq],
    ['cohere', cohere],
    ['qwen', qwen],
    ['perplexity', perplexity],
    ['replicate/someone', replicate],
    ['bedrock', (options: AdapterOptions<never>) => bedrock({ ...options, region: 'us-east-1' })],
  ] as const)('%s refuses it by field, or the vendor does; streams do not differ', async (id, factory) => {
    let sent = 0
    const fetch = async (): Promise<Response> => {
      sent++
      return Response.json({ error: { message: 'no' }, message: 'no' }, { status: 400 })
    }
    const client = createRouter({
      providers: [factory({ fetch, key: 'KEY' })],
      keys: memoryKeys({ KEY: 'k' }),
      maxRetries: 0,
    })
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), async (made, stream) => {
        sent = 0
        const asked = { ...mutated(made), model: `${id}/some-model`, ...(stream && { stream }) }
        const error = await failing(client.post('/chat/completions', { body: asked, stream }))
        expect(error).toBeInstanceOf(APIError)
        expect(error).toMatchObject(sent === 0 ? { status: 400, param: expect.any(String) } : { status: 400 })
        expect(client.breakers.list().filter(({ consecutiveErrors }) => consecutiveErrors > 0)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})
