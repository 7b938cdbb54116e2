import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { bodyOf, callOf, kindOf } from './google-fixtures.ts'

const settingsOf = async (request: Parameters<typeof bodyOf>[0], model = 'gemini-3-flash') =>
  (await bodyOf(request, { model }))['generationConfig']
const supports = (request: Parameters<typeof callOf>[0], model = 'gemini-3-flash', adapter = google()) =>
  adapter.supports(callOf(request).request, undefined, model)
const tools: NonNullable<ChatRequest['tools']> = [{ type: 'function', function: { name: 'f' } }]
const image = (url: string, detail?: 'low' | 'high'): ChatRequest['messages'] => [
  { role: 'user', content: [{ type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } }] },
]
const pixel = 'data:image/png;base64,aGk='

describe('Google: settings', () => {
  it('sends no setting that the caller did not give', async () => {
    expect(await bodyOf({})).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], generationConfig: {} })
  })

  it('translates sampling, limits and counts', async () => {
    const settings = await settingsOf({
      temperature: 0,
      top_p: 0.5,
      seed: 7,
      max_tokens: 5,
      max_completion_tokens: 9,
      stop: ['a', 'b'],
      n: 2,
      logprobs: true,
      top_logprobs: 3,
    })
    expect(settings).toEqual({
      temperature: 0,
      topP: 0.5,
      seed: 7,
      maxOutputTokens: 9,
      stopSequences: ['a', 'b'],
      candidateCount: 2,
      responseLogprobs: true,
      logprobs: 3,
    })
    expect(await settingsOf({ stop: 'a', n: 1, temperature: null })).toEqual({ stopSequences: ['a'] })
  })

  it('sends penalties only to the models that take them', async () => {
    const penalties = { presence_penalty: 0.5, frequency_penalty: 0.25 }
    expect(await settingsOf(penalties, 'gemini-2.0-flash')).toEqual({ presencePenalty: 0.5, frequencyPenalty: 0.25 })
    expect(await settingsOf(penalties, 'gemini-2.5-flash')).toEqual({})
    expect(supports(penalties)).toEqual({ level: 'yes', dropped: ['frequency_penalty', 'presence_penalty'] })
    expect(supports({ presence_penalty: 0 })).toEqual({ level: 'yes', dropped: [] })
  })

  it('asks for JSON, with the schema where there is one', async () => {
    expect(await settingsOf({ response_format: { type: 'json_object' } })).toEqual({ responseMimeType: 'application/json' })
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    expect(await settingsOf({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } })).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    })
    expect(await settingsOf({ response_format: { type: 'text' } })).toEqual({})
  })

  it('says how closely to look at images where all of them agree', async () => {
    expect(await settingsOf({ messages: image(pixel, 'low') })).toEqual({ mediaResolution: 'MEDIA_RESOLUTION_LOW' })
    expect(await settingsOf({ messages: [...image(pixel, 'low'), ...image(pixel, 'high')] })).toEqual({})
    expect(supports({ messages: [...image(pixel, 'low'), ...image(pixel, 'high')] })).toEqual({
      level: 'yes',
      dropped: ['messages[].content[].image_url.detail'],
    })
  })

  it('passes service tier and store on', async () => {
    expect(await bodyOf({ service_tier: 'flex', store: false })).toMatchObject({ serviceTier: 'flex', store: false })
    expect(await bodyOf({ service_tier: 'default' })).toMatchObject({ serviceTier: 'standard' })
    expect((await bodyOf({ service_tier: 'auto' }))['serviceTier']).toBeUndefined()
  })

  it('merges provider options last and deeply, adds tools, and sends what the SDK does not know', async () => {
    const providerOptions = {
      thinkingConfig: { thinkingBudget: 5 },
      temperature: 0.9,
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }],
      tools: [{ codeExecution: {} }],
      brandNew: { field: 1 },
      generationConfig: { fresh: true },
    }
    const body = await bodyOf({ tools, temperature: 0.1, reasoning_effort: 'low' }, { providerOptions })
    expect(body).toMatchObject({
      generationConfig: {
        temperature: 0.9,
        thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 5, includeThoughts: true },
        fresh: true,
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }],
      tools: [{ functionDeclarations: [{ name: 'f' }] }, { codeExecution: {} }],
      brandNew: { field: 1 },
    })
  })

  it('refuses provider options that would change where the request goes', async () => {
    expect(
      await kindOf(google().complete(callOf({}, { providerOptions: { httpOptions: { baseUrl: 'https://evil.example' } } }))),
    ).toBe('invalid_request')
  })
})

function dropped(reasoning_effort: 'none' | 'high', model: string) {
  const support = supports({ reasoning_effort }, model)
  return support.level === 'no' ? undefined : support.dropped
}

describe('Google: reasoning effort', () => {
  it.each([
    ['gemini-3-flash', 'none', { thinkingLevel: 'MINIMAL' }],
    ['gemini-3-flash', 'minimal', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
    ['gemini-3-flash', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3.8-flash', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3.5-flash-lite', 'minimal', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
    ['models/gemini-flash-latest', 'max', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', 'max', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 32_768, includeThoughts: true }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-3-27b-it', 'high', undefined],
    ['gemini-2.5-flash-image', 'high', undefined],
  ] as const)('%s thinks %s', async (model, reasoning_effort, thinkingConfig) => {
    expect(await settingsOf({ reasoning_effort }, model)).toEqual(thinkingConfig === undefined ? {} : { thinkingConfig })
  })

  it('says so where thinking cannot be switched off, or not on', () => {
    expect(dropped('none', 'gemini-3-flash')).toEqual(['reasoning_effort'])
    expect(dropped('none', 'gemini-2.5-pro')).toEqual(['reasoning_effort'])
    expect(dropped('none', 'gemini-2.5-flash')).toEqual([])
    expect(dropped('none', 'gemini-2.0-flash')).toEqual([])
    expect(dropped('high', 'gemini-2.0-flash')).toEqual(['reasoning_effort'])
  })
})

describe('Google: what it cannot serve', () => {
  it.each<[string, Parameters<typeof callOf>[0], string, string]>([
    ['custom tools', { tools: [...tools, { type: 'custom', custom: { name: 'c' } }] }, 'tools[1]', 'gemini-3-flash'],
    [
      'functions with a JSON answer on older models',
      { tools, response_format: { type: 'json_object' } },
      'response_format',
      'gemini-2.5-flash',
    ],
    ['functions with search on older models', { tools, web_search_options: {} }, 'web_search_options', 'gemini-2.5-flash'],
    ['functions on old Gemma', { tools }, 'tools', 'gemma-3-27b-it'],
    ['JSON on old Gemma', { response_format: { type: 'json_object' } }, 'response_format', 'gemma-3-27b-it'],
    ['spoken answers', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } }, 'modalities', 'gemini-3-flash'],
    ['streamed candidates', { n: 2, stream: true }, 'n', 'gemini-3-flash'],
    ['nine candidates', { n: 9 }, 'n', 'gemini-3-flash'],
    ['six stops', { stop: ['1', '2', '3', '4', '5', '6'] }, 'stop', 'gemini-3-flash'],
    [
      'images at an address that nobody fetches',
      { messages: image('ftp://example.com/a.png') },
      'messages[0].content[0].image_url.url',
      'gemini-3-flash',
    ],
    [
      "another vendor's file",
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      'messages[0].content[0].file.file_id',
      'gemini-3-flash',
    ],
  ])('%s: no, with the field', (_name, request, field, model) => {
    expect(supports(request, model)).toMatchObject({ level: 'no', field })
  })

  it('has no say in what only tunes: it is left out and named', () => {
    const request = {
      user: 'u',
      safety_identifier: 's',
      logit_bias: { 1: 1 },
      verbosity: 'low',
      prompt_cache_key: 'k',
      service_tier: 'scale',
      metadata: { A: 'b' },
    } as const
    expect(supports(request)).toEqual({
      level: 'yes',
      dropped: ['logit_bias', 'prompt_cache_key', 'safety_identifier', 'user', 'verbosity', 'service_tier', 'metadata'],
    })
  })

  it('emulates one call at a time', () => {
    expect(supports({ tools, parallel_tool_calls: false })).toMatchObject({ level: 'emulated' })
    expect(supports({ tools, parallel_tool_calls: true })).toMatchObject({ level: 'yes' })
  })

  it('lets Vertex fetch from the web and from Cloud Storage, and label requests', () => {
    expect(supports({ messages: image('https://example.com/a.png'), metadata: { team: 'a' } }, 'gemini-3-flash', vertex())).toEqual(
      { level: 'yes', dropped: [] },
    )
    expect(supports({ messages: image('gs://bucket/a.png') }, 'gemini-3-flash', vertex())).toMatchObject({ level: 'yes' })
    expect(supports({ store: true, metadata: { Team: 'a' } }, 'gemini-3-flash', vertex())).toEqual({
      level: 'yes',
      dropped: ['metadata', 'store'],
    })
  })
})
