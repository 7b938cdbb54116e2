import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'

let simulator: VendorSimulator
let client: Anthropic

beforeAll(async () => {
  simulator = await vendorSimulator()
  client = new Anthropic({ apiKey: 'sk-ant-any', baseURL: simulator.anthropic.baseURL, maxRetries: 0, timeout: 10_000 })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const messages = [{ role: 'user' as const, content: 'What is the tallest lighthouse?' }]
const body = { model: 'claude-sonnet-5-5', max_tokens: 500, messages }
const tools = [
  { name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] } },
]
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error)

describe('the simulator as Anthropic, through @anthropic-ai/sdk', () => {
  it('answers, and streams the same answer', async () => {
    const whole = await client.messages.create(body)
    expect(whole).toMatchObject({ model: 'claude-sonnet-5-5', stop_reason: 'end_turn', usage: { input_tokens: 8 } })
    const events: string[] = []
    const stream = client.messages.stream(body)
    stream.on('streamEvent', ({ type }) => events.push(type))
    const final = await stream.finalMessage()
    expect(final.content).toEqual(whole.content)
    expect(final.usage.output_tokens).toBe(whole.usage.output_tokens)
    expect(events.at(0)).toBe('message_start')
    expect(events.at(-1)).toBe('message_stop')
  })

  it('thinks, with a signature, and calls tools, with and without arguments', async () => {
    simulator.answer('anthropic', {
      reasoning: 'Hm.',
      text: 'Let me see.',
      toolCalls: [{ name: 'weather', arguments: { city: 'Malmö', note: 'a "quoted" thing' } }, { name: 'time' }],
    })
    const whole = await client.messages.create({ ...body, tools })
    const final = await client.messages.stream({ ...body, tools }).finalMessage()
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use'])
    for (const message of [whole, final]) {
      expect(message.stop_reason).toBe('tool_use')
      expect(message.content[0]).toMatchObject({ thinking: 'Hm.', signature: expect.stringMatching(/\S/) })
      expect(message.content[2]).toMatchObject({ name: 'weather', input: { city: 'Malmö', note: 'a "quoted" thing' } })
      expect(message.content[3]).toMatchObject({ name: 'time', input: {} })
    }
    simulator.reset()
    const forced = await client.messages.create({ ...body, tools, tool_choice: { type: 'any' } })
    expect(forced.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'simulated' } }])
  })

  it('reports cache reads and writes apart from input, refusals and limits as its own stop reasons', async () => {
    simulator.queue(
      'anthropic',
      { text: 'x', usage: { input: 3, cached: 40, cacheWrite: 50, output: 6, reasoning: 4 } },
      { refusal: 'No.' },
      { text: 'cut', finish: 'length' },
    )
    expect((await client.messages.create(body)).usage).toMatchObject({
      input_tokens: 3,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 50,
      output_tokens: 10,
      output_tokens_details: { thinking_tokens: 4 },
    })
    expect(await client.messages.create(body)).toMatchObject({
      stop_reason: 'refusal',
      content: [],
      stop_details: { explanation: 'No.' },
    })
    expect((await client.messages.create(body)).stop_reason).toBe('max_tokens')
  })

  it('refuses what Anthropic refuses, in its words', async () => {
    const toolUse = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }] }
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] }
    const cases: readonly [object, RegExp][] = [
      [{ ...body, max_tokens: undefined }, /max_tokens: Field required/],
      [{ ...body, messages: [] }, /at least one message/],
      [{ ...body, temperature: 1 }, /temperature: Extra inputs are not permitted/],
      [{ ...body, frequency_penalty: 1 }, /frequency_penalty: Extra inputs/],
      [{ ...body, messages: [{ role: 'tool', content: 'x' }] }, /Unexpected role .*tool/],
      [{ ...body, messages: [{ role: 'user', content: 'x', provider_state: {} }] }, /messages\.0\.provider_state: Extra inputs/],
      [{ ...body, messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, /must be non-empty/],
      [{ ...body, messages: [...messages, toolUse] }, /`tool_use` ids were found without/],
      [{ ...body, messages: [...messages, toolUse, { role: 'user', content: 'so?' }] }, /`tool_use` ids were found without/],
      [{ ...body, messages: [result] }, /unexpected `tool_use_id`/],
      [{ ...body, messages: [...messages, { role: 'assistant', content: 'I thi' }] }, /prefill/],
      [{ ...body, tools: [{ name: 'x', input_schema: {} }] }, /input_schema\.type: Field required/],
      [{ ...body, model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 600 } }, /greater than or equal to 1024/],
    ]
    for (const [request, message] of cases) {
      const error = await caught(client.post('/v1/messages', { body: request }))
      expect(error, JSON.stringify(request)).toBeInstanceOf(Anthropic.BadRequestError)
      expect(String(error)).toMatch(message)
    }
    expect(
      await caught(client.post('/v1/messages', { body: { ...body, messages: [...messages, toolUse, result] } })),
    ).toBeUndefined()
  })

  it('accepts sampling parameters under the old version', async () => {
    const request = { body: { ...body, temperature: 0.5 }, headers: { 'anthropic-version': '2023-06-01' } }
    expect(await caught(client.post('/v1/messages', request))).toBeUndefined()
    expect(await caught(client.post('/v1/messages', { ...request, body: { ...body, temperature: 1.5 } }))).toMatchObject({
      status: 400,
    })
  })

  it('gives errors the classes that the SDK knows', async () => {
    const cases = [
      ['bad-key', Anthropic.AuthenticationError],
      ['permission', Anthropic.PermissionDeniedError],
      ['model-not-found', Anthropic.NotFoundError],
      ['rate-limit', Anthropic.RateLimitError],
      ['quota', Anthropic.RateLimitError],
      ['overloaded', Anthropic.InternalServerError],
      ['http-402', Anthropic.APIError],
      ['http-413', Anthropic.APIError],
      ['http-503', Anthropic.InternalServerError],
      ['reset-before-headers', Anthropic.APIConnectionError],
    ] as const
    for (const [fault, expected] of cases) {
      simulator.failOnce('anthropic', fault)
      expect(await caught(client.messages.create(body)), fault).toBeInstanceOf(expected)
    }
    simulator.failOnce('anthropic', 'overloaded')
    expect(await caught(client.messages.create(body))).toMatchObject({ status: 529, type: 'overloaded_error' })
    expect(await caught(client.messages.create(body, { headers: { authorization: null, 'x-api-key': null } }))).toBeInstanceOf(
      Anthropic.AuthenticationError,
    )
  })

  it('breaks streams with its own error event', async () => {
    simulator.failOnce('anthropic', 'error-mid-stream')
    const texts: string[] = []
    const error = await caught(
      (async () => {
        for await (const event of client.messages.stream(body)) texts.push(event.type)
      })(),
    )
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect(error).toMatchObject({ type: 'overloaded_error' })
    expect(texts).toContain('content_block_delta')
  })

  it('lists models', async () => {
    const names: string[] = []
    for await (const model of client.models.list()) names.push(model.id)
    expect(names).toEqual(['simulated-model'])
  })
})
