import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import type { Check } from './check.ts'
import { toolConversation, tools } from './requests.ts'
import { assertChunks, assertCompletion } from './shapes.ts'

const reply = {
  text: 'Let me look.',
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Århus "N"' } },
    { name: 'now' },
    { name: 'get_weather', arguments: { city: 'Oslo' } },
  ],
}
const expected = [
  ['get_weather', { city: 'Århus "N"' }],
  ['now', {}],
  ['get_weather', { city: 'Oslo' }],
]

/** What a sound adapter makes of tools. */
export const toolChecks: readonly Check[] = [
  {
    part: 'tools',
    name: 'hands over parallel calls with ids of their own, {} where there are no arguments',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, reply)
      const completion = await bench.complete({ request: bench.asking('Weather?', { tools }) })
      assertCompletion(completion)
      const [choice] = completion.choices
      assert.equal(choice?.finish_reason, 'tool_calls')
      assert.equal(choice.message.content, reply.text)
      const calls = functionCalls(choice.message)
      assert.deepEqual(calls.map(parsed), expected)
      assert.equal(new Set(calls.map(({ id }) => id)).size, 3, 'ids are different')
    },
  },
  {
    part: 'tools',
    name: 'streams them: numbered as they appear, id and name first, arguments that add up to JSON',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { ...reply, reasoning: 'Two cities.' })
      const chunks = await bench.chunks({ request: bench.asking('Weather?', { tools }) })
      assertChunks(chunks)
      assert.deepEqual(assembled(chunks).map(parsed), expected)
      const reasons = chunks.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason)).filter(Boolean)
      assert.deepEqual(reasons, ['tool_calls'])
    },
  },
  {
    part: 'tool results',
    name: 'carries on where another provider made the calls, whatever its ids look like',
    run: async (open) => {
      await using bench = await open()
      for (const ids of [
        ['call_abc123', 'call_def456'],
        ['chatcmpl-tool:1/a', 'chatcmpl-tool:1/b'],
        ['1', 'ünï çødé ' + 'x'.repeat(80)],
      ] as const) {
        assertCompletion(await bench.complete({ request: { model: bench.model, messages: toolConversation(ids), tools } }))
        const sent = JSON.stringify(bench.lastRequest.body)
        assert.ok(sent.includes('rain, 7 degrees') && sent.includes('12:30'), 'both results are on the wire')
      }
    },
  },
  {
    part: 'tool results',
    name: 'carries on with its own answer, as it was given, with and without stream',
    run: async (open) => {
      await using bench = await open()
      const question = bench.asking('Weather?', { tools })
      bench.simulator.queue(bench.vendor, { ...reply, reasoning: 'Two cities.' })
      const { choices } = await bench.complete({ request: question })
      const answer = choices[0]?.message
      assert.ok(answer !== undefined)
      const results = functionCalls(answer).map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'fine' }))
      const messages = JSON.parse(JSON.stringify([...question.messages, answer, ...results])) as unknown
      assert.ok(Array.isArray(messages))
      assertCompletion(await bench.complete({ request: { ...question, messages } }))
      assertChunks(await bench.chunks({ request: { ...question, messages } }))
    },
  },
  {
    part: 'foreign state',
    name: "keeps another provider's state off the wire",
    run: async (open) => {
      await using bench = await open()
      const foreign = {
        provider_state: { v: 1, provider: 'someone-else', model: 'm', blocks: [{ type: 'thinking', secret: 'foreign-block' }] },
      }
      const messages = [
        { role: 'user' as const, content: 'hello' },
        { role: 'assistant' as const, content: 'Hi.', reasoning_content: 'They greet me.', ...foreign },
        { role: 'user' as const, content: 'and now?' },
      ]
      assertCompletion(await bench.complete({ request: { model: bench.model, messages } }))
      const sent = JSON.stringify(bench.lastRequest.body)
      assert.ok(!/foreign-block|provider_state/.test(sent), 'it is on the wire')
    },
  },
]

type FunctionCall = OpenAI.ChatCompletionMessageFunctionToolCall

function functionCalls({ tool_calls = [] }: OpenAI.ChatCompletionMessage): readonly FunctionCall[] {
  return tool_calls.filter((call) => call.type === 'function')
}

function parsed({ function: called }: Pick<FunctionCall, 'function'>): readonly [string, unknown] {
  return [called.name, JSON.parse(called.arguments)]
}

/** The calls that a stream's deltas add up to. */
function assembled(chunks: readonly OpenAI.ChatCompletionChunk[]): readonly Pick<FunctionCall, 'function'>[] {
  const calls: { function: { name: string; arguments: string } }[] = []
  for (const delta of chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.delta.tool_calls ?? []))) {
    const call = (calls[delta.index] ??= { function: { name: '', arguments: '' } })
    call.function.name += delta.function?.name ?? ''
    call.function.arguments += delta.function?.arguments ?? ''
  }
  return calls
}
