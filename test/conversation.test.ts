import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import type { RouterClient } from '../src/index.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import type { RecordedRequest, SimulatedToolCall, VendorSimulator } from '../src/testing/index.ts'
import { at, list, told } from './conversation/told.ts'
import { doors } from './every-vendor.ts'
import type { Door } from './every-vendor.ts'

/** Everybody who calls functions. */
const talkers = doors.filter(({ does }) => does.includes('tools'))

/** What reads reasoning that is plain text, and therefore gets what nobody has signed. */
const readers: readonly string[] = ['deepseek', 'cohere']

const thoughts = ({ name }: Door): string => `${name} thinks of two things at once`

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

let simulator: VendorSimulator
let client: RouterClient
const audit = memoryAudit()
const adapters = new Map<string, ProviderAdapter>()
/** The adapter of a door, and the model string of its model there. */
const homes = new Map<Door, { readonly adapter: ProviderAdapter; readonly target: string }>()

beforeAll(async () => {
  simulator = await vendorSimulator()
  for (const door of talkers) {
    const made = door.create({ baseURL: simulator.door(door.vendor).baseURL })
    const adapter = adapters.get(made.id) ?? made
    adapters.set(adapter.id, adapter)
    homes.set(door, { adapter, target: `${adapter.id}/${door.model}` })
  }
  const providers = [...adapters.values()]
  const keys = memoryKeys(Object.fromEntries(providers.flatMap(({ key }) => (key === null ? [] : [[key, 'key-of-the-talk']]))))
  client = createRouter({ providers, keys, audit, maxRetries: 0, breaker: { failures: 1000 } })
})
afterAll(async () => {
  await client.close()
  await simulator.close()
})

function homeOf(door: Door) {
  const home = homes.get(door)
  if (home === undefined) throw new Error(`nobody at ${door.name}`)
  return home
}

interface Saying {
  readonly door: Door
  readonly messages: readonly Message[]
  readonly stream?: boolean
  readonly over?: Pick<OpenAI, 'chat'>
}

interface Said {
  readonly message: OpenAI.ChatCompletionMessage
  readonly route: ReturnType<typeof routeOf>
  /** What came over the wire for it. */
  readonly requests: readonly RecordedRequest[]
}

/** One turn of the conversation, streamed or not; the message is kept as it came. */
async function say({ door, messages, stream = false, over = client }: Saying): Promise<Said> {
  const before = simulator.requests.length
  const body = { model: homeOf(door).target, messages: [...messages], tools }
  const { completion, route } = await (stream ? streamed(over, body) : whole(over, body))
  const [choice] = completion.choices
  if (choice === undefined) throw new Error('no choice')
  return { message: choice.message, route, requests: simulator.requests.slice(before) }
}

async function whole(over: Pick<OpenAI, 'chat'>, body: OpenAI.ChatCompletionCreateParamsNonStreaming) {
  const completion = await over.chat.completions.create(body)
  return { completion, route: routeOf(completion) }
}

async function streamed(over: Pick<OpenAI, 'chat'>, body: Omit<OpenAI.ChatCompletionCreateParamsStreaming, 'stream'>) {
  const completion = await over.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()
  return { completion, route: undefined }
}

/** What an application adds to a turn that called its functions. */
function answered(message: OpenAI.ChatCompletionMessage): readonly Message[] {
  const made = (message.tool_calls ?? []).map((call) => (call.type === 'function' ? call : undefined))
  return [
    message,
    // In another order than they were called: ids alone tell which is which.
    ...made
      .toReversed()
      .map((call): Message => ({ role: 'tool', tool_call_id: call?.id ?? '', content: results[call?.function.name ?? ''] ?? '' })),
  ]
}

/** A turn that thinks and calls both functions. */
async function called(door: Door, saying: Omit<Saying, 'door'>): Promise<Said> {
  simulator.queue(door.vendor, { reasoning: thoughts(door), toolCalls: calls })
  return say({ door, ...saying })
}

/** A turn that ends the conversation. */
async function summed(door: Door, saying: Omit<Saying, 'door'>): Promise<Said> {
  simulator.queue(door.vendor, `${door.name} sums up`)
  const said = await say({ door, ...saying })
  expect(said.message.content).toBe(`${door.name} sums up`)
  expect(said.requests).toHaveLength(1)
  return said
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
  expect(given).toHaveLength(ids.length)
  for (const { id, name } of sent) {
    const own = given.find((result) => result.id === id)
    expect(own?.result).toContain(results[String(name)])
    expect(own?.name ?? name).toBe(name)
  }
}

/** The state that a message carries for its own vendor. */
function stateOf(
  message: OpenAI.ChatCompletionMessage,
): { readonly owner: string; readonly blocks: readonly unknown[] } | undefined {
  const state = at(message, 'provider_state')
  return state === undefined ? undefined : { owner: String(at(state, 'provider')), blocks: list(state, 'blocks') }
}

/** What the vendor signed or sealed, wherever it stands in its blocks. */
function seals(blocks: readonly unknown[]): readonly string[] {
  return blocks
    .flatMap((block) => [
      at(block, 'signature'),
      at(block, 'thoughtSignature'),
      at(block, 'encrypted_content'),
      at(block, 'reasoningContent', 'reasoningText', 'signature'),
    ])
    .filter((one): one is string => typeof one === 'string' && one !== '')
}

/** Whether a vendor gets back what this turn's vendor gave it for safekeeping. */
function isOwner(door: Door, turn: Door, message: OpenAI.ChatCompletionMessage): boolean {
  const state = stateOf(message)
  // Of one service's models only those of the same maker understand each other.
  return state !== undefined && state.owner === homeOf(door).adapter.stateOwner && (door.vendor !== 'bedrock' || door === turn)
}

/** Nothing of a turn goes to those who do not own it, and everything to those who do. */
function expectKept(request: RecordedRequest | undefined, door: Door, { turn, message }: { turn: Door; message: Said['message'] }) {
  const sent = JSON.stringify(request?.body)
  expect(sent).not.toMatch(/provider_state|extra_content|"parsed/)
  const sealed = seals(stateOf(message)?.blocks ?? [])
  if (isOwner(door, turn, message)) for (const seal of sealed) expect(sent).toContain(JSON.stringify(seal))
  else for (const seal of sealed) expect(sent).not.toContain(JSON.stringify(seal))
  const reads = stateOf(message) === undefined ? readers.includes(door.name) : isOwner(door, turn, message)
  if (!reads) expect(sent).not.toContain(thoughts(turn))
}

/** A conversation that began somewhere, up to the results of what was called: once for all that go on from there. */
const beginnings = new Map<
  string,
  Promise<{ readonly turn: Door; readonly message: Said['message']; readonly messages: readonly Message[] }>
>()

function begun(turn: Door, stream = false) {
  const name = `${turn.name} ${stream}`
  const known = beginnings.get(name)
  if (known !== undefined) return known
  const beginning = called(turn, { messages: question, stream }).then(({ message }) => ({
    turn,
    message,
    messages: [...question, ...answered(message)],
  }))
  beginnings.set(name, beginning)
  return beginning
}

/** The decision says what stays behind, and the trail does. */
async function expectTold({ route }: Said, door: Door, { message }: { readonly message: Said['message'] }): Promise<void> {
  const { adapter, target } = homeOf(door)
  expect(route?.provider).toBe(adapter.id)
  const owner = stateOf(message)?.owner
  const isLost = owner !== undefined && owner !== adapter.stateOwner
  const warnings = isLost ? [`${target} does not get the reasoning state of ${owner}`] : []
  expect(route?.decision.warnings).toEqual(warnings)
  await client.flush()
  expect(audit.records.findLast(({ event }) => event.type === 'decision.made')?.event).toMatchObject({ warnings })
}

const pairs = talkers.flatMap((from) => talkers.map((to) => [from.name, to.name, { from, to }] as const))

describe.each([
  ['unary', false],
  ['streamed', true],
])('a conversation with reasoning and two calls at once, %s', (_mode, stream) => {
  it.each(pairs)('that began at %s goes on at %s and comes home', async (_from, _to, { from, to }) => {
    const first = await begun(from, stream)
    const away = await called(to, { messages: first.messages, stream })
    expectMatched(away.requests[0])
    expectKept(away.requests[0], to, first)
    if (!stream) await expectTold(away, to, first)

    const both = [...first.messages, ...answered(away.message), { role: 'user' as const, content: 'And now?' }]
    const { requests } = await summed(from, { messages: both, stream })
    expectMatched(requests[0], 2)
    expectKept(requests[0], from, first)
    expectKept(requests[0], from, { turn: to, message: away.message })
  })

  const keepers = ['openai (Responses)', 'anthropic', 'google', 'vertex', 'mistral', 'bedrock (Claude)', 'openrouter']
  it.each(talkers.filter(({ name }) => keepers.includes(name)).map((door) => [door.name, door] as const))(
    'gives %s its own blocks back, word for word and in order',
    async (_name, door) => {
      const { message, messages } = await begun(door, stream)
      const blocks = stateOf(message)?.blocks ?? []
      expect(blocks.length).toBeGreaterThan(0)
      const { requests } = await summed(door, { messages, stream })
      // Side by side, as they came.
      expect(JSON.stringify(requests[0]?.body)).toContain(JSON.stringify(blocks).slice(1, -1))
    },
  )

  it.each(talkers.map((door) => [door.name, door] as const))(
    'survives a database: JSON is all that a message needs (%s)',
    async (_name, door) => {
      const { messages } = await begun(door, stream)
      const direct = await summed(door, { messages })
      const stored: readonly Message[] = JSON.parse(JSON.stringify(messages))
      const later = await summed(door, { messages: stored })
      expect(later.requests.map(({ body }) => body)).toEqual(direct.requests.map(({ body }) => body))
    },
  )
})

describe('a fallback in the middle of a conversation', () => {
  it.each(pairs.filter(([, , { from, to }]) => from.vendor !== to.vendor))(
    'takes over from %s to %s with the same history, unseen',
    async (_from, _to, { from, to }) => {
      const { messages } = await begun(from)
      using _ = simulator.failOnce(from.vendor, 'overloaded')
      simulator.queue(to.vendor, `${to.name} sums up`)
      const over = client.with({ fallback: [homeOf(to).target] })
      const { message, route, requests } = await say({ door: from, messages, over })
      expect(message.content).toBe(`${to.name} sums up`)
      expect(route?.failed).toMatchObject([{ target: homeOf(from).target, kind: expect.stringMatching(/^(?:overloaded|server)$/) }])
      expect(requests.map(({ vendor }) => vendor)).toEqual([from.vendor, to.vendor])
      // Each had the history in its own terms: what the first was sent has not been changed for the second.
      for (const request of requests) expectMatched(request)
    },
  )
})

describe('ids of any form', () => {
  const odd = ['functions.weather:0', 'call/with spaces+and=signs', 'é😀', 'x'.repeat(120), '0']
  it.each(talkers.flatMap((door) => odd.map((id) => [door.name, id, door] as const)))(
    'keep calls and results together at %s: %j',
    async (_name, id, door) => {
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
      const { requests } = await summed(door, { messages })
      expectMatched(requests[0])
    },
  )
})

describe('functions, the older form of tools', () => {
  const functions = [{ name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }]
  const one = { toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] }
  const function_call = { name: 'weather', arguments: expect.stringMatching(/^\{\s*"city":\s*"Oslo"\s*\}$/) }
  const each = talkers.map((door) => [door.name, door] as const)

  it.each(each)('are called at %s as OpenAI did it, and answered', async (_name, door) => {
    simulator.queue(door.vendor, one, 'It rains.')
    const model = homeOf(door).target
    const { choices } = await client.chat.completions.create({ model, messages: [...question], functions })
    expect(choices).toMatchObject([{ finish_reason: 'function_call', message: { content: null, function_call } }])
    expect(choices[0]?.message).not.toHaveProperty('tool_calls')

    const said = choices.map(({ message }): Message => message)
    const result: Message = { role: 'function', name: 'weather', content: results['weather'] ?? '' }
    const before = simulator.requests.length
    const last = await client.chat.completions.create({ model, messages: [...question, ...said, result], functions })
    expect(last.choices[0]?.message.content).toBe('It rains.')
    expect(JSON.stringify(simulator.requests[before]?.body)).toContain(results['weather'])
  })

  it.each(each)('are called at %s as OpenAI did it, in a stream', async (_name, door) => {
    simulator.queue(door.vendor, one)
    const chunks: OpenAI.ChatCompletionChunk[] = []
    const body = { model: homeOf(door).target, messages: [...question], functions, stream: true as const }
    for await (const chunk of await client.chat.completions.create(body)) chunks.push(chunk)
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
    expect(deltas.filter((delta) => 'tool_calls' in delta)).toEqual([])
    const pieces = deltas.flatMap((delta) => delta.function_call ?? [])
    const joined = (field: 'name' | 'arguments') => pieces.map((piece) => piece[field] ?? '').join('')
    expect({ name: joined('name'), arguments: joined('arguments') }).toEqual(function_call)
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['function_call'])
  })
})
