import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { answer, chunk, completed, events, failureOf, json, model, streamed } from './mistral-fixtures.ts'

const thinking = {
  type: 'thinking',
  thinking: [
    { type: 'text', text: 'Two and two. ' },
    { type: 'text', text: 'Easy.' },
  ],
  closed: true,
}
const text = { type: 'text', text: 'Four.' }

function called(...calls: readonly object[]): object {
  return { content: '', tool_calls: calls }
}

const cited = (start_index: number, end_index: number, url: string, title = url): object => ({
  type: 'url_citation',
  url_citation: { start_index, end_index, url, title },
})

describe('a whole answer', () => {
  it('keeps id, time, model and words', async () => {
    expect(await completed(answer({ content: 'Hi.' }, { model: 'mistral-small-latest' }))).toEqual({
      id: 'cmpl-1',
      object: 'chat.completion',
      created: 1_787_150_000,
      model: 'mistral-small-latest',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.', refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    })
  })

  it('tells thinking from text, and keeps its chunks for the next turn', async () => {
    const { choices } = await completed(answer({ content: [thinking, text] }))
    expect(choices[0]?.message).toEqual({
      role: 'assistant',
      content: 'Four.',
      refusal: null,
      reasoning_content: 'Two and two. Easy.',
      provider_state: { v: 1, provider: 'mistral', model, blocks: [thinking, text] },
    })
  })

  it('leaves no state where there was no thinking', async () => {
    const { choices } = await completed(answer({ content: [text] }))
    expect(choices[0]?.message).toEqual({ role: 'assistant', content: 'Four.', refusal: null })
  })

  it.each(['null', '', undefined, null])('gives a call whose id is %j one of its own', async (id) => {
    const call = { id, function: { name: 'f', arguments: { a: 1 } } }
    const { choices } = await completed(answer(called(call, call), {}, 'tool_calls'))
    const calls = choices[0]?.message.tool_calls ?? []
    expect(calls).toHaveLength(2)
    expect(new Set(calls.map((each) => each.id)).size).toBe(2)
    for (const each of calls) {
      expect(each).toEqual({
        id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/),
        type: 'function',
        function: { name: 'f', arguments: '{"a":1}' },
      })
    }
  })

  it('calls without arguments with {}, and says tool_calls where it says stop', async () => {
    const { choices } = await completed(answer(called({ id: 'abcdefghi', function: { name: 'f', arguments: '' } })))
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ id: 'abcdefghi', function: { name: 'f', arguments: '{}' } }] },
    })
  })

  it('answers functions of old with a function call', async () => {
    const request: Partial<ChatRequest> = { functions: [{ name: 'f' }] }
    const { choices } = await completed(answer(called({ id: 'abcdefghi', function: { name: 'f', arguments: '{}' } })), request)
    expect(choices[0]).toMatchObject({ finish_reason: 'function_call', message: { function_call: { name: 'f', arguments: '{}' } } })
    expect(choices[0]?.message).not.toHaveProperty('tool_calls')
  })

  it.each([
    ['model_length', 'length'],
    ['length', 'length'],
    ['a word of tomorrow', 'stop'],
  ])('ends with %s as %s', async (word, reason) => {
    expect((await completed(answer({ content: 'x' }, {}, word))).choices[0]?.finish_reason).toBe(reason)
  })

  it('is a failure of the provider where it ends with an error', async () => {
    expect(await failureOf(completed(answer({ content: 'half' }, {}, 'error')))).toMatchObject({ kind: 'server' })
  })

  it('has as many choices as came', async () => {
    const choices = [0, 1].map((index) => ({ index, finish_reason: 'stop', message: { role: 'assistant', content: `${index}` } }))
    expect((await completed(answer({}, { choices }))).choices.map(({ message }) => message.content)).toEqual(['0', '1'])
  })

  it.each<[string, object]>([
    ['no choices', answer({}, { choices: [] })],
    ['no message', answer({}, { choices: [{ index: 0, finish_reason: 'stop' }] })],
    ['an error', { object: 'error', message: 'gone wrong', type: 'internal_server_error', code: '1000' }],
    ['a detail', { detail: 'gone wrong' }],
  ])('with status 200 and %s is malformed', async (_, body) => {
    expect(await failureOf(completed(body))).toMatchObject({ kind: 'malformed' })
  })
})

describe('references', () => {
  const sources = {
    0: { url: 'https://a.example/', title: 'A' },
    doc: { url: 'https://b.example/' },
    none: { title: 'no address' },
  }
  const messages: ChatRequest['messages'] = [
    { role: 'user', content: 'Who?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'abcdefghi', type: 'function', function: { name: 'search', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'abcdefghi', content: JSON.stringify(sources) },
  ]
  const content = [
    { type: 'text', text: 'Ada did' },
    { type: 'reference', reference_ids: [0] },
    { type: 'text', text: ', and so did Bob' },
    { type: 'reference', reference_ids: ['doc', 'none', 'unknown', 'https://c.example/'] },
  ]
  const expected = [cited(0, 7, 'https://a.example/', 'A'), cited(7, 23, 'https://b.example/'), cited(7, 23, 'https://c.example/')]

  it("become citations of what the caller's tool gave", async () => {
    const { choices } = await completed(answer({ content }), { messages })
    expect(choices[0]?.message).toMatchObject({ content: 'Ada did, and so did Bob', annotations: expected })
  })

  it('do so in a stream, with the end', async () => {
    const chunks = await streamed(() => events(...content.map((each) => chunk({ content: [each] })), chunk({}, 'stop')), {
      messages,
    })
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ finish_reason: 'stop', delta: { annotations: expected } })
  })
})

describe('usage', () => {
  it.each<[string, object, object]>([
    [
      'with what came from the cache',
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, prompt_tokens_details: { cached_tokens: 16 } },
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, prompt_tokens_details: { cached_tokens: 16 } },
    ],
    [
      'with what came from the cache, as older models say it',
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, num_cached_tokens: 16 },
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, prompt_tokens_details: { cached_tokens: 16 } },
    ],
    [
      'without sound, which is billed by the second',
      {
        prompt_audio_seconds: 4,
        prompt_tokens: 9,
        completion_tokens: 201,
        total_tokens: 585,
        prompt_tokens_details: { audio_tokens: 375 },
      },
      { prompt_tokens: 9, completion_tokens: 201, total_tokens: 210 },
    ],
  ])('is told %s', async (_, usage, expected) => {
    expect((await completed(answer({ content: 'x' }, { usage }))).usage).toEqual(expected)
    const chunks = await streamed(() => events(chunk({ content: 'x' }), chunk({}, 'stop', { usage }), '[DONE]'))
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: expected })
  })

  it('is left out where none came: nothing is not zero', async () => {
    expect(await completed(answer({ content: 'x' }, { usage: undefined }))).not.toHaveProperty('usage')
    const chunks = await streamed(() => events(chunk({ content: 'x' }), chunk({}, 'stop'), '[DONE]'))
    expect(chunks.at(-1)?.choices).toHaveLength(1)
  })

  it('names the tier that served', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, service_tier: 'standard' }
    expect((await completed(answer({ content: 'x' }, { usage }))).service_tier).toBe('default')
  })
})

it('takes a whole answer where a stream was asked for', async () => {
  const chunks = await streamed(() => json(answer({ content: [thinking, text] })))
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Four.')
  expect(chunks.at(-1)?.usage?.total_tokens).toBe(15)
})
