import fc from 'fast-check'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { mistral } from '../../src/providers/mistral/index.ts'
import { call, chunk, events, failureOf, model, streamed, wire } from './mistral-fixtures.ts'

type Call = { id: string | undefined; name: string; json: string }

function deltas(chunks: readonly ChatCompletionChunk[], choice = 0): readonly OpenAI.ChatCompletionChunk.Choice.Delta[] {
  return chunks.flatMap(({ choices }) => choices.filter(({ index }) => index === choice).map(({ delta }) => delta))
}

function textOf(chunks: readonly ChatCompletionChunk[], choice = 0): string {
  return deltas(chunks, choice)
    .map(({ content }) => content ?? '')
    .join('')
}

function reasoningOf(chunks: readonly ChatCompletionChunk[]): string {
  return deltas(chunks)
    .map((delta) => ('reasoning_content' in delta ? String(delta.reasoning_content) : ''))
    .join('')
}

/** The calls that the deltas add up to. Fails where one is continued before it began. */
function callsOf(chunks: readonly ChatCompletionChunk[]): readonly Call[] {
  const calls: Call[] = []
  for (const { index, id, function: called } of deltas(chunks).flatMap(({ tool_calls = [] }) => tool_calls)) {
    if (index === calls.length) calls.push({ id, name: called?.name ?? '', json: '' })
    const begun = calls[index]
    expect(begun).toBeDefined()
    if (begun !== undefined) begun.json += called?.arguments ?? ''
  }
  return calls
}

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }

const toolCall = (index: number, id: string | null | undefined, name: string, args: unknown): object => ({
  index,
  id,
  function: { name, arguments: args },
})

const of = (index: number, delta: object, finish_reason: string | null = null, more: object = {}): object =>
  chunk({}, null, { choices: [{ index, delta, finish_reason }], ...more })

const thought = (text: string, more: object = {}): object =>
  chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }], ...more }] })

describe('a stream', () => {
  it('gives thinking and text as they come, and the joined chunks with the end', async () => {
    const chunks = await streamed(() =>
      events(
        chunk({ role: 'assistant', content: '' }),
        thought('Two '),
        thought('and two.', { signature: 'sig', closed: true }),
        chunk({ content: 'Fo' }),
        chunk({ content: [{ type: 'text', text: 'ur.' }] }),
        chunk({ content: '' }, 'stop', { usage }),
        '[DONE]',
      ),
    )
    expect(reasoningOf(chunks)).toBe('Two and two.')
    expect(textOf(chunks)).toBe('Four.')
    expect(chunks.at(-2)?.choices[0]?.delta).toEqual({
      provider_state: {
        v: 1,
        provider: 'mistral',
        model,
        blocks: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Two and two.' }], signature: 'sig', closed: true },
          { type: 'text', text: 'Four.' },
        ],
      },
    })
  })

  it.each<[string, readonly object[], readonly [string, string][]]>([
    [
      'whole and at once',
      [{ tool_calls: [toolCall(0, 'aaaaaaaaa', 'f', '{"a":1}'), toolCall(1, 'bbbbbbbbb', 'g', '')] }],
      [
        ['f', '{"a":1}'],
        ['g', '{}'],
      ],
    ],
    [
      'in pieces',
      [{ tool_calls: [toolCall(0, 'aaaaaaaaa', 'f', '{"a"')] }, { tool_calls: [toolCall(0, 'aaaaaaaaa', '', ':1}')] }],
      [['f', '{"a":1}']],
    ],
    [
      'in pieces whose id is "null" from the second on',
      [{ tool_calls: [toolCall(0, 'aaaaaaaaa', 'f', '{')] }, { tool_calls: [toolCall(0, 'null', '', '}')] }],
      [['f', '{}']],
    ],
    [
      'with "null" for every id',
      [{ tool_calls: [toolCall(0, 'null', 'f', '{}')] }, { tool_calls: [toolCall(0, 'null', 'g', '{}')] }],
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    [
      'with one index for all',
      [{ tool_calls: [toolCall(0, 'aaaaaaaaa', 'f', '{}'), toolCall(0, 'bbbbbbbbb', 'g', '{}')] }],
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    [
      'with one index and no ids',
      [{ tool_calls: [toolCall(0, undefined, 'f', '{}'), toolCall(0, undefined, 'f', '{}')] }],
      [
        ['f', '{}'],
        ['f', '{}'],
      ],
    ],
    ['without an index', [{ tool_calls: [{ id: 'aaaaaaaaa', function: { name: 'f', arguments: { a: 1 } } }] }], [['f', '{"a":1}']]],
  ])('reads calls that come %s', async (_, pieces, expected) => {
    const chunks = await streamed(() => events(...pieces.map((delta) => chunk(delta)), chunk({}, 'tool_calls')))
    const calls = callsOf(chunks)
    expect(calls.map(({ name, json }) => [name, json])).toEqual(expected)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(expected.length)
    for (const { id } of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
  })

  it('answers functions of old with one function call', async () => {
    const chunks = await streamed(
      () => events(chunk({ tool_calls: [toolCall(0, 'aaaaaaaaa', 'f', ''), toolCall(1, 'bbbbbbbbb', 'g', '')] }, 'tool_calls')),
      {
        functions: [{ name: 'f' }],
      },
    )
    expect(deltas(chunks).flatMap(({ function_call }) => function_call ?? [])).toEqual([
      { name: 'f', arguments: '' },
      { arguments: '{}' },
    ])
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call')
  })

  it('keeps several answers apart, and has usage once', async () => {
    const chunks = await streamed(
      () =>
        events(
          of(0, { content: 'a' }),
          of(1, { content: 'b' }),
          of(0, { content: 'A' }, 'stop'),
          of(1, { content: 'B' }, 'length', { usage }),
          '[DONE]',
        ),
      { n: 2 },
    )
    expect([textOf(chunks, 0), textOf(chunks, 1)]).toEqual(['aA', 'bB'])
    expect(chunks.filter((each) => each.usage)).toHaveLength(1)
  })

  it('without the finish of one of its answers is cut', async () => {
    const broken = streamed(() => events(chunk({ content: 'a' }, 'stop'), '[DONE]'), { n: 2 })
    expect(await failureOf(broken)).toMatchObject({ kind: 'truncated' })
  })

  it.each<[string, readonly unknown[], object]>([
    [
      'an error object',
      [
        {
          object: 'error',
          message: 'Service tier capacity exceeded for this model.',
          type: 'service_tier_capacity_exceeded',
          code: '3505',
        },
      ],
      { kind: 'overloaded', code: '3505' },
    ],
    ['an error within one', [{ error: { message: 'too fast', type: 'rate_limited', code: '1300' } }], { kind: 'rate_limit' }],
    ['a detail', [{ detail: 'Internal Server Error' }], { kind: 'server', message: 'Internal Server Error' }],
    ['a finish that is an error', [chunk({}, 'error')], { kind: 'server' }],
    ['JSON that is cut', ['{"id":"cmpl-1","cho'], { kind: 'truncated' }],
    ['nothing more', [], { kind: 'truncated' }],
    ['nothing but its last event', ['[DONE]'], { kind: 'truncated' }],
  ])('that goes on with %s throws what it is, after what came before', async (_, rest, expected) => {
    const seen: ChatCompletionChunk[] = []
    const read = async (): Promise<void> => {
      const { fetch } = wire(() => events(chunk({ content: 'half' }), ...rest))
      for await (const each of mistral({ fetch }).stream(call({ stream: true }))) seen.push(each)
    }
    expect(await failureOf(read())).toMatchObject(expected)
    expect(textOf(seen)).toBe('half')
  })
})

/** Any answer, any way of telling it, cut into packets at any bytes. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const piece = fc.oneof(
  text.map((content) => ({ kind: 'text' as const, content, delta: { content } })),
  text.map((content) => ({ kind: 'text' as const, content, delta: { content: [{ type: 'text', text: content }] } })),
  text.map((content) => ({
    kind: 'thought' as const,
    content,
    delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: content }] }] },
  })),
  fc.constant({ kind: 'nothing' as const, content: '', delta: { role: 'assistant', content: null, tool_calls: null } }),
)
const anyCall = fc.record({ name: fc.constantFrom('f', 'g'), json: fc.json({ maxDepth: 1 }) })

it('keeps to the grammar of chunks, whatever comes and however it is cut', async () => {
  const answer = fc.record({
    pieces: fc.array(piece, { maxLength: 8 }),
    calls: fc.array(anyCall, { maxLength: 3 }),
    finish: fc.constantFrom('stop', 'length', 'model_length', 'tool_calls'),
    usage: fc.boolean(),
    done: fc.boolean(),
    cuts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
  })
  await fc.assert(
    fc.asyncProperty(answer, async ({ pieces, calls, finish, usage: counted, done, cuts }) => {
      const tool_calls = calls.map(({ name, json }, index) => ({
        index,
        id: `call0000${index}`,
        function: { name, arguments: json },
      }))
      const last = chunk({ tool_calls }, finish, counted ? { usage } : {})
      const whole = events(...pieces.map(({ delta }) => chunk(delta)), last, ...(done ? ['[DONE]'] : []))
      const bytes = new Uint8Array(await whole.arrayBuffer())
      const chunks = await streamed(() => cut(bytes, cuts))
      expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
      expect(deltas(chunks).filter(({ role }) => role !== undefined)).toHaveLength(1)
      const said = (kind: string): string => pieces.map((each) => (each.kind === kind ? each.content : '')).join('')
      expect(textOf(chunks)).toBe(said('text'))
      expect(reasoningOf(chunks)).toBe(said('thought'))
      expect(callsOf(chunks).map(({ name, json }) => ({ name, json }))).toEqual(calls)
      const reasons = chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))
      expect(reasons).toEqual([/length/.test(finish) ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop'])
      expect(chunks.flatMap((each) => each.usage ?? [])).toEqual(counted ? [usage] : [])
      expect(chunks.at(counted ? -2 : -1)?.choices[0]?.finish_reason).not.toBeNull()
      expect(new Set(chunks.map(({ id, created, model: name, object }) => `${id} ${created} ${name} ${object}`)).size).toBe(1)
    }),
  )
})

function cut(bytes: Uint8Array, sizes: readonly number[]): Response {
  let from = 0
  let turn = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = sizes[turn % sizes.length] ?? 1
      turn += 1
      if (from >= bytes.length) controller.close()
      else controller.enqueue(bytes.slice(from, (from += size)))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
