import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../../src/index.ts'
import { replicate, replicateInputs } from '../../src/providers/replicate/index.ts'
import type { ReplicateInputs } from '../../src/providers/replicate/index.ts'
import { created, inputOf, json, model as llama3, prediction, supportOf, wire } from './replicate-fixtures.ts'

const llama2 = 'meta/llama-2-70b-chat'
const mixtral = 'mistralai/mixtral-8x7b-instruct-v0.1'
const claude = 'anthropic/claude-4-sonnet'
const gemini = 'google/gemini-2.5-flash'
const gpt5 = 'openai/gpt-5'
const unknown = 'someone/some-model'

describe('settings', () => {
  it.each([
    [llama3, { max_tokens: 5 }],
    [llama2, { max_new_tokens: 5 }],
    [mixtral, { max_new_tokens: 5 }],
    [claude, { max_tokens: 5 }],
    [gemini, { max_output_tokens: 5 }],
    [gpt5, { max_completion_tokens: 5 }],
    [unknown, { max_tokens: 5 }],
  ])('of %s have the name of its own for a limit', async (at, input) => {
    expect(await inputOf({ max_tokens: 5 }, at)).toMatchObject(input)
    expect(await inputOf({ max_tokens: 9, max_completion_tokens: 5 }, at)).toMatchObject(input)
  })

  it('are those of the request and no others', async () => {
    const settings = { temperature: 0, top_p: 0.5, seed: 3, presence_penalty: 0.25 }
    const { prompt: _, prompt_template: __, ...rest } = await inputOf(settings)
    expect(rest).toEqual(settings)
    expect(Object.keys(await inputOf({}))).toEqual(['prompt', 'prompt_template'])
  })

  it('that a model has no input for are left out, and that is said', () => {
    const request = { temperature: 1, top_p: 1, seed: 1, frequency_penalty: 1, reasoning_effort: 'low', verbosity: 'low' }
    expect(supportOf(request)).toEqual({
      level: 'yes',
      dropped: expect.arrayContaining(['frequency_penalty', 'reasoning_effort', 'verbosity']),
    })
    expect(supportOf(request, claude)).toMatchObject({ dropped: expect.arrayContaining(['temperature', 'top_p', 'seed']) })
    expect(
      supportOf({ max_completion_tokens: 5, max_tokens: 5 }, 'a/b', { inputs: { 'a/b': { conversation: 'prompt' } } }),
    ).toEqual({ level: 'yes', dropped: ['max_completion_tokens'] })
    expect(supportOf(request, gpt5)).toMatchObject({ dropped: expect.not.arrayContaining(['reasoning_effort', 'verbosity']) })
  })

  it('at the value that changes nothing are nothing', () => {
    const neutral = { presence_penalty: 0, frequency_penalty: 0, verbosity: 'medium', service_tier: 'auto', n: 1, logprobs: false }
    expect(supportOf(neutral, claude)).toEqual({ level: 'yes', dropped: [] })
  })

  it('have levels that every model takes', () => {
    expect(supportOf({ reasoning_effort: 'xhigh' }, gpt5)).toMatchObject({ level: 'yes', dropped: ['reasoning_effort'] })
  })
})

describe('stop sequences', () => {
  it('are one text, in which the model’s own stay', async () => {
    expect(await inputOf({ stop: ['END', '\n'] })).toMatchObject({ stop_sequences: 'END,\n,<|end_of_text|>,<|eot_id|>' })
    expect(await inputOf({ stop: 'END' }, llama2)).toMatchObject({ stop_sequences: 'END' })
    expect(await inputOf({ stop: [''] })).not.toHaveProperty('stop_sequences')
  })

  it('with a comma would be two, so that the model cannot serve them', () => {
    expect(supportOf({ stop: ['a,b'] })).toEqual({ level: 'no', field: 'stop', reason: expect.stringContaining('commas') })
  })

  it('change what an answer is, so that they are not left out where a model has no input for them', () => {
    expect(supportOf({ stop: 'END' }, mixtral)).toMatchObject({ level: 'no', field: 'stop' })
  })
})

const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }

describe('what no model here has', () => {
  it.each<readonly [object, string]>([
    [{ tools: [tool] }, 'tools'],
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'x', format: 'mp3' } }, 'audio'],
    [{ web_search_options: {} }, 'web_search_options'],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 's', schema: {}, strict: true } } },
      'response_format.json_schema',
    ],
    [{ response_format: { type: 'grammar' } }, 'response_format'],
  ])('makes it ineligible, by the field: %j', async (fields, field) => {
    expect(supportOf(fields)).toMatchObject({ level: 'no', field })
    const { fetch, sent } = wire(json(prediction()))
    const providers = [replicate({ fetch, key: 'K' })]
    const client = createRouter({ providers, keys: memoryKeys({ K: 'k' }), maxRetries: 0 })
    const body = { model: `replicate/${llama3}`, messages: [{ role: 'user', content: 'Hi' }], ...fields }
    await expect(client.post('/chat/completions', { body })).rejects.toMatchObject({ status: 400, param: field })
    expect(sent).toEqual([])
  })

  it('may have its older name', () => {
    expect(supportOf({ functions: [{ name: 'f' }] })).toMatchObject({ level: 'no', field: 'functions' })
  })

  it('may be offered as long as it must not be used', () => {
    expect(supportOf({ tools: [tool], tool_choice: 'none' })).toEqual({ level: 'yes', dropped: ['tools'] })
  })

  it('may have been there in a conversation that began elsewhere: it is told as JSON', async () => {
    const messages = [
      { role: 'user', content: 'Rain?' },
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'sky', arguments: '{"at":"Oslo"}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'wet' },
      { role: 'assistant', content: null, function_call: { name: 'sky', arguments: 'Rome' } },
      { role: 'function', name: 'sky', content: 'dry' },
    ]
    expect((await inputOf({ messages }, 'openai/gpt-4o'))['messages']).toEqual([
      { role: 'user', content: 'Rain?' },
      { role: 'assistant', content: 'Let me look.\n{"tool_calls":[{"name":"sky","arguments":{"at":"Oslo"}}]}' },
      { role: 'user', content: '{"tool_result":{"name":"sky","content":"wet"}}' },
      { role: 'assistant', content: '{"tool_calls":[{"name":"sky","arguments":"Rome"}]}' },
      { role: 'user', content: '{"tool_result":{"name":"sky","content":"dry"}}' },
    ])
    expect(supportOf({ messages }, 'openai/gpt-4o')).toMatchObject({ level: 'emulated' })
  })
})

/** What an application gets that asks for JSON where the model answers with this. */
function askedForJson(output: readonly string[]) {
  const providers = [replicate({ fetch: wire(json(prediction({ output }), { status: 201 })).fetch, key: 'K' })]
  return createRouter({ providers, keys: memoryKeys({ K: 'k' }), maxRetries: 0 }).chat.completions.create({
    model: `replicate/${llama3}`,
    messages: [{ role: 'user', content: 'Hi' }],
    response_format: { type: 'json_object' },
  })
}

describe('a format of the answer', () => {
  it('is asked for in words behind the instructions, and checked afterwards', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]
    const asked = { messages, response_format: { type: 'json_object' } }
    const told = await inputOf(asked, 'openai/gpt-4o')
    expect(told['messages']).toEqual([
      messages[0],
      { role: 'system', content: expect.stringContaining('one valid JSON object') },
      messages[1],
    ])
    expect(supportOf(asked)).toEqual({ level: 'emulated', dropped: [], unenforced: ['response_format'] })
  })

  it('is refused by the router where the model answers with something else', async () => {
    expect((await askedForJson(['{"a"', ':1}'])).choices[0]?.message.content).toBe('{"a":1}')
    await expect(askedForJson(['Sure! {"a":1}'])).rejects.toThrow(/JSON/)
  })

  it('may be a schema, which goes along', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const response_format = { type: 'json_schema', json_schema: { name: 's', schema } }
    expect(String((await inputOf({ response_format }))['prompt'])).toContain(JSON.stringify(schema))
  })
})

const picture = (url: string, more: object = {}): object => ({ type: 'image_url', image_url: { url, ...more } })
const looking = (...content: readonly object[]): object => ({ messages: [{ role: 'user', content }] })
const data = 'data:image/png;base64,AAAA'

describe('images', () => {
  it('go to the model’s own input for them', async () => {
    const asked = looking({ type: 'text', text: 'What?' }, picture(data, { detail: 'low' }))
    expect(await inputOf(asked, claude)).toEqual({ prompt: 'What?', image: data })
    expect(await inputOf(asked, gemini)).toEqual({ prompt: 'What?', images: [data] })
    expect(await inputOf(asked, 'openai/gpt-4o')).toEqual({ messages: [{ role: 'user', content: 'What?' }], image_input: [data] })
    expect(supportOf(asked, claude)).toEqual({ level: 'emulated', dropped: ['messages[].content[].image_url.detail'] })
  })

  it.each<readonly [string, object, string, string]>([
    ['a model without an input for them', looking(picture(data)), llama3, 'messages[0].content[0].image_url'],
    ['two for a model that takes one', looking(picture(data), picture(data)), claude, 'messages[0].content[1].image_url'],
    ['an address of another kind', looking(picture('ftp://x.example/a.png')), claude, 'messages[0].content[0].image_url'],
    [
      'one of an earlier message',
      {
        messages: [
          { role: 'user', content: [picture(data)] },
          { role: 'user', content: 'What?' },
        ],
      },
      claude,
      'messages[0].content[0].image_url',
    ],
  ])('are refused: %s', (_, asked, at, field) => {
    expect(supportOf(asked, at)).toMatchObject({ level: 'no', field })
  })

  it('may be limited by whoever knows a limit', () => {
    const asked = looking({ type: 'text', text: 'What?' }, picture(data))
    expect(supportOf(asked, claude, { media: { limits: { imageTypes: ['image/webp'] } } })).toMatchObject({ level: 'no' })
    expect(supportOf(asked, claude, { media: { limits: { imageTypes: ['image/png'] } } })).toMatchObject({ level: 'emulated' })
  })

  it('are the only parts besides text', () => {
    const sound = looking({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })
    expect(supportOf(sound, claude)).toMatchObject({ level: 'no', field: 'messages[0].content[0].type' })
  })
})

describe('messages', () => {
  it('may have been spoken only where they were also written', () => {
    const messages = [{ role: 'assistant', content: null, audio: { id: 'a' } }]
    expect(supportOf({ messages })).toMatchObject({ level: 'no', field: 'messages[0].audio' })
  })

  it('have to say something', () => {
    expect(supportOf({ messages: [{ role: 'user', content: '' }] })).toMatchObject({ level: 'no', field: 'messages' })
  })

  it('lose the names of their authors', () => {
    const messages = [{ role: 'user', name: 'ada', content: 'Hi' }]
    expect(supportOf({ messages })).toEqual({ level: 'yes', dropped: ['messages[].name'] })
  })
})

const own: ReplicateInputs = {
  conversation: 'llama-3',
  system: 'instructions',
  settings: { max_tokens: 'limit', stop: 'ends' },
  stops: ['<|im_end|>'],
  defaultLimit: 7,
}

describe('the inputs of a model', () => {
  it('are what the option says, for the model or for one version of it', async () => {
    const inputs = { 'someone/some-model': own, 'someone/some-model:abc': { conversation: 'messages' } } as const
    const asked = {
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
      ],
      max_tokens: 5,
      stop: 'X',
    }
    const expected = { prompt: expect.stringMatching(/^<\|begin_of_text\|>/), instructions: 'S', limit: 5, ends: 'X,<|im_end|>' }
    expect(await inputOf(asked, unknown, { inputs })).toEqual(expected)
    expect(await inputOf(asked, `${unknown}:def`, { inputs })).toEqual(expected)
    expect(await inputOf({ messages: asked.messages }, `${unknown}:abc`, { inputs })).toEqual({
      messages: asked.messages,
    })
  })

  it('can be read from the schema that the vendor has for it', () => {
    const properties = {
      prompt: { type: 'string' },
      prompt_template: {
        type: 'string',
        default: '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{system_prompt}',
      },
      max_new_tokens: { type: 'integer' },
      max_tokens: { type: 'integer', default: 512 },
      stop_sequences: { type: 'string', default: '<|end_of_text|>,<|eot_id|>' },
      temperature: { type: 'number' },
    }
    expect(replicateInputs({ components: { schemas: { Input: { properties } } } })).toEqual({
      conversation: 'llama-3',
      template: 'prompt_template',
      settings: { max_tokens: 'max_tokens', stop: 'stop_sequences', temperature: 'temperature' },
      stops: ['<|end_of_text|>', '<|eot_id|>'],
      defaultLimit: 512,
    })
  })

  it.each<readonly [object, ReplicateInputs]>([
    [
      { messages: {}, image_input: {} },
      { conversation: 'messages', settings: {}, images: 'image_input' },
    ],
    [
      { prompt: {}, system_prompt: {}, image: {} },
      { conversation: 'prompt', settings: {}, system: 'system_prompt', image: 'image' },
    ],
    [
      { prompt_template: { default: '<s>[INST] <<SYS>>{system_prompt}<</SYS>> {prompt} [/INST]' } },
      { conversation: 'llama-2', settings: {}, template: 'prompt_template' },
    ],
    [
      { prompt_template: { default: '<s>[INST] {prompt} [/INST]' } },
      { conversation: 'mistral', settings: {}, template: 'prompt_template' },
    ],
  ])('are read by their names: %j', (properties, inputs) => {
    expect(replicateInputs({ components: { schemas: { Input: { properties } } } })).toEqual(inputs)
  })

  it.each([undefined, null, 5, 'x', {}, { components: { schemas: { Input: { properties: [] } } } }])(
    'are the least there is where the schema is none: %j',
    (schema) => {
      expect(replicateInputs(schema)).toEqual({ conversation: 'prompt', settings: {} })
    },
  )
})

describe('provider options', () => {
  it('go along, deep in the inputs too, and go first', async () => {
    const providerOptions = { input: { top_k: 5, temperature: 0.1 }, webhook: 'https://hooks.example/a' }
    const { body } = await created({ temperature: 1 }, { providerOptions })
    expect(body).toMatchObject({ webhook: 'https://hooks.example/a', input: { top_k: 5, temperature: 0.1 } })
    expect(body).toHaveProperty('input.prompt')
  })
})
