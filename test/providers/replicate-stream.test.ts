import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../../src/index.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import { assertChunks } from '../../src/testing/conformance/shapes.ts'
import { answer, fakeProvider } from '../../src/testing/index.ts'
import {
  asked,
  call,
  done,
  event,
  follow,
  json,
  model,
  prediction,
  sse,
  starting,
  streamed,
  streaming,
  wire,
} from './replicate-fixtures.ts'

const written = (text: string): string => event('output', text)

/** A body that arrives in pieces of these sizes, over and over. */
function inPieces(text: string, sizes: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let from = 0
  let turn = 0
  return new ReadableStream({
    pull(controller) {
      if (from >= bytes.length) return controller.close()
      const size = sizes[turn++ % sizes.length] ?? 1
      controller.enqueue(bytes.subarray(from, from + size))
      from += size
    },
  })
}

const said = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 })
const texts = fc.array(
  fc.oneof(
    said.map((all) => all.join('')),
    fc.constantFrom(' ', '\n', '\n\n', ' a', 'data: x', ': hi'),
  ),
  {
    minLength: 1,
    maxLength: 8,
  },
)

describe('a stream', () => {
  it('is the output event by event, lines and spaces included, however its bytes are cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (deltas, pieces) => {
        const body = deltas.map((text) => written(text)).join('') + done
        const { chunks, text, finish, failure } = await streamed([
          json(streaming(), { status: 201 }),
          sse(inPieces(body, pieces)),
          json(prediction()),
        ])
        expect(failure).toBeUndefined()
        // Every kind of line break is one line of an event.
        expect(text).toBe(deltas.join('').replaceAll(/\r\n?/g, '\n'))
        expect(finish).toBe('stop')
        assertChunks(chunks)
      }),
      { numRuns: 150 },
    )
  })

  it('has its role first, and its usage, which the prediction knows afterwards, last', async () => {
    const { chunks } = await streamed([json(streaming()), sse(written('Hello') + written(' you') + done), json(prediction())])
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello' },
      { content: ' you' },
      {},
      undefined,
    ])
    expect(chunks[0]).toMatchObject({ id: 'p1', model, object: 'chat.completion.chunk' })
    expect(chunks.at(-1)?.usage).toEqual({ prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 })
  })

  it('passes over logs, comments and events that nobody knows', async () => {
    const body = `: hi\n\n${event('logs', 'loading')}${written('')}${written('Hi')}${event('progress', '{}')}${done}`
    expect(await streamed([json(streaming()), sse(body), json(prediction())])).toMatchObject({ text: 'Hi', failure: undefined })
  })

  it('that has as many tokens as it may have was cut', async () => {
    const metrics = { input_token_count: 1, output_token_count: 512 }
    const { finish } = await streamed([json(streaming()), sse(written('x') + done), json(prediction({ metrics }))])
    expect(finish).toBe('length')
  })

  it('is complete without its count: a prediction that cannot be seen any more is no failure', async () => {
    const gone = json({ detail: 'The requested resource could not be found.', status: 404 }, { status: 404 })
    const { text, finish, usage, failure } = await streamed([json(streaming()), sse(written('Hi') + done), gone])
    expect({ text, finish, usage, failure }).toEqual({ text: 'Hi', finish: 'stop', usage: undefined, failure: undefined })
  })

  it('waits for the count a little where the prediction is not closed yet', async () => {
    const answers = [json(streaming()), sse(written('Hi') + done), json(streaming({ status: 'processing' })), json(prediction())]
    expect((await streamed(answers)).usage).toMatchObject({ total_tokens: 13 })
  })

  it('asks for nothing but the events and, at their end, the prediction', async () => {
    const answers = wire(json(streaming()), sse(written('Hi') + done), json(prediction()))
    await follow(replicate({ fetch: answers.fetch }), call({ stream: true }))
    expect(asked(answers)).toEqual([
      'POST https://api.replicate.com/v1/models/meta/meta-llama-3-70b-instruct/predictions',
      'GET https://stream.replicate.com/v1/files/abc',
      'GET https://api.replicate.com/v1/predictions/p1',
    ])
    expect(answers.sent[1]?.headers.get('accept')).toBe('text/event-stream')
  })
})

const sensitive = 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)'
const failed = json(prediction({ status: 'failed', output: null, error: sensitive, metrics: {} }))

describe('a stream that goes wrong', () => {
  it.each<readonly [string, string, string, string]>([
    ['ends without its last event', written('Hi'), 'Hi', 'truncated'],
    ['ends before its first', '', '', 'truncated'],
    ['ends within an event', `${written('Hi')}event: done\nda`, 'Hi', 'truncated'],
    ['has a last event that cannot be read', `${written('Hi')}${event('done', '{"rea')}`, 'Hi', 'truncated'],
    ['says that it failed', `${written('Hi')}${event('error', '{"detail":"CUDA out of memory"}')}`, 'Hi', 'server'],
    ['says so in words alone', event('error', 'Prediction interrupted; please retry (code: PA)'), '', 'server'],
    ['is canceled by somebody else', `${written('Hi')}${event('done', '{"reason":"canceled"}')}`, 'Hi', 'server'],
    ['ends with a failure that it keeps to itself', `${written('Hi')}${event('done', '{"reason":"error"}')}`, 'Hi', 'server'],
    ['is filtered before it says anything', event('error', JSON.stringify({ detail: sensitive })), '', 'content_filter'],
  ])('is a failure where it %s', async (_, body, text, kind) => {
    const silent = json({ detail: 'gone' }, { status: 500 })
    const outcome = await streamed([json(streaming()), sse(body), silent])
    expect(outcome).toMatchObject({ text, finish: undefined, failure: { kind } })
  })

  it('tells why, where the prediction knows it', async () => {
    const broke = json(
      prediction({ status: 'failed', error: 'E1002 PromptTooLong: Prompt length (9) exceeds maximum input length (8)' }),
    )
    const { failure } = await streamed([json(streaming()), sse(event('done', '{"reason":"error"}')), broke])
    expect(failure).toMatchObject({ kind: 'context_length', code: 'E1002' })
  })

  it('has not ended well because it says so: the prediction has the last word', async () => {
    const { failure, finish } = await streamed([json(streaming()), sse(done), failed])
    expect({ finish, failure }).toMatchObject({ finish: undefined, failure: { kind: 'content_filter' } })
  })

  it('that a filter stopped behind its first words is an answer that a filter cut', async () => {
    const body = written('Once') + event('error', JSON.stringify({ detail: sensitive })) + event('done', '{"reason":"error"}')
    for (const events of [body, written('Once') + event('done', '{"reason":"error"}')]) {
      const outcome = await streamed([json(streaming()), sse(events), failed])
      expect(outcome).toMatchObject({ text: 'Once', finish: 'content_filter', failure: undefined })
    }
  })

  it('is truncated where the events have nothing of an answer that there is', async () => {
    expect(await streamed([json(streaming()), sse(done), json(prediction())])).toMatchObject({ failure: { kind: 'truncated' } })
  })

  it.each([
    ['a page', () => new Response('<html><title>Sign in</title></html>', { headers: { 'content-type': 'text/html' } })],
    ['JSON', json({ detail: 'no stream' })],
    ['nothing at all', () => new Response(null, { status: 204 })],
  ])('is malformed where there is %s in place of events', async (_, answers) => {
    expect(await streamed([json(streaming()), answers])).toMatchObject({ failure: { kind: 'malformed' }, text: '' })
  })

  it('falls over to another provider as long as nothing was said', async () => {
    const answers = wire(json(streaming()), sse(event('error', '{"detail":"Prediction interrupted (code: PA)"}')))
    const backup = fakeProvider({ id: 'backup', script: answer('I step in') })
    const router = createRouter({
      providers: [replicate({ fetch: answers.fetch, key: 'K' }), backup],
      keys: memoryKeys({ K: 'k' }),
      agents: { support: { primary: `replicate/${model}`, fallback: ['backup/fake-model'] } },
    })
    const messages = [{ role: 'user', content: 'Hi' } as const]
    const chunks = await router.agent('support').chat.completions.create({ model: 'auto', messages, stream: true })
    let text = ''
    for await (const { choices } of chunks) text += choices[0]?.delta.content ?? ''
    expect(text).toBe('I step in')
  })
})

const growing = (...output: readonly string[]) => json(starting({ status: 'processing', output }))

describe('a model that does not stream', () => {
  it('is looked at, and its output grows', async () => {
    const answers = [json(starting()), growing('Hel'), growing('Hel'), growing('Hel', 'lo'), json(prediction())]
    const { chunks, text, finish, usage } = await streamed(answers)
    expect(text).toBe('Hello you')
    expect(chunks.map(({ choices }) => choices[0]?.delta.content).filter(Boolean)).toEqual(['Hel', 'lo', ' you'])
    expect({ finish, total: usage?.total_tokens }).toEqual({ finish: 'stop', total: 13 })
    assertChunks(chunks)
  })

  it('may be there at once, wherever its events are said to be', async () => {
    const urls = { get: 'https://api.replicate.com/v1/predictions/p1', stream: 'https://evil.example/s' }
    const answers = wire(json(prediction({ urls })))
    const { text, failure } = await follow(replicate({ fetch: answers.fetch }), call({ stream: true }))
    expect({ text, failure }).toEqual({ text: 'Hello you', failure: undefined })
    expect(answers.sent).toHaveLength(1)
  })

  it('never takes back what it said', async () => {
    const answers = [json(starting()), json(starting({ output: ['At ten'] })), json(prediction({ output: ['At nine'] }))]
    expect(await streamed(answers)).toMatchObject({ text: 'At ten', finish: undefined, failure: { kind: 'malformed' } })
  })

  it('may fail in the midst of it', async () => {
    const answers = [
      json(starting()),
      json(starting({ output: ['Hi'] })),
      json(prediction({ status: 'failed', output: null, error: 'boom' })),
    ]
    expect(await streamed(answers)).toMatchObject({ text: 'Hi', failure: { kind: 'server', message: 'boom' } })
  })

  it('has to say something that is text', async () => {
    expect(await streamed([json(prediction({ output: { a: 1 } }))])).toMatchObject({ failure: { kind: 'malformed' } })
  })
})
