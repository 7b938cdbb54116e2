import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { ModelyardError, StreamInterruptedError, createRouter, memoryKeys } from '../../src/index.ts'
import type { ProviderAdapter } from '../../src/index.ts'
import { openaiCompatible } from '../../src/providers/family/index.ts'
import { openai } from '../../src/providers/openai/index.ts'

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const piece = (delta: object) => `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`
const opening = piece({ role: 'assistant', content: '' })
const text = [opening, piece({ content: 'Once ' }), piece({ content: 'upon' })]
const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":' } }

/** A server whose streams end in an orderly way after these events. */
const serving = (events: readonly string[]) => () =>
  Promise.resolve(new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } }))

type Factory = (given: { readonly events: readonly string[]; readonly tolerateMissingFinish?: boolean }) => ProviderAdapter

const factories: readonly (readonly [name: string, make: Factory])[] = [
  ['openai()', ({ events, ...more }) => openai({ id: 'own', api: 'chat', fetch: serving(events), ...more })],
  [
    'openaiCompatible()',
    ({ events, ...more }) => openaiCompatible({ id: 'own', baseURL: 'http://127.0.0.1:1', fetch: serving(events), ...more }),
  ],
]

async function read(adapter: ProviderAdapter) {
  const client = createRouter({ providers: [adapter], keys: memoryKeys({ OPENAI_API_KEY: 'sk-any' }), maxRetries: 0 })
  const chunks: OpenAI.ChatCompletionChunk[] = []
  let error: unknown
  try {
    const stream = await client.chat.completions.create({
      model: 'own/m',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    })
    for await (const chunk of stream) chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  const said = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  return { said, error, finish: chunks.at(-1)?.choices[0]?.finish_reason }
}

describe.each(factories)('%s and a stream without a finish reason', (_name, make) => {
  it('ST-04 is an interruption, by default', async () => {
    for (const events of [text, [...text, 'data: [DONE]\n\n']]) {
      const { said, error } = await read(make({ events }))
      expect(said).toBe('Once upon')
      expect(error).toBeInstanceOf(StreamInterruptedError)
    }
  })

  it('is a whole answer with tolerateMissingFinish, which ends with stop', async () => {
    for (const events of [text, [...text, 'data: [DONE]\n\n']])
      expect(await read(make({ events, tolerateMissingFinish: true }))).toEqual({
        said: 'Once upon',
        error: undefined,
        finish: 'stop',
      })
  })

  it.each([
    ['without content', [opening]],
    ['with nothing at all', []],
    ['in the middle of an event', [...text, 'data: {"id":']],
    ['in the middle of a call', [...text, piece({ tool_calls: [call] })]],
  ])('that ends %s is a failure all the same', async (_ending, events) => {
    const { error } = await read(make({ events, tolerateMissingFinish: true }))
    expect(error).toBeInstanceOf(Error)
  })

  it('takes true and false for the option, and nothing else', () => {
    const given = { events: [], tolerateMissingFinish: 'yes' }
    expect((): unknown => Reflect.apply(make, undefined, [given])).toThrow(ModelyardError)
    expect((): unknown => Reflect.apply(make, undefined, [given])).toThrow(/tolerateMissingFinish.*true or false/)
  })
})
