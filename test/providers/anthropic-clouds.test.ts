import { afterEach, describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { anthropic, anthropicBedrock, anthropicVertex } from '../../src/providers/anthropic/index.ts'
import { callFor, closeAll, simulated } from './anthropic-cloud-fixtures.ts'
import { json, message, wired } from './anthropic-fixtures.ts'

afterEach(closeAll)

type Messages = ChatRequest['messages']

/** The three doors in one simulator. */
async function doors() {
  const simulator = await simulated()
  const at = (vendor: string): string => simulator.door(vendor).baseURL
  return {
    simulator,
    all: [
      { adapter: anthropic({ baseURL: at('anthropic') }), model: 'claude-opus-5' },
      { adapter: anthropicBedrock({ region: 'us-east-1', baseURL: at('anthropic-bedrock') }), model: 'us.anthropic.claude-opus-5' },
      {
        adapter: anthropicBedrock({ region: 'us-east-1', endpoint: 'mantle', baseURL: at('anthropic-mantle') }),
        model: 'anthropic.claude-opus-5',
      },
      { adapter: anthropicVertex({ project: 'p', key: 'TOKEN', baseURL: at('anthropic-vertex') }), model: 'claude-opus-5' },
    ],
  }
}

describe('the doors to Claude', () => {
  it('hand a conversation on to each other with its thinking and their signatures, which are good at all of them', async () => {
    const { simulator, all } = await doors()
    const messages: Messages[number][] = [{ role: 'user', content: 'Think.' }]
    simulator.answer('*', { text: 'Thought.', reasoning: 'Hm.' })
    for (const { adapter, model } of all) {
      const { choices } = await adapter.complete(callFor(model, { messages, reasoning_effort: 'low' }))
      const [choice] = choices
      if (choice !== undefined) messages.push(choice.message, { role: 'user', content: 'Again.' })
    }
    const last = simulator.requests.at(-1)?.body
    const turn = {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: expect.any(String) },
        { type: 'text', text: 'Thought.' },
      ],
    }
    expect(last).toMatchObject({ messages: [{}, turn, {}, turn, {}, turn, {}] })
    expect(new Set(all.map(({ adapter }) => adapter.stateOwner))).toEqual(new Set(['anthropic']))
  })

  it("keep what the vendor's own tools left to where those tools are: elsewhere a turn is what its message says", async () => {
    const { adapter: own } = wired(() =>
      json({
        ...message,
        content: [
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
          { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
          { type: 'text', text: 'Found.' },
        ],
      }),
    )
    const { choices } = await own.complete(callFor('claude-opus-5', { web_search_options: {} }))
    const messages: Messages = [
      { role: 'user', content: 'Search.' },
      ...choices.map((choice) => choice.message),
      { role: 'user', content: 'And?' },
    ]
    const { simulator, all } = await doors()
    for (const { adapter, model } of all) await adapter.complete(callFor(model, { messages }))
    const [atHome, ...elsewhere] = simulator.requests.map(({ body }) => body)
    expect(JSON.stringify(atHome)).toContain('srvtoolu_1')
    for (const body of elsewhere) {
      expect(body).toMatchObject({ messages: [{}, { role: 'assistant', content: [{ type: 'text', text: 'Found.' }] }, {}] })
    }
  })

  it('take calls of tools along without who made them, which only its maker asks', async () => {
    const { simulator, all } = await doors()
    const tools: ChatRequest['tools'] = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]
    simulator.answer('anthropic', { reasoning: 'Hm.', toolCalls: [{ name: 'look', arguments: '{}' }] })
    const [first, ...rest] = all
    const answer = await first?.adapter.complete(callFor('claude-opus-5', { tools, reasoning_effort: 'low' }))
    const reply = answer?.choices[0]?.message
    if (reply === undefined) throw new Error('There is no answer.')
    const id = reply.tool_calls?.[0]?.id ?? ''
    const messages: Messages = [{ role: 'user', content: 'Look.' }, reply, { role: 'tool', tool_call_id: id, content: 'Seen.' }]
    for (const { adapter, model } of rest) {
      await adapter.complete(callFor(model, { tools, messages }))
      const { body } = simulator.requests.at(-1) ?? {}
      expect(body).toMatchObject({
        messages: [{}, { content: [{ type: 'thinking' }, { type: 'tool_use', id, name: 'look' }] }, {}],
      })
      expect(JSON.stringify(body)).not.toContain('caller')
    }
  })

  it('fetch images here where the vendor fetches none', async () => {
    const url = 'https://images.example/cat.png'
    const bytes = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    const download = { fetch: async () => new Response(bytes, { headers: { 'content-type': 'image/png' } }) }
    const { simulator } = await doors()
    const media = { download }
    const adapters = [
      anthropicBedrock({ region: 'us-east-1', media, baseURL: simulator.door('anthropic-bedrock').baseURL }),
      anthropicVertex({ project: 'p', key: 'TOKEN', media, baseURL: simulator.door('anthropic-vertex').baseURL }),
    ]
    const content = [{ type: 'image_url' as const, image_url: { url } }]
    for (const adapter of adapters) {
      await adapter.complete(callFor('anthropic.claude-opus-5', { messages: [{ role: 'user', content }] }))
      expect(simulator.requests.at(-1)?.body).toMatchObject({
        messages: [{ content: [{ type: 'image', source: { type: 'base64', data: bytes.toString('base64') } }] }],
      })
    }
  })
})
