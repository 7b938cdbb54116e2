import { describe, expect, it } from 'vitest'
import { classification } from '../../src/classification.ts'
import type { ChatMessage, ChatRequest } from '../../src/contracts/chat.ts'
import { translate } from '../../src/providers/anthropic/request.ts'
import { callOf, failureOf, json, message, user, wired } from './anthropic-fixtures.ts'

type Block = Readonly<Record<string, unknown>>

async function answered(change: Readonly<Record<string, unknown>>, request: Partial<ChatRequest> = {}) {
  const { adapter } = wired(() => json({ ...message, ...change }))
  return adapter.complete(callOf(request))
}

const thinking = { type: 'thinking', thinking: 'Let me see.', signature: 'sig' }
const hidden = { type: 'redacted_thinking', data: 'opaque' }
const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 }, caller: { type: 'direct' } }
const text = (value: string, more: Block = {}): Block => ({ type: 'text', text: value, ...more })

describe('an answer', () => {
  it('is its text blocks joined, with the model that answered', async () => {
    const answer = await answered({ content: [text('Hel'), text('lo.')], model: 'claude-sonnet-5-5-x' })
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'claude-sonnet-5-5-x',
      choices: [
        { index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: 'Hello.', refusal: null } },
      ],
    })
  })

  it('has tool calls, and no content where there is no text', async () => {
    const { choices } = await answered({ content: [call, { ...call, id: 'toolu_2', input: {} }], stop_reason: 'tool_use' })
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
    })
  })

  it('to legacy functions has the function call of old', async () => {
    const { choices } = await answered({ content: [call], stop_reason: 'tool_use' }, { functions: [{ name: 'f' }] })
    expect(choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { function_call: { name: 'f', arguments: '{"a":1}' } },
    })
    expect(choices[0]?.message).not.toHaveProperty('tool_calls')
  })

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['a_word_of_the_future', 'stop'],
  ])('%s is %s', async (stop_reason, finish_reason) => {
    expect((await answered({ stop_reason })).choices[0]?.finish_reason).toBe(finish_reason)
  })

  it('that is a refusal says why', async () => {
    const details = { type: 'refusal', category: 'cyber', explanation: 'No exploits.' }
    const explained = await answered({ content: [], stop_reason: 'refusal', stop_details: details })
    expect(explained.choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      message: { content: null, refusal: 'No exploits.' },
    })
    const silent = await answered({ content: [], stop_reason: 'refusal', stop_details: null })
    expect(silent.choices[0]?.message.refusal).toEqual(expect.any(String))
  })

  it("leaves the vendor's own tools to the vendor", async () => {
    const search = [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    ]
    const { choices } = await answered({ content: [...search, text('Found.')] })
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Found.' } })
    expect(choices[0]?.message).not.toHaveProperty('tool_calls')
  })

  it('cites pages at the place of the text that they support', async () => {
    const cited = {
      type: 'web_search_result_location',
      url: 'https://x.example',
      title: 'X',
      cited_text: 'x',
      encrypted_index: 'e',
    }
    const document = { type: 'page_location', document_index: 0, document_title: 'D', cited_text: 'd' }
    const { choices } = await answered({ content: [text('So: '), text('yes', { citations: [cited, document] }), text('.')] })
    expect(choices[0]?.message.annotations).toEqual([
      { type: 'url_citation', url_citation: { start_index: 4, end_index: 7, title: 'X', url: 'https://x.example' } },
    ])
  })
})

describe('usage', () => {
  it('counts what was read from and written to the cache as prompt, and keeps each apart', async () => {
    const { usage, service_tier } = await answered({
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 5 },
        service_tier: 'standard',
      },
    })
    expect(usage).toEqual({
      prompt_tokens: 60,
      completion_tokens: 7,
      total_tokens: 67,
      prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 30, cache_write_1h_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
    expect(service_tier).toBe('default')
  })

  it('adds a compaction, which is billed beside the totals, but not the calls of other models', async () => {
    const iterations = [
      { type: 'compaction', input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 1, cache_creation_input_tokens: 2 },
      { type: 'message', input_tokens: 3, output_tokens: 2 },
      { type: 'advisor_message', input_tokens: 900, output_tokens: 90 },
    ]
    const { usage } = await answered({ usage: { ...message.usage, iterations } })
    expect(usage).toMatchObject({ prompt_tokens: 106, completion_tokens: 12 })
  })
})

describe('thinking', () => {
  it('is shown, and comes back in the next turn exactly and in order', async () => {
    const blocks = [thinking, hidden, text('Hm.'), call]
    const { choices } = await answered({ content: blocks, stop_reason: 'tool_use' })
    const turn = choices[0]?.message
    expect(turn).toMatchObject({
      reasoning_content: 'Let me see.',
      content: 'Hm.',
      provider_state: { v: 1, provider: 'anthropic', model: 'claude-sonnet-5-5', blocks },
    })
    expect(replay(turn)).toEqual(blocks)
  })

  it('is dropped where it is not ours, or the turn was edited', async () => {
    const { choices } = await answered({ content: [thinking, text('Hm.')] })
    const turn = { ...choices[0]?.message }
    expect(replay({ ...turn, provider_state: { v: 1, provider: 'google', model: 'g', blocks: [thinking] } })).toEqual([text('Hm.')])
    expect(replay({ ...turn, content: 'Edited.' })).toEqual([text('Edited.')])
    const called = { ...turn, provider_state: { v: 1, provider: 'anthropic', model: 'm', blocks: [thinking, text('Hm.'), call] } }
    const edited = { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":2}' } }
    expect(replay({ ...called, tool_calls: [edited] })).toMatchObject([text('Hm.'), { type: 'tool_use', input: { a: 2 } }])
    expect(replay({ ...turn, provider_state: { v: 2, provider: 'anthropic', blocks: [thinking] } })).toEqual([text('Hm.')])
    expect(replay({ ...turn, provider_state: 'nonsense' })).toEqual([text('Hm.')])
  })

  it('that is replayed brings no empty text back', async () => {
    const { choices } = await answered({ content: [thinking, text('\n\n'), call], stop_reason: 'tool_use' })
    expect(replay(choices[0]?.message)).toEqual([thinking, call])
  })

  it("in a turn that paused on the vendor's own tool, the answer is sent back as it is, to be continued", async () => {
    const blocks = [thinking, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } }]
    const { choices } = await answered({ content: blocks, stop_reason: 'pause_turn' })
    const messages: ChatMessage[] = [user('go'), { role: 'assistant', ...choices[0]?.message }]
    const { body } = translate({ model: 'm', messages }, { model: 'claude-opus-5-5', card: undefined })
    expect(body['messages']).toMatchObject([{ role: 'user' }, { role: 'assistant', content: blocks }])
  })

  it('leaves no state behind where the message says everything', async () => {
    const { choices } = await answered({ content: [text('Hm.'), call], stop_reason: 'tool_use' })
    expect(choices[0]?.message).not.toHaveProperty('provider_state')
  })
})

describe('an answer that is none', () => {
  it.each([
    ['is empty', new Response('')],
    ['is a page', new Response('<html><title>Login</title></html>')],
    ['is cut', new Response('{"id":"msg_1","content":[{"ty')],
    ['is null', new Response('null')],
    ['has no content', Response.json({ id: 'msg_1' })],
  ])('%s is malformed', async (_, response) => {
    const { adapter } = wired(() => response)
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'malformed' })
  })

  it('is an error with status 200: the provider is at fault, the next target is asked', async () => {
    const { adapter } = wired(() => json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }))
    const { kind, message: words } = await failureOf(adapter, adapter.complete(callOf({})))
    expect(words).toBe('Overloaded')
    expect(classification[kind]).toMatchObject({ breaker: 'failure', next: true })
  })

  it('but blank lines before it and a wrong content type are forgiven', async () => {
    const { adapter } = wired(() => new Response(`\n\n${JSON.stringify(message)}\n`, { headers: { 'content-type': 'text/plain' } }))
    expect((await adapter.complete(callOf({}))).choices[0]?.message.content).toBe('Hello.')
  })
})

/** What an assistant message becomes when it is sent back. */
function replay(turn: object | undefined): unknown {
  const results: ChatMessage[] = 'tool_calls' in (turn ?? {}) ? [{ role: 'tool', tool_call_id: 'toolu_1', content: 'ok' }] : []
  const messages: ChatMessage[] = [user('go'), { role: 'assistant', ...turn }, ...results, user('next')]
  const { body } = translate({ model: 'm', messages }, { model: 'claude-sonnet-5-5', card: undefined })
  const [, assistant]: unknown[] = Array.isArray(body['messages']) ? body['messages'] : []
  return typeof assistant === 'object' && assistant !== null && 'content' in assistant ? assistant.content : undefined
}
