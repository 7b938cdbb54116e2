import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { callOf, collect, eventStream, failureOf, json, message, sse, wired } from './anthropic-fixtures.ts'

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

const start = (usage: object = { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 1 }): Event => ({
  type: 'message_start',
  message: { ...message, content: [], stop_reason: null, usage },
})
const open = (index: number, content_block: object): Event => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, change: object): Event => ({ type: 'content_block_delta', index, delta: change })
const close = (index: number): Event => ({ type: 'content_block_stop', index })
const stop = (stop_reason: string, usage: object = { output_tokens: 9 }): Event => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
})
const end: Event = { type: 'message_stop' }
const textBlock = (index: number, ...pieces: readonly string[]): Event[] => [
  open(index, { type: 'text', text: '' }),
  ...pieces.map((text) => delta(index, { type: 'text_delta', text })),
  close(index),
]
const toolBlock = (index: number, id: string, ...pieces: readonly string[]): Event[] => [
  open(index, { type: 'tool_use', id, name: `name_${id}`, input: {} }),
  ...pieces.map((partial_json) => delta(index, { type: 'input_json_delta', partial_json })),
  close(index),
]

async function streamed(events: readonly Event[], request: Partial<ChatRequest> = {}, cuts?: readonly number[]) {
  const { adapter } = wired(() => sse(events, cuts))
  return collect(adapter, callOf(request))
}

async function broken(response: Response) {
  const { adapter } = wired(() => response)
  const chunks: ChatCompletionChunk[] = []
  const reading = (async () => {
    for await (const chunk of adapter.stream(callOf({}))) chunks.push(chunk)
  })()
  return { failure: await failureOf(adapter, reading), chunks }
}

describe('a stream', () => {
  it('follows the grammar: role, content, finish reason, usage', async () => {
    const chunks = await streamed([start(), { type: 'ping' }, ...textBlock(0, 'Hel', 'lo'), stop('end_turn'), end])
    expect(chunks.map(({ choices }) => choices[0]).map((choice) => [choice?.delta, choice?.finish_reason])).toEqual([
      [{ role: 'assistant', content: '' }, null],
      [{ content: 'Hel' }, null],
      [{ content: 'lo' }, null],
      [{}, 'stop'],
      [undefined, undefined],
    ])
    expect(chunks.at(-1)?.usage).toMatchObject({
      prompt_tokens: 12,
      completion_tokens: 9,
      prompt_tokens_details: { cached_tokens: 7 },
    })
  })

  it('numbers tool calls by their appearance, also when they come mixed, and gives {} to one without arguments', async () => {
    const chunks = await streamed([
      start(),
      ...textBlock(0, 'Hm'),
      open(1, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      open(2, { type: 'tool_use', id: 'b', name: 'g', input: {} }),
      delta(1, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"x"' }),
      delta(1, { type: 'input_json_delta', partial_json: '{"y":1}' }),
      delta(2, { type: 'input_json_delta', partial_json: ':2}' }),
      close(1),
      close(2),
      ...toolBlock(3, 'c'),
      stop('tool_use'),
      end,
    ])
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    expect(deltas.filter(({ id }) => id !== undefined)).toMatchObject([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 1, id: 'b' },
      { index: 2, id: 'c' },
    ])
    expect(
      [0, 1, 2].map((index) =>
        deltas
          .filter((each) => each.index === index)
          .map((each) => each.function?.arguments)
          .join(''),
      ),
    ).toEqual(['{"y":1}', '{"x":2}', '{}'])
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('takes arguments that come whole with the start of a call', async () => {
    const chunks = await streamed([
      start(),
      open(0, { type: 'tool_use', id: 'a', name: 'f', input: { z: 1 } }),
      close(0),
      stop('tool_use'),
      end,
    ])
    expect(JSON.stringify(chunks)).toContain(String.raw`{\"z\":1}`)
  })

  it('carries thinking, its state and citations with the finish reason', async () => {
    const citation = { type: 'web_search_result_location', url: 'https://x.example', title: 'X' }
    const chunks = await streamed([
      start(),
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Let me' }),
      delta(0, { type: 'thinking_delta', thinking: ' see.' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      close(0),
      open(1, { type: 'redacted_thinking', data: 'opaque' }),
      close(1),
      open(2, { type: 'text', text: '' }),
      delta(2, { type: 'text_delta', text: 'Yes' }),
      delta(2, { type: 'citations_delta', citation }),
      close(2),
      ...toolBlock(3, 'a', '{"x":', '1}'),
      stop('tool_use'),
      end,
    ])
    expect(
      chunks.flatMap(({ choices }) => choices.map((choice) => ({ ...choice.delta }))).filter((each) => 'reasoning_content' in each),
    ).toEqual([{ reasoning_content: 'Let me' }, { reasoning_content: ' see.' }])
    expect(chunks.at(-2)?.choices[0]?.delta).toEqual({
      annotations: [{ type: 'url_citation', url_citation: { start_index: 0, end_index: 3, title: 'X', url: 'https://x.example' } }],
      provider_state: {
        v: 1,
        provider: 'anthropic',
        model: message.model,
        blocks: [
          { type: 'thinking', thinking: 'Let me see.', signature: 'sig' },
          { type: 'redacted_thinking', data: 'opaque' },
          { type: 'text', text: 'Yes', citations: [citation] },
          { type: 'tool_use', id: 'a', name: 'name_a', input: { x: 1 } },
        ],
      },
    })
  })

  it('counts usage cumulatively: later numbers replace earlier ones, null does not', async () => {
    const usage = { input_tokens: 50, cache_read_input_tokens: null, output_tokens: 30 }
    const chunks = await streamed([start(), ...textBlock(0, 'x'), stop('end_turn', usage), end])
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 57, completion_tokens: 30 })
  })

  it('says a refusal', async () => {
    const details = {
      type: 'message_delta',
      delta: { stop_reason: 'refusal', stop_details: { explanation: 'No.' } },
      usage: { output_tokens: 1 },
    }
    const chunks = await streamed([start(), details, end])
    expect(chunks.map(({ choices }) => choices[0]?.delta.refusal).filter((each) => each !== undefined)).toEqual(['No.'])
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('content_filter')
  })

  it('gives legacy functions their call of old', async () => {
    const chunks = await streamed([start(), ...toolBlock(0, 'a', '{"x":1}'), stop('tool_use'), end], {
      functions: [{ name: 'name_a' }],
    })
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.function_call ?? [])
    expect(calls).toEqual([{ name: 'name_a', arguments: '' }, { arguments: '{"x":1}' }])
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('function_call')
  })

  it('that is whole in its first event is an answer too', async () => {
    const whole = { ...message, content: [{ type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } }], stop_reason: 'tool_use' }
    const chunks = await streamed([{ type: 'message_start', message: whole }, end])
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('waits for nothing behind its terminal event', async () => {
    const text = [start(), ...textBlock(0, 'x'), stop('end_turn'), end].map(
      (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    )
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text.join(''))),
    })
    const { adapter } = wired(() => new Response(body))
    expect(await collect(adapter, callOf({}))).toHaveLength(4)
  })

  it('needs no event names, and may repeat its start', async () => {
    const data = [start(), start(), ...textBlock(0, 'x'), stop('end_turn'), end].map(
      (event) => `data: ${JSON.stringify(event)}\r\n\r\n`,
    )
    const { adapter } = wired(() => eventStream(`: hello\r\n\r\n${data.join('')}`))
    expect(await collect(adapter, callOf({}))).toHaveLength(4)
  })
})

describe('a stream that fails', () => {
  const text = [start(), ...textBlock(0, 'Hel')]

  it.each([
    ['ends early', sse(text), 'truncated'],
    ['never says why it stopped', sse([...text, end]), 'truncated'],
    ['is cut inside an event', eventStream(`data: ${JSON.stringify(start())}\n\ndata: {"type":"content_bl`), 'truncated'],
    ['is empty', eventStream(''), 'truncated'],
    ['is a page', new Response('<html></html>', { headers: { 'content-type': 'text/html' } }), 'malformed'],
    ['is an answer without a message', json({ ...message, content: undefined }), 'malformed'],
    ['begins without a message', sse(textBlock(0, 'x')), 'malformed'],
    ['goes on with another message', sse([...text, { type: 'message_start', message: { ...message, id: 'msg_2' } }]), 'malformed'],
    ['is overloaded', sse([...text, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }]), 'overloaded'],
    [
      'runs into a limit',
      sse([start(), { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }]),
      'rate_limit',
    ],
    ['breaks inside', sse([...text, { type: 'error', error: { type: 'api_error', message: 'Internal' } }]), 'server'],
  ])('because it %s', async (_, response, kind) => {
    const { failure, chunks } = await broken(response)
    expect(failure.kind).toBe(kind)
    expect(chunks.every(({ choices }) => choices[0]?.finish_reason === null)).toBe(true)
  })

  it('but is a complete answer is the stream that it could have been', async () => {
    const { adapter } = wired(() => json(message))
    const whole = await adapter.complete(callOf({}))
    const chunks = await collect(adapter, callOf({}))
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content)
    expect(chunks.at(-1)?.usage).toEqual(whole.usage)
  })

  it('after its stop reason has not failed', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const events = [...text, stop('end_turn')].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        controller.enqueue(new TextEncoder().encode(`${events.join('')}data: {"cut\n\ndata: {"type":"err`))
      },
      pull: (controller) => controller.error(new TypeError('terminated')),
    })
    const { adapter } = wired(() => new Response(body))
    const chunks = await collect(adapter, callOf({}))
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(9)
  })
})

describe('any stream, cut anywhere', () => {
  const piece = fc.string({ unit: 'grapheme', maxLength: 6 })
  const block = fc.oneof(
    fc.record({ kind: fc.constant('text' as const), pieces: fc.array(piece, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('thinking' as const), pieces: fc.array(piece, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('tool' as const), pieces: fc.array(piece, { maxLength: 3 }) }),
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })

  it('keeps the grammar and every character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 5 }), cuts, async (blocks, lengths) => {
        const events = blocks.flatMap(({ kind, pieces }, index): Event[] => {
          if (kind === 'text') return textBlock(index, ...pieces)
          if (kind === 'tool') return toolBlock(index, `id${index}`, ...pieces)
          return [
            open(index, { type: 'thinking', thinking: '' }),
            ...pieces.map((thinking) => delta(index, { type: 'thinking_delta', thinking })),
            close(index),
          ]
        })
        const chunks = await streamed([start(), ...events, stop('end_turn'), end], {}, lengths)
        const said = (kind: string) => blocks.filter((each) => each.kind === kind).map(({ pieces }) => pieces.join(''))
        const deltas = chunks
          .slice(1, -2)
          .flatMap(({ choices }) => choices.map((choice) => ({ reasoning_content: '', ...choice.delta })))
        const calls = deltas.flatMap((each) => each.tool_calls ?? [])
        expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
        expect(deltas.map(({ content }) => content ?? '').join('')).toBe(said('text').join(''))
        expect(deltas.map((each) => each.reasoning_content).join('')).toBe(said('thinking').join(''))
        expect(
          said('tool').map((_, index) =>
            calls
              .filter((each) => each.index === index)
              .map((each) => each.function?.arguments)
              .join(''),
          ),
        ).toEqual(said('tool').map((given) => given || '{}'))
        expect(chunks.filter(({ choices }) => choices[0]?.finish_reason ?? false)).toEqual([chunks.at(-2)])
        expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe(said('tool').length > 0 ? 'tool_calls' : 'stop')
        expect(chunks.at(-1)?.choices).toEqual([])
        expect(new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`)).size).toBe(1)
      }),
    )
  })
})
