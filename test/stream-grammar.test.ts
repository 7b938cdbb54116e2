import fc from 'fast-check'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../src/contracts/secret.ts'
import { createRouter, memoryKeys } from '../src/index.ts'
import type { RouterClient } from '../src/index.ts'
import { dialects, vendorSimulator } from '../src/testing/index.ts'
import type { Reply, VendorSimulator } from '../src/testing/index.ts'
import { doors } from './every-vendor.ts'
import type { Door } from './every-vendor.ts'
import { Cutter } from './stream-grammar/cutter.ts'
import { Grammar } from './stream-grammar/grammar.ts'
import type { Heard } from './stream-grammar/grammar.ts'

const tools: OpenAI.ChatCompletionTool[] = ['weather', 'clock'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}))

let simulator: VendorSimulator
beforeAll(async () => {
  simulator = await vendorSimulator()
})
afterAll(async () => simulator.close())

/** Words of any language, and what looks like a stream's own marks. */
const words = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\n\n', 'data: [DONE]\n\n', 'event: error\n', '"}]}', '\\u0000', ' ', '👩‍👩‍👧') },
  ),
  { minLength: 1, maxLength: 6 },
)
const reasoning = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const call = fc.record({
  name: fc.constantFrom('weather', 'clock'),
  arguments: fc.oneof(fc.constant({}), fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }))),
})
const calls = fc.array(call, { minLength: 1, maxLength: 3 })

/** Any answer that a door's vendor could give. */
function replies({ does, finishes = ['stop', 'length', 'content_filter'] }: Door): fc.Arbitrary<Reply> {
  const spoken: fc.Arbitrary<Reply> = fc.record({ deltas: words, finish: fc.constantFrom(...finishes) })
  if (!does.includes('tools')) return spoken
  return fc.oneof(
    spoken,
    fc.record({ reasoning, deltas: words }),
    fc.record({ reasoning, deltas: words, toolCalls: calls }, { requiredKeys: ['toolCalls'] }),
    ...(does.includes('refusals') ? [fc.record({ refusal: fc.string({ unit: 'grapheme', minLength: 1 }) })] : []),
  )
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 })
const oddity = fc.constantFrom(undefined, undefined, 'crlf' as const, 'comments' as const, 'gzip-good' as const)

/** A router over one door, its streams cut on the way. */
function opened(door: Door) {
  const cutter = new Cutter()
  const adapter = door.create({ baseURL: simulator.door(door.vendor).baseURL, fetch: cutter.fetch })
  const keys = memoryKeys({ [String(adapter.key)]: 'key-of-the-grammar' })
  return {
    cutter,
    adapter,
    model: `${adapter.id}/${door.model}`,
    client: createRouter({ providers: [adapter], keys, maxRetries: 0 }),
  }
}

interface Question {
  readonly client: RouterClient
  readonly model: string
  readonly n: number
  readonly door: Door
}

const asking = ({ model, n, door }: Question) => ({
  model,
  messages: [{ role: 'user' as const, content: 'Hi' }],
  ...(door.does.includes('tools') && { tools }),
  ...(n > 1 && { n }),
})

async function whole(question: Question): Promise<readonly Heard[]> {
  const { choices } = await question.client.chat.completions.create(asking(question))
  return choices.map(({ message, finish_reason }) => ({
    content: message.content ?? '',
    reasoning: 'reasoning_content' in message && typeof message.reasoning_content === 'string' ? message.reasoning_content : '',
    refusal: message.refusal ?? '',
    calls: (message.tool_calls ?? []).flatMap((each) => (each.type === 'function' ? [{ id: each.id, ...each.function }] : [])),
    finish: finish_reason,
  }))
}

async function streamed(question: Question, usage: boolean | undefined): Promise<readonly Heard[]> {
  const grammar = new Grammar({ usage: usage === true })
  const body = { ...asking(question), stream: true as const }
  const options = usage === undefined ? {} : { stream_options: { include_usage: usage } }
  for await (const chunk of await question.client.chat.completions.create({ ...body, ...options })) grammar.read(chunk)
  return grammar.end()
}

/** What an answer says, whatever ids it was given. */
const said = (heard: readonly Heard[]) =>
  heard.map(({ calls: made, ...rest }) => ({ ...rest, calls: made.map(({ name, arguments: json }) => [name, parsed(json)]) }))

function parsed(json: string): unknown {
  return JSON.parse(json)
}

it('has a door for every wire format', () => {
  expect([...new Set(doors.map(({ vendor }) => vendor))].toSorted()).toEqual(Object.keys(dialects).toSorted())
})

describe.each(doors)('a stream of $name', (door) => {
  it('keeps to the grammar, however its bytes are cut, and says what the whole answer says', async () => {
    const { cutter, client, model } = opened(door)
    const choices = door.does.includes('choices') ? fc.constantFrom(1, 2, 3) : fc.constant(1)
    const usage = fc.constantFrom(true, false, undefined)
    await fc.assert(
      fc.asyncProperty(replies(door), sizes, choices, usage, oddity, async (reply, packets, n, wanted, odd) => {
        simulator.queue(door.vendor, reply, reply)
        const question = { client, model, n, door }
        const answer = await whole(question)
        using _ = odd === undefined ? undefined : simulator.failOnce(door.vendor, odd)
        cutter.cuts = { sizes: packets }
        expect(said(await streamed(question, wanted))).toEqual(said(answer))
      }),
      { numRuns: 25 },
    )
    await client.close()
  })

  it('that breaks off before its answer is finished is an error, at whatever byte', async () => {
    const { cutter, adapter, client } = opened(door)
    const request = { model: door.model, messages: [{ role: 'user' as const, content: 'Hi' }], stream: true as const }
    const asked = { model: door.model, card: undefined, request, secret: new Secret('key-of-the-grammar') }
    const before = Buffer.from(door.finished)
    await fc.assert(
      fc.asyncProperty(replies(door), sizes, fc.double({ min: 0, max: 1, noNaN: true }), async (reply, packets, where) => {
        simulator.queue(door.vendor, reply)
        // Somewhere before the mark is whole that says that the answer is finished.
        const keep = (bytes: Uint8Array) => Math.floor(where * (Buffer.from(bytes).lastIndexOf(before) + before.length - 1))
        cutter.cuts = { sizes: packets, keep }
        const finishes: unknown[] = []
        const reading = async (): Promise<void> => {
          for await (const { choices } of adapter.stream({ ...asked, signal: new AbortController().signal }))
            finishes.push(...choices.flatMap(({ finish_reason }) => finish_reason ?? []))
        }
        const error: unknown = await reading().then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        expect(error).toBeInstanceOf(Error)
        expect(finishes).toEqual([])
        // It is the vendor's fault, so that somebody else is asked.
        expect(['network', 'malformed', 'truncated', 'server', 'overloaded']).toContain(adapter.failure(error).kind)
      }),
      { numRuns: 25 },
    )
    await client.close()
  })
})
