import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'

let simulator: VendorSimulator
let client: OpenAI

beforeAll(async () => {
  simulator = await vendorSimulator({ keys: { openai: ['sk-right'] } })
  client = new OpenAI({ apiKey: 'sk-right', baseURL: simulator.openai.baseURL, maxRetries: 0 })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const prompt = 'Tell me something about lighthouses, please.'
const messages = [{ role: 'user' as const, content: prompt }]
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'weather',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city', 'days'],
      },
    },
  },
]
const post = (body: object): Promise<unknown> => caught(client.post('/chat/completions', { body }))
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error)

describe('the simulator as OpenAI, through the openai package', () => {
  it('answers plausibly, the same every time, with counts from the real request', async () => {
    const [first, second] = [
      await client.chat.completions.create({ model: 'gpt-4o', messages }),
      await client.chat.completions.create({ model: 'gpt-4o', messages }),
    ]
    expect(first.model).toBe('gpt-4o')
    expect(first.choices[0]?.message.content).toMatch(/^\[simulated\] /)
    expect(first.choices[0]?.message).toEqual(second.choices[0]?.message)
    expect(first.usage?.prompt_tokens).toBe(Math.ceil(prompt.length / 4))
    expect(first.usage?.completion_tokens).toBe(Math.ceil((first.choices[0]?.message.content ?? '').length / 4))
    expect(first._request_id).toMatch(/^req_/)
  })

  it('streams the same answer, with usage only when asked', async () => {
    const whole = await client.chat.completions.create({ model: 'gpt-4o', messages })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true })) chunks.push(chunk)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content)
    expect(chunks.some((chunk) => chunk.usage)).toBe(false)
    const final = await client.chat.completions
      .stream({ model: 'gpt-4o', messages, stream_options: { include_usage: true } })
      .finalChatCompletion()
    expect(final.usage).toEqual(whole.usage)
    expect(final.choices[0]?.finish_reason).toBe('stop')
  })

  it('calls tools, unary and streamed, scripted and because the request forces it', async () => {
    const forced = await client.chat.completions.create({ model: 'gpt-4o', messages, tools, tool_choice: 'required' })
    const call = forced.choices[0]?.message.tool_calls?.[0]
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'simulated', days: 1 })
    simulator.answer('openai', {
      text: 'Looking.',
      toolCalls: [{ name: 'weather', arguments: { city: 'Malmö' } }, { name: 'weather' }],
    })
    const streamed = await client.chat.completions.stream({ model: 'gpt-4o', messages, tools }).finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Looking.',
        tool_calls: [{ function: { arguments: '{"city":"Malmö"}' } }, { function: { arguments: '{}' } }],
      },
    })
  })

  it('answers in the shape of a JSON schema, in n choices, with log probabilities, and cut at max_tokens', async () => {
    const schema = {
      type: 'object',
      properties: { kind: { enum: ['a', 'b'] }, list: { type: 'array', items: { type: 'number' } } },
      required: ['kind', 'list'],
    }
    const shaped = await client.chat.completions.create({
      model: 'gpt-4o',
      messages,
      n: 2,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    })
    expect(shaped.choices.map(({ message }): unknown => JSON.parse(message.content ?? ''))).toEqual([
      { kind: 'a', list: [1] },
      { kind: 'a', list: [1] },
    ])
    const cut = await client.chat.completions.create({ model: 'gpt-4o', messages, max_tokens: 3, logprobs: true })
    expect(cut.choices[0]?.finish_reason).toBe('length')
    expect(cut.usage?.completion_tokens).toBe(3)
    expect(cut.choices[0]?.logprobs?.content?.length).toBeGreaterThan(0)
  })

  it('embeds in both encodings and lists models', async () => {
    const base64 = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] })
    const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float' })
    expect(base64.data).toHaveLength(2)
    for (const [index, { embedding }] of base64.data.entries()) {
      expect(embedding.map((value) => value.toFixed(5))).toEqual(floats.data[index]?.embedding.map((value) => value.toFixed(5)))
    }
    expect((await client.models.list()).data[0]?.object).toBe('model')
  })

  it('says refusals, reasoning, usage buckets and finish reasons as scripted', async () => {
    simulator.queue(
      'openai',
      { refusal: 'No.', finish: 'stop' },
      { text: 'x', usage: { input: 5, cached: 90, output: 7, reasoning: 20 } },
      { text: 'y', finish: 'odd' },
    )
    const refused = await client.chat.completions.create({ model: 'gpt-4o', messages })
    expect(refused.choices[0]?.message).toMatchObject({ content: null, refusal: 'No.' })
    const counted = await client.chat.completions.create({ model: 'gpt-4o', messages })
    expect(counted.usage).toMatchObject({
      prompt_tokens: 95,
      completion_tokens: 27,
      prompt_tokens_details: { cached_tokens: 90 },
      completion_tokens_details: { reasoning_tokens: 20 },
    })
    expect((await client.chat.completions.create({ model: 'gpt-4o', messages })).choices[0]?.finish_reason).toBe('odd')
  })

  it('refuses what OpenAI refuses, in its words', async () => {
    const cases: readonly [object, object][] = [
      [{ messages }, { message: /model parameter/ }],
      [{ model: 'gpt-4o', messages: [] }, { code: 'empty_array' }],
      [
        { model: 'gpt-4o', messages, temperature: 3 },
        { code: 'decimal_above_max_value', param: 'temperature' },
      ],
      [
        { model: 'gpt-4o', messages, top_k: 3 },
        { code: 'unknown_parameter', param: 'top_k' },
      ],
      [
        { model: 'gpt-5.1', messages, max_tokens: 3 },
        { code: 'unsupported_parameter', param: 'max_tokens' },
      ],
      [
        { model: 'gpt-5.1', messages, temperature: 0 },
        { code: 'unsupported_value', param: 'temperature' },
      ],
      [{ model: 'gpt-6-luna', messages, tools }, { param: 'reasoning_effort' }],
      [{ model: 'gpt-4o', messages: [{ role: 'tool', tool_call_id: 'x', content: '1' }] }, { param: 'messages.[0].role' }],
      [{ model: 'gpt-4o', messages: [...messages, { role: 'assistant', tool_calls: [{ id: 'c1' }] }] }, { param: 'messages' }],
      [{ model: 'gpt-4o', messages, response_format: { type: 'json_object' } }, { param: 'messages' }],
      [{ model: 'gpt-4o', messages, stream_options: {} }, { param: 'stream_options' }],
    ]
    for (const [body, { message, ...expected }] of cases as readonly [object, { message?: RegExp }][]) {
      const error = await post(body)
      expect(error, JSON.stringify(body)).toBeInstanceOf(OpenAI.BadRequestError)
      expect(error).toMatchObject(expected)
      if (message) expect(String(error)).toMatch(message)
    }
    expect(await post({ model: 'gpt-6-luna', messages, tools, reasoning_effort: 'none' })).toBeUndefined()
  })

  it('refuses keys: none at all, and wrong ones with a part of the key in the message, as OpenAI does', async () => {
    const wrong = await caught(
      client.withOptions({ apiKey: 'sk-wrong-key-0123456789' }).chat.completions.create({ model: 'gpt-4o', messages }),
    )
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(wrong).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining('sk-wrong***') })
    const none = await caught(client.chat.completions.create({ model: 'gpt-4o', messages }, { headers: { authorization: null } }))
    expect(none).toBeInstanceOf(OpenAI.AuthenticationError)
  })

  it('gives errors the classes and codes that the SDK knows', async () => {
    const cases = [
      ['http-401', OpenAI.AuthenticationError],
      ['http-403', OpenAI.PermissionDeniedError],
      ['http-404', OpenAI.NotFoundError],
      ['http-409', OpenAI.ConflictError],
      ['http-422', OpenAI.UnprocessableEntityError],
      ['quota', OpenAI.RateLimitError],
      ['http-500', OpenAI.InternalServerError],
      ['html-502', OpenAI.InternalServerError],
      ['overloaded', OpenAI.InternalServerError],
      ['context-length', OpenAI.BadRequestError],
      ['content-filter', OpenAI.BadRequestError],
      ['reset-before-headers', OpenAI.APIConnectionError],
      ['close-before-headers', OpenAI.APIConnectionError],
      ['cut-headers', OpenAI.APIConnectionError],
      ['garbage-head', OpenAI.APIConnectionError],
    ] as const
    for (const [fault, expected] of cases) {
      simulator.failOnce('openai', fault)
      expect(await caught(client.chat.completions.create({ model: 'gpt-4o', messages })), fault).toBeInstanceOf(expected)
    }
    expect(await caught(client.chat.completions.create({ model: 'gpt-4o', messages }))).toBeUndefined()
  })

  it('refuses connections where nothing listens', async () => {
    const dead = client.withOptions({ baseURL: simulator.unreachable })
    expect(await caught(dead.chat.completions.create({ model: 'gpt-4o', messages }))).toBeInstanceOf(OpenAI.APIConnectionError)
  })
})
