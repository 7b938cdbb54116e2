import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../../src/index.ts'
import { cerebras, deepseek, groq, openaiCompatible, qwen, vllm, xai, zai } from '../../src/providers/family/index.ts'
import { answer, answered, bodyOf, request, streamed, wired } from './family-bench.ts'
import type { Factory } from './family-bench.ts'

const acme: Factory = ({ baseURL = 'https://api.acme.example/v1', ...rest }) => openaiCompatible({ ...rest, id: 'acme', baseURL })
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const json_schema = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } }
const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object', properties: {} } } })

const profiled =
  (profile: object): Factory =>
  (options) =>
    acme({ ...options, profile })

describe('messages, as these servers take them', () => {
  it('are without what other vendors’ answers carry', async () => {
    const foreign = {
      role: 'assistant',
      content: null,
      refusal: null,
      annotations: [],
      audio: null,
      reasoning: 'r',
      tool_calls: [{ id: 'c', index: 0, type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: { s: 1 } }],
    }
    const messages = [
      { role: 'user', content: 'q', name: 'n' },
      foreign,
      { role: 'tool', tool_call_id: 'c', content: 'r', name: 'f' },
    ]
    expect((await bodyOf(acme, { messages }))['messages']).toEqual([
      { role: 'user', content: 'q' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ])
  })

  it('have a refusal as their text', async () => {
    const messages = [...request.messages, { role: 'assistant', content: null, refusal: 'no' }, ...request.messages]
    expect((await bodyOf(acme, { messages }))['messages']).toContainEqual({ role: 'assistant', content: 'no' })
  })

  it('have instructions as system messages, one or first where the server wants that', async () => {
    const messages = [
      { role: 'developer', content: 'a' },
      { role: 'system', content: [{ type: 'text', text: 'b' }] },
      { role: 'user', content: 'q' },
      { role: 'system', content: 'c' },
    ]
    const roles = async (create: Factory) => (await bodyOf(create, { messages }))['messages']
    expect(await roles(acme)).toEqual([{ role: 'system', content: 'a' }, ...messages.slice(1)])
    expect(await roles(profiled({ developerRole: true }))).toEqual(messages)
    const joined = { role: 'system', content: 'a\n\nb' }
    expect(await roles(profiled({ multiSystem: false }))).toEqual([joined, messages[2], messages[3]])
    expect(await roles(profiled({ systemFirstOnly: true }))).toEqual([{ role: 'system', content: 'a\n\nb\n\nc' }, messages[2]])
  })

  it('have all-text parts as one string where lists are not understood', async () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    expect((await bodyOf(cerebras, { messages: [{ role: 'user', content }] }))['messages']).toEqual([
      { role: 'user', content: 'a\nb' },
    ])
    expect((await bodyOf(acme, { messages: [{ role: 'user', content }] }))['messages']).toEqual([{ role: 'user', content }])
  })

  it('have ids of tool calls that the server accepts, the same for call and result, never the same for two', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }), async (ids) => {
        const messages = [
          ...request.messages,
          { role: 'assistant', tool_calls: ids.map((id) => ({ id, ...tool('f'), function: { name: 'f', arguments: '{}' } })) },
          ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'r' })),
        ]
        const { messages: sent } = await bodyOf(vllm, { messages }, 'mistralai/Mistral-Small')
        const list: unknown[] = Array.isArray(sent) ? sent : []
        const text = JSON.stringify(list[1])
        const called = [...text.matchAll(/"id":"([^"]*)"/g)].map(([, id]) => id)
        expect(called.every((id) => /^[a-zA-Z0-9]{9}$/.test(id ?? ''))).toBe(true)
        expect(new Set(called).size).toBe(ids.length)
        expect(list.slice(2)).toEqual(called.map((tool_call_id) => ({ role: 'tool', tool_call_id, content: 'r' })))
      }),
      { numRuns: 40 },
    )
    const messages = [...request.messages, { role: 'tool', tool_call_id: 'call_long_id_of_another_vendor', content: 'r' }]
    expect((await bodyOf(vllm, { messages }, 'qwen'))['messages']).toEqual(messages)
  })
})

function dropped(create: Factory, fields: object, model: string): unknown {
  const support = create({}).supports({ ...request, ...Object(fields) }, undefined, model)
  return support.level === 'no' ? support : support.dropped
}

describe('parameters, as these servers take them', () => {
  const penalties = { frequency_penalty: 0.5, presence_penalty: 0.5 }

  it('are left out where reasoning makes them meaningless, and only as long as the model reasons', async () => {
    expect(dropped(deepseek, penalties, 'deepseek-flash')).toEqual(['presence_penalty', 'frequency_penalty'])
    expect(await bodyOf(deepseek, penalties, 'deepseek-flash')).not.toHaveProperty('presence_penalty')
    const silent = { ...penalties, reasoning_effort: 'none' }
    expect(dropped(deepseek, silent, 'deepseek-flash')).toEqual([])
    expect(await bodyOf(deepseek, silent, 'deepseek-flash')).toMatchObject(penalties)
    expect(await bodyOf(deepseek, penalties, 'deepseek-chat')).toMatchObject(penalties)
  })

  it('are not sent to models that refuse them, even at the value that changes nothing', async () => {
    const none = { frequency_penalty: 0, presence_penalty: 0 }
    for (const model of ['grok-4.6', 'grok-4.20-0309-non-reasoning']) {
      expect(dropped(xai, none, model)).toEqual([])
      expect(await bodyOf(xai, none, model)).not.toHaveProperty('presence_penalty')
    }
    expect(await bodyOf(xai, { stop: ['END'] }, 'grok-4.20-0309-non-reasoning')).toMatchObject({ stop: ['END'] })
  })

  it('have the service tiers that the server has, in its words', async () => {
    expect(await bodyOf(xai, { service_tier: 'priority' })).toMatchObject({ service_tier: 'priority' })
    expect(await bodyOf(groq, { service_tier: 'default' })).toMatchObject({ service_tier: 'on_demand' })
    for (const [create, service_tier] of [
      [xai, 'flex'],
      [deepseek, 'priority'],
    ] as const) {
      expect(dropped(create, { service_tier }, 'm')).toEqual(['service_tier'])
      expect(await bodyOf(create, { service_tier })).not.toHaveProperty('service_tier')
    }
    for (const service_tier of ['auto', 'default'] as const) expect(dropped(deepseek, { service_tier }, 'm')).toEqual([])
    expect(dropped(xai, { service_tier: 'auto' }, 'm')).toEqual([])
    expect(await bodyOf(xai, { service_tier: 'auto' })).not.toHaveProperty('service_tier')
  })

  it('say what of a message or a stream is left out', () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'high' } }]
    const fields = { messages: [{ role: 'user', name: 'ada', content }], stream_options: { include_obfuscation: true } }
    expect(dropped(acme, fields, 'm')).toEqual(['stream_options.include_obfuscation', 'messages[].name'])
    const detail = 'messages[].content[].image_url.detail'
    expect(dropped(deepseek, fields, 'deepseek-flash')).toEqual(['stream_options.include_obfuscation', detail])
  })

  it('have stop sequences as a list, and images without detail where that is unknown', async () => {
    expect(await bodyOf(acme, { stop: 'END' })).toMatchObject({ stop: ['END'] })
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'high' } }]
    const sent = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]
    expect((await bodyOf(deepseek, { messages: [{ role: 'user', content }] }))['messages']).toEqual([
      { role: 'user', content: sent },
    ])
    expect((await bodyOf(acme, { messages: [{ role: 'user', content }] }))['messages']).toEqual([{ role: 'user', content }])
  })
})

describe('tools, as these servers take them', () => {
  const tools = [tool('f'), tool('g')]

  it('say that they have no parameters, and calls that they have no arguments', async () => {
    const messages = [
      ...request.messages,
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ]
    const body = await bodyOf(acme, { messages, tools: [{ type: 'function', function: { name: 'f' } }] })
    expect(body['tools']).toEqual([tool('f')])
    expect(JSON.stringify(body['messages'])).toContain('"arguments":"{}"')
  })

  it('are only the allowed ones, where the caller allows some', async () => {
    const tool_choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] },
    }
    expect(await bodyOf(acme, { tools, tool_choice })).toMatchObject({ tools: [tool('g')], tool_choice: 'required' })
  })

  it('are the named one alone where a tool cannot be named', async () => {
    const named = { type: 'function', function: { name: 'g' } }
    const create = profiled({ toolChoiceSubset: ['none', 'auto', 'required'] })
    expect(await bodyOf(create, { tools, tool_choice: named })).toMatchObject({ tools: [tool('g')], tool_choice: 'required' })
    expect(await bodyOf(qwen, { tools, tool_choice: named })).toMatchObject({ tools, tool_choice: named })
  })

  it('are left out for none where there is no such choice', async () => {
    expect(await bodyOf(profiled({ toolChoiceSubset: [] }), { tools, tool_choice: 'none' })).not.toHaveProperty('tools')
    expect(await bodyOf(acme, { tools: [], tool_choice: 'auto' })).not.toHaveProperty('tool_choice')
  })

  it('have open schemas where closed ones are refused, all the way down', async () => {
    const closed = {
      type: 'object',
      additionalProperties: false,
      properties: { additionalProperties: { type: 'object', additionalProperties: false } },
    }
    const body = await bodyOf(xai, { tools: [{ type: 'function', function: { name: 'f', parameters: closed } }] })
    expect(body['tools']).toEqual([
      {
        type: 'function',
        function: { name: 'f', parameters: { type: 'object', properties: { additionalProperties: { type: 'object' } } } },
      },
    ])
  })

  it('switch reasoning off where forced ones are refused beside it, unless it was asked for', async () => {
    const forced = { tools, tool_choice: 'required' }
    expect(await bodyOf(deepseek, forced, 'deepseek-flash')).toMatchObject({
      thinking: { type: 'disabled' },
      tool_choice: 'required',
    })
    expect(deepseek().supports({ ...request, ...Object(forced) }, undefined, 'deepseek-flash')).toEqual({
      level: 'yes',
      dropped: ['reasoning_effort'],
    })
    expect(await bodyOf(deepseek, { tools, tool_choice: 'auto' }, 'deepseek-flash')).not.toHaveProperty('thinking')
  })
})

const piece = (delta: object, finish_reason: string | null = null) => ({
  ...answer,
  choices: [{ index: 0, delta, finish_reason }],
})

describe('functions, the older form of tools', () => {
  const functions = [{ name: 'f', parameters: { type: 'object', properties: {} } }]
  const called = { name: 'f', arguments: '{"a":1}' }

  it('are tools on the wire, their history too', async () => {
    const messages = [
      ...request.messages,
      { role: 'assistant', content: null, function_call: called },
      { role: 'function', name: 'f', content: 'r' },
    ]
    expect(await bodyOf(acme, { functions, function_call: { name: 'f' }, messages })).toEqual({
      model: 'm',
      messages: [
        ...request.messages,
        { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: called }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'r' },
      ],
      tools: [tool('f')],
      tool_choice: { type: 'function', function: { name: 'f' } },
    })
    expect(acme({}).supports({ ...request, ...Object({ functions }) }, undefined, 'm')).toEqual({ level: 'yes', dropped: [] })
    expect(await bodyOf(acme, { functions: [], function_call: 'auto' })).toEqual({ model: 'm', messages: request.messages })
  })

  it('are called in the older form, whole and streamed', async () => {
    const over = { request: { ...request, ...Object({ functions }) } }
    const tool_calls = [{ index: 0, id: 'c', type: 'function', function: called }]
    const choice = { index: 0, message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' }
    const completion = await answered(acme, { ...answer, choices: [choice] }, over)
    expect(completion.choices).toMatchObject([
      { finish_reason: 'function_call', message: { content: null, function_call: called } },
    ])
    expect(completion.choices[0]?.message).not.toHaveProperty('tool_calls')
    const chunks = await streamed(acme, [piece({ tool_calls }), piece({}, 'tool_calls'), 'data: [DONE]\n\n'], over)
    const choices = chunks.flatMap((chunk) => chunk.choices)
    expect(choices.map(({ delta }) => delta)).toEqual([{ role: 'assistant', function_call: called }, {}])
    expect(choices.at(-1)?.finish_reason).toBe('function_call')
  })
})

describe('structured output where the server has none of its own', () => {
  const asked = { ...request, response_format: json_schema }

  it('is asked for by the JSON mode and an instruction, behind the caller’s own', async () => {
    const messages = [{ role: 'system', content: 'Be brief.' }, ...request.messages]
    const body = await bodyOf(deepseek, { messages, response_format: json_schema }, 'deepseek-flash')
    expect(body['response_format']).toEqual({ type: 'json_object' })
    expect(body['messages']).toEqual([
      { role: 'system', content: expect.stringMatching(/^Be brief\.\n\n.*JSON Schema.*\n\{"type":"object"/s) },
      ...request.messages,
    ])
    expect(deepseek().supports({ ...request, ...Object(asked) }, undefined, 'm')).toEqual({
      level: 'emulated',
      dropped: [],
      unenforced: ['response_format.json_schema.schema'],
    })
    expect(await bodyOf(acme, { response_format: json_schema })).toMatchObject({
      response_format: json_schema,
      messages: request.messages,
    })
  })

  it('is asked for by an instruction alone, or refused', async () => {
    const body = await bodyOf(profiled({ jsonSchema: 'prompt' }), { response_format: json_schema })
    expect(body).not.toHaveProperty('response_format')
    expect(JSON.stringify(body['messages'])).toContain('JSON Schema')
    const plain = await bodyOf(profiled({ jsonObject: false }), { response_format: { type: 'json_object' } })
    expect(JSON.stringify(plain['messages'])).toContain('one JSON object')
    const none = profiled({ jsonSchema: 'none' })({})
    expect(none.supports({ ...request, ...Object(asked) }, undefined, 'm')).toMatchObject({ level: 'no', field: 'response_format' })
  })

  it.each([
    ['', 'schema_mismatch'],
    ['Sure! {"a":"x"}', 'schema_mismatch'],
    ['{"a":1}', 'schema_mismatch'],
    ['{"a":"x"}', undefined],
  ])('is checked by the router: %j', async (content, code) => {
    const reply = () =>
      Response.json({ ...answer, choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] })
    const keys = memoryKeys({ ZAI_API_KEY: 'sk-a-key-for-tests' })
    const client = createRouter({ providers: [wired(zai, { reply }).adapter], keys, maxRetries: 0 })
    const work = client.post('/chat/completions', { body: { ...asked, model: 'zai/glm-5' } })
    if (code === undefined) expect(await work).toMatchObject({ choices: [{ message: { content } }] })
    else await expect(work).rejects.toMatchObject({ code })
  })
})
