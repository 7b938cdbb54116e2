import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type OpenAI from 'openai'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { google } from '../../src/providers/google/index.ts'
import { callOf, chunksOf, collect, kindOf, piece, raw, says, sse, wire } from './google-fixtures.ts'

const tools = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } }))

/** What a reader of the chunks ends up with; fails where they break OpenAI's grammar. */
function read(chunks: readonly ChatCompletionChunk[]) {
  const [first, ...rest] = chunks
  expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
  expect(new Set(chunks.map(({ id, created, model, object }) => `${id} ${created} ${model} ${object}`)).size).toBe(1)
  const last = rest.at(-1)?.choices.length === 0 ? rest.pop() : undefined
  const choices = rest.map((chunk) => {
    expect([chunk.choices.length, chunk.usage ?? null]).toEqual([1, null])
    return chunk.choices[0]
  })
  const finishes = choices.map((choice) => choice?.finish_reason ?? null)
  expect(finishes.findIndex((finish) => finish !== null)).toBe(choices.length - 1)
  const deltas = choices.flatMap((choice) => (choice === undefined ? [] : [choice.delta]))
  expect(deltas.every(({ role }) => role === undefined)).toBe(true)
  return {
    text: deltas.map(({ content }) => content ?? '').join(''),
    reasoning: deltas.map((delta) => ('reasoning_content' in delta ? String(delta.reasoning_content) : '')).join(''),
    calls: readCalls(deltas.flatMap((delta) => delta.tool_calls ?? [])),
    finish: finishes.at(-1),
    usage: last?.usage,
  }
}

/** The calls that the deltas add up to: numbered in order, each begun with its name and without arguments. */
function readCalls(deltas: readonly OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall[]): unknown[][] {
  const begun = deltas.filter(({ id }) => id !== undefined)
  expect(begun.map(({ index }) => index)).toEqual(begun.map((_, position) => position))
  expect(new Set(begun.map(({ id }) => id)).size).toBe(begun.length)
  expect(begun.every(({ type, function: called }) => type === 'function' && called?.arguments === '')).toBe(true)
  const indices = deltas.map(({ index }) => index)
  expect(indices).toEqual(indices.toSorted((left, right) => left - right))
  return begun.map(({ index, function: called }) => {
    const json = deltas.map((delta) => (delta.index === index ? delta.function?.arguments : '')).join('')
    const value: unknown = JSON.parse(json)
    return [called?.name, value]
  })
}

/** Cuts bytes at these places, each taken modulo their number. */
const cutAt = (places: readonly number[]) => (bytes: Uint8Array) => {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((left, right) => left - right)
  return [0, ...sorted].map((from, index) => bytes.slice(from, sorted[index] ?? bytes.length)).filter(({ length }) => length > 0)
}

const partArbitrary = fc.oneof(
  fc.record({ text: fc.string({ unit: 'grapheme' }) }),
  fc.record({ text: fc.string({ unit: 'grapheme' }), thought: fc.constant(true) }),
  fc.record({ functionCall: fc.record({ name: fc.constantFrom('f', 'g'), args: fc.dictionary(fc.string(), fc.jsonValue()) }) }),
)

function call(functionCall: object) {
  return piece([{ functionCall }])
}

/** An event stream that calls itself JSON. */
function misnamed() {
  const headers = { 'content-type': 'application/json' }
  return new Response(`data: ${JSON.stringify(says([{ text: 'ok' }]))}\n\n`, { headers })
}

describe('Google: streams', () => {
  it('keep to the grammar of OpenAI and lose nothing, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(partArbitrary, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat()),
        async (turns, places) => {
          const events = turns.map((parts, index) => (index === turns.length - 1 ? says(parts) : piece(parts)))
          const got = read(await chunksOf(sse(events, cutAt(places)), { tools }))
          const parts = turns.flat()
          const joined = (thought: boolean) =>
            parts.map((part) => ('text' in part && 'thought' in part === thought ? part.text : '')).join('')
          const calls = parts.flatMap((part) => ('functionCall' in part ? [part.functionCall] : []))
          expect(got).toMatchObject({
            text: joined(false),
            reasoning: joined(true),
            calls: calls.map(({ name, args }): unknown[] => [name, JSON.parse(JSON.stringify(args))]),
            finish: calls.length > 0 ? 'tool_calls' : 'stop',
            usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
          })
        },
      ),
      { numRuns: 150 },
    )
  })

  it('end with an error wherever the connection ends before the finish reason', async () => {
    const text = [piece([{ text: 'Hällo' }]), piece([{ functionCall: { name: 'f' } }]), says([{ text: 'x' }])]
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join('')
    const bytes = new TextEncoder().encode(text)
    // The last event counts as soon as its line is whole.
    for (let length = 0; length < bytes.length - 3; length += 1) {
      const answer = raw('', () => [bytes.slice(0, length)].filter((chunk) => chunk.length > 0))
      expect(await kindOf(chunksOf(answer, { tools }))).toBe('truncated')
    }
  })

  it('keep events that begin with a comment, an id or an event name, and those of several data lines', async () => {
    const [first = '', ...lines] = JSON.stringify(piece([{ text: 'one' }]), null, 1).split('\n')
    const data = [first, ...lines].map((line) => `data: ${line}\n`).join('')
    const text = `: keep-alive\nid: 1\n${data}\nevent: message\r\nretry: 5\r\ndata: ${JSON.stringify(says([{ text: ' two' }]))}\r\n\r\n`
    expect(read(await chunksOf(raw(text))).text).toBe('one two')
  })

  it('go on after a finish reason that another round of code execution follows', async () => {
    const code = says([{ executableCode: { code: '1+1', language: 'PYTHON' } }])
    const chunks = await chunksOf(
      sse([code, piece([{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } }]), says([{ text: 'Two.' }])]),
    )
    expect(read(chunks)).toMatchObject({ text: 'Two.', finish: 'stop' })
    expect(chunks.at(-2)?.choices[0]?.delta).toMatchObject({ provider_state: { blocks: [{}, {}, { text: 'Two.' }] } })
    expect(await kindOf(chunksOf(sse([code, piece([{ text: 'Tw' }])])))).toBe('truncated')
  })

  it('put calls together that come in pieces', async () => {
    const events = [
      call({ name: 'f', id: 'a', willContinue: true }),
      call({ partialArgs: [{ jsonPath: '$.text', stringValue: 'Hel', willContinue: true }], willContinue: true }),
      call({
        partialArgs: [
          { jsonPath: '$.text', stringValue: 'lo' },
          { jsonPath: '$.list[1].ok', boolValue: true },
        ],
        willContinue: true,
      }),
      call({
        partialArgs: [
          { jsonPath: "$['odd key']", numberValue: 2 },
          { jsonPath: '$.list[0]', nullValue: 'NULL_VALUE' },
          { jsonPath: '$.__proto__.x', numberValue: 1 },
        ],
        willContinue: true,
      }),
      call({}),
      says([{ functionCall: { name: 'g' } }]),
    ]
    const { calls } = read(await chunksOf(sse(events), { tools }))
    expect(JSON.stringify(calls)).toBe(
      '[["f",{"text":"Hello","list":[null,{"ok":true}],"odd key":2,"__proto__":{"x":1}}],["g",{}]]',
    )
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it('cite their sources with the finish reason, in offsets of the whole text', async () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 4, endIndex: 10, text: 'ö tail' }, groundingChunkIndices: [0] }],
    }
    const chunks = await chunksOf(sse([piece([{ text: 'One ' }]), says([{ text: 'ö tail' }], { groundingMetadata })]))
    const [, , , finish] = chunks
    expect(finish?.choices[0]?.delta).toMatchObject({ annotations: [{ url_citation: { start_index: 4, end_index: 10 } }] })
  })

  it('to a blocked prompt are a refusal', async () => {
    const chunks = await chunksOf(sse([{ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } }]))
    expect(chunks.map(({ choices }) => choices[0]?.delta.refusal ?? choices[0]?.finish_reason)).toEqual([
      null,
      'The prompt was blocked: SAFETY',
      'content_filter',
      undefined,
    ])
  })

  it.each([
    [503, 'UNAVAILABLE', 'overloaded'],
    [429, 'RESOURCE_EXHAUSTED', 'rate_limit'],
    [400, 'INVALID_ARGUMENT', 'invalid_request'],
    [500, 'INTERNAL', 'server'],
  ])('with an error event %s %s fail with its inner kind, after what came before', async (code, status, kind) => {
    const { fetch } = wire(sse([piece([{ text: 'Half' }]), { error: { code, status, message: 'Oh no' } }]))
    const chunks: ChatCompletionChunk[] = []
    const reading = async () => {
      for await (const chunk of google({ fetch }).stream(callOf({ stream: true }))) chunks.push(chunk)
    }
    await expect(reading()).rejects.toMatchObject({ message: 'Oh no', failure: { kind, code: status } })
    expect(chunks.at(-1)?.choices[0]?.delta.content).toBe('Half')
  })

  it.each([
    ['nothing', '', 'truncated'],
    ['[DONE] alone', 'data: [DONE]\n\n', 'truncated'],
    ['no JSON', 'data: {"candidates": [\n\n', 'truncated'],
  ])('of %s are broken', async (_name, text, kind) => {
    expect(await kindOf(chunksOf(raw(text)))).toBe(kind)
  })

  it('that are no streams are read where they are answers: one of them, or the list that comes without alt=sse', async () => {
    expect(read(await chunksOf(() => Response.json(says([{ text: 'whole' }]))))).toMatchObject({ text: 'whole' })
    const list = [piece([{ text: 'in ' }]), says([{ text: 'pieces' }])]
    expect(read(await chunksOf(() => Response.json(list)))).toMatchObject({ text: 'in pieces' })
    expect(await kindOf(chunksOf(() => Response.json([])))).toBe('malformed')
    expect(await kindOf(chunksOf(() => Response.json([piece([{ text: 'cut' }])])))).toBe('truncated')
    expect(await kindOf(chunksOf(() => Response.json({})))).toBe('malformed')
    const error = { error: { code: 503, message: 'x', status: 'UNAVAILABLE' } }
    expect(await kindOf(chunksOf(() => Response.json(error)))).toBe('overloaded')
    expect(await kindOf(chunksOf(() => Response.json([error])))).toBe('overloaded')
    expect(read(await chunksOf(misnamed)).text).toBe('ok')
  })

  it('let go of the connection as soon as the reader leaves', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(piece([{ text: 'a' }]))}\n\n`)),
      cancel: () => {
        cancelled = true
      },
    })
    const { fetch } = wire(() => new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    for await (const chunk of google({ fetch }).stream(callOf({ stream: true }))) if (chunk.choices[0]?.delta.content === 'a') break
    expect(cancelled).toBe(true)
  })

  it('send nothing before they are read', async () => {
    const { fetch, sent } = wire(sse([says([{ text: 'a' }])]))
    const stream = google({ fetch }).stream(callOf({ stream: true }))
    expect(sent).toHaveLength(0)
    expect(await collect(stream)).toHaveLength(4)
  })
})
