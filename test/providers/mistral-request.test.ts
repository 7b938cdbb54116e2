import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { bodyOf, supportOf } from './mistral-fixtures.ts'

const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const weather = { type: 'function', function: { name: 'weather', parameters } } as const
const now = { type: 'function', function: { name: 'now' } } as const

/** Not every request of these tests is one that the types allow. */
function loose(fields: object): Partial<ChatRequest> {
  return { ...fields }
}

describe('the settings of a request', () => {
  it.each<[string, object, object]>([
    ['max_tokens', { max_tokens: 9 }, { max_tokens: 9 }],
    ['max_completion_tokens, before max_tokens', { max_completion_tokens: 7, max_tokens: 9 }, { max_tokens: 7 }],
    ['seed as random_seed, 0 included', { seed: 0 }, { random_seed: 0 }],
    ['stop as one', { stop: 'END' }, { stop: 'END' }],
    ['stop as a list', { stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    ['n', { n: 2 }, { n: 2 }],
    ['penalties', { frequency_penalty: -1, presence_penalty: 0 }, { frequency_penalty: -1, presence_penalty: 0 }],
    ['sampling', { temperature: 0.3, top_p: 0.9 }, { temperature: 0.3, top_p: 0.9 }],
    ['no top_p at temperature 0, where it is refused and means nothing', { temperature: 0, top_p: 0.9 }, { temperature: 0 }],
    [
      'prompt_cache_key and metadata',
      { prompt_cache_key: 'k', metadata: { a: 'b' } },
      { prompt_cache_key: 'k', metadata: { a: 'b' } },
    ],
    ['service_tier auto', { service_tier: 'auto' }, { service_tier: 'auto' }],
    ['service_tier default as standard_only', { service_tier: 'default' }, { service_tier: 'standard_only' }],
    [
      'a prediction, its parts joined',
      {
        prediction: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      },
      { prediction: { type: 'content', content: 'ab' } },
    ],
    ['JSON mode', { response_format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }],
    ['no format for text', { response_format: { type: 'text' } }, {}],
    [
      'a schema, as `schema`',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', description: 'd', schema: parameters, strict: true } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'x', description: 'd', schema: parameters, strict: true } } },
    ],
    [
      'a schema that was left out',
      { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } },
    ],
  ])('send %s', async (_, given, expected) => {
    const { model: _model, messages: _messages, ...rest } = await bodyOf(loose(given))
    expect(rest).toEqual(expected)
    expect(supportOf(loose(given))).toEqual({ level: 'yes', dropped: [] })
  })

  it.each([
    ['mistral-small-2603', 'high', 'high', []],
    ['mistral-small-latest', 'none', 'none', []],
    ['mistral-medium-3-5', 'minimal', 'none', ['reasoning_effort']],
    ['mistral-small-2603', 'low', 'high', ['reasoning_effort']],
    ['mistral-small-2603', 'xhigh', 'high', ['reasoning_effort']],
    ['mistral-large-4', 'medium', 'medium', []],
    ['mistral-large-4', 'none', 'low', ['reasoning_effort']],
    ['magistral-medium-latest', 'high', undefined, ['reasoning_effort']],
    ['mistral-large-2512', 'high', undefined, ['reasoning_effort']],
    ['mistral-large-2512', 'none', undefined, []],
    ['mistral-small-2506', 'high', undefined, ['reasoning_effort']],
  ] as const)('give %s for effort %s the level %s', async (id, asked, sent, dropped) => {
    expect((await bodyOf({ reasoning_effort: asked }, { model: id }))['reasoning_effort']).toBe(sent)
    expect(supportOf({ reasoning_effort: asked }, id)).toMatchObject({ dropped })
  })

  it.each<[string, object, readonly string[]]>([
    [
      'users and tuning of other vendors',
      { user: 'u', verbosity: 'low', store: true, logit_bias: { 1: 2 } },
      ['user', 'verbosity', 'store', 'logit_bias'],
    ],
    ['unknown fields, which would be refused', { enable_thinking: true }, ['enable_thinking']],
    ['a tier that nobody has here', { service_tier: 'flex' }, ['service_tier']],
    ['padding of streams', { stream: true, stream_options: { include_obfuscation: true } }, ['stream_options.include_obfuscation']],
    ['names of speakers', { messages: [{ role: 'user', name: 'Ada', content: 'x' }] }, ['messages[].name']],
    ['a temperature above the highest', { temperature: 1.9 }, ['temperature']],
  ])('leave out and name %s', (_, given, dropped) => {
    expect(supportOf(loose(given))).toEqual({ level: 'yes', dropped })
  })

  it('say nothing about fields at the value that changes nothing', () => {
    expect(
      supportOf(loose({ store: false, logprobs: false, top_logprobs: 0, logit_bias: {}, modalities: ['text'], user: null })),
    ).toEqual({
      level: 'yes',
      dropped: [],
    })
  })

  it.each<[string, object]>([
    ['logprobs', { logprobs: true }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['web_search_options', { web_search_options: {} }],
    ['moderation', { moderation: {} }],
    ['n', { n: 2, temperature: 0 }],
    ['response_format', { response_format: { type: 'grammar' } }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tool_choice', { tools: [weather], tool_choice: { type: 'custom', custom: { name: 'x' } } }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'video', video: 'x' }] }] }],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://x' } }] }] },
    ],
    [
      'messages[0].content[0].file.file_id',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-abc' } }] }] },
    ],
    [
      'messages[0].content[0].type',
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] }] },
    ],
    ['messages', { messages: [{ role: 'assistant', content: '' }] }],
  ])('are refused before any call, by the name of the field: %s', (field, given) => {
    expect(supportOf(loose(given))).toMatchObject({ level: 'no', field })
  })
})

describe('tools', () => {
  const tools = [weather, now]

  it('always have parameters, and keep `strict`', async () => {
    const strict = { type: 'function', function: { ...weather.function, description: 'd', strict: true } } as const
    expect((await bodyOf({ tools: [strict, now] }))['tools']).toEqual([
      strict,
      { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } },
    ])
  })

  it.each<[string, object, object]>([
    ['required as any', { tool_choice: 'required' }, { tool_choice: 'any' }],
    ['auto', { tool_choice: 'auto' }, { tool_choice: 'auto' }],
    ['none, the tools still there for the history', { tool_choice: 'none' }, { tool_choice: 'none' }],
    [
      'a named one',
      { tool_choice: { type: 'function', function: { name: 'now' } } },
      { tool_choice: { type: 'function', function: { name: 'now' } } },
    ],
    ['parallel calls switched off', { parallel_tool_calls: false }, { parallel_tool_calls: false }],
  ])('are chosen among: %s', async (_, given, expected) => {
    const { model: _model, messages: _messages, tools: sent, ...rest } = await bodyOf({ tools, ...loose(given) })
    expect(sent).toHaveLength(2)
    expect(rest).toEqual(expected)
  })

  it('are offered as far as they are allowed', async () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'now' } }] }
    const body = await bodyOf(loose({ tools, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }))
    expect(body['tools']).toMatchObject([{ function: { name: 'now' } }])
    expect(body['tool_choice']).toBe('any')
  })

  it('come from the functions of old too, one call at a time', async () => {
    const body = await bodyOf({ functions: [{ name: 'f', parameters }], function_call: { name: 'f' } })
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
    })
  })

  it('leave no choice behind where there are none', async () => {
    expect(Object.keys(await bodyOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: true }))).toEqual(['model', 'messages'])
  })
})

describe('content', () => {
  const pdf = 'data:application/pdf;base64,JVBERi0='

  it.each<[string, object, object]>([
    ['text', { type: 'text', text: 'x' }, { type: 'text', text: 'x' }],
    [
      'an image by its address',
      { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'high' } },
      { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'high' } },
    ],
    ['sound', { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } }, { type: 'input_audio', input_audio: 'UklG' }],
    [
      'a document',
      { type: 'file', file: { file_data: pdf, filename: 'a.pdf' } },
      { type: 'document_url', document_url: pdf, document_name: 'a.pdf' },
    ],
    ['a document without its type', { type: 'file', file: { file_data: 'JVBERi0=' } }, { type: 'document_url', document_url: pdf }],
    ['an uploaded file', { type: 'file', file: { file_id: '0b1c' } }, { type: 'file', file_id: '0b1c' }],
    [
      'a picture that came as a file',
      { type: 'file', file: { file_data: 'data:image/png;base64,AA==' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
    ],
    [
      'a text that came as a file',
      { type: 'file', file: { file_data: 'data:text/plain;base64,R3LDvMOfZQ==', filename: 'a.txt' } },
      { type: 'text', text: 'Grüße' },
    ],
  ])('of a user may be %s', async (_, part, expected) => {
    const body = await bodyOf(loose({ messages: [{ role: 'user', content: [part] }] }))
    expect(body['messages']).toEqual([{ role: 'user', content: [expected] }])
  })

  it('of an assistant may be a refusal, which becomes what it said', async () => {
    const { messages } = await bodyOf(
      loose({
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: null, refusal: 'No.' },
          { role: 'user', content: 'y' },
        ],
      }),
    )
    expect(messages).toMatchObject([{}, { role: 'assistant', content: 'No.' }, {}])
  })
})

it('merges the options of this provider last and deeply', async () => {
  const providerOptions = { safe_prompt: true, response_format: { json_schema: { strict: true } } }
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema: {} } } as const
  expect(await bodyOf({ response_format }, { providerOptions })).toMatchObject({
    safe_prompt: true,
    response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true } },
  })
})
