import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { translate } from '../../src/providers/bedrock/request.ts'
import { bedrockDialect } from '../../src/testing/simulator/bedrock.ts'
import { image, toolConversation, tools } from '../../src/testing/conformance/requests.ts'

const claude = 'us.anthropic.claude-sonnet-4-6'
const haiku45 = 'us.anthropic.claude-haiku-4-5-20251001-v1:0'
const newestClaude = 'global.anthropic.claude-opus-5-5'
const nova = 'us.amazon.nova-lite-v1:0'
const nova2 = 'us.amazon.nova-2-lite-v1:0'
const titan = 'amazon.titan-text-express-v1'
const llama = 'meta.llama3-3-70b-instruct-v1:0'
const mistralLarge = 'mistral.mistral-large-2407-v1:0'
const gptOss = 'openai.gpt-oss-120b-1:0'
const deepseekR1 = 'us.deepseek.r1-v1:0'
const all = [claude, haiku45, newestClaude, nova, nova2, titan, llama, mistralLarge, gptOss, deepseekR1]

type Messages = ChatRequest['messages']
type More = Partial<Omit<ChatRequest, 'stream'>> & { readonly stream?: boolean | null }

const hello: Messages = [{ role: 'user', content: 'Hello' }]

function translated(model: string, more: More = {}, messages: Messages = hello): ReturnType<typeof translate> {
  const request: ChatRequest = { model, messages, ...more, stream: false }
  return translate(request, { model, card: undefined })
}

function bodyOf(model: string, more: More = {}, messages: Messages = hello): Readonly<Record<string, unknown>> {
  return translated(model, more, messages).body
}

function support(model: string, more: More = {}, messages: Messages = hello): ReturnType<ReturnType<typeof bedrock>['supports']> {
  const request: ChatRequest =
    more.stream === true ? { model, messages, ...more, stream: true } : { model, messages, ...more, stream: false }
  return bedrock({ region: 'us-east-1' }).supports(request, undefined, model)
}

/** What the simulator's strict checks say of a body. */
function problem(model: string, body: Readonly<Record<string, unknown>>): unknown {
  const path = `/model/${encodeURIComponent(model)}/converse`
  const request = { method: 'POST', path, query: new URLSearchParams(), base: '', headers: { authorization: 'Bearer key' }, body }
  const turn = bedrockDialect.read(request)
  return turn === undefined ? 'no such path' : bedrockDialect.check(request, turn)?.body
}

const rich: Messages = [
  { role: 'system', content: 'Be brief.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: image } },
      { type: 'file', file: { filename: 'Q3 report_final.v2.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    ],
  },
]

describe('the body of Converse', () => {
  it('is what the SDK itself writes for the same input: no field of ours is unknown to it', async () => {
    const bodies = [
      bodyOf(claude, { tools, tool_choice: 'required', temperature: 0.5, stop: 'END', max_tokens: 9, metadata: { a: 'b' } }, rich),
      bodyOf(haiku45, { tools, reasoning_effort: 'high', service_tier: 'flex' }, toolConversation(['call_1', 'call_2'])),
      bodyOf(claude, {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'x', description: 'y', schema: { type: 'object', properties: {} } },
        },
      }),
      bodyOf(nova2, { web_search_options: {}, reasoning_effort: 'low' }),
    ]
    for (const body of bodies) {
      const written: string[] = []
      const client = new BedrockRuntimeClient({
        region: 'us-east-1',
        token: { token: 'x' },
        authSchemePreference: ['httpBearerAuth'],
        requestHandler: {
          handle: async ({ body: sent }: { body: Uint8Array }) => {
            written.push(new TextDecoder().decode(sent))
            return Promise.reject(new Error('seen'))
          },
        },
        maxAttempts: 1,
      })
      await client.send(Reflect.construct(ConverseCommand, [withBytes({ modelId: 'm', ...body })])).catch(() => undefined)
      expect(JSON.parse(written[0] ?? '')).toEqual(JSON.parse(JSON.stringify(body)))
    }
  })

  it.each(all)('passes the checks of the vendor for a conversation with foreign tool calls: %s', (model) => {
    for (const ids of [
      ['call_abc123', 'call_def456'],
      ['1', 'ünï ' + 'x'.repeat(80)],
      ['abcdefghi', 'abcdefghj'],
    ] as const) {
      expect(problem(model, bodyOf(model, {}, toolConversation(ids)))).toBeUndefined()
    }
  })

  it.each(all)('alternates, begins with the user and holds no blank text, whatever the order of the messages: %s', (model) => {
    const messages: Messages = [
      { role: 'assistant', content: 'Welcome.' },
      { role: 'system', content: 'Late instruction.' },
      { role: 'user', content: '  ' },
      { role: 'user', content: 'One' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'Two' },
        ],
      },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: 'A' },
      { role: 'assistant', content: 'B' },
      { role: 'user', content: 'Three' },
    ]
    const body = bodyOf(model, {}, messages)
    expect(problem(model, body)).toBeUndefined()
    expect(JSON.stringify(body)).toContain('Late instruction.')
  })

  it('puts instructions into the first user turn of a model that knows none', () => {
    const { body, emulated } = translated(titan, {}, [{ role: 'system', content: 'Be brief.' }, ...hello])
    expect(body).toEqual({ messages: [{ role: 'user', content: [{ text: 'Be brief.' }, { text: 'Hello' }] }] })
    expect(emulated).toBe(true)
  })

  it('orders text before calls, and results first in the turn that answers them', () => {
    const messages: Messages = [
      ...hello,
      { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'now', arguments: '' } }] },
      { role: 'assistant', content: 'I look.' },
      { role: 'tool', tool_call_id: 'a', content: '' },
      { role: 'user', content: 'And?' },
    ]
    expect(bodyOf(claude, { tools }, messages)['messages']).toEqual([
      { role: 'user', content: [{ text: 'Hello' }] },
      { role: 'assistant', content: [{ text: 'I look.' }, { toolUse: { toolUseId: 'a', name: 'now', input: {} } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: '' }] } }, { text: 'And?' }] },
    ])
  })
})

describe('the family of a model', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012'
  const asked: More = { reasoning_effort: 'high' }

  it.each([
    claude,
    'anthropic.claude-sonnet-4-6',
    'apac.anthropic.claude-sonnet-4-6',
    `${arn}:inference-profile/us.anthropic.claude-sonnet-4-6`,
  ])('is told from a model id, a profile of any geography and an ARN: %s', (model) => {
    expect(bodyOf(model, asked)['additionalModelRequestFields']).toMatchObject({ thinking: { type: 'adaptive' } })
  })

  it("is told by the card where the ARN is one of the user's own", () => {
    const model = `${arn}:application-inference-profile/abc123`
    const request: ChatRequest = { model, messages: hello, reasoning_effort: 'high' }
    const card = {
      provider: 'bedrock',
      id: model,
      aliases: [claude],
      tier: 'standard',
      input: ['text'],
      features: [],
      prices: null,
    } as const
    expect(translate(request, { model, card }).body['additionalModelRequestFields']).toMatchObject({
      thinking: { type: 'adaptive' },
    })
    expect(translate(request, { model, card: undefined }).dropped).toEqual(['reasoning_effort'])
  })

  it.each([
    ['anthropic.claude-v2:1', false],
    ['anthropic.claude-instant-v1', false],
    ['anthropic.claude-3-haiku-20240307-v1:0', true],
    ['global.anthropic.claude-opus-9', true],
    ['amazon.titan-text-lite-v1', false],
    ['mistral.mistral-7b-instruct-v0:2', false],
    ['meta.llama3-2-1b-instruct-v1:0', false],
    ['meta.llama3-1-70b-instruct-v1:0', true],
    ['ai21.jamba-1-5-mini-v1:0', true],
    ['someone.new-model-v1:0', true],
  ])('%s calls tools: %s', (model, calls) => {
    expect(support(model, { tools }).level).toBe(calls ? 'yes' : 'no')
  })
})

describe('tools', () => {
  it('names the tools of the history where the request has none, or rules them out', () => {
    const messages = toolConversation(['call_1', 'call_2'])
    for (const more of [{}, { tools, tool_choice: 'none' as const }]) {
      const { body, emulated } = translated(claude, more, messages)
      expect(emulated).toBe(true)
      expect(body['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'get_weather' } }, { toolSpec: { name: 'now' } }] })
      expect(JSON.stringify(body['toolConfig'])).toContain('cannot be called any more')
    }
    expect(bodyOf(claude, { tools, tool_choice: 'none' })).not.toHaveProperty('toolConfig')
  })

  it('tells calls in words where the model knows no tools, and refuses tools there', () => {
    const body = bodyOf(deepseekR1, {}, toolConversation(['call_1', 'call_2']))
    expect(JSON.stringify(body)).not.toMatch(/toolUse|toolResult|toolConfig/)
    expect(JSON.stringify(body)).toContain('rain, 7 degrees')
    expect(support(deepseekR1, { tools })).toMatchObject({ level: 'no', field: 'tools' })
    expect(support(titan, { tools })).toMatchObject({ level: 'no', field: 'tools' })
  })

  it('refuses tools in a stream where the model calls none while it streams', () => {
    expect(support(llama, { tools, stream: true })).toMatchObject({ level: 'no', field: 'tools' })
    expect(support(llama, { tools })).toMatchObject({ level: 'yes' })
  })

  it('gives every tool a description, and keeps the top of a schema plain where the model wants that', () => {
    const bare = [
      {
        type: 'function' as const,
        function: { name: 'f', parameters: { type: 'object', properties: {}, additionalProperties: false, $schema: 's' } },
      },
    ]
    expect(bodyOf(nova, { tools: bare })['toolConfig']).toEqual({
      tools: [{ toolSpec: { name: 'f', description: 'f', inputSchema: { json: { type: 'object', properties: {} } } } }],
    })
  })

  it('forces calls where the model can be forced, and says so where not', () => {
    expect(bodyOf(claude, { tools, tool_choice: 'required' })['toolConfig']).toMatchObject({ toolChoice: { any: {} } })
    const named = { type: 'function' as const, function: { name: 'now' } }
    expect(bodyOf(nova, { tools, tool_choice: named })['toolConfig']).toMatchObject({ toolChoice: { tool: { name: 'now' } } })
    expect(support(llama, { tools, tool_choice: 'required' })).toMatchObject({ level: 'no', field: 'tool_choice' })
    expect(support(mistralLarge, { tools, tool_choice: named })).toMatchObject({ level: 'no', field: 'tool_choice' })
    expect(support(newestClaude, { tools, tool_choice: 'required' })).toMatchObject({ level: 'no', field: 'tool_choice' })
  })

  it('offers only the allowed tools', () => {
    const tool_choice = {
      type: 'allowed_tools' as const,
      allowed_tools: { mode: 'auto' as const, tools: [{ type: 'function', function: { name: 'now' } }] },
    }
    const config = bodyOf(claude, { tools, tool_choice })['toolConfig']
    expect(config).toMatchObject({ tools: [{ toolSpec: { name: 'now' } }], toolChoice: { auto: {} } })
  })

  it("maps ids to nine characters for Mistral's models, one to one, and the same in a longer conversation", () => {
    const ids = Array.from({ length: 300 }, (_, index) => `tooluse_XX${index}`)
    const sent = (count: number): string[] => {
      const text = JSON.stringify(bodyOf(mistralLarge, { tools }, [...ids.slice(0, count).flatMap(step), ...hello]))
      return [...text.matchAll(/"toolUse":\{"toolUseId":"([^"]+)"/g)].map((match) => match[1] ?? '')
    }
    const mapped = sent(300)
    expect(new Set(mapped).size).toBe(300)
    expect(mapped.every((id) => /^[a-zA-Z0-9]{9}$/.test(id))).toBe(true)
    expect(mapped.slice(0, 100)).toEqual(sent(100))
  })
})

describe('parts', () => {
  it('sends images and documents as bytes, documents under neutral names of their own', () => {
    const [, user] = rich
    const twice: Messages = [...rich, ...(user === undefined ? [] : [user])]
    const body = bodyOf(claude, {}, twice)
    const names = [...JSON.stringify(body).matchAll(/"name":"([^"]+)"/g)].map((match) => match[1])
    expect(names).toEqual(['Q3 report-final-v2', 'Q3 report-final-v2 (2)'])
    expect(problem(claude, body)).toBeUndefined()
  })

  it('puts a text beside a document that stands alone', () => {
    const content = [{ type: 'file' as const, file: { filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' } }]
    expect(problem(claude, bodyOf(claude, {}, [{ role: 'user', content }]))).toBeUndefined()
  })

  it.each([
    ['an image at a private address', claude, { type: 'image_url', image_url: { url: 'http://10.0.0.1/a.png' } }, 'image_url.url'],
    ['an image for a model without eyes', titan, { type: 'image_url', image_url: { url: image } }, 'image_url'],
    [
      'a picture of an unknown kind',
      claude,
      { type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA==' } },
      'image_url.url',
    ],
    ['sound', claude, { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }, 'input_audio'],
    ['an uploaded file', claude, { type: 'file', file: { file_id: 'file-1' } }, 'file.file_id'],
  ] as const)('refuses %s before any call, naming the field', (_, model, part, field) => {
    const messages: Messages = [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }]
    expect(support(model, {}, messages)).toMatchObject({ level: 'no', field: `messages[0].content[1].${field}` })
  })

  it("puts the caller's cache breakpoints behind what they end, with their lifetime, where the model caches", () => {
    const content = [Object.assign({ type: 'text' as const, text: 'long' }, { cache_control: { type: 'ephemeral', ttl: '1h' } })]
    const messages: Messages = [{ role: 'system', content }, ...hello]
    expect(bodyOf(claude, {}, messages)['system']).toEqual([{ text: 'long' }, { cachePoint: { type: 'default', ttl: '1h' } }])
    expect(bodyOf(llama, {}, messages)['system']).toEqual([{ text: 'long' }])
  })
})

describe('settings', () => {
  it('translates limits, sampling and stops, and never sets what the caller did not', () => {
    expect(bodyOf(nova)).toEqual({ messages: [{ role: 'user', content: [{ text: 'Hello' }] }] })
    const { body, dropped } = translated(nova, { max_tokens: 10, temperature: 1.5, top_p: 0.5, stop: ['a', 'b'] })
    expect(body['inferenceConfig']).toEqual({ maxTokens: 10, temperature: 1, topP: 0.5, stopSequences: ['a', 'b'] })
    expect(dropped).toEqual(['temperature'])
    expect(translated(newestClaude, { temperature: 0.5 })).toMatchObject({ dropped: ['temperature'] })
    expect(translated(haiku45, { temperature: 0.5, top_p: 0.5 })).toMatchObject({ dropped: ['top_p'] })
    expect(bodyOf(haiku45, { temperature: 0, max_completion_tokens: 5 })['inferenceConfig']).toEqual({
      maxTokens: 5,
      temperature: 0,
    })
  })

  it.each([
    ['thinks within a budget', haiku45, { thinking: { type: 'enabled', budget_tokens: 16_384 } }],
    ['adapts', claude, { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } }],
    ['has three levels', nova2, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } }],
    ['has a field of its own', gptOss, { reasoning_effort: 'high' }],
  ])('asks for reasoning in the words of a model that %s', (_, model, fields) => {
    expect(bodyOf(model, { reasoning_effort: 'high' })['additionalModelRequestFields']).toEqual(fields)
    expect(bodyOf(model)).not.toHaveProperty('additionalModelRequestFields')
  })

  it('drops what only tunes and refuses what changes the answer', () => {
    const { dropped } = translated(claude, { seed: 1, user: 'u', presence_penalty: 1, logit_bias: { a: 1 }, verbosity: 'low' })
    expect(dropped).toEqual(['seed', 'user', 'presence_penalty', 'logit_bias', 'verbosity'])
    expect(translated(llama, { reasoning_effort: 'high' }).dropped).toEqual(['reasoning_effort'])
    expect(support(claude, { n: 2 })).toMatchObject({ level: 'no', field: 'n' })
    expect(support(claude, { logprobs: true })).toMatchObject({ level: 'no', field: 'logprobs' })
    expect(support(titan, { stop: 'x' })).toMatchObject({ level: 'no', field: 'stop' })
    expect(support(claude, { stop: [' '] })).toMatchObject({ level: 'no', field: 'stop[0]' })
    expect(support(claude, {}, [...hello, { role: 'assistant', content: 'Once' }])).toMatchObject({
      level: 'no',
      field: 'messages[1]',
    })
    expect(support(nova, {}, [...hello, { role: 'assistant', content: 'Once ' }])).toMatchObject({ level: 'yes' })
  })

  it('guarantees a schema where the model can, puts it in words where it need not be kept, and refuses the rest', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 2 } }, required: ['a'] }
    const format = (strict: boolean): More => ({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict } },
    })
    const structure = bodyOf(claude, format(true))['outputConfig']
    expect(structure).toMatchObject({ textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'x' } } } })
    expect(JSON.stringify(structure)).toContain('minLength')
    expect(JSON.stringify(bodyOf(nova, format(false))['system'])).toContain('JSON schema')
    expect(support(nova, format(true))).toMatchObject({ level: 'no', field: 'response_format.json_schema' })
  })

  it("merges the caller's own fields last, objects into objects", () => {
    const { body } = translate(
      { model: claude, messages: hello, max_tokens: 5 },
      { model: claude, card: undefined },
      {
        inferenceConfig: { topP: 0.9 },
        additionalModelRequestFields: { top_k: 3 },
        guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
      },
    )
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 5, topP: 0.9 },
      additionalModelRequestFields: { top_k: 3 },
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    })
  })
})

const blocks = [
  { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
  { toolUse: { toolUseId: 'tooluse_1', name: 'now', input: {} } },
]
function answer(provider_state: object): Messages {
  return [
    ...hello,
    Object.assign(
      {
        role: 'assistant' as const,
        content: null,
        tool_calls: [{ id: 'tooluse_1', type: 'function' as const, function: { name: 'now', arguments: '{}' } }],
      },
      { provider_state },
    ),
    { role: 'tool', tool_call_id: 'tooluse_1', content: '12:30' },
  ]
}

describe('state', () => {
  it('is replayed verbatim to a model of its family, and lets it think on', () => {
    const state = { v: 1, provider: 'bedrock', model: 'eu.anthropic.claude-sonnet-4-6', blocks }
    const body = bodyOf(haiku45, { tools, reasoning_effort: 'low' }, answer(state))
    expect(body['messages']).toMatchObject([{}, { content: blocks }, {}])
    expect(body['additionalModelRequestFields']).toMatchObject({ thinking: { type: 'enabled' } })
    expect(problem(haiku45, body)).toBeUndefined()
  })

  it.each([
    ['another provider', { v: 1, provider: 'anthropic', model: 'claude-sonnet-4-6', blocks }],
    ['a model of another family', { v: 1, provider: 'bedrock', model: nova2, blocks }],
    ['an answer that was edited since', { v: 1, provider: 'bedrock', model: claude, blocks: [...blocks, { text: 'more' }] }],
  ])('is left out where it comes from %s', (_, state) => {
    const { body, dropped } = translated(haiku45, { tools, reasoning_effort: 'low' }, answer(state))
    expect(JSON.stringify(body)).not.toContain('reasoningContent')
    expect(dropped).toEqual(['reasoning_effort'])
    expect(problem(haiku45, body)).toBeUndefined()
  })

  it('is left out by a Claude that binds it where it no longer fits, or here where thinking is off', () => {
    const state = { v: 1, provider: 'bedrock', model: 'x.anthropic.claude-haiku-5-5', blocks }
    const haiku55 = 'us.anthropic.claude-haiku-5-5'
    const fields = {
      thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } },
      anthropic_beta: ['thinking-binding-controls-2026-08-01'],
    }
    expect(bodyOf(haiku55, { tools }, answer(state))['additionalModelRequestFields']).toEqual(fields)
    expect(JSON.stringify(bodyOf(haiku55, { tools, reasoning_effort: 'none' }, answer(state)))).not.toMatch(
      /reasoningContent|binding/,
    )
    expect(bodyOf(haiku45, { tools }, answer(state))).not.toHaveProperty('additionalModelRequestFields')
  })

  it('is not replayed without a signature', () => {
    const unsigned = [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, ...blocks.slice(1)]
    const body = bodyOf(gptOss, { tools }, answer({ v: 1, provider: 'bedrock', model: gptOss, blocks: unsigned }))
    expect(JSON.stringify(body)).not.toContain('reasoningContent')
  })
})

/** One step of a conversation with a call of this id. */
function step(id: string): Messages {
  return [
    { role: 'user', content: 'go on' },
    { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name: 'now', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: id, content: 'ok' },
    { role: 'assistant', content: 'done' },
  ]
}

/** The SDK takes bytes where the wire has base64. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      key === 'bytes' && typeof each === 'string' ? new Uint8Array(Buffer.from(each, 'base64')) : withBytes(each),
    ]),
  )
}
