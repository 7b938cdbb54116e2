import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'

let simulator: VendorSimulator
let client: OpenAI

beforeAll(async () => {
  simulator = await vendorSimulator()
  client = new OpenAI({ apiKey: 'sk-any', baseURL: simulator.openai.baseURL, maxRetries: 0 })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const model = 'gpt-6-sol'
const include = ['reasoning.encrypted_content' as const]
const call = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' } as const
const output = { type: 'function_call_output', call_id: 'c1', output: 'x' } as const

/** The error's parameter and message. */
async function refused(body: object): Promise<string> {
  const answer = await client.post('/responses', { body: { model, input: 'Hi', ...body } }).catch((error: unknown) => error)
  if (!(answer instanceof OpenAI.APIError)) throw new Error('it was accepted')
  return `${answer.status} ${answer.param ?? ''}: ${answer.message}`
}

describe('the simulator as OpenAI with Responses, through the openai package', () => {
  it('answers in the format, with encrypted reasoning where it is asked for', async () => {
    simulator.answer('openai', { text: 'Hello there', reasoning: 'Hm.', toolCalls: [{ name: 'f', arguments: { a: 1 } }] })
    const response = await client.responses.create({ model, input: 'Hi', include })
    expect(response).toMatchObject({ status: 'completed', model, output_text: 'Hello there', incomplete_details: null })
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call'])
    expect(response.output[0]).toMatchObject({ encrypted_content: expect.stringMatching(/^encrypted:/) })
    const plain = await client.responses.create({ model, input: 'Hi' })
    expect(plain.output[0]).not.toHaveProperty('encrypted_content')
  })

  it('streams the same answer, as the SDK itself adds it up', async () => {
    simulator.answer('openai', { text: 'Hello there', reasoning: 'Hm.', refusal: 'No more.', toolCalls: [{ name: 'f', id: 'c9' }] })
    const events: string[] = []
    const stream = client.responses.stream({ model, input: 'Hi' })
    for await (const { type } of stream) events.push(type)
    const final = await stream.finalResponse()
    expect(final.output_text).toBe('Hello there')
    expect(final.output.at(-1)).toMatchObject({ type: 'function_call', call_id: 'c9', arguments: '{}' })
    expect(events[0]).toBe('response.created')
    expect(events.at(-1)).toBe('response.completed')
  })

  it('says why an answer is cut', async () => {
    simulator.answer('openai', { text: 'Hel', finish: 'length' })
    expect(await client.responses.create({ model, input: 'Hi' })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    })
  })

  it.each([
    ['a field of chat completions', { messages: [] }, /400 messages: .*Unknown parameter/],
    ['a tool that is not flat', { tools: [{ type: 'function', function: { name: 'f' } }] }, /400 tools\[0\]\.name/],
    ['a result without its call', { input: [output] }, /No tool call found/],
    ['a call without its result', { input: [call] }, /No tool output found/],
    ['an id that is too long', { input: [{ ...call, call_id: 'x'.repeat(65) }] }, /string too long/],
    ['reasoning that nobody has', { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }] }, /404 input: .*not found/],
    [
      'reasoning of others',
      { input: [{ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'x' }] },
      /could not be verified/,
    ],
    ['a limit below the least', { max_output_tokens: 15 }, /minimum value/],
    ['sampling while it reasons', { temperature: 0 }, /400 temperature/],
    ['the wrong part for a role', { input: [{ role: 'user', content: [{ type: 'output_text', text: 'x' }] }] }, /Invalid value/],
  ])('refuses %s', async (_what, body, words) => {
    expect(await refused(body)).toMatch(words)
  })
})
