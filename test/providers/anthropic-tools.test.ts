import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { translate } from '../../src/providers/anthropic/request.ts'
import { user } from './anthropic-fixtures.ts'

type Fields = Partial<ChatRequest>
type Schema = Readonly<Record<string, unknown>>

function sent(fields: Fields, model = 'claude-opus-5') {
  return translate({ model, messages: [user('Hi')], ...fields }, { model, card: undefined })
}

function support(fields: Fields, model = 'claude-opus-5') {
  return anthropic().supports({ model, messages: [user('Hi')], ...fields }, undefined, model)
}

const empty = { type: 'object', properties: {} }
const tool = (name: string, parameters: Schema = empty, strict?: boolean) =>
  ({ type: 'function', function: { name, parameters, ...(strict !== undefined && { strict }) } }) as const
const many = (count: number, schema: Schema) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, schema]))
const strictTool = (properties: Schema, required: readonly string[]) => tool('f', { type: 'object', properties, required }, true)
const jsonSchema = (schema: Schema, strict = true): Fields => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict } },
})
const formatOf = (schema: Schema) => sent(jsonSchema(schema)).body['output_config']

describe('tools', () => {
  it('functions keep name, description and schema; one without parameters takes an empty object', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string', minLength: 2 } } }
    const { body } = sent({
      tools: [
        { type: 'function', function: { name: 'f', description: 'does', parameters } },
        { type: 'function', function: { name: 'g' } },
      ],
    })
    expect(body['tools']).toEqual([
      { name: 'f', description: 'does', input_schema: parameters },
      { name: 'g', input_schema: empty },
    ])
    expect(body).not.toHaveProperty('tool_choice')
  })

  it.each([
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { type: 'tool', name: 'f' }],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { parallel_tool_calls: false, tool_choice: 'required' },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ parallel_tool_calls: false, tool_choice: 'none' }, { type: 'none' }],
    [{ parallel_tool_calls: true }, undefined],
  ] satisfies [Fields, unknown][])('%j', (fields, choice) => {
    expect(sent({ tools: [tool('f')], ...fields }).body['tool_choice']).toEqual(choice)
  })

  it('allowed tools are the only ones offered', () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] } as const
    const { body } = sent({
      tools: [tool('f'), tool('g')],
      tool_choice: { type: 'allowed_tools', allowed_tools: { ...allowed, tools: [...allowed.tools] } },
    })
    expect(body).toMatchObject({ tools: [{ name: 'g' }], tool_choice: { type: 'any' } })
  })

  it('a choice without tools is left out', () => {
    expect(sent({ tools: [], tool_choice: 'auto' }).body).not.toHaveProperty('tool_choice')
  })

  it('a forced call is refused for models that cannot be forced', () => {
    for (const model of ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-next']) {
      expect(support({ tools: [tool('f')], tool_choice: 'required' }, model)).toMatchObject({ level: 'no', field: 'tool_choice' })
      expect(support({ tools: [tool('f')], tool_choice: 'auto' }, model)).toMatchObject({ level: 'yes' })
    }
    expect(support({ tools: [tool('f')], tool_choice: 'required' }, 'claude-haiku-5-5')).toMatchObject({ level: 'yes' })
  })

  it('custom tools are refused', () => {
    expect(support({ tools: [tool('f'), { type: 'custom', custom: { name: 'c' } }] })).toMatchObject({
      level: 'no',
      field: 'tools[1]',
    })
  })

  it('legacy functions are tools of which one is called', () => {
    const { body } = sent({ functions: [{ name: 'f', parameters: empty }], function_call: { name: 'f' } })
    expect(body).toMatchObject({
      tools: [{ name: 'f', input_schema: empty }],
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    })
  })

  it('a union at the root of the parameters is told in the description', () => {
    const parameters = {
      oneOf: [
        { type: 'object', properties: { a: { type: 'string' } } },
        { type: 'object', properties: { b: { type: 'number' } } },
      ],
    }
    expect(sent({ tools: [tool('f', parameters)] }).body['tools']).toEqual([
      {
        name: 'f',
        input_schema: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'number' } },
          description: `{oneOf: ${JSON.stringify(parameters.oneOf)}}`,
        },
      },
    ])
  })

  it('web search, in the version that the model knows', () => {
    const fields: Fields = {
      web_search_options: {
        search_context_size: 'low',
        user_location: { type: 'approximate', approximate: { city: 'Bern', country: 'CH' } },
      },
    }
    const { body, dropped } = sent(fields)
    expect(body['tools']).toEqual([
      { type: 'web_search_20260318', name: 'web_search', user_location: { type: 'approximate', city: 'Bern', country: 'CH' } },
    ])
    expect(dropped).toEqual(['web_search_options.search_context_size'])
    expect(sent({ web_search_options: {} }, 'claude-haiku-4-5').body['tools']).toEqual([
      { type: 'web_search_20250305', name: 'web_search' },
    ])
  })

  it("keeps the caller's cache breakpoint on a tool", () => {
    const mark = { cache_control: { type: 'ephemeral' } }
    expect(sent({ tools: [{ ...tool('f'), ...mark }] }).body['tools']).toMatchObject([mark])
  })

  it('more strict tools, optional or union-typed properties than the vendor compiles are refused before the call', () => {
    const unions = many(17, { type: ['string', 'null'] })
    expect(support({ tools: Array.from({ length: 21 }, (_, index) => tool(`f${index}`, empty, true)) })).toMatchObject({
      level: 'no',
      field: 'tools',
    })
    expect(support({ tools: [strictTool(many(25, { type: 'string' }), [])] })).toMatchObject({ level: 'no', field: 'tools' })
    expect(support({ tools: [strictTool(unions, Object.keys(unions))] })).toMatchObject({ level: 'no', field: 'tools' })
    expect(support({ tools: [strictTool(many(24, { type: 'string' }), [])] })).toMatchObject({ level: 'yes' })
  })
})

describe('response format', () => {
  it('a JSON schema is guaranteed by the vendor; what its compiler lacks is told in descriptions', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        age: { type: 'integer', description: 'Years.', minimum: 0, maximum: 150 },
        mail: { type: 'string', format: 'email' },
        code: { type: 'string', format: 'zip', pattern: '^\\d+$' },
        kind: { oneOf: [{ const: 'a' }, { enum: ['b', 'c'] }] },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 1, maxItems: 3 },
      },
      required: ['age'],
      additionalProperties: false,
      $defs: { tag: { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: true } },
    }
    expect(formatOf(schema)).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer', description: 'Years.\n\n{minimum: 0, maximum: 150}' },
            mail: { type: 'string', format: 'email' },
            code: { type: 'string', description: String.raw`{format: "zip", pattern: "^\\d+$"}` },
            kind: { anyOf: [{ const: 'a' }, { enum: ['b', 'c'] }] },
            tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 1, description: '{maxItems: 3}' },
          },
          required: ['age'],
          additionalProperties: false,
          $defs: {
            tag: {
              type: 'object',
              properties: { name: { type: 'string' } },
              additionalProperties: false,
              description: '{additionalProperties: true}',
            },
          },
        },
      },
    })
  })

  const recursive = {
    type: 'object',
    properties: { child: { $ref: '#/$defs/node' } },
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
  }
  const map = { type: 'object', additionalProperties: { type: 'number' } }
  const untyped = { type: 'object', properties: { any: {} } }

  it.each([
    ['one that refers to itself', recursive],
    ['one that refers elsewhere', { type: 'object', properties: { a: { $ref: 'https://x.example/a' } } }],
    ['a map', map],
    ['a value of any type', untyped],
  ])('%s cannot be guaranteed: refused if strict, asked for in words if not', (_, schema) => {
    expect(support(jsonSchema(schema))).toMatchObject({ level: 'no', field: 'response_format.json_schema' })
    expect(support(jsonSchema(schema, false))).toEqual({ level: 'emulated', dropped: [], unenforced: ['response_format'] })
    expect(JSON.stringify(sent(jsonSchema(schema, false)).body['system'])).toContain('JSON schema')
    expect(support({ tools: [tool('f', schema, true)] })).toMatchObject({ level: 'no', field: 'tools[0].function.parameters' })
    expect(support({ tools: [tool('f', schema)] })).toMatchObject({ level: 'yes' })
  })

  it('older models have no guarantee at all', () => {
    expect(support(jsonSchema(empty), 'claude-sonnet-4-0')).toMatchObject({ level: 'no', field: 'response_format.json_schema' })
    expect(support({ tools: [tool('f', empty, true)] }, 'claude-3-5-haiku-latest')).toMatchObject({
      level: 'no',
      field: 'tools[0].function.strict',
    })
  })

  it('a JSON object is asked for behind the own instructions', () => {
    const { body, emulated } = sent({
      response_format: { type: 'json_object' },
      messages: [{ role: 'system', content: 'Be kind.' }, user('Hi')],
    })
    expect(body['system']).toMatchObject([{ text: 'Be kind.' }, { text: expect.stringContaining('JSON object') }])
    expect(emulated).toBe(true)
    expect(sent({ response_format: { type: 'text' } }).emulated).toBe(false)
  })
})
