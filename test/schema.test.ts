import { APIConnectionError, BadRequestError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { ProviderAdapter, Support } from '../src/index.ts'
import { Secret, StreamInterruptedError, attemptsOf, createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cohere, deepseek, groq, openrouter, xai } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { answer, completion, fail, fakeClock, fakeProvider, stream, toolCalls } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const person = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 8 }, age: { type: 'integer', minimum: 0 } },
  required: ['name', 'age'],
  additionalProperties: false,
}
const format = (schema: Record<string, unknown> = person, strict = true) => ({
  response_format: { type: 'json_schema' as const, json_schema: { name: 'person', schema, strict } },
})
const good = '{"name":"Ada","age":36}'
const negative = '{"name":"Ada","age":-1}'
const ageField = 'response_format.json_schema.schema.properties.age.minimum'

type Script = NonNullable<NonNullable<Parameters<typeof fakeProvider>[0]>['script']>

/** A provider that leaves something to be checked. */
function leaving(id: string, script: Script, unenforced: readonly string[] = [ageField]) {
  return fakeProvider({ id, models: [`${id}-model`], script, supports: () => ({ level: 'yes', dropped: [], unenforced }) })
}

function chainOf(...providers: readonly ProviderAdapter[]) {
  const audit = memoryAudit()
  const clock = fakeClock()
  const chain = providers.map(({ id }) => `${id}/${id}-model`)
  const client = createRouter({ providers, audit, clock, maxRetries: 0, models: { chain } })
  return {
    client,
    audit,
    clock,
    ask: (fields: object = format()) => client.chat.completions.create({ model: 'chain', messages, ...fields }),
    open: (fields: object = format()) => client.chat.completions.create({ model: 'chain', messages, ...fields, stream: true }),
  }
}

async function drain(opened: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  let error: unknown
  try {
    for await (const chunk of opened) chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  return { chunks, error, text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('') }
}

const thrownBy = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  )

describe('an answer whose vendor does not enforce the whole schema', () => {
  it('is handed over where it keeps to the schema', async () => {
    const { ask } = chainOf(leaving('first', answer(good)))
    expect((await ask()).choices[0]?.message.content).toBe(good)
  })

  it('goes on to the next target where it does not, and is paid for', async () => {
    const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
    const { ask, client, audit } = chainOf(leaving('first', [answer(negative, { usage })]), leaving('second', answer(good)))
    const completed = await ask()
    expect(completed.choices[0]?.message.content).toBe(good)
    expect(routeOf(completed)).toMatchObject({
      target: 'second/second-model',
      failed: [{ target: 'first/first-model', kind: 'mismatch', code: 'schema_mismatch' }],
    })
    await client.flush()
    const failed = audit.records.map(({ event }) => event).find(({ type }) => type === 'attempt.failed')
    expect(failed).toMatchObject({ usage: { input: 7, output: 5 }, usageSource: 'provider' })
    expect(client.breakers.snapshot('first/first-model').consecutiveErrors).toBe(0)
  })

  it('is an error that names path and keyword, and no content, where nothing is left', async () => {
    const { ask } = chainOf(leaving('first', answer('{"name":"Ada","age":-7,"secret":"hush"}')))
    const error = await thrownBy(ask())
    expect(error).toBeInstanceOf(APIConnectionError)
    expect(error).toMatchObject({ code: 'schema_mismatch' })
    expect(String(error)).not.toMatch(/hush|secret|-7/)
    expect(attemptsOf(error)).toMatchObject([{ kind: 'mismatch', code: 'schema_mismatch' }])
  })

  it.each([
    ['a number out of bounds', negative, /\$\.age: minimum/],
    ['a name that is not in the schema', '{"name":"Ada","age":1,"x4111":true}', /\$(?:\.\*)?: additionalProperties/],
    ['a property that is missing', '{"name":"Ada"}', /\$: required/],
    ['text that is no JSON', 'Sure! {"name":"Ada"}', /no JSON/],
    ['nothing', '', /no JSON/],
  ])('is told apart: %s', async (_name, text, told) => {
    const { ask } = chainOf(leaving('first', answer(text)))
    const error = await thrownBy(ask())
    expect(String(error)).toMatch(told)
    expect(String(error)).not.toMatch(/4111|Ada/)
  })
})

describe('what is not checked', () => {
  it.each([
    ['an answer of a target that enforces everything', leaving('first', answer(negative), [])],
    ['a refusal', leaving('first', answer('', { refusal: 'I cannot.' }))],
    ['an answer that was cut', leaving('first', answer('{"name":', { finish: 'length' }))],
    ['an answer that was filtered', leaving('first', answer('{"na', { finish: 'content_filter' }))],
    ['calls beside no text', leaving('first', toolCalls([{ name: 'other', arguments: { a: 1 } }]))],
  ])('%s is an answer', async (_name, provider) => {
    const { ask, open } = chainOf(provider, leaving('second', []))
    const tools = [{ type: 'function', function: { name: 'other', parameters: { type: 'object', properties: {} } } }]
    expect(routeOf(await ask({ ...format(), tools }))?.failed).toEqual([])
    expect((await drain(await open({ ...format(), tools }))).error).toBeUndefined()
  })

  it('a schema that is not strict promises JSON and no more', async () => {
    const { ask } = chainOf(leaving('first', [answer(negative), answer('[1]'), answer('Well.')], ['response_format']))
    expect((await ask(format(person, false))).choices[0]?.message.content).toBe(negative)
    expect((await ask(format(person, false))).choices[0]?.message.content).toBe('[1]')
    expect(await thrownBy(ask(format(person, false)))).toMatchObject({ code: 'schema_mismatch' })
  })
})

describe('a JSON object that is asked for in words', () => {
  const wanted = { response_format: { type: 'json_object' } }

  it.each([
    ['{"a":1}', undefined],
    [' {"a":1}\n', undefined],
    ['[1]', 'schema_mismatch'],
    ['null', 'schema_mismatch'],
    ['```json\n{"a":1}\n```', 'schema_mismatch'],
  ])('must be one: %j', async (text, code) => {
    const { ask } = chainOf(leaving('first', answer(text), ['response_format']))
    const error = await thrownBy(ask(wanted))
    if (code === undefined) expect(error).toBeUndefined()
    else expect(error).toMatchObject({ code })
  })
})

describe('the arguments of strict tools', () => {
  const tools = [
    { type: 'function', function: { name: 'loose', parameters: person } },
    { type: 'function', function: { name: 'save', strict: true, parameters: person } },
  ]
  const left = ['tools[1].function.parameters.properties.age.minimum']

  it.each([
    ['that keep to the schema', [{ name: 'save', arguments: good }], undefined],
    ['that break it', [{ name: 'save', arguments: negative }], /\$\.age: minimum \(tools\[1\]/],
    [
      'of the second of two calls',
      [
        { name: 'save', arguments: good },
        { name: 'save', arguments: '{}' },
      ],
      /\$: required/,
    ],
    ['that are no JSON', [{ name: 'save', arguments: '{"name":' }], /no JSON/],
    ['of a tool that is not strict', [{ name: 'loose', arguments: negative }], undefined],
  ])('are checked: those %s', async (_name, calls, told) => {
    const { ask, open } = chainOf(leaving('first', toolCalls(calls), left))
    const error = await thrownBy(ask({ tools }))
    const streamed = await drain(await open({ tools }))
    if (told === undefined) expect([error, streamed.error]).toEqual([undefined, undefined])
    else {
      expect(String(error)).toMatch(told)
      expect(String(streamed.error)).toMatch(told)
    }
  })

  it('are checked where the call was forced, which ends with stop', async () => {
    const { ask } = chainOf(leaving('first', toolCalls([{ name: 'save', arguments: negative }], { finish: 'stop' }), left))
    expect(await thrownBy(ask({ tools }))).toMatchObject({ code: 'schema_mismatch' })
  })
})

const choice = (index: number, content: string) => ({
  index,
  message: { role: 'assistant' as const, content, refusal: null },
  finish_reason: 'stop' as const,
  logprobs: null,
})
const both = (...texts: readonly string[]) =>
  completion({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: texts.map((text, index) => choice(index, text)),
  })

describe('a stream', () => {
  it('that keeps to the schema is handed over as it came, usage last', async () => {
    const { open, client } = chainOf(leaving('first', stream(['{"name":', '"Ada",', '"age":36}'])))
    const opened = await open({ ...format(), stream_options: { include_usage: true } })
    const { chunks, text, error } = await drain(opened)
    expect(error).toBeUndefined()
    expect(text).toBe(good)
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } })
    expect(client.breakers.snapshot('first/first-model').consecutiveErrors).toBe(0)
  })

  it('that does not ends with the interruption in place of its finish, and is paid for by the vendor’s count', async () => {
    const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
    const { open, client, audit } = chainOf(
      leaving('first', stream(['{"name":"Ada",', '"age":-1}'], { usage })),
      leaving('second', []),
    )
    const { chunks, text, error } = await drain(await open())
    expect(text).toBe(negative)
    expect(chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))).toEqual([])
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(error).toMatchObject({
      kind: 'mismatch',
      code: 'schema_mismatch',
      partialText: negative,
      usageSoFar: { input: 7, output: 5 },
    })
    await client.flush()
    const events = audit.records.map(({ event }) => event)
    expect(events.find(({ type }) => type === 'attempt.failed')).toMatchObject({ usage: { input: 7 }, usageSource: 'provider' })
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['stream.interrupted', 'request.failed'])
  })

  it('of which nothing has been handed over goes on to the next target unseen', async () => {
    const { open } = chainOf(leaving('first', stream([])), leaving('second', stream([good])))
    const opened = await open()
    expect(await drain(opened)).toMatchObject({ text: good, error: undefined })
    expect(routeOf(opened)).toMatchObject({ target: 'second/second-model', failed: [{ code: 'schema_mismatch' }] })
  })

  it('with several choices is checked as a whole', async () => {
    const { open } = chainOf(leaving('first', [both(good, good), both(good, negative)]))
    const whole = await drain(await open({ ...format(), n: 2 }))
    expect(whole.error).toBeUndefined()
    expect(whole.chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))).toEqual([
      'stop',
      'stop',
    ])
    expect((await drain(await open({ ...format(), n: 2 }))).error).toMatchObject({ code: 'schema_mismatch' })
  })

  it('that breaks before its finish is what it was', async () => {
    const { open } = chainOf(leaving('first', stream(['{"na', 'me"'], { failAfter: 1, error: fail({ kind: 'overloaded' }) })))
    expect((await drain(await open())).error).toMatchObject({ kind: 'overloaded' })
  })

  it('whose vendor says nothing more after the finish is not waited for', async () => {
    const endless = {
      ...leaving('first', []),
      async *stream() {
        const base = { id: 'c', object: 'chat.completion.chunk' as const, created: 1, model: 'm' }
        yield {
          ...base,
          choices: [{ index: 0, delta: { role: 'assistant' as const, content: good }, finish_reason: null, logprobs: null }],
        }
        yield { ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' as const, logprobs: null }] }
        await new Promise(() => undefined)
      },
    }
    const { open, clock } = chainOf(endless)
    const drained = open().then(drain)
    await clock.advanceAsync(2001)
    expect(await drained).toMatchObject({ text: good, error: undefined })
  })
})

describe('explain()', () => {
  const client = createRouter({
    keys: memoryKeys({ ANTHROPIC_API_KEY: 'k-anthropic-1', DEEPSEEK_API_KEY: 'k-deepseek-1', OPENAI_API_KEY: 'k-openai-1' }),
    providers: [openai(), anthropic(), deepseek()],
    models: { all: ['openai/gpt-6.1-sol', 'anthropic/claude-sonnet-5', 'deepseek/deepseek-v4-flash'] },
  })

  it('says what each target leaves to be checked, and strict does not mind', async () => {
    const { chain, warnings, rejected } = await client.with({ strict: true }).explain({ model: 'all', messages, ...format() })
    expect(rejected).toEqual([])
    expect(chain.map(({ provider, unenforced }) => [provider, unenforced])).toEqual([
      ['openai', undefined],
      ['anthropic', ['response_format.json_schema.schema.properties.name.maxLength', ageField]],
      ['deepseek', ['response_format.json_schema.schema']],
    ])
    expect(warnings).toEqual([
      `anthropic/claude-sonnet-5 does not enforce response_format.json_schema.schema.properties.name.maxLength, ${ageField}: its answer is checked here`,
      'deepseek/deepseek-v4-flash does not enforce response_format.json_schema.schema: its answer is checked here',
    ])
  })

  it.each<[unknown]>([['all'], [[5]], [{}]])('does not take %j for paths', async (unenforced) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JavaScript would give
    const supports = () => ({ level: 'yes', dropped: [], unenforced }) as Support
    const odd = fakeProvider({ id: 'odd', models: ['m'], supports })
    const { rejected } = await createRouter({ providers: [odd] }).explain({ model: 'odd/m', messages })
    expect(rejected).toMatchObject([{ detail: expect.stringContaining('could not say what it supports') }])
  })

  it('names the first of many', async () => {
    const properties = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, { type: 'string', maxLength: 1 }]))
    const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
    const { chain, warnings } = await client.explain({ model: 'anthropic/claude-sonnet-5', messages, ...format(schema) })
    expect(chain[0]?.unenforced).toHaveLength(9)
    expect(warnings[0]).toMatch(/p0\.maxLength, .*p1\.maxLength, .*p2\.maxLength and 6 more: /)
  })

  it('has a schema that no vendor could keep to refused with field and rule, and the chain goes on', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '(?i)x' } } }
    const { chain, rejected } = await client.explain({ model: 'all', messages, ...format(schema) })
    expect(chain.map(({ provider }) => provider)).toEqual(['openai'])
    expect(rejected.map(({ field, detail }) => [field, detail])).toEqual([
      ['response_format.json_schema', expect.stringMatching(/anthropic\/claude-sonnet-5.*properties\.a\.pattern/)],
      ['response_format.json_schema', expect.stringMatching(/deepseek\/deepseek-v4-flash.*properties\.a\.pattern/)],
    ])
  })
})

// One vendor wants the schema as a text.
const parsed = (key: string, value: unknown): unknown => (key === 'schema' && typeof value === 'string' ? JSON.parse(value) : value)

/** Every adapter with a transport that notes the body and refuses. */
const sent: Record<string, unknown>[] = []
const fetch: typeof globalThis.fetch = async (input, init) => {
  const text = init?.body ?? (input instanceof Request ? await input.text() : '{}')
  const body: unknown = JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(Object(text)), parsed)
  sent.push({ ...Object(body) })
  return Response.json({ error: { message: 'noted' } }, { status: 503 })
}
const providers = {
  openai: openai({ fetch }),
  azure: azure({ fetch, resource: 'test', deployments: { house: 'gpt-5.4' } }),
  anthropic: anthropic({ fetch }),
  bedrock: bedrock({ fetch, region: 'us-east-1' }),
  google: google({ fetch }),
  mistral: mistral({ fetch }),
  xai: xai({ fetch }),
  deepseek: deepseek({ fetch }),
  perplexity: perplexity({ fetch }),
  cohere: cohere({ fetch }),
  groq: groq({ fetch }),
  openrouter: openrouter({ fetch }),
}
const models = {
  openai: 'openai/gpt-6.1-sol',
  azure: 'azure/house',
  anthropic: 'anthropic/claude-sonnet-5',
  bedrock: 'bedrock/us.anthropic.claude-sonnet-4-6',
  google: 'google/gemini-3.8-flash',
  mistral: 'mistral/mistral-large-2512',
  xai: 'xai/grok-4.3',
  deepseek: 'deepseek/deepseek-v4-flash',
  perplexity: 'perplexity/perplexity/sonar',
  cohere: 'cohere/command-a-03-2025',
  groq: 'groq/openai/gpt-oss-120b',
  openrouter: 'openrouter/some/model',
}
const everyone = createRouter({
  providers: Object.values(providers),
  keys: { get: ({ length }) => Promise.resolve(new Secret('k'.repeat(length + 8))) },
  maxRetries: 0,
})

const isVendor = (name: string): name is keyof typeof models => Object.hasOwn(models, name)
const vendors = Object.keys(models).filter(isVendor)

/** What goes over the wire for these fields, and what is said beforehand. */
async function asked(provider: keyof typeof models, fields: object) {
  sent.length = 0
  const body = { model: models[provider], messages, ...fields }
  const { chain, rejected } = await everyone.explain(body)
  await thrownBy(everyone.chat.completions.create(body))
  return { body: sent[0] ?? {}, unenforced: chain[0]?.unenforced, rejected }
}

/** With a constraint that few enforce, a union that few know, a name that is optional, a definition. */
const order = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^[A-Z]+$' },
    kind: { oneOf: [{ const: 'new' }, { const: 'old' }] },
    lines: { type: 'array', items: { $ref: '#/$defs/line' }, minItems: 1, maxItems: 9 },
  },
  required: ['id', 'kind', 'lines'],
  additionalProperties: false,
  $defs: { line: { type: 'object', properties: { count: { type: 'integer', exclusiveMinimum: 0 } }, required: ['count'] } },
}
/** In the words of those whose objects are closed and who know none of the constraints. */
const closedOrder = {
  ...order,
  properties: {
    id: { type: 'string', description: '{pattern: "^[A-Z]+$"}' },
    kind: { anyOf: [{ const: 'new' }, { const: 'old' }] },
    lines: { type: 'array', items: { $ref: '#/$defs/line' }, minItems: 1, description: '{maxItems: 9}' },
  },
  $defs: {
    line: {
      type: 'object',
      properties: { count: { type: 'integer', description: '{exclusiveMinimum: 0}' } },
      required: ['count'],
      additionalProperties: false,
    },
  },
}
/** In the words of the one that has a word for some of them. */
const plainOrder = {
  ...order,
  properties: {
    ...order.properties,
    kind: {
      oneOf: [
        { enum: ['new'], type: 'string' },
        { enum: ['old'], type: 'string' },
      ],
    },
  },
  $defs: { line: { type: 'object', properties: { count: { type: 'integer', minimum: 1 } }, required: ['count'] } },
}
const named = { name: 'person', strict: true, schema: order }
const leftIn = (...paths: readonly string[]) => paths.map((path) => `response_format.json_schema.schema${path}`)
const below = (...keywords: readonly string[]) => leftIn(...keywords.map((path) => `.${path}`))
const closedLosses = [
  'properties.id.pattern',
  'properties.kind.oneOf',
  'properties.lines.maxItems',
  '$defs.line.properties.count.exclusiveMinimum',
]

describe('one strict schema at every vendor', () => {
  it.each<[keyof typeof models, object, readonly string[] | undefined]>([
    ['openai', { response_format: { type: 'json_schema', json_schema: named } }, undefined],
    ['azure', { response_format: { type: 'json_schema', json_schema: named } }, undefined],
    ['anthropic', { output_config: { format: { type: 'json_schema', schema: closedOrder } } }, below(...closedLosses)],
    [
      'bedrock',
      {
        outputConfig: {
          textFormat: { structure: { jsonSchema: { name: 'person', schema: closedOrder } } },
        },
      },
      below(...closedLosses),
    ],
    [
      'google',
      { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: plainOrder } },
      below('properties.id.pattern', 'properties.kind.oneOf'),
    ],
    [
      'mistral',
      { response_format: { type: 'json_schema', json_schema: named } },
      below(
        'properties.id.pattern',
        'properties.kind.oneOf',
        'properties.lines.minItems',
        'properties.lines.maxItems',
        '$defs.line.properties.count.exclusiveMinimum',
      ),
    ],
    [
      'xai',
      { response_format: { type: 'json_schema', json_schema: named } },
      below(
        'properties.id.pattern',
        'properties.kind.oneOf',
        'properties.lines.minItems',
        'properties.lines.maxItems',
        '$defs.line.properties.count.exclusiveMinimum',
      ),
    ],
    [
      'deepseek',
      {
        response_format: { type: 'json_object' },
        messages: [{ role: 'system', content: expect.stringContaining(JSON.stringify(order)) }, ...messages],
      },
      leftIn(''),
    ],
    ['perplexity', { response_format: { type: 'json_schema', json_schema: named } }, leftIn('')],
    [
      'cohere',
      { response_format: { type: 'json_object', json_schema: order } },
      expect.arrayContaining(below('properties.id.pattern')),
    ],
    [
      'groq',
      { response_format: { type: 'json_schema', json_schema: named } },
      expect.arrayContaining(below('properties.id.pattern')),
    ],
    ['openrouter', { response_format: { type: 'json_schema', json_schema: named } }, leftIn('')],
  ])('%s gets it in its own words, and what it leaves is known', async (provider, body, unenforced) => {
    const found = await asked(provider, { response_format: { type: 'json_schema', json_schema: named } })
    expect(found.body).toMatchObject(body)
    expect(found.unenforced).toEqual(unenforced)
  })
})

describe('any JSON object at every vendor', () => {
  it.each<[keyof typeof models, readonly string[] | undefined]>([
    ['openai', undefined],
    ['anthropic', ['response_format']],
    ['bedrock', ['response_format']],
    ['google', undefined],
    ['mistral', undefined],
    ['perplexity', ['response_format']],
    // It has a JSON mode, which sometimes answers with nothing.
    ['deepseek', ['response_format']],
    ['groq', undefined],
  ])('%s leaves %j', async (provider, unenforced) => {
    expect((await asked(provider, { response_format: { type: 'json_object' } })).unenforced).toEqual(unenforced)
  })
})

describe('one strict tool at every vendor', () => {
  const closed = {
    type: 'object',
    properties: { a: { type: 'string', maxLength: 3 } },
    required: ['a'],
    additionalProperties: false,
  }
  const described = { ...closed, properties: { a: { type: 'string', description: '{maxLength: 3}' } } }
  const { additionalProperties: _, ...opened } = closed
  const tool = { type: 'function', function: { name: 'f', strict: true, parameters: closed } }
  const whole = ['tools[0].function.parameters']
  const part = ['tools[0].function.parameters.properties.a.maxLength']

  it.each<[keyof typeof models, object, readonly string[] | undefined]>([
    ['openai', { tools: [{ name: 'f', strict: true, parameters: closed }] }, undefined],
    ['anthropic', { tools: [{ name: 'f', strict: true, input_schema: described }] }, part],
    [
      'bedrock',
      { toolConfig: { tools: [{ toolSpec: { name: 'f', description: 'f', strict: true, inputSchema: { json: described } } }] } },
      part,
    ],
    [
      'google',
      {
        tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: closed }] }],
        toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } },
      },
      part,
    ],
    ['mistral', { tools: [tool] }, whole],
    ['xai', { tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: opened } }] }, part],
    ['deepseek', { tools: [tool] }, whole],
    ['perplexity', { tools: [{ type: 'function', name: 'f', strict: true, parameters: closed }] }, whole],
    [
      'cohere',
      { strict_tools: true, tools: [{ type: 'function', function: { name: 'f', parameters: closed } }] },
      [...part, 'tools[0].function.parameters.additionalProperties'],
    ],
    ['groq', { tools: [tool] }, whole],
  ])('%s gets it in its own words, and what it leaves is known', async (provider, body, unenforced) => {
    const found = await asked(provider, { tools: [tool] })
    expect(found.body).toMatchObject(body)
    expect(found.unenforced).toEqual(unenforced)
  })
})

const functions = (...names: readonly string[]) =>
  names.map((name) => ({ type: 'function', function: { name, parameters: { type: 'object', properties: {} } } }))

describe('what a vendor would refuse', () => {
  const many = (count: number) => ({ tools: functions(...Array.from({ length: count }, (_, index) => `f${index}`)) })

  it.each<[keyof typeof models, string, object, string, RegExp | undefined]>([
    ['openai', 'a dot in a name', { tools: functions('f', 'a.b') }, 'tools[1].function.name', /1 to 64 letters/],
    ['openai', '65 characters', { tools: functions('x'.repeat(65)) }, 'tools[0].function.name', /1 to 64/],
    ['openai', '129 tools', many(129), 'tools', /at most 128/],
    [
      'openai',
      'a format named in words',
      { response_format: { type: 'json_schema', json_schema: { name: 'my answer' } } },
      'response_format.json_schema.name',
      /1 to 64/,
    ],
    ['azure', 'a dot in a name', { tools: functions('a.b') }, 'tools[0].function.name', /1 to 64/],
    ['anthropic', '129 characters', { tools: functions('x'.repeat(129)) }, 'tools[0].function.name', /1 to 128/],
    ['anthropic', '65 characters', { tools: functions('x'.repeat(65)) }, '', undefined],
    ['bedrock', '65 characters', { tools: functions('x'.repeat(65)) }, 'tools[0].function.name', /1 to 64/],
    ['google', 'a space in a name', { tools: functions('a b') }, 'tools[0].function.name', /1 to 128/],
    ['google', 'a dot in a name', { tools: functions('a.b', '1st') }, '', undefined],
    ['google', '513 tools', many(513), 'tools', /at most 512/],
    ['mistral', 'a dot in a name', { tools: functions('a.b') }, 'tools[0].function.name', /1 to 64/],
    ['perplexity', 'a dot in the older form', { functions: [{ name: 'a.b' }] }, 'functions[0].name', /1 to 64/],
    ['deepseek', '129 tools', many(129), 'tools', /at most 128/],
    ['groq', 'a dot in the older form', { functions: [{ name: 'a.b' }] }, 'functions[0].name', /must match/],
    ['openrouter', 'a dot in a name', { tools: functions('a.b') }, '', undefined],
  ])('%s: %s', async (provider, _what, fields, field, rule) => {
    const { rejected, body } = await asked(provider, fields)
    if (rule === undefined) return expect(body).not.toEqual({})
    expect(rejected).toMatchObject([{ reason: 'unsupported', field, detail: expect.stringMatching(rule) }])
    return expect(sent).toEqual([])
  })

  it.each(vendors)('%s: parameters that are not those of an object', async (provider) => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'string' } } }]
    const { rejected } = await asked(provider, { tools })
    // OpenAI says itself what it thinks of a schema: its own client makes such ones.
    if (provider === 'openai' || provider === 'azure') return expect(rejected).toEqual([])
    const refusal = { field: 'tools[0].function.parameters', detail: expect.stringMatching(/of type 'object'/) }
    return expect(rejected).toMatchObject([refusal])
  })

  it('goes to the next target that takes it, or is a 400 that names target, field and rule, before any call', async () => {
    const tools = functions('x'.repeat(100)).map((each) => ({ ...each, type: 'function' as const }))
    const chain = everyone.with({ fallback: [models.anthropic] })
    expect(await chain.explain({ model: models.openai, messages, tools })).toMatchObject({
      chain: [{ provider: 'anthropic' }],
      rejected: [{ target: models.openai, field: 'tools[0].function.name' }],
    })
    sent.length = 0
    const error = await thrownBy(everyone.chat.completions.create({ model: models.openai, messages, tools }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'tools[0].function.name' })
    expect(String(error)).toMatch(/openai\/gpt-6\.1-sol.*tools\[0\]\.function\.name.*1 to 64/)
    expect(sent).toEqual([])
  })

  it('gets a description at the vendor that wants one, and one object at the root where unions are refused there', async () => {
    const union = {
      oneOf: [
        { type: 'object', properties: { a: { type: 'string' } } },
        { type: 'object', properties: { a: { type: 'number' }, b: {} } },
      ],
    }
    const tools = [{ type: 'function', function: { name: 'f', parameters: union } }]
    const schema = { type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'number' }] }, b: {} } }
    expect((await asked('anthropic', { tools })).body).toMatchObject({ tools: [{ input_schema: schema }] })
    expect((await asked('bedrock', { tools })).body).toMatchObject({
      toolConfig: { tools: [{ toolSpec: { description: 'f', inputSchema: { json: schema } } }] },
    })
  })
})
