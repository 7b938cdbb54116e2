import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'

let simulator: VendorSimulator
let client: GoogleGenAI

beforeAll(async () => {
  simulator = await vendorSimulator({ keys: { google: ['AIza-right', 'token'] } })
  client = new GoogleGenAI({ apiKey: 'AIza-right', apiVersion: 'v1beta', httpOptions: { baseUrl: simulator.google.baseURL } })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const model = 'gemini-3.5-flash-lite'
const contents = [{ role: 'user', parts: [{ text: 'What is the tallest lighthouse?' }] }]
const declarations = [
  { name: 'weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
]
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error)

async function post(body: object): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${simulator.google.baseURL}/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'AIza-right' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text() }
}

describe('the simulator as Google, through @google/genai', () => {
  it('answers, and streams the same answer', async () => {
    const whole = await client.models.generateContent({ model, contents })
    expect(whole.candidates?.[0]?.finishReason).toBe('STOP')
    expect(whole.usageMetadata).toMatchObject({ promptTokenCount: 8 })
    expect(whole.modelVersion).toBe(model)
    const texts: string[] = []
    let last
    for await (const chunk of await client.models.generateContentStream({ model, contents })) {
      texts.push(chunk.text ?? '')
      last = chunk
    }
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.join('')).toBe(whole.text)
    expect(last?.usageMetadata).toEqual(whole.usageMetadata)
  })

  it('is reached under v1, and as Vertex AI with a project and in express mode', async () => {
    const v1 = new GoogleGenAI({ apiKey: 'AIza-right', apiVersion: 'v1', httpOptions: { baseUrl: simulator.google.baseURL } })
    const express = new GoogleGenAI({ vertexai: true, apiKey: 'AIza-right', httpOptions: { baseUrl: simulator.google.baseURL } })
    for (const one of [v1, express]) expect((await one.models.generateContent({ model, contents })).text).toMatch(/simulated/)
    const vertex = await fetch(
      `${simulator.google.baseURL}/v1beta1/projects/p/locations/eu/publishers/google/models/${model}:generateContent`,
      {
        method: 'POST',
        headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
        body: JSON.stringify({ contents }),
      },
    )
    expect(vertex.status).toBe(200)
    expect(simulator.requests.map(({ model: asked }) => asked)).toEqual([model, model, model])
  })

  it('streams a JSON array without alt=sse', async () => {
    const response = await fetch(`${simulator.google.baseURL}/v1beta/models/${model}:streamGenerateContent?key=AIza-right`, {
      method: 'POST',
      body: JSON.stringify({ contents }),
    })
    const chunks: unknown = await response.json()
    expect(Array.isArray(chunks) && chunks.length).toBeGreaterThan(2)
  })

  it('calls functions with ids and one signature a step, forced or scripted', async () => {
    const config = { tools: [{ functionDeclarations: declarations }] }
    const forced = await client.models.generateContent({
      model,
      contents,
      config: { ...config, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } },
    })
    expect(forced.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'simulated' }, id: expect.any(String) }])
    simulator.answer('google', { toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }, { name: 'weather' }] })
    const parts = []
    for await (const chunk of await client.models.generateContentStream({ model, contents, config })) {
      parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []))
    }
    expect(parts.filter(({ functionCall }) => functionCall).map(({ thoughtSignature }) => typeof thoughtSignature)).toEqual([
      'string',
      'undefined',
    ])
    const old = await client.models.generateContent({ model: 'gemini-2.5-flash', contents, config })
    expect(old.functionCalls?.[0]).not.toHaveProperty('id')
  })

  it('reports thoughts, cache reads and safety stops as Google does', async () => {
    simulator.queue(
      'google',
      { text: 'x', reasoning: 'thinking aloud', usage: { input: 5, cached: 10, output: 2, reasoning: 30 } },
      { text: '', finish: 'content_filter' },
    )
    const thought = await client.models.generateContent({ model, contents })
    expect(thought.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ thought: true, text: 'thinking aloud' })
    expect(thought.usageMetadata).toMatchObject({
      promptTokenCount: 15,
      cachedContentTokenCount: 10,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 30,
      totalTokenCount: 47,
    })
    expect((await client.models.generateContent({ model, contents })).candidates?.[0]?.finishReason).toBe('SAFETY')
  })

  it('answers in the shape of a JSON schema and embeds', async () => {
    const responseJsonSchema = { type: 'object', properties: { yes: { type: 'boolean' } }, required: ['yes'] }
    const shaped = await client.models.generateContent({
      model,
      contents,
      config: { responseMimeType: 'application/json', responseJsonSchema },
    })
    expect(JSON.parse(shaped.text ?? '')).toEqual({ yes: true })
    const embedded = await client.models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'] })
    expect(embedded.embeddings).toHaveLength(2)
  })

  it('refuses what Google refuses, in its words', async () => {
    const call = { functionCall: { name: 'weather', args: {} }, thoughtSignature: 'c2ln' }
    const response = { functionResponse: { name: 'weather', response: { output: 'rain' } } }
    const cases: readonly [object, RegExp][] = [
      [{ contents: [] }, /contents is not specified/],
      [{ contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, /valid role: user, model/],
      [{ contents: [{ role: 'user', parts: [] }] }, /parts must not be empty/],
      [{ contents: [{ role: 'user', parts: [{}] }] }, /required oneof field 'data'/],
      [{ contents, messages: [] }, /Unknown name "messages"/],
      [{ contents, generationConfig: { max_tokens: 3 } }, /Unknown name "max_tokens" at 'generation_config'/],
      [{ contents, generationConfig: { temperature: 9 } }, /temperature value of 9/],
      [
        { contents: [...contents, { role: 'model', parts: [call, call] }, { role: 'user', parts: [response] }] },
        /number of function response parts/,
      ],
      [{ contents: [...contents, { role: 'user', parts: [response] }] }, /comes immediately after a function call turn/],
      [
        {
          contents: [
            ...contents,
            { role: 'model', parts: [{ functionCall: call.functionCall }] },
            { role: 'user', parts: [response] },
          ],
        },
        /missing a thought_signature/,
      ],
      [
        {
          contents: [
            ...contents,
            { role: 'model', parts: [call] },
            { role: 'user', parts: [{ functionResponse: { name: 'w', response: 'x' } }] },
          ],
        },
        /protobuf\.Struct/,
      ],
      [{ contents, tools: [{ functionDeclarations: [{ name: '1st' }] }] }, /Invalid function name/],
    ]
    for (const [body, message] of cases) {
      const { status, text } = await post(body)
      expect(status, JSON.stringify(body)).toBe(400)
      expect(JSON.parse(text).error.message).toMatch(message)
    }
    const round = { contents: [...contents, { role: 'model', parts: [call] }, { role: 'user', parts: [response] }] }
    expect((await post(round)).status).toBe(200)
  })

  it('gives errors that the SDK reads, with the retry delay in their details', async () => {
    const cases = [
      ['bad-key', 400, /API_KEY_INVALID/],
      ['permission', 403, /PERMISSION_DENIED/],
      ['model-not-found', 404, /NOT_FOUND/],
      ['quota', 429, /PerDay/],
      ['overloaded', 503, /UNAVAILABLE/],
    ] as const
    for (const [fault, status, message] of cases) {
      simulator.failOnce('google', fault)
      const error = await caught(client.models.generateContent({ model, contents }))
      expect(error, fault).toBeInstanceOf(ApiError)
      expect(error).toMatchObject({ status, message: expect.stringMatching(message) })
    }
    simulator.failOnce('google', 'rate-limit', { retryAfter: { seconds: 34 } })
    expect(String(await caught(client.models.generateContent({ model, contents })))).toContain('"retryDelay":"34s"')
    simulator.failOnce('google', 'error-mid-stream')
    const broken = caught(
      (async () => {
        for await (const chunk of await client.models.generateContentStream({ model, contents })) void chunk
      })(),
    )
    expect(await broken).toMatchObject({ status: 503 })
    const wrong = new GoogleGenAI({
      apiKey: 'AIza-wrong',
      apiVersion: 'v1beta',
      httpOptions: { baseUrl: simulator.google.baseURL },
    })
    expect(await caught(wrong.models.generateContent({ model, contents }))).toMatchObject({ status: 400 })
  })
})
