import fc from 'fast-check'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { describe, expect, it, vi } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { openai } from '../../src/providers/openai/index.ts'

const request: ChatRequest = { model: 'whatever', messages: [{ role: 'user', content: 'Hi' }], stream: true }
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'gpt-4o-2024-08-06' }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

const chunk = (delta: object, finish_reason: string | null = null, index = 0) => ({
  ...head,
  choices: [{ index, delta, logprobs: null, finish_reason }],
})
const role = chunk({ role: 'assistant', content: '' })
const stop = chunk({}, 'stop')
const bill = { ...head, choices: [], usage }
const frame = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const frames = (...values: readonly unknown[]) => values.map(frame).join('')

interface Wire {
  readonly pieces: readonly (string | Uint8Array)[]
  /** What follows the last piece. */
  readonly after?: 'end' | 'hang' | 'break'
  readonly headers?: Record<string, string>
  readonly onCancel?: () => void
}

function responseOf({ pieces, after = 'end', headers = { 'content-type': 'text/event-stream' }, onCancel }: Wire): Response {
  let next = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next]
        next += 1
        if (piece !== undefined) controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
        else if (after === 'break') controller.error(new TypeError('terminated'))
        else if (after === 'end') controller.close()
        else return new Promise<void>(() => undefined)
        return undefined
      },
      cancel: () => onCancel?.(),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers })
}

function streamOf(wire: Wire, over: Partial<AdapterCall> = {}) {
  const adapter = openai({ fetch: async () => responseOf(wire) })
  const call = {
    model: 'gpt-4o',
    card: undefined,
    request,
    secret: new Secret('sk-test-key'),
    signal: new AbortController().signal,
    ...over,
  }
  return { adapter, stream: adapter.stream(call) }
}

/** What came, and the failure that ended it if one did. */
async function read(wire: Wire, over: Partial<AdapterCall> = {}) {
  const { adapter, stream } = streamOf(wire, over)
  const chunks: ChatCompletionChunk[] = []
  try {
    for await (const each of stream) chunks.push(each)
  } catch (error) {
    return { chunks, failure: adapter.failure(error) }
  }
  return { chunks, failure: undefined }
}

const readText = async (text: string, over: Partial<AdapterCall> = {}) => read({ pieces: [text] }, over)

/** The answer that the SDK's own accumulator makes of the chunks. */
async function accumulated(chunks: readonly ChatCompletionChunk[]) {
  const lines = chunks.map((each) => `${JSON.stringify(each)}\n`).join('')
  return ChatCompletionStream.fromReadableStream(new Blob([lines]).stream()).finalChatCompletion()
}

const deltas = (chunks: readonly ChatCompletionChunk[]) => chunks.map(({ choices }) => choices[0]?.delta)

const call = (fields: object) => chunk({ tool_calls: [fields] })

const args = async (...calls: readonly object[]) => {
  const { chunks, failure } = await readText(frames(role, ...calls.map(call), chunk({}, 'tool_calls'), '[DONE]'))
  expect(failure).toBeUndefined()
  const completion = await accumulated(chunks)
  const tools = completion.choices[0]?.message.tool_calls ?? []
  return tools.map((tool) => (tool.type === 'function' ? [tool.id, tool.function.name, tool.function.arguments] : [tool.id]))
}

describe('a stream of OpenAI', () => {
  it('goes through as it was sent, and ends with usage', async () => {
    const sent = [role, chunk({ content: 'Hel' }), chunk({ content: 'lo' }), stop, bill]
    const { chunks, failure } = await readText(frames(...sent, '[DONE]'))
    expect(failure).toBeUndefined()
    expect(chunks).toEqual([role, chunk({ content: 'Hel' }), chunk({ content: 'lo' }), stop, bill])
  })

  it('is the same however its bytes are cut', async () => {
    const bytes = new TextEncoder().encode(frames(role, chunk({ content: 'Grüße 😀 €' }), stop, bill, '[DONE]'))
    const whole = await read({ pieces: [bytes] })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
        const pieces = at.slice(1).map((end, index) => bytes.slice(at[index], end))
        expect(await read({ pieces })).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps unknown fields and drops the padding, unless it was asked for', async () => {
    const padded = { ...chunk({ content: 'x', note: 1 }), service_tier: 'default', obfuscation: 'abc' }
    const text = frames(role, padded, { ...stop, obfuscation: 'a' }, '[DONE]')
    const { chunks } = await readText(text)
    expect(chunks[1]).toEqual({ ...chunk({ content: 'x', note: 1 }), service_tier: 'default' })
    expect(JSON.stringify(chunks)).not.toContain('obfuscation')
    const asked = await readText(text, { request: { ...request, stream_options: { include_obfuscation: true } } })
    expect(asked.chunks[1]).toEqual(padded)
  })

  it('ST-13: understands carriage returns, comments, ids and several events in one packet', async () => {
    const text = frames(role, chunk({ content: 'a' }), stop, '[DONE]').replaceAll('\n\n', '\r\n: keep-alive\r\nid: 3\r\n\r\n')
    expect((await readText(text)).chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual(['', 'a', undefined])
  })

  it('ST-05, ST-06: is complete with its finish reason; nothing behind [DONE] matters', async () => {
    expect((await readText(frames(role, stop))).failure).toBeUndefined()
    expect((await readText(frames(role, stop, '[DONE]') + 'garbage\n\ndata: {{{\n\n')).failure).toBeUndefined()
    expect((await read({ pieces: [frames(role, stop, bill, '[DONE]')], after: 'hang' })).chunks).toHaveLength(3)
    expect((await read({ pieces: [frames(role, stop)], after: 'break' })).failure).toBeUndefined()
  })

  it('ends also when the server falls silent after the finish reason', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const reading = read({ pieces: [frames(role, stop)], after: 'hang' })
    await vi.advanceTimersByTimeAsync(5000)
    vi.useRealTimers()
    const { chunks, failure } = await reading
    expect({ failure, last: chunks.at(-1)?.choices[0]?.finish_reason }).toEqual({ failure: undefined, last: 'stop' })
  })

  it.each([
    ['ends before anything', []],
    ['has only [DONE]', [frames('[DONE]')]],
    ['ends in the middle', [frames(role, chunk({ content: 'a' }))]],
    ['ends in the middle of an event', [frames(role, stop).slice(0, -30)]],
    ['has [DONE] but no finish reason', [frames(role, chunk({ content: 'a' }), bill, '[DONE]')]],
    ['carries garbage first', ['data: hello\n\n']],
    ['carries garbage later', [frames(role, chunk({ content: 'a' })), 'data: {"id":\n\n']],
    ['is an HTML page', ['<html>\n\n</html>']],
  ])('ST-04, CL-23: is truncated when it %s', async (_name, pieces) => {
    expect((await read({ pieces })).failure).toMatchObject({ kind: 'truncated' })
  })

  it('is truncated when the connection breaks, after all that had come', async () => {
    const { chunks, failure } = await read({ pieces: [frames(role), frames(chunk({ content: 'a' }))], after: 'break' })
    expect(chunks).toHaveLength(2)
    expect(failure).toMatchObject({ kind: 'truncated' })
  })

  it('is truncated when one of several choices has no end', async () => {
    const over = { request: { ...request, n: 2 } }
    const both = [role, chunk({ role: 'assistant', content: 'b' }, null, 1), stop]
    expect((await readText(frames(...both, '[DONE]'), over)).failure).toMatchObject({ kind: 'truncated' })
    expect((await readText(frames(...both, chunk({}, 'length', 1), '[DONE]'), over)).failure).toBeUndefined()
  })

  it.each([
    [{ message: 'The server had an error', type: 'server_error' }, 'server'],
    [{ message: 'Overloaded', type: 'overloaded_error' }, 'overloaded'],
    [{ message: 'slow', code: 'rate_limit_exceeded' }, 'rate_limit'],
    [{ message: 'bad', type: 'invalid_request_error' }, 'invalid_request'],
    [{ message: 'x', code: 502 }, 'server'],
  ])('CL-24: an error inside it, %j, is %s, after what came before', async (error, kind) => {
    const { chunks, failure } = await readText(frames(role, chunk({ content: 'a' }), { error }, stop))
    expect(chunks).toHaveLength(2)
    expect(failure).toMatchObject({ kind, message: error.message })
    expect(failure).not.toHaveProperty('status')
    expect((await readText(`event: error\n${frame(error)}`)).failure).toMatchObject({ kind })
  })

  it('is made of a complete answer, where the server did not stream', async () => {
    const message = {
      role: 'assistant',
      content: 'Hi',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    }
    const completion = { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }
    const headers = { 'content-type': 'application/json' }
    const { chunks, failure } = await read({ pieces: [JSON.stringify(completion)], headers })
    expect(failure).toBeUndefined()
    expect(await accumulated(chunks)).toMatchObject({ choices: [{ message, finish_reason: 'tool_calls' }], usage })
    expect((await read({ pieces: ['{"error":{"message":"no"}}'], headers })).failure).toMatchObject({ kind: 'malformed' })
    expect((await read({ pieces: [frames(role, stop)], headers })).chunks).toHaveLength(2)
  })

  it('stops at an abort with its reason, and lets the connection go', async () => {
    let cancelled = false
    const stopper = new AbortController()
    const { stream } = streamOf(
      { pieces: [frames(role)], after: 'hang', onCancel: () => (cancelled = true) },
      { signal: stopper.signal },
    )
    const chunks = stream[Symbol.asyncIterator]()
    await chunks.next()
    const waiting = chunks.next()
    stopper.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(cancelled).toBe(true)
  })

  it('lets the connection go when the reader leaves', async () => {
    let cancelled = false
    const { stream } = streamOf({ pieces: [frames(role)], after: 'hang', onCancel: () => (cancelled = true) })
    for await (const _ of stream) break
    expect(cancelled).toBe(true)
  })
})

describe('a stream of a server that is less careful', () => {
  it('ST-12: gets one role for each choice, and one id, model and time throughout', async () => {
    const sloppy = [
      { ...head, id: '', choices: [], prompt_filter_results: [1] },
      { ...head, choices: [{ delta: { content: 'a' } }] },
      {
        ...head,
        id: 'other',
        created: 5.5,
        model: '',
        choices: [{ index: 0, delta: { role: 'assistant', content: 'b' }, finish_reason: '' }],
      },
      { ...head, choices: [{ index: 0, finish_reason: 'stop' }] },
    ]
    const { chunks, failure } = await readText(frames(...sloppy))
    expect(failure).toBeUndefined()
    expect(deltas(chunks)).toEqual([{ role: 'assistant', content: 'a' }, { content: 'b' }, {}])
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, 'stop'])
    for (const each of chunks) expect(each).toMatchObject(head)
    expect(chunks[0]).toHaveProperty('prompt_filter_results')
  })

  it('gets its usage in one chunk at the end', async () => {
    const { chunks } = await readText(
      frames({ ...role, usage }, { ...chunk({ content: 'a' }), usage }, { ...stop, usage }, '[DONE]'),
    )
    expect(chunks.map((each) => each.usage ?? null)).toEqual([null, null, null, usage])
    expect(chunks.at(-1)).toEqual(bill)
  })

  it('keeps a note that has no choices', async () => {
    const { chunks } = await readText(frames(role, { ...head, moderation: { flagged: false } }, stop))
    expect(chunks[1]).toEqual({ ...head, choices: [], moderation: { flagged: false } })
  })

  it('leaves what OpenAI sends of tool calls as it is', async () => {
    const sent = [
      call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
      call({ index: 0, function: { arguments: '{}' } }),
      call({ index: 1, id: 'b', type: 'custom', custom: { name: 'g', input: '' } }),
      call({ index: 1, custom: { input: 'x' } }),
    ]
    expect((await readText(frames(role, ...sent, chunk({}, 'tool_calls')))).chunks.slice(1, 5)).toEqual(sent)
  })

  it.each([
    [
      'without indexes',
      [
        { id: 'a', function: { name: 'f', arguments: '{"x":' } },
        { function: { arguments: '1}' } },
        { id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'all with the same index',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } },
        { index: 0, id: 'a', function: { arguments: '1}' } },
        { index: 0, id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'with indexes that count other things too',
      [
        { index: 1, id: 'a', function: { name: 'f', arguments: '{"x":' } },
        { index: 3, id: 'b', function: { name: 'g', arguments: '' } },
        { index: 1, function: { arguments: '1}' } },
      ],
    ],
    [
      'with id and name repeated in each piece',
      [
        { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":' } },
        { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '1}' } },
        { index: 1, id: 'b', type: 'function', function: { name: 'g' } },
      ],
    ],
    [
      'with arguments as objects',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } },
        { index: 1, id: 'b', function: { name: 'g', arguments: {} } },
      ],
    ],
  ])('puts tool calls right that come %s', async (_name, calls) => {
    expect(await args(...calls)).toEqual([
      ['a', 'f', '{"x":1}'],
      ['b', 'g', '{}'],
    ])
  })

  it('gives tool calls without an id, or with one that is taken, an id of their own', async () => {
    const tools = await args(
      { index: 0, function: { name: 'f' } },
      { index: 1, id: 'x', function: { name: 'g' } },
      { index: 2, id: 'x', function: { name: 'h' } },
    )
    expect(tools.map(([, name]) => name)).toEqual(['f', 'g', 'h'])
    expect(new Set(tools.map(([id]) => id)).size).toBe(3)
  })

  it('ends with tool_calls where only the finish reason is missing: usage, [DONE] and whole arguments came', async () => {
    const tool = call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } })
    const { chunks, failure } = await readText(frames(role, tool, bill, '[DONE]'))
    expect(failure).toBeUndefined()
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls')
    const cut = call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":' } })
    expect((await readText(frames(role, cut, bill, '[DONE]'))).failure).toMatchObject({ kind: 'truncated' })
    expect((await readText(frames(role, tool, bill))).failure).toMatchObject({ kind: 'truncated' })
    expect((await readText(frames(role, tool, '[DONE]'))).failure).toMatchObject({ kind: 'truncated' })
  })
})
