import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { frameDecoder } from '../../src/providers/shared/aws/frames.ts'
import { assertChunks } from '../../src/testing/conformance/shapes.ts'
import { eventFrame, exceptionFrame } from '../../src/testing/simulator/bedrock-frames.ts'

type Event = readonly [type: string, payload: object]
type Extra = Partial<Omit<ChatRequest, 'stream'>>

const model = 'us.anthropic.claude-sonnet-4-6'
const usage = { inputTokens: 5, outputTokens: 7, totalTokens: 112, cacheReadInputTokens: 100 }
const begin: Event = ['messageStart', { role: 'assistant' }]
const stop = (stopReason: string): Event => ['messageStop', { stopReason }]
const metadata: Event = ['metadata', { usage, metrics: { latencyMs: 1 } }]

function text(contentBlockIndex: number, ...texts: readonly string[]): readonly Event[] {
  return [...texts.map((each): Event => delta(contentBlockIndex, { text: each })), ['contentBlockStop', { contentBlockIndex }]]
}

function delta(contentBlockIndex: number, value: object): Event {
  return ['contentBlockDelta', { contentBlockIndex, delta: value }]
}

function toolCall(contentBlockIndex: number, name: string, ...inputs: readonly string[]): readonly Event[] {
  const toolUse = { toolUseId: `tooluse_${contentBlockIndex}`, name }
  return [
    ['contentBlockStart', { contentBlockIndex, start: { toolUse } }],
    ...inputs.map((input) => delta(contentBlockIndex, { toolUse: { input } })),
    ['contentBlockStop', { contentBlockIndex }],
  ]
}

function bytesOf(events: readonly Event[]): Uint8Array {
  return Buffer.concat(events.map(([type, payload]) => eventFrame(type, JSON.stringify(payload))))
}

/** A body in pieces of these sizes, the last one for all the rest. */
function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    if (at >= bytes.length) break
    pieces.push(bytes.slice(at, at + size))
    at += size
  }
  return pieces
}

interface Result {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly thrown: unknown
}

function callWith(more: Extra, streams: boolean): AdapterCall {
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const request: ChatRequest = streams ? { model, messages, ...more, stream: true } : { model, messages, ...more, stream: false }
  return { model, card: undefined, request, secret: new Secret('key-of-the-test'), signal: new AbortController().signal }
}

function answering(pieces: readonly Uint8Array[], contentType = 'application/vnd.amazon.eventstream') {
  const body = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      },
    })
  const fetch = async (): Promise<Response> =>
    new Response(body(), { headers: { 'content-type': contentType, 'x-amzn-requestid': 'request-1' } })
  return bedrock({ region: 'us-east-1', fetch })
}

async function read(pieces: readonly Uint8Array[], more: Extra = {}): Promise<Result> {
  const chunks: ChatCompletionChunk[] = []
  try {
    for await (const chunk of answering(pieces).stream(callWith(more, true))) chunks.push(chunk)
    return { chunks, thrown: undefined }
  } catch (thrown) {
    return { chunks, thrown }
  }
}

async function stream(events: readonly Event[], more: Extra = {}): Promise<readonly ChatCompletionChunk[]> {
  const { chunks, thrown } = await read([bytesOf(events)], more)
  expect(thrown).toBeUndefined()
  return chunks
}

async function whole(content: readonly object[], rest: object = {}, more: Extra = {}): Promise<ChatCompletion> {
  const answer = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage, ...rest }
  return answering([Buffer.from(JSON.stringify(answer))], 'application/json').complete(callWith(more, false))
}

function saidIn(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
}

/** Any answer as the vendor could stream it, and what it says. */
const answers = fc
  .record({
    reasoning: fc.option(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })),
    texts: fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
    calls: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), input: fc.dictionary(fc.string(), fc.jsonValue()) }), {
      maxLength: 4,
    }),
    pieces: fc.integer({ min: 1, max: 9 }),
    withStart: fc.boolean(),
    usageFirst: fc.boolean(),
  })
  .map(({ reasoning, texts, calls, pieces, withStart, usageFirst }) => {
    let index = 0
    const thought = reasoning === null ? [] : reasoning.map((each) => delta(0, { reasoningContent: { text: each } }))
    if (reasoning !== null) index += 1
    const said = texts.flatMap((each) => text(index++, ...each))
    const called = calls.flatMap(({ name, input }) => {
      const json = Object.keys(input).length === 0 ? '' : JSON.stringify(input)
      return toolCall(index++, name, ...(json.match(new RegExp(`.{1,${pieces}}`, 'gs')) ?? []))
    })
    const content = [...thought, ...said, ...called]
    const events = [
      ...(withStart || content.length === 0 ? [begin] : []),
      ...content,
      // Behind the stop reason as a rule, but nobody promises it.
      ...(usageFirst ? [metadata] : []),
      stop(calls.length > 0 ? 'tool_use' : 'end_turn'),
      ...(usageFirst ? [] : [metadata]),
    ]
    return { events, text: texts.flat().join(''), calls }
  })

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 60 })

describe('a stream', () => {
  it('keeps the grammar and says the same, whatever the answer and wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(answers, sizes, async ({ events, text: said, calls }, where) => {
        const { chunks, thrown } = await read(cut(bytesOf(events), where))
        expect(thrown).toBeUndefined()
        assertChunks(chunks)
        expect(saidIn(chunks)).toBe(said)
        const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
        const told = calls.map((_, at) => {
          const own = deltas.filter(({ index }) => index === at)
          return {
            name: own[0]?.function?.name,
            input: JSON.parse(own.map((each) => each.function?.arguments ?? '').join('')) as unknown,
          }
        })
        expect(told).toEqual(calls.map(({ name, input }) => ({ name, input: JSON.parse(JSON.stringify(input)) as unknown })))
        expect(chunks.at(-1)?.usage?.total_tokens).toBe(112)
      }),
    )
  })

  it('throws wherever it is cut before its stop reason, and then hands over no finish reason', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.nat(), sizes, async ({ events, text: said }, point, where) => {
        const end = events.findIndex(([type]) => type === 'messageStop') + 1
        const bytes = bytesOf(events.slice(0, end))
        // An answer of no bytes at all is none.
        const { chunks, thrown } = await read(cut(bytes.subarray(0, 1 + (point % (bytes.length - 1))), where))
        expect(bedrock({ region: 'us-east-1' }).failure(thrown)).toMatchObject({ kind: 'truncated' })
        expect(said.startsWith(saidIn(chunks))).toBe(true)
        expect(chunks.every(({ choices }) => (choices[0]?.finish_reason ?? null) === null)).toBe(true)
      }),
    )
  })

  it('never takes a changed byte for an answer: it throws, or the change did not matter', async () => {
    const events = [begin, ...text(0, 'one ', 'two ', 'three'), stop('end_turn'), metadata]
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (where, change) => {
        const bytes = Uint8Array.from(bytesOf(events))
        const at = where % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ change
        const { chunks, thrown } = await read([bytes])
        // Behind the stop reason nothing is worth an error.
        if (thrown === undefined) expect(at).toBeGreaterThan(bytesOf(events.slice(0, -2)).length)
        expect('one two three'.startsWith(saidIn(chunks))).toBe(true)
      }),
    )
  })

  it('survives any bytes in place of frames', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
        const decoder = frameDecoder()
        const events = [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()]
        expect(events.every(({ event }) => event === undefined || typeof event === 'string')).toBe(true)
      }),
    )
    // A frame whose sums are right, but whose headers lead out of it.
    const head = Buffer.from([0, 0, 0, 20, 0, 0, 0, 4])
    const prelude = Buffer.concat([head, sum(head), Buffer.from([200, 7, 255, 255])])
    expect(frameDecoder().push(Buffer.concat([prelude, sum(prelude)]))).toEqual([{ event: undefined, data: '' }])
  })

  it('hands over what came before an exception, and then its kind and words', async () => {
    const words = 'Too many requests, please wait before trying again.'
    const bytes = Buffer.concat([bytesOf([begin, delta(0, { text: 'half' })]), exceptionFrame('ThrottlingException', words)])
    const { chunks, thrown } = await read([bytes])
    expect(saidIn(chunks)).toBe('half')
    expect(bedrock({ region: 'us-east-1' }).failure(thrown)).toMatchObject({
      kind: 'rate_limit',
      message: words,
      code: 'ThrottlingException',
    })
  })

  it('leaves out tools of the vendor itself, and keeps them for the next turn', async () => {
    const server = { toolUseId: 's', name: 'nova_code_interpreter', type: 'server_tool_use' }
    const chunks = await stream([
      begin,
      ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse: server } }],
      delta(0, { toolUse: { input: '{"snippet":"1"}' } }),
      ['contentBlockStart', { contentBlockIndex: 1, start: { toolResult: { toolUseId: 's', status: 'success', type: 'x' } } }],
      delta(1, { toolResult: [{ json: { out: 1 } }] }),
      ...text(2, 'One.'),
      stop('end_turn'),
      metadata,
    ])
    assertChunks(chunks)
    expect(chunks.some(({ choices }) => choices[0]?.delta.tool_calls !== undefined)).toBe(false)
    expect(JSON.stringify(chunks)).toContain('"provider_state":{"v":1,"provider":"bedrock"')
    expect(saidIn(chunks)).toBe('One.')
  })

  it('calls one function of old, or one tool where the caller rules parallel calls out', async () => {
    const events = [begin, ...toolCall(0, 'a', '{"x":1}'), ...toolCall(1, 'b'), stop('tool_use'), metadata]
    const functions = [{ name: 'a' }, { name: 'b' }]
    const legacy = await stream(events, { functions })
    expect(legacy.map(({ choices }) => choices[0]?.delta.function_call?.arguments ?? '').join('')).toBe('{"x":1}')
    expect(legacy.some(({ choices }) => choices[0]?.finish_reason === 'function_call')).toBe(true)
    const tools = functions.map((each) => ({ type: 'function' as const, function: each }))
    const single = await stream(events, { tools, parallel_tool_calls: false })
    assertChunks(single)
    expect(JSON.stringify(single)).not.toContain('tooluse_1"')
  })
})

describe('an answer', () => {
  it('counts what was read from and written to the cache as part of the prompt', async () => {
    const cached = { ...usage, cacheWriteInputTokens: 30, cacheDetails: [{ ttl: '1h', inputTokens: 20 }] }
    const { usage: counted, id } = await whole([{ text: 'Hi' }], { usage: cached })
    expect(counted).toEqual({
      prompt_tokens: 135,
      completion_tokens: 7,
      total_tokens: 142,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 30, cache_write_1h_tokens: 20 },
    })
    expect(id).toBe('chatcmpl-request-1')
    const last = (await stream([begin, ...text(0, 'Hi'), stop('end_turn'), ['metadata', { usage: cached }]])).at(-1)
    expect(last?.usage).toEqual(counted)
  })

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filtered', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['a_word_of_tomorrow', 'stop'],
  ])('that ended with %s finishes with %s, streamed or not', async (stopReason, finish) => {
    expect((await whole([{ text: 'Hi' }], { stopReason })).choices[0]?.finish_reason).toBe(finish)
    const reasons = (await stream([begin, ...text(0, 'Hi'), stop(stopReason)])).map(
      ({ choices }) => choices[0]?.finish_reason ?? null,
    )
    expect(reasons.filter((reason) => reason !== null)).toEqual([finish])
  })

  it.each(['malformed_model_output', 'malformed_tool_use'])('that ended with %s is a fault of the provider', async (stopReason) => {
    const { failure } = bedrock({ region: 'us-east-1' })
    const thrown = await whole([{ text: 'Hi' }], { stopReason }).catch((error: unknown) => error)
    expect(failure(thrown)).toMatchObject({ kind: 'server', code: stopReason })
    const streamed = await read([bytesOf([begin, ...text(0, 'Hi'), stop(stopReason)])])
    expect(failure(streamed.thrown)).toMatchObject({ kind: 'server' })
  })

  it('keeps signed and redacted reasoning for the next turn, the same streamed or not', async () => {
    const blocks = [
      { reasoningContent: { reasoningText: { text: 'Hm, hm.', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: 'cmVk' } },
      { text: 'So.' },
    ]
    const { message } = (await whole(blocks)).choices[0] ?? {}
    expect(message).toMatchObject({
      content: 'So.',
      reasoning_content: 'Hm, hm.',
      provider_state: { provider: 'bedrock', model, blocks },
    })
    const chunks = await stream([
      begin,
      delta(0, { reasoningContent: { text: 'Hm, ' } }),
      delta(0, { reasoningContent: { text: 'hm.' } }),
      delta(0, { reasoningContent: { signature: 'c2ln' } }),
      delta(1, { reasoningContent: { redactedContent: 'cmVk' } }),
      ...text(2, 'So.'),
      stop('end_turn'),
      metadata,
    ])
    expect(chunks.find(({ choices }) => choices[0]?.finish_reason === 'stop')?.choices[0]?.delta).toMatchObject({
      provider_state: { v: 1, provider: 'bedrock', model, blocks },
    })
  })

  it('joins cited text and names the pages with their places in it', async () => {
    const citation = { title: 'A page', location: { web: { url: 'https://example.com/a', domain: 'example.com' } } }
    const { message } =
      (await whole([{ text: 'See: ' }, { citationsContent: { content: [{ text: 'this' }], citations: [citation] } }])).choices[0] ??
      {}
    expect(message).toMatchObject({
      content: 'See: this',
      annotations: [{ url_citation: { start_index: 5, end_index: 9, title: 'A page', url: 'https://example.com/a' } }],
    })
  })

  it('names the model that a prompt router chose', async () => {
    const trace = { promptRouter: { invokedModelId: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0' } }
    expect((await whole([{ text: 'Hi' }], { trace })).model).toBe('amazon.nova-pro-v1:0')
    expect((await whole([{ text: 'Hi' }])).model).toBe(model)
  })
})

function sum(bytes: Uint8Array): Uint8Array {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four
}
