import { describe, expect, it, vi } from 'vitest'
import { familyModels } from '../../src/catalog/models/family.ts'
import { compilePrices } from '../../src/catalog/prices.ts'
import { Secret } from '../../src/contracts/secret.ts'
import * as vendors from '../../src/providers/family/index.ts'
import { bodyOf, callOf, failureOf, refused, request, wired } from './family-bench.ts'
import type { Factory } from './family-bench.ts'

const { openaiCompatible, ...rows } = vendors
const acme: Factory = ({ baseURL = 'https://api.acme.example/v1', ...rest }) => openaiCompatible({ ...rest, id: 'acme', baseURL })

const tools = [
  { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {}, additionalProperties: false } } },
  { type: 'function', function: { name: 'g', description: 'G', parameters: { type: 'object', properties: {} } } },
]
const plain: Factory = (options) =>
  rows.deepseek({ ...options, profile: { maxTokensField: 'max_completion_tokens', flatText: false } })
const variant: Factory = (options) =>
  rows.groq({ ...options, profile: { variants: [{ model: /^my-/, profile: { effort: { low: { think: 1 } } } }] } })
const stubborn: Factory = (options) => rows.xai({ ...options, profile: { effort: { low: { reasoning_effort: 'low' } } } })

describe('the rows', () => {
  it.each([
    [rows.xai, 'https://api.x.ai/v1/chat/completions', 'XAI_API_KEY'],
    [rows.deepseek, 'https://api.deepseek.com/chat/completions', 'DEEPSEEK_API_KEY'],
    [rows.groq, 'https://api.groq.com/openai/v1/chat/completions', 'GROQ_API_KEY'],
    [rows.together, 'https://api.together.xyz/v1/chat/completions', 'TOGETHER_API_KEY'],
    [rows.fireworks, 'https://api.fireworks.ai/inference/v1/chat/completions', 'FIREWORKS_API_KEY'],
    [rows.openrouter, 'https://openrouter.ai/api/v1/chat/completions', 'OPENROUTER_API_KEY'],
    [rows.cerebras, 'https://api.cerebras.ai/v1/chat/completions', 'CEREBRAS_API_KEY'],
    [rows.cohere, 'https://api.cohere.com/v2/chat', 'COHERE_API_KEY'],
    [rows.nvidia, 'https://integrate.api.nvidia.com/v1/chat/completions', 'NVIDIA_API_KEY'],
    [rows.huggingface, 'https://router.huggingface.co/v1/chat/completions', 'HF_TOKEN'],
    [rows.moonshot, 'https://api.moonshot.ai/v1/chat/completions', 'MOONSHOT_API_KEY'],
    [rows.qwen, 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions', 'DASHSCOPE_API_KEY'],
    [rows.zai, 'https://api.z.ai/api/paas/v4/chat/completions', 'ZAI_API_KEY'],
    [rows.ollama, 'http://localhost:11434/v1/chat/completions', null],
    [rows.vllm, 'http://localhost:8000/v1/chat/completions', null],
    [acme, 'https://api.acme.example/v1/chat/completions', null],
  ])('%#: go to their own address with their own key', async (create, url, key) => {
    const { adapter, sent } = wired(create)
    expect(adapter.key).toBe(key)
    await adapter.complete(callOf()).catch(() => undefined)
    expect(sent.map((one) => one.url)).toEqual([url])
    expect(sent[0]?.headers.get('authorization')).toBe(key === null ? null : 'Bearer sk-a-key-for-tests')
  })

  it('are tested here one by one, all of them', () => {
    expect(Object.keys(rows).toSorted()).toEqual(
      'cerebras cohere deepseek fireworks groq huggingface moonshot nvidia ollama openrouter qwen together vllm xai zai'.split(' '),
    )
  })

  it('send no authorisation where there is no key, whatever the environment holds', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-environment')
    for (const create of [rows.ollama, rows.vllm, acme]) {
      const { adapter, sent } = wired(create)
      await adapter.complete(callOf({ secret: new Secret('') }))
      expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([null])
    }
    vi.unstubAllEnvs()
  })

  it('authorise where a key is named, also at a server that needs none', async () => {
    const { adapter, sent } = wired(rows.vllm, { key: 'VLLM_KEY' })
    await adapter.complete(callOf())
    expect(adapter.key).toBe('VLLM_KEY')
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer sk-a-key-for-tests')
  })

  it('have a profile that a user may replace field by field, for some models only too', async () => {
    expect(await bodyOf(plain, { max_tokens: 5 })).toMatchObject({ max_completion_tokens: 5 })
    expect(await bodyOf(variant, { reasoning_effort: 'low' }, 'my-model')).toMatchObject({ think: 1 })
    expect(await bodyOf(variant, { reasoning_effort: 'low' })).toMatchObject({ reasoning_effort: 'low' })
    // The user's word counts for every model, also where the package knows better.
    expect(await bodyOf(stubborn, { reasoning_effort: 'low' }, 'grok-4.20')).toMatchObject({ reasoning_effort: 'low' })
  })

  it.each([
    [{ nonsense: true }, 'groq.profile.nonsense'],
    [{ multiSystem: 'yes' }, 'groq.profile.multiSystem'],
    [{ dropParams: {} }, 'groq.profile.dropParams'],
  ])('refuse a profile that is none: %j', (profile, field) => {
    expect(() => rows.groq({ profile: { ...Object(profile) } })).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })

  it.each([
    [{ baseURL: 'https://api.acme.example/v1' }, 'openaiCompatible.id'],
    [{ id: 'acme' }, 'openaiCompatible.baseURL'],
    [{ id: 'acme', baseURL: 'http://api.acme.example/v1' }, 'openaiCompatible.baseURL'],
    [{ id: 'acme', baseURL: 'https://api.acme.example/v1', profil: {} }, 'openaiCompatible.profil'],
  ])('refuse a server of which too little is said: %j', (options, field) => {
    expect(() => openaiCompatible({ ...Object(options) })).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })

  it('have cards whose prices can be reckoned with and whose replacements exist', () => {
    const ids = new Set(familyModels.map(({ provider, id }) => `${provider}/${id}`))
    for (const { provider, prices, lifecycle } of familyModels) {
      expect(Object.keys(rows)).toContain(provider)
      if (prices !== null) expect(compilePrices(prices)).not.toBeNull()
      if (lifecycle?.replacement !== undefined) expect(ids).toContain(`${provider}/${lifecycle.replacement}`)
    }
  })
})

describe('one request, side by side', () => {
  const fields = {
    max_tokens: 9,
    temperature: 0.5,
    seed: 7,
    user: 'u',
    store: true,
    reasoning_effort: 'high',
    tools,
    tool_choice: 'auto',
  }
  const common = { messages: request.messages, temperature: 0.5 }

  it.each([
    [rows.xai, 'grok-4.3', { max_completion_tokens: 9, seed: 7, user: 'u', reasoning_effort: 'high', tool_choice: 'auto' }],
    [
      rows.deepseek,
      'deepseek-flash',
      { max_tokens: 9, thinking: { type: 'enabled' }, reasoning_effort: 'high', tools, tool_choice: 'auto' },
    ],
    [
      rows.groq,
      'openai/gpt-oss-20b',
      { max_completion_tokens: 9, seed: 7, user: 'u', reasoning_effort: 'high', tools, tool_choice: 'auto' },
    ],
    [
      rows.openrouter,
      'a/b',
      { max_tokens: 9, seed: 7, user: 'u', reasoning: { effort: 'high' }, tools, tool_choice: 'auto', usage: { include: true } },
    ],
    [rows.moonshot, 'kimi-k3', { max_tokens: 9, thinking: { type: 'enabled' }, tools, tool_choice: 'auto' }],
    [rows.qwen, 'qwen3-max', { max_tokens: 9, seed: 7, enable_thinking: true, tools, tool_choice: 'auto' }],
    [rows.zai, 'glm-5.3', { max_tokens: 9, thinking: { type: 'enabled' }, reasoning_effort: 'high', tools, tool_choice: 'auto' }],
    [rows.ollama, 'llama', { max_tokens: 9, seed: 7, reasoning_effort: 'high', tools }],
    [acme, 'any', { max_tokens: 9, seed: 7, user: 'u', reasoning_effort: 'high', tools, tool_choice: 'auto' }],
  ])('%# is written as the vendor reads it', async (create, model, own) => {
    const { tools: sent, ...body } = await bodyOf(create, fields, model)
    const { tools: expected = sent, ...rest } = { tools: undefined, ...own }
    expect(body).toEqual({ model, ...common, ...rest })
    expect(sent).toEqual(expected)
  })

  it('says beforehand what will be left out', () => {
    const support = rows.deepseek({}).supports({ ...request, ...Object(fields) }, undefined, 'deepseek-flash')
    expect(support).toEqual({ level: 'yes', dropped: ['store', 'seed', 'user'] })
  })

  it('asks for usage on streams where it must be asked for, and never on unary calls', async () => {
    for (const [create, expected] of [
      [rows.groq, { include_usage: true }],
      [(options: vendors.CompatibleOptions) => acme({ ...options, profile: { streamUsage: 'always' } }), undefined],
    ] as const) {
      const { adapter, sent } = wired(create)
      const chunks = adapter.stream(
        callOf({ request: { ...request, stream: true, stream_options: { include_obfuscation: true } } }),
      )
      for await (const _ of chunks) continue
      expect(sent[0]?.body['stream']).toBe(true)
      expect(sent[0]?.body['stream_options']).toEqual(expected)
    }
    expect(await bodyOf(rows.groq, { stream_options: null })).not.toHaveProperty('stream_options')
  })

  it('merges provider options last', async () => {
    const { adapter, sent } = wired(rows.openrouter)
    await adapter.complete(callOf({ providerOptions: { provider: { order: ['x'] }, usage: { include: false } } }))
    expect(sent[0]?.body).toMatchObject({ provider: { order: ['x'] }, usage: { include: false } })
  })
})

describe('what a row refuses before any call', () => {
  const image = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
      ],
    },
  ]

  it.each([
    [rows.deepseek, 'deepseek-v4-pro', { messages: image }, 'messages[0].content[1]'],
    [rows.deepseek, 'deepseek-v4-pro', { n: 2 }, 'n'],
    [rows.deepseek, 'deepseek-v4-pro', { tools, tool_choice: 'required', reasoning_effort: 'high' }, 'tool_choice'],
    [rows.xai, 'grok-4.3', { stop: ['x'] }, 'stop'],
    [rows.groq, 'llama', { logprobs: true }, 'logprobs'],
    [rows.ollama, 'llama', { tools, tool_choice: 'required' }, 'tool_choice'],
    [rows.cerebras, 'gpt-oss-120b', { messages: image }, 'messages[0].content[1]'],
    [acme, 'any', { web_search_options: { a: 1 } }, 'web_search_options'],
    [acme, 'any', { web_search_options: {} }, 'web_search_options'],
    [acme, 'any', { tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'tools[0]'],
    [acme, 'any', { modalities: ['text', 'audio'] }, 'modalities'],
  ])('%# names the field', (create, model, fields, field) => {
    expect(create({}).supports({ ...request, ...Object(fields) }, undefined, model)).toMatchObject({ level: 'no', field })
  })

  it('takes what means nothing, and images where the model sees', async () => {
    const nothing = { n: 1, logprobs: false, modalities: ['text'], functions: [] }
    expect(rows.deepseek({}).supports({ ...request, ...Object(nothing) }, undefined, 'deepseek-flash')).toEqual({
      level: 'yes',
      dropped: [],
    })
    expect(rows.deepseek({}).supports({ ...request, ...Object({ messages: image }) }, undefined, 'deepseek-flash').level).toBe(
      'yes',
    )
    expect(await bodyOf(rows.deepseek, nothing)).not.toHaveProperty('modalities')
  })
})

describe('errors in the words of these vendors', () => {
  it.each([
    [
      rows.deepseek,
      402,
      { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } },
      'quota',
    ],
    [rows.deepseek, 400, { error: { message: 'Content Exists Risk', code: 'invalid_request_error' } }, 'content_filter'],
    [rows.deepseek, 400, { error: { message: 'The supported API model names are a or b, but you passed c.' } }, 'not_found'],
    [
      rows.groq,
      400,
      { error: { message: 'Failed to call a function.', code: 'tool_use_failed', failed_generation: 'x' } },
      'server',
    ],
    [rows.xai, 400, { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: x' }, 'auth'],
    [
      rows.xai,
      429,
      { code: 'x', error: 'Your team has used all available credits or reached its monthly spending limit' },
      'quota',
    ],
    [rows.openrouter, 402, { error: { message: 'Insufficient credits', code: 402 } }, 'quota'],
    [
      rows.openrouter,
      403,
      { error: { message: 'Your chosen model requires moderation and your input was flagged', code: 403 } },
      'content_filter',
    ],
    [rows.openrouter, 400, { error: { message: 'x/y is not a valid model ID', code: 400 } }, 'not_found'],
    [rows.zai, 429, { error: { code: '1113', message: 'Insufficient balance' } }, 'quota'],
    [rows.zai, 400, { error: { code: '1261', message: 'Prompt too long' } }, 'context_length'],
    [rows.zai, 429, { error: { code: '1302', message: 'High concurrency' } }, 'rate_limit'],
    [rows.moonshot, 429, { error: { message: 'x', type: 'engine_overloaded_error' } }, 'overloaded'],
    [rows.moonshot, 429, { error: { message: 'x', type: 'exceeded_current_quota_error' } }, 'quota'],
    [rows.qwen, 400, { error: { message: 'x', code: 'data_inspection_failed' } }, 'content_filter'],
    [rows.cohere, 400, { message: 'too many tokens: size limit exceeded by 5 tokens.' }, 'context_length'],
    [rows.ollama, 400, { error: { message: 'prompt too long; exceeded max context length by 9 tokens' } }, 'context_length'],
    [rows.ollama, 404, { error: { message: 'model "x" not found, try pulling it first' } }, 'not_found'],
    [
      rows.cerebras,
      400,
      { message: 'Current length is 9000 while limit is 8192', code: 'context_length_exceeded' },
      'context_length',
    ],
    [
      rows.vllm,
      400,
      { object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400 },
      'context_length',
    ],
    [acme, 429, { detail: 'slow down' }, 'rate_limit'],
  ])('%# are understood', async (create, status, body, kind) => {
    expect(await refused(create, status, body)).toMatchObject({ kind, status })
  })

  it.each([
    [{ code: 'Some resource has been exhausted', error: 'Too many requests' }, 'malformed'],
    [{ choices: [{ message: { content: '' }, finish_reason: 'error', error: { code: 429, message: 'x' } }] }, 'rate_limit'],
  ])('%# are errors with status 200 too, whole or in a choice', async (body, kind) => {
    const { adapter } = wired(rows.openrouter, { reply: () => Response.json(body) })
    expect(await failureOf(rows.openrouter, adapter.complete(callOf()))).toMatchObject({ kind })
  })
})
