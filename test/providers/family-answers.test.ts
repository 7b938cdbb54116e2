import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { cerebras, deepseek, groq, openaiCompatible, openrouter, together, xai } from '../../src/providers/family/index.ts'
import { answer, answered, bodyOf, callOf, failureOf, request, streamed, wired } from './family-bench.ts'
import type { Factory } from './family-bench.ts'

const acme: Factory = ({ baseURL = 'https://api.acme.example/v1', ...rest }) => openaiCompatible({ ...rest, id: 'acme', baseURL })

function choice(message: object, finish_reason: unknown = 'stop') {
  return { ...answer, choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }] }
}

const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 }
const withUsage = (sent: object) => ({ ...answer, usage: sent })

function chunk(delta: object, finish_reason: unknown = null, rest: object = {}) {
  const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }
  return { ...head, choices: [{ index: 0, delta, finish_reason }], ...rest }
}
const done = 'data: [DONE]\n\n'

const textIn = (value: object, field: string): string => {
  const text: unknown = Reflect.get(value, field)
  return typeof text === 'string' ? text : ''
}
const joined = (values: readonly object[], field: string) => values.map((value) => textIn(value, field)).join('')
const deltas = (chunks: readonly ChatCompletionChunk[]) => chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
const finishes = (chunks: readonly ChatCompletionChunk[]) =>
  chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))

describe('an answer of the family, as OpenAI would have written it', () => {
  it.each([
    [{ reasoning_content: 'why' }],
    [{ reasoning: 'why' }],
    [{ thinking: 'why' }],
    [{ reasoning: null, reasoning_details: [{ type: 'reasoning.text', text: 'why' }] }],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'why' }] },
          { type: 'text', text: 'so' },
        ],
      },
    ],
  ])('has the reasoning in reasoning_content: %j', async (message) => {
    const { choices } = await answered(acme, choice({ content: 'so', ...message }))
    expect(choices[0]?.message).toMatchObject({ content: 'so', reasoning_content: 'why' })
    expect(choices[0]?.message).not.toHaveProperty('reasoning')
  })

  it.each([
    ['eos', 'stop'],
    ['COMPLETE', 'stop'],
    ['model_length', 'length'],
    ['sensitive', 'content_filter'],
    ['', 'stop'],
    [null, 'stop'],
    ['a_word_of_its_own', 'a_word_of_its_own'],
  ])('says %j as %j', async (sent, expected) => {
    expect((await answered(acme, choice({ content: 'x' }, sent))).choices[0]?.finish_reason).toBe(expected)
  })

  it('says tool_calls where there are calls, with ids, types and arguments as text', async () => {
    const tool_calls = [{ function: { name: 'f', arguments: { a: 1 } } }, { id: '', function: { name: 'g' } }]
    const { choices } = await answered(acme, choice({ tool_calls }))
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        tool_calls: [
          { id: expect.stringMatching(/./), type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: expect.stringMatching(/./), type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
    })
  })

  it('has what a server left out: id, index, whole seconds, object', async () => {
    const { id, ...bare } = choice({ content: 'x' })
    const completion = await answered(acme, { ...bare, id: '', created: 1.5, object: 'chat.completions' })
    expect(completion).toMatchObject({ object: 'chat.completion', created: 1, choices: [{ index: 0 }] })
    expect(completion.id).not.toBe('')
    expect(id).toBe('chatcmpl-1')
  })

  it.each([
    [
      deepseek,
      { ...usage, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { prompt_tokens_details: { cached_tokens: 8 } },
    ],
    [together, { ...usage, cached_tokens: 3 }, { prompt_tokens_details: { cached_tokens: 3 } }],
    [acme, { ...usage, reasoning_tokens: 2 }, { completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 } }],
    [
      xai,
      { prompt_tokens: 10, completion_tokens: 4, total_tokens: 17, completion_tokens_details: { reasoning_tokens: 3 } },
      { completion_tokens: 7, total_tokens: 17 },
    ],
    [
      xai,
      { prompt_tokens: 10, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 3 } },
      { completion_tokens: 7 },
    ],
    [xai, { ...usage, total_tokens: 14, completion_tokens_details: { reasoning_tokens: 3 } }, { completion_tokens: 4 }],
    [xai, { ...usage, cost_in_usd_ticks: 2_488_500 }, { cost: 0.00024885 }],
    [openrouter, { ...usage, cost: 0.5 }, { cost: 0.5 }],
  ])('%# counts as OpenAI counts, and keeps the bill', async (create, sent, expected) => {
    expect((await answered(create, withUsage(sent))).usage).toMatchObject(expected)
  })

  it.each([
    ['insufficient_system_resource', 'overloaded'],
    ['error', 'server'],
  ])('that ends with %j is a failure', async (reason, kind) => {
    const failure = await failureOf(deepseek, answered(deepseek, choice({ content: 'x' }, reason)))
    expect(failure).toMatchObject({ kind })
  })

  it('may come after blank lines that keep the connection open', async () => {
    const { adapter } = wired(deepseek, { reply: () => new Response(`\n\n\n${JSON.stringify(answer)}`) })
    expect((await adapter.complete(callOf())).choices[0]?.message.content).toBe('Hello')
  })
})

describe('a stream of the family, as OpenAI would have written it', () => {
  it('has reasoning in reasoning_content, one role, and one finish reason', async () => {
    const chunks = await streamed(cerebras, [
      chunk({ role: 'assistant', reasoning: 'w' }),
      chunk({ role: 'assistant', reasoning: 'hy', content: null }),
      chunk({ role: 'assistant', content: 'so' }),
      chunk({ role: 'assistant', content: '' }, 'stop', { usage }),
      done,
    ])
    expect(joined(deltas(chunks), 'reasoning_content')).toBe('why')
    expect(deltas(chunks).filter(({ role }) => role !== undefined)).toHaveLength(1)
    expect(finishes(chunks)).toEqual(['stop'])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage })
  })

  it('has its usage also where it comes beside the vendor’s own data', async () => {
    const chunks = await streamed(groq, [chunk({ content: 'x' }), chunk({}, 'stop', { x_groq: { usage } }), done])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage })
  })

  it('numbers tool calls by their ids where the server does not', async () => {
    const call = (id: string | undefined, name: string | undefined, text: unknown) =>
      chunk({ tool_calls: [{ ...(id && { id }), function: { ...(name && { name }), arguments: text } }] })
    const chunks = await streamed(acme, [
      call('a', 'f', '{"x"'),
      call(undefined, undefined, ':1}'),
      call('b', 'g', { y: 2 }),
      call('c', 'h', undefined),
      chunk({}, 'stop'),
      done,
    ])
    const pieces = deltas(chunks).flatMap(({ tool_calls }) => tool_calls ?? [])
    const text = (index: number) =>
      pieces
        .filter((one) => one.index === index)
        .map((one) => one.function?.arguments ?? '')
        .join('')
    expect([0, 1, 2].map(text)).toEqual(['{"x":1}', '{"y":2}', '{}'])
    expect(pieces.flatMap(({ id }) => id ?? [])).toEqual(['a', 'b', 'c'])
    expect(finishes(chunks)).toEqual(['tool_calls'])
  })

  it('ends where the terminal event follows the usage, though no finish reason came; elsewhere it is cut', async () => {
    const started = [chunk({ content: 'x' }), chunk({ content: '' }, '')]
    const counted = { ...chunk({}), choices: [], usage }
    expect(finishes(await streamed(acme, [...started, counted, done]))).toEqual(['stop'])
    expect(await failureOf(acme, streamed(acme, [...started, done]))).toMatchObject({ kind: 'truncated' })
    expect(await failureOf(acme, streamed(acme, [...started, counted]))).toMatchObject({ kind: 'truncated' })
    const strict: Factory = (options) => acme({ ...options, profile: { infersFinish: false } })
    expect(await failureOf(strict, streamed(strict, [...started, counted, done]))).toMatchObject({ kind: 'truncated' })
  })

  it.each([
    [
      { error: { code: 502, message: 'Provider disconnected' }, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] },
      'server',
    ],
    [{ choices: [{ index: 0, delta: {}, finish_reason: 'error', error: { code: 429, message: 'x' } }] }, 'rate_limit'],
    [chunk({}, 'insufficient_system_resource'), 'overloaded'],
    [{ code: 'x', error: 'Too many requests for this model' }, 'server'],
  ])('%# that tells of an error throws it, after what came before', async (event, kind) => {
    const { adapter } = wired(openrouter, {
      reply: () =>
        new Response(
          `: OPENROUTER PROCESSING\n\ndata: ${JSON.stringify(chunk({ content: 'so far' }))}\n\ndata: ${JSON.stringify(event)}\n\n`,
        ),
    })
    const iterator = adapter.stream(callOf({ request: { ...request, stream: true } }))[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ choices: [{ delta: { content: 'so far' } }] })
    expect(await failureOf(openrouter, iterator.next())).toMatchObject({ kind })
  })

  it('is the same from an answer that was not streamed', async () => {
    const whole = {
      ...choice({ content: 'so', reasoning: 'why' }),
      usage: { ...usage, total_tokens: 17, completion_tokens_details: { reasoning_tokens: 3 } },
    }
    const { adapter } = wired(xai, { reply: () => Response.json(whole) })
    const chunks: ChatCompletionChunk[] = []
    for await (const one of adapter.stream(callOf({ request: { ...request, stream: true } }))) chunks.push(one)
    expect(deltas(chunks)).toMatchObject([{ role: 'assistant' }, { reasoning_content: 'why' }, { content: 'so' }, {}])
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 7, total_tokens: 17 })
  })

  it('keeps the grammar whatever the pieces are', async () => {
    const piece = fc.oneof(
      fc.record({ reasoning: fc.string({ minLength: 1 }) }),
      fc.record({ reasoning_content: fc.string({ minLength: 1 }) }),
      fc.record({ content: fc.string() }),
      fc.record({ content: fc.constant(null), role: fc.constant('assistant') }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('eos', 'stop', 'max_tokens'),
        async (pieces, end) => {
          const chunks = await streamed(acme, [...pieces.map((delta) => chunk(delta)), chunk({}, end, { usage }), done])
          const all = deltas(chunks)
          expect(joined(all, 'content')).toBe(joined(pieces, 'content'))
          expect(joined(all, 'reasoning_content')).toBe(
            pieces.map((one) => textIn(one, 'reasoning') + textIn(one, 'reasoning_content')).join(''),
          )
          expect(all.filter(({ role }) => role !== undefined)).toHaveLength(1)
          expect(finishes(chunks)).toHaveLength(1)
          expect(chunks.filter((one) => one.usage)).toHaveLength(1)
        },
      ),
      { numRuns: 60 },
    )
  })
})

const turn = (message: object) => [
  ...request.messages,
  { role: 'assistant', content: 'x', ...message },
  { role: 'user', content: 'y' },
]
const assistant = (body: Readonly<Record<string, unknown>>): unknown => {
  const { messages } = body
  return Array.isArray(messages) ? messages[1] : undefined
}

describe('what must come back in the next turn', () => {
  const details = [
    { type: 'reasoning.text', text: 'a ', index: 0, format: 'f' },
    { type: 'reasoning.text', text: 'b', index: 0, signature: 's' },
    { type: 'reasoning.encrypted', data: 'x', index: 1 },
  ]
  const whole = [
    { type: 'reasoning.text', text: 'a b', index: 0, format: 'f', signature: 's' },
    { type: 'reasoning.encrypted', data: 'x', index: 1 },
  ]

  it('is kept whole from a stream, and sent to its owner alone', async () => {
    const chunks = await streamed(openrouter, [
      ...details.map((detail) => chunk({ content: '', reasoning: null, reasoning_details: [detail] })),
      chunk({ content: 'x' }),
      chunk({}, 'stop'),
      done,
    ])
    const [state] = deltas(chunks).flatMap((delta) => ('provider_state' in delta ? [delta.provider_state] : []))
    expect(state).toEqual({ v: 1, provider: 'openrouter', model: 'm', blocks: whole })
    expect(joined(deltas(chunks), 'reasoning_content')).toBe('a b')
    const messages = turn({ provider_state: state, reasoning_content: 'a b' })
    expect(assistant(await bodyOf(openrouter, { messages }))).toEqual({ role: 'assistant', content: 'x', reasoning_details: whole })
    expect(assistant(await bodyOf(groq, { messages }))).toEqual({ role: 'assistant', content: 'x' })
  })

  it('is the vendor’s own field, where a caller kept that', async () => {
    const messages = turn({ reasoning_details: whole })
    expect(assistant(await bodyOf(openrouter, { messages }))).toHaveProperty('reasoning_details', whole)
  })

  it('stays away where another vendor signed it', async () => {
    const messages = turn({
      provider_state: { v: 1, provider: 'other', model: 'm', blocks: [{ a: 1 }] },
      reasoning_content: 'their thoughts',
    })
    expect(assistant(await bodyOf(openrouter, { messages }))).toEqual({ role: 'assistant', content: 'x' })
    expect(assistant(await bodyOf(deepseek, { messages }, 'deepseek-v4-pro'))).toEqual({
      role: 'assistant',
      content: 'x',
      reasoning_content: '',
    })
  })

  it('is the reasoning itself at a vendor that wants it on every turn, and none at one that refuses it', async () => {
    const messages = turn({ reasoning_content: 'mine' })
    expect(assistant(await bodyOf(deepseek, { messages }, 'deepseek-v4-pro'))).toHaveProperty('reasoning_content', 'mine')
    expect(assistant(await bodyOf(deepseek, { messages: turn({}) }, 'deepseek-v4-pro'))).toHaveProperty('reasoning_content', '')
    expect(assistant(await bodyOf(deepseek, { messages }, 'deepseek-reasoner'))).not.toHaveProperty('reasoning_content')
  })
})
