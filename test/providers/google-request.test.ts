import { describe, expect, it } from 'vitest'
import { bodyOf } from './google-fixtures.ts'

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
}
const call = (id: string, name: string, args: string) => ({ id, type: 'function' as const, function: { name, arguments: args } })

describe('Google: messages', () => {
  it('merges system and developer messages into one instruction', async () => {
    const { systemInstruction, contents } = await bodyOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
      ],
    })
    expect(systemInstruction).toEqual({ parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] })
    expect(contents).toEqual([{ role: 'user', parts: [{ text: 'Hello' }] }])
  })

  it('makes one turn of what one side says in a row, without empty parts', async () => {
    const { contents } = await bodyOf({
      messages: [
        { role: 'user', content: 'One' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'two' },
          ],
        },
        { role: 'assistant', content: 'Three' },
        { role: 'assistant', content: '' },
        { role: 'assistant', content: null, refusal: 'No.' },
      ],
    })
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'One' }, { text: 'two' }] },
      { role: 'model', parts: [{ text: 'Three' }, { text: 'No.' }] },
    ])
  })

  it('lets the user begin, also where the assistant does or nobody says a word', async () => {
    expect((await bodyOf({ messages: [{ role: 'assistant', content: 'Hi' }] }))['contents']).toEqual([
      { role: 'user', parts: [{ text: ' ' }] },
      { role: 'model', parts: [{ text: 'Hi' }] },
    ])
    expect((await bodyOf({ messages: [{ role: 'user', content: '' }] }))['contents']).toEqual([
      { role: 'user', parts: [{ text: ' ' }] },
    ])
  })

  it('takes instructions alone as the prompt', async () => {
    const { contents, systemInstruction } = await bodyOf({ messages: [{ role: 'system', content: 'Tell a joke.' }] })
    expect(contents).toEqual([{ role: 'user', parts: [{ text: 'Tell a joke.' }] }])
    expect(systemInstruction).toBeUndefined()
  })

  it('puts instructions before the first words of the user for Gemma, which has no field for them', async () => {
    const body = await bodyOf(
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hello' },
        ],
      },
      { model: 'gemma-3-27b-it' },
    )
    expect(body['systemInstruction']).toBeUndefined()
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Hello' }] }])
  })

  it('sends images, sound and files of data URLs inline and URLs that the API can fetch as file data', async () => {
    const { contents } = await bodyOf({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
            { type: 'image_url', image_url: { url: 'data:text/plain,a%20b' } },
            { type: 'image_url', image_url: { url: 'https://www.youtube.com/watch?v=1' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
            { type: 'file', file: { file_data: 'data:application/pdf;base64,UERG', filename: 'a.pdf' } },
            { type: 'file', file: { file_data: 'UERG', filename: 'a.csv' } },
            { type: 'file', file: { file_id: 'files/abc' } },
          ],
        },
      ],
    })
    expect(contents).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
          { inlineData: { mimeType: 'text/plain', data: 'YSBi' } },
          { fileData: { fileUri: 'https://www.youtube.com/watch?v=1' } },
          { inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } },
          { inlineData: { mimeType: 'application/pdf', data: 'UERG' } },
          { inlineData: { mimeType: 'text/csv', data: 'UERG' } },
          { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
        ],
      },
    ])
  })
})

describe('Google: tool calls and results', () => {
  const messages = [
    { role: 'user' as const, content: 'Weather?' },
    { role: 'assistant' as const, content: null, tool_calls: [call('a', 'weather', '{"city":"Rome"}'), call('b', 'time', '')] },
    { role: 'tool' as const, tool_call_id: 'b', content: [{ type: 'text' as const, text: 'noon' }] },
    { role: 'tool' as const, tool_call_id: 'a', content: 'sunny' },
    { role: 'user' as const, content: 'Thanks' },
  ]

  it('names the function in each result and gives the results of one step in one turn, in the order of the calls', async () => {
    const { contents } = await bodyOf({ messages, tools: [weather] }, { model: 'gemini-2.5-flash' })
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Weather?' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'weather', args: { city: 'Rome' } } },
          { functionCall: { id: 'b', name: 'time', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'weather', response: { output: 'sunny' } } },
          { functionResponse: { id: 'b', name: 'time', response: { output: 'noon' } } },
          { text: 'Thanks' },
        ],
      },
    ])
  })

  it('keeps arguments that are no object', async () => {
    const { contents } = await bodyOf(
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', tool_calls: [call('a', 'f', '[1]'), call('b', 'f', '{"cut')] },
        ],
      },
      { model: 'gemini-2.5-flash' },
    )
    expect(contents).toMatchObject([
      {},
      { parts: [{ functionCall: { args: { arguments: [1] } } }, { functionCall: { args: { arguments: '{"cut' } } }] },
    ])
  })

  it('translates the legacy function fields', async () => {
    const { contents, tools, toolConfig } = await bodyOf(
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
          { role: 'function', name: 'f', content: 'done' },
        ],
        functions: [{ name: 'f' }],
        function_call: { name: 'f' },
      },
      { model: 'gemini-2.5-flash' },
    )
    expect(contents).toMatchObject([
      {},
      { parts: [{ functionCall: { name: 'f' } }] },
      { parts: [{ functionResponse: { name: 'f', response: { output: 'done' } } }] },
    ])
    expect(tools).toEqual([{ functionDeclarations: [{ name: 'f' }] }])
    expect(toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } })
  })

  it('gives a function a name that the API allows, and the caller its own name back', async () => {
    const { tools } = await bodyOf({ tools: [{ type: 'function', function: { name: '3d-model' } }] })
    expect(tools).toEqual([{ functionDeclarations: [{ name: '_3d-model' }] }])
  })
})

describe('Google: tools', () => {
  it('declares functions with their JSON Schema as it is', async () => {
    const { tools, toolConfig } = await bodyOf({ tools: [weather] })
    expect(tools).toEqual([
      {
        functionDeclarations: [{ name: 'weather', description: 'The weather', parametersJsonSchema: weather.function.parameters }],
      },
    ])
    expect(toolConfig).toBeUndefined()
  })

  it('says a constraint in keywords that the API heeds, where that is the same', async () => {
    const parameters = {
      type: 'object',
      properties: {
        kind: { const: 'a' },
        count: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 },
        part: { type: 'number', exclusiveMinimum: 0 },
        const: { type: 'string' },
      },
      required: ['kind'],
    }
    const { tools } = await bodyOf({ tools: [{ type: 'function', function: { name: 'f', parameters } }] })
    expect(tools).toMatchObject([
      {
        functionDeclarations: [
          {
            parametersJsonSchema: {
              properties: {
                kind: { type: 'string', enum: ['a'] },
                count: { type: 'integer', minimum: 1, maximum: 9 },
                part: { type: 'number', exclusiveMinimum: 0 },
                const: { type: 'string' },
              },
            },
          },
        ],
      },
    ])
  })

  it.each([
    ['none', { mode: 'NONE' }],
    ['auto', { mode: 'AUTO' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'weather' } }] } },
      { mode: 'VALIDATED', allowedFunctionNames: ['weather'] },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ] as const)('translates the tool choice %j', async (tool_choice, functionCallingConfig) => {
    const choice = structuredClone(tool_choice)
    expect(
      (await bodyOf({ tools: [weather], tool_choice: typeof choice === 'string' ? choice : mutable(choice) }))['toolConfig'],
    ).toEqual({ functionCallingConfig })
  })

  it('asks for arguments that keep to the schema where a function is strict', async () => {
    const { toolConfig } = await bodyOf({ tools: [{ type: 'function', function: { name: 'f', strict: true } }] })
    expect(toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } })
  })

  it('searches the web, beside functions with what the mixture needs', async () => {
    expect((await bodyOf({ web_search_options: {} }))['tools']).toEqual([{ googleSearch: {} }])
    const { tools, toolConfig } = await bodyOf({ web_search_options: {}, tools: [weather] })
    expect(tools).toMatchObject([{ functionDeclarations: [{ name: 'weather' }] }, { googleSearch: {} }])
    expect(toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' }, includeServerSideToolInvocations: true })
  })

  it('leaves functions that may not be called out where an older model refuses them beside a JSON answer', async () => {
    const body = await bodyOf(
      { tools: [weather], tool_choice: 'none', response_format: { type: 'json_object' } },
      { model: 'gemini-2.5-flash' },
    )
    expect(body['tools']).toBeUndefined()
  })
})

/** A copy whose lists can be written to, as the SDK's types want them. */
function mutable(
  choice:
    | { readonly type: 'function'; readonly function: { readonly name: string } }
    | {
        readonly type: 'allowed_tools'
        readonly allowed_tools: { readonly mode: 'auto' | 'required'; readonly tools: readonly object[] }
      },
) {
  if (choice.type === 'function') return { type: choice.type, function: { name: choice.function.name } }
  const { mode, tools } = choice.allowed_tools
  return { type: choice.type, allowed_tools: { mode, tools: tools.map((tool) => ({ ...tool })) } }
}
