import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { routeOf } from '../src/index.ts'
import type { RecordedRequest, SimulatedToolCall } from '../src/testing/index.ts'
import type { Bench, Vendor } from './faults/bench.ts'
import { openBench, vendors } from './faults/bench.ts'

/** Models that reason, call tools, and insist on what they signed. */
const thinkers = {
  openai: 'openai/gpt-6-luna',
  anthropic: 'anthropic/claude-sonnet-5-5',
  google: 'google/gemini-3.8-flash',
} as const satisfies Record<Vendor, string>

const thoughts = (vendor: Vendor): string => `${vendor} thinks of two things at once`

const calls: readonly SimulatedToolCall[] = [
  { name: 'weather', arguments: { city: 'Oslo', days: [1, 2] } },
  { name: 'clock', arguments: {} },
]
const results: Readonly<Record<string, string>> = { weather: 'rain, 7 degrees', clock: '12:30' }

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } } },
    },
  },
  { type: 'function', function: { name: 'clock', parameters: { type: 'object', properties: {} } } },
]

type Message = OpenAI.ChatCompletionMessageParam

const question: readonly Message[] = [
  { role: 'system', content: 'Answer briefly.' },
  { role: 'user', content: 'The weather in Oslo, and the time?' },
]

type Client = Pick<OpenAI, 'chat'>

/** One turn of the conversation, streamed or not; the message is kept as it came. */
async function say(client: Client, { model, messages, stream }: { model: string; messages: readonly Message[]; stream: boolean }) {
  const body = { model, messages: [...messages], tools }
  if (!stream) {
    const completion = await client.chat.completions.create(body)
    return { message: soleMessage(completion), route: routeOf(completion) }
  }
  const runner = client.chat.completions.stream(body)
  return { message: soleMessage(await runner.finalChatCompletion()), route: undefined }
}

function soleMessage({ choices }: OpenAI.ChatCompletion): OpenAI.ChatCompletionMessage {
  const [choice] = choices
  if (choice === undefined) throw new Error('no choice')
  return choice.message
}

/** What an application adds to a turn that called its functions. */
function answered(message: OpenAI.ChatCompletionMessage): readonly Message[] {
  const called = (message.tool_calls ?? []).map((call) => (call.type === 'function' ? call : undefined))
  return [
    message,
    // In another order than they were called: ids alone tell which is which.
    ...called
      .toReversed()
      .map((call): Message => ({ role: 'tool', tool_call_id: call?.id ?? '', content: results[call?.function.name ?? ''] ?? '' })),
  ]
}

interface Told {
  readonly id: unknown
  readonly name?: unknown
  readonly arguments?: unknown
  readonly result?: unknown
}

/** The calls and the results of a request, read off the vendor's own format. */
function told({ vendor, body }: RecordedRequest): { readonly calls: readonly Told[]; readonly results: readonly Told[] } {
  switch (vendor) {
    case 'openai': {
      // Functions with reasoning go by the Responses API, whose items stand by themselves.
      const items = list(body, 'input')
      if (items.length > 0) {
        return {
          calls: items
            .filter((item) => at(item, 'type') === 'function_call')
            .map((item) => ({ id: at(item, 'call_id'), name: at(item, 'name'), arguments: parsed(at(item, 'arguments')) })),
          results: items
            .filter((item) => at(item, 'type') === 'function_call_output')
            .map((item) => ({ id: at(item, 'call_id'), result: flat(at(item, 'output')) })),
        }
      }
      const messages = list(body, 'messages')
      return {
        calls: messages
          .flatMap((message) => list(message, 'tool_calls'))
          .map((call) => ({
            id: at(call, 'id'),
            name: at(call, 'function', 'name'),
            arguments: parsed(at(call, 'function', 'arguments')),
          })),
        results: messages
          .filter((message) => at(message, 'role') === 'tool')
          .map((message) => ({ id: at(message, 'tool_call_id'), result: flat(at(message, 'content')) })),
      }
    }
    case 'anthropic': {
      const blocks = list(body, 'messages').flatMap((message) => list(message, 'content'))
      return {
        calls: blocks
          .filter((block) => at(block, 'type') === 'tool_use')
          .map((block) => ({ id: at(block, 'id'), name: at(block, 'name'), arguments: at(block, 'input') })),
        results: blocks
          .filter((block) => at(block, 'type') === 'tool_result')
          .map((block) => ({ id: at(block, 'tool_use_id'), result: flat(at(block, 'content')) })),
      }
    }
    default: {
      const parts = list(body, 'contents').flatMap((content) => list(content, 'parts'))
      return {
        calls: parts
          .flatMap((part) => at(part, 'functionCall') ?? [])
          .map((call) => ({ id: at(call, 'id'), name: at(call, 'name'), arguments: at(call, 'args') ?? {} })),
        results: parts
          .flatMap((part) => at(part, 'functionResponse') ?? [])
          .map((response) => ({ id: at(response, 'id'), result: flat(at(response, 'response')) })),
      }
    }
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  )
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = at(value, name)
  return Array.isArray(found) ? found : []
}

function parsed(json: unknown): unknown {
  return typeof json === 'string' ? JSON.parse(json) : json
}

/** The text of a result, however it is wrapped. */
function flat(value: unknown): string {
  return Object.values(results).find((text) => JSON.stringify(value).includes(text)) ?? JSON.stringify(value)
}

/** Every call has its own result, by the ids that are on the wire. */
function expectMatched(request: RecordedRequest | undefined, turns = 1): void {
  if (request === undefined) throw new Error('no request')
  const { calls: sent, results: given } = told(request)
  expect(sent.map(({ name, arguments: args }) => [name, args])).toEqual(
    Array.from({ length: turns }, () => calls.map(({ name, arguments: args }) => [name, args])).flat(),
  )
  const ids = sent.map(({ id }) => id)
  expect(ids.every((id) => typeof id === 'string' && id !== '')).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(Object.fromEntries(given.map(({ id, result }) => [id, result]))).toEqual(
    Object.fromEntries(sent.map(({ id, name }) => [id, results[String(name)]])),
  )
}

/** The state that a message carries for its own vendor. */
function stateOf(message: Message): { readonly provider: string; readonly blocks: readonly unknown[] } | undefined {
  const state = at(message, 'provider_state')
  return state === undefined ? undefined : { provider: String(at(state, 'provider')), blocks: list(state, 'blocks') }
}

/** What the vendor signed, wherever it stands in its blocks. */
function signatures(blocks: readonly unknown[]): readonly string[] {
  return blocks
    .flatMap((block) => [at(block, 'signature'), at(block, 'thoughtSignature')])
    .filter((one): one is string => typeof one === 'string' && one !== '')
}

/** The assistant turn with calls as the vendor gets it back. */
function replayed({ vendor, body }: RecordedRequest): readonly unknown[] {
  const turns = vendor === 'anthropic' ? list(body, 'messages') : list(body, 'contents')
  const own = turns.find((turn) => ['assistant', 'model'].includes(String(at(turn, 'role'))))
  return list(own, vendor === 'anthropic' ? 'content' : 'parts')
}

async function started(from: Vendor, stream: boolean) {
  const bench = await openBench()
  const { simulator, client } = bench
  simulator.queue(from, { reasoning: thoughts(from), toolCalls: calls })
  const { message } = await say(client, { model: thinkers[from], messages: question, stream })
  for (const vendor of vendors) simulator.answer(vendor, `${vendor} sums up`)
  return {
    bench,
    message,
    messages: [...question, ...answered(message)],
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  }
}

const last = ({ simulator }: Bench): RecordedRequest | undefined => simulator.requests.at(-1)
const matrix = vendors.flatMap((from) =>
  vendors.flatMap((to) => [false, true].map((stream) => [from, to, stream ? 'streamed' : 'unary', stream] as const)),
)

describe('a conversation with reasoning and two calls at once', () => {
  it.concurrent.each(matrix)(
    'that began at %s goes on at %s (%s): ids match, and nothing foreign is sent',
    async (from, to, _mode, stream) => {
      await using start = await started(from, stream)
      const { bench, message, messages } = start
      const { message: next, route } = await say(bench.client, { model: thinkers[to], messages, stream: false })
      expect(next.content).toBe(`${to} sums up`)
      expect(route?.provider).toBe(to)
      expectMatched(last(bench))
      const sent = JSON.stringify(last(bench)?.body)
      expect(sent).not.toMatch(/provider_state|reasoning_content|extra_content/)
      const state = stateOf(message)
      if (from === to || state === undefined) {
        expect(route?.decision.warnings.filter((warning) => warning.includes('reasoning state'))).toEqual([])
        return
      }
      // What another vendor thought and signed stays at home, and the decision says so.
      expect(sent).not.toContain(thoughts(from))
      for (const signature of signatures(state.blocks)) expect(sent).not.toContain(signature)
      expect(route?.decision.warnings).toContain(`${thinkers[to]} does not get the reasoning state of ${state.provider}`)
      const made = (await bench.events()).findLast((event) => event.type === 'decision.made')
      expect(made?.warnings).toContain(`${thinkers[to]} does not get the reasoning state of ${state.provider}`)
    },
  )

  it.concurrent.each(
    ['anthropic', 'google'].flatMap((from) =>
      [false, true].map((stream) => [from, stream ? 'streamed' : 'unary', stream] as const),
    ),
  )('gives %s its own blocks back, word for word and in order (%s)', async (from, _mode, stream) => {
    const vendor = from === 'anthropic' ? from : 'google'
    await using start = await started(vendor, stream)
    const { bench, message, messages } = start
    const blocks = stateOf(message)?.blocks ?? []
    expect(signatures(blocks).length).toBeGreaterThan(0)
    await say(bench.client, { model: thinkers[vendor], messages, stream })
    const request = last(bench)
    expect(request === undefined ? [] : replayed(request)).toEqual(blocks)
  })

  it.concurrent.each(vendors)('survives a database: JSON is all that a message needs (%s)', async (from) => {
    await using start = await started(from, false)
    const { bench, messages } = start
    await say(bench.client, { model: thinkers[from], messages, stream: false })
    const direct = last(bench)?.body
    const stored: readonly Message[] = JSON.parse(JSON.stringify(messages))
    await say(bench.client, { model: thinkers[from], messages: stored, stream: false })
    expect(last(bench)?.body).toEqual(direct)
  })

  it.concurrent.each(vendors.flatMap((home) => vendors.filter((other) => other !== home).map((away) => [home, away] as const)))(
    'that began at %s, went to %s and comes home has both turns, and its own state again',
    async (home, away) => {
      await using start = await started(home, false)
      const { bench, message, messages } = start
      const { simulator, client } = bench
      simulator.queue(away, { reasoning: thoughts(away), toolCalls: calls })
      const { message: second } = await say(client, { model: thinkers[away], messages, stream: false })
      const both = [...messages, ...answered(second), { role: 'user' as const, content: 'And now?' }]
      expect((await say(client, { model: thinkers[home], messages: both, stream: false })).message.content).toBe(`${home} sums up`)
      expectMatched(last(bench), 2)
      const sent = JSON.stringify(last(bench)?.body)
      for (const signature of signatures(stateOf(message)?.blocks ?? [])) expect(sent).toContain(signature)
      for (const signature of signatures(stateOf(second)?.blocks ?? [])) expect(sent).not.toContain(signature)
      if (stateOf(second) !== undefined) expect(sent).not.toContain(thoughts(away))
    },
  )
})

describe('a fallback in the middle of a conversation', () => {
  const pairs = vendors.flatMap((from) => vendors.filter((other) => other !== from).map((to) => [from, to] as const))
  it.concurrent.each(pairs)('takes over from %s to %s with the same history, unseen', async (from, to) => {
    await using start = await started(from, false)
    const { bench, messages } = start
    bench.simulator.fail(from, 'overloaded')
    const view = bench.client.with({ fallback: [thinkers[to]] })
    const { message, route } = await say(view, { model: thinkers[from], messages, stream: false })
    expect(message.content).toBe(`${to} sums up`)
    expect(route?.failed).toMatchObject([{ target: thinkers[from], kind: 'overloaded' }])
    expectMatched(last(bench))
    // Each had the history in its own terms: what the first was sent has not been changed for the second.
    const [, first] = bench.simulator.requests
    expect(first?.vendor).toBe(from)
    expectMatched(first)
  })
})

describe('ids of any form', () => {
  const odd = ['functions.weather:0', 'call/with spaces+and=signs', 'é😀', 'x'.repeat(120), '0']
  it.concurrent.each(vendors.flatMap((vendor) => odd.map((id) => [vendor, id] as const)))(
    'keep calls and results together at %s: %j',
    async (vendor, id) => {
      await using bench = await openBench()
      const messages: readonly Message[] = [
        ...question,
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id, type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo","days":[1,2]}' } },
            { id: `${id}!`, type: 'function', function: { name: 'clock', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: `${id}!`, content: '12:30' },
        { role: 'tool', tool_call_id: id, content: 'rain, 7 degrees' },
      ]
      const { message } = await say(bench.client, { model: thinkers[vendor], messages, stream: false })
      expect(message.content).toEqual(expect.any(String))
      expectMatched(last(bench))
    },
  )
})
