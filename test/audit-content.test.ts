import { createSecretKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import type { Moderation } from 'openai/resources/moderations'
import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import type { AuditContentOptions } from '../src/audit/content/index.ts'
import { piiRedactor } from '../src/audit/pii/index.ts'
import { auditContent, openContent } from '../src/audit/content/index.ts'
import { postgresAudit } from '../src/audit/postgres/index.ts'
import type { AuditOptions, AuditRecord, ChatRequest, ProviderAdapter, RouterOptions } from '../src/index.ts'
import { ModelyardError, auditSubject, createRouter, jsonlAudit, memoryAudit, memoryKeys } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, completion as exactly, fail, fakeClock, fakeProvider, stream, toolCalls } from '../src/testing/index.ts'
import { databaseUrl } from './ledger/database.ts'

const verdict: Moderation = JSON.parse('{}')
const said = 'the badger sleeps'
const asked = 'where is the wombat'
const whole: ChatCompletion = {
  id: 'x',
  object: 'chat.completion',
  created: 0,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: said, refusal: null } }],
}
const messages = [{ role: 'user' as const, content: asked }]
const ask = { model: 'fake/m', messages }

interface Bench extends Partial<Omit<RouterOptions, 'audit' | 'providers'>> {
  readonly content?: AuditContentOptions
  readonly audit?: Partial<AuditOptions>
  readonly script?: FakeScriptStep | readonly FakeScriptStep[]
  /** What a second provider says, which `zoo` falls back on. */
  readonly other?: FakeScriptStep
}

/** A router with content in its trail, unredacted where nothing else is said. */
function bench({ content = { redact: false }, audit = {}, script = answer(said), other = answer('good'), ...options }: Bench = {}) {
  const sink = memoryAudit()
  const clock = fakeClock()
  const provider = fakeProvider({
    models: ['m'],
    script,
    embed: ({ model }) => ({ object: 'list', model, data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
    moderate: ({ model }) => ({ id: 'x', model, results: [verdict] }),
    forward: () => Response.json({ output: said }),
  })
  const client = createRouter({
    providers: [provider, fakeProvider({ id: 'other', models: ['m'], script: other })],
    models: { zoo: ['fake/m', 'other/m'] },
    clock,
    audit: { sinks: sink, content: auditContent(content), ...audit },
    ...options,
  })
  /** The contents of the trail, in order. */
  const contents = async () => {
    await client.flush()
    return contentsOf(sink.records)
  }
  return { client, clock, provider, sink, contents }
}

function contentsOf(records: readonly AuditRecord[]): readonly { readonly type: string; readonly content: unknown }[] {
  return records.flatMap(({ event: { type }, personal }) =>
    personal?.content === undefined ? [] : [{ type, content: parsed(personal.content) }],
  )
}

function messagesOf(content: unknown): readonly { readonly content?: string }[] {
  const { messages: all }: { readonly messages: readonly { readonly content?: string }[] } = JSON.parse(JSON.stringify(content))
  return all
}

function recordOf(line: string): AuditRecord {
  const record: AuditRecord = JSON.parse(line)
  return record
}

function parsed(text = ''): unknown {
  return JSON.parse(text)
}

async function drained(chunks: AsyncIterable<unknown>, most = Infinity): Promise<unknown> {
  let count = 0
  try {
    for await (const chunk of chunks) {
      count += chunk === undefined ? 0 : 1
      if (count === most) break
    }
  } catch (error) {
    return error
  }
  return undefined
}

const answered = (content: string) => ({ type: 'answer.content', content: { messages: [{ role: 'assistant', content }] } })
const question = { type: 'request.content', content: { messages } }

describe('AU-05 without `content`', () => {
  it.each([
    { name: 'none', audit: undefined },
    { name: 'answers only', audit: { content: auditContent({ redact: false, request: false, answer: false }) } },
  ])('no call of any kind leaves what was asked or answered in a record ($name)', async ({ audit }) => {
    const calls = toolCalls([{ name: 'find', arguments: { animal: 'wombat' } }])
    const sink = memoryAudit()
    const failing = fail({ status: 400, message: `not this: ${asked}` })
    const cut = stream(['the badger ', 'sleeps'], { failAfter: 1 })
    const provider = fakeProvider({
      models: ['m'],
      script: [answer(said), answer(said), calls, answer(said, { refusal: said, reasoning: said }), failing, cut],
      embed: ({ model }) => ({ object: 'list', model, data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
      moderate: ({ model }) => ({ id: 'x', model, results: [verdict] }),
      forward: () => Response.json({ output: said }),
    })
    const client = createRouter({ providers: [provider], audit: { sinks: sink, ...audit } })
    await client.chat.completions.create({ ...ask, user: 'wombat', metadata: { about: 'wombat' } })
    await drained(await client.chat.completions.create({ ...ask, stream: true }))
    const called = { id: 'call_1', type: 'function' as const, function: { name: 'find', arguments: '{"animal":"wombat"}' } }
    const history = [
      ...messages,
      { role: 'assistant' as const, tool_calls: [called] },
      { role: 'tool' as const, tool_call_id: 'call_1', content: 'a wombat' },
    ]
    await client.chat.completions.create({ ...ask, messages: history })
    await client.chat.completions.create(ask)
    await expect(client.chat.completions.create(ask)).rejects.toThrow(asked)
    await drained(await client.chat.completions.create({ ...ask, stream: true }))
    await client.embeddings.create({ model: 'fake/m', input: asked, user: 'wombat' })
    await client.moderations.create({ model: 'fake/m', input: asked })
    await client.responses.create({ model: 'm', input: asked })
    await client.close()
    provider.assertDone()
    expect(sink.records.length).toBeGreaterThan(40)
    expect(JSON.stringify(sink.records)).not.toMatch(/wombat|badger/)
    expect(sink.records.filter(({ personal }) => personal !== undefined)).toEqual([])
  })
})

describe('content in the trail', () => {
  it('is a record of what was asked and one of what was answered, behind those of the events', async () => {
    const { client, sink, contents } = bench()
    await client.chat.completions.create(ask)
    expect(await contents()).toEqual([question, answered(said)])
    expect(sink.records.map(({ event }) => event.type)).toEqual([
      'request.accepted',
      'decision.made',
      'attempt.started',
      'attempt.succeeded',
      'request.completed',
      'request.content',
      'answer.content',
    ])
    const [first] = sink.records
    for (const record of sink.records) {
      expect(record).toMatchObject({ v: 1, requestId: first?.requestId })
      expect(Object.isFrozen(record) && Object.isFrozen(record.personal ?? Object.freeze({}))).toBe(true)
    }
    expect(sink.records.map(({ event }) => event).at(-1)).toEqual({ type: 'answer.content' })
  })

  it('names the agent as every record does', async () => {
    const { client, sink } = bench({ agents: { support: { primary: 'fake/m' } } })
    await client.agent('support').chat.completions.create({ ...ask, model: 'auto' })
    await client.flush()
    expect(sink.records).toHaveLength(7)
    expect(sink.records.filter(({ agent }) => agent !== 'support')).toEqual([])
  })

  it.each([
    { keeps: { request: false }, types: ['answer.content', 'answer.content'] },
    { keeps: { answer: false }, types: ['request.content', 'request.content'] },
  ])('is only what is wanted of it: $keeps', async ({ keeps, types }) => {
    const { client, contents } = bench({ content: { redact: false, ...keeps } })
    await client.chat.completions.create(ask)
    await drained(await client.chat.completions.create({ ...ask, stream: true }))
    expect((await contents()).map(({ type }) => type)).toEqual(types)
  })

  it('has tool calls, results, refusals and reasoning, and nothing that only a vendor can read', async () => {
    const calls = toolCalls([{ name: 'find', arguments: { animal: 'badger' } }], { reasoning: 'hm', refusal: 'no' })
    const called = { id: 'call_1', type: 'function' as const, function: { name: 'find', arguments: '{"animal":"wombat"}' } }
    const history = [
      { role: 'system' as const, content: 'You are a zoo.' },
      ...messages,
      { role: 'assistant' as const, tool_calls: [called] },
      { role: 'tool' as const, tool_call_id: 'call_1', content: 'a wombat' },
    ]
    const state = { provider_state: { v: 1, provider: 'x', model: 'm', blocks: ['opaque'] } }
    const sent = history.map((message) => (message.role === 'assistant' ? { ...message, ...state } : message))
    for (const streamed of [false, true]) {
      const { client, contents } = bench({ script: calls })
      if (streamed) await drained(await client.chat.completions.create({ ...ask, messages: sent, stream: true }))
      else await client.chat.completions.create({ ...ask, messages: sent })
      const [request, reply] = await contents()
      expect(request?.content).toEqual({ messages: history })
      expect(reply?.content).toMatchObject({
        messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'find', arguments: '{"animal":"badger"}' } }] }],
      })
      expect(JSON.stringify(reply)).toContain('hm')
    }
  })

  it('has what is to be embedded and moderated, tokens only by their number, and nothing of calls that are handed on', async () => {
    const { client, contents } = bench()
    await client.embeddings.create({ model: 'fake/m', input: [asked, 'and the badger'] })
    await client.embeddings.create({ model: 'fake/m', input: [[1, 2, 3], [4]] })
    await client.moderations.create({ model: 'fake/m', input: asked })
    await client.responses.create({ model: 'm', input: asked })
    expect(await contents()).toEqual([
      { type: 'request.content', content: { input: [asked, 'and the badger'] } },
      { type: 'request.content', content: { input: ['[3 tokens]', '[1 tokens]'] } },
      { type: 'request.content', content: { input: asked } },
    ])
  })

  it('has media only by type and size', async () => {
    const base64 = Buffer.from('a picture of a badger').toString('base64')
    const { client, contents } = bench()
    const parts: ChatRequest['messages'][number] = {
      role: 'user',
      content: [
        { type: 'text', text: asked },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${base64}` } },
        { type: 'image_url', image_url: { url: 'https://example.com/badger.png' } },
        { type: 'input_audio', input_audio: { data: base64, format: 'wav' } },
        { type: 'file', file: { file_data: base64, filename: 'badger.txt' } },
      ],
    }
    await client.chat.completions.create({ ...ask, messages: [parts] })
    const [request] = await contents()
    expect(request?.content).toEqual({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: asked },
            { type: 'image_url', image_url: { url: '[image/png, 21 bytes]' } },
            { type: 'image_url', image_url: { url: 'https://example.com/badger.png' } },
            { type: 'input_audio', input_audio: { data: '[wav, 21 bytes]', format: 'wav' } },
            { type: 'file', file: { file_data: '[21 bytes]', filename: 'badger.txt' } },
          ],
        },
      ],
    })
  })

  it('is what was answered, whatever the caller makes of it', async () => {
    const { client, contents } = bench()
    const { choices } = await client.chat.completions.create(ask)
    for (const { message } of choices) message.content = 'something else'
    expect(await contents()).toEqual([question, answered(said)])
  })

  it('of an answer that is no JSON is lost, which changes nothing for the caller', async () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const { client } = bench({
      script: exactly({
        ...whole,
        choices: whole.choices.map((choice) => ({ ...choice, message: { ...choice.message, circle } })),
      }),
    })
    expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe(said)
    expect(await client.flush()).toBe(1)
  })

  it('leaves out no text for how it begins, and is not misled by odd names of fields', async () => {
    const { client, contents } = bench()
    const odd: ChatRequest['messages'][number] = JSON.parse(
      '{"role":"user","content":"data:,hello","__proto__":{"a":"b"},"constructor":"c"}',
    )
    await client.chat.completions.create({ ...ask, messages: [odd, { role: 'user', content: 'data:text/plain;base64,aGVsbG8=' }] })
    const [request] = await contents()
    expect(JSON.stringify(request?.content)).toBe(
      '{"messages":[{"role":"user","content":"data:,hello","__proto__":{"a":"b"},"constructor":"c"},' +
        '{"role":"user","content":"data:text/plain;base64,aGVsbG8="}]}',
    )
  })

  it('says what was asked also where nobody could be called', async () => {
    const { client, contents } = bench({ script: fail({ status: 400 }) })
    await expect(client.chat.completions.create(ask)).rejects.toThrow()
    await expect(client.with({ region: 'eu' }).chat.completions.create(ask)).rejects.toThrow(/region/)
    expect(await contents()).toEqual([question, question])
  })
})

describe('of a stream the trail has what the caller has got', () => {
  const pieces = ['One ', 'two ', 'three ', 'four']

  it('where it is whole', async () => {
    const { client, contents } = bench({ script: stream(pieces) })
    await drained(await client.chat.completions.create({ ...ask, stream: true }))
    expect(await contents()).toEqual([question, answered('One two three four')])
  })

  it('and nothing where a chunk cannot be put together with the others, which the caller gets all the same', async () => {
    const chunks: readonly ChatCompletionChunk[] = JSON.parse(
      JSON.stringify(
        [
          { delta: { role: 'assistant', content: 'One ', tool_calls: null } },
          { delta: { content: 'two', tool_calls: [null] } },
          { delta: {}, finish_reason: 'stop' },
        ].map((choice) => ({
          id: 'x',
          object: 'chat.completion.chunk',
          created: 0,
          model: 'm',
          choices: [{ index: 0, finish_reason: null, ...choice }],
        })),
      ),
    )
    const odd: ProviderAdapter = {
      ...fakeProvider({ models: ['m'] }),
      async *stream() {
        yield* chunks
      },
    }
    const sink = memoryAudit()
    const client = createRouter({ providers: [odd], audit: { sinks: sink, content: auditContent({ redact: false }) } })
    let text = ''
    for await (const { choices } of await client.chat.completions.create({ ...ask, stream: true }))
      text += choices[0]?.delta.content ?? ''
    expect(text).toBe('One two')
    expect(await client.flush()).toBe(1)
    expect(contentsOf(sink.records)).toEqual([question])
  })

  it('where it breaks off', async () => {
    const { client, contents } = bench({ script: stream(pieces, { failAfter: 2 }) })
    expect(await drained(await client.chat.completions.create({ ...ask, stream: true }))).toBeInstanceOf(Error)
    expect(await contents()).toEqual([question, answered('One two ')])
  })

  it('where the caller leaves', async () => {
    const { client, contents } = bench({ script: stream(pieces) })
    // The role, and two pieces.
    await drained(await client.chat.completions.create({ ...ask, stream: true }), 3)
    const [, reply] = await contents()
    expect(reply).toEqual(answered('One two '))
  })

  it('where it was held back until its end', async () => {
    const { client, contents } = bench({ script: stream(pieces), afterCommit: 'buffer' })
    await drained(await client.chat.completions.create({ ...ask, stream: true }))
    expect(await contents()).toEqual([question, answered('One two three four')])
  })

  it('where it began anew: both answers', async () => {
    const script = stream(pieces, { failAfter: 2 })
    const { client, contents } = bench({ script, other: stream(['Again.']), afterCommit: 'restart' })
    await drained(await client.chat.completions.create({ ...ask, model: 'zoo', stream: true }))
    const [, reply] = await contents()
    expect(reply?.content).toEqual({
      messages: [
        { role: 'assistant', content: 'One two ' },
        { role: 'assistant', content: 'Again.' },
      ],
    })
  })

  it('where another target went on: one answer', async () => {
    const script = stream(pieces, { failAfter: 2 })
    const { client, contents } = bench({ script, other: stream(['and so on.']), afterCommit: { continueWith: () => messages } })
    await drained(await client.chat.completions.create({ ...ask, model: 'zoo', stream: true }))
    expect((await contents())[1]).toEqual(answered('One two and so on.'))
  })

  it('where an answer that was turned down is given all the same', async () => {
    const { client, contents } = bench({
      script: answer('bad'),
      other: fail({ status: 400 }),
      afterCommit: 'buffer',
      escalate: { validate: () => false, to: ['other/m'] },
    })
    await drained(await client.chat.completions.create({ ...ask, model: 'fake/m', stream: true }))
    expect(await contents()).toEqual([question, answered('bad')])
  })

  it('and not an answer that was turned down before the caller saw it', async () => {
    for (const streamed of [false, true]) {
      const { client, contents } = bench({
        script: answer('bad'),
        afterCommit: 'buffer',
        escalate: { validate: (completion) => completion.choices[0]?.message.content === 'good', to: ['other/m'] },
      })
      if (streamed) await drained(await client.chat.completions.create({ ...ask, model: 'zoo', stream: true }))
      else await client.chat.completions.create({ ...ask, model: 'zoo' })
      expect(JSON.stringify((await contents())[1])).not.toContain('bad')
    }
  })
})

const hide = (text: string): string => text.replaceAll(/wombat|badger/g, '[animal]')
const hideSlowly = async (text: string): Promise<string> => text.replaceAll('[animal]', '[somebody]')
const hideNumbered = (text: string): string => text.replaceAll(/wombat-\d{4}/g, '[x]')

describe('redaction', () => {
  it('goes over every text of what was asked and answered, whatever field it is in', async () => {
    const calls = toolCalls([{ name: 'badger', arguments: { animal: 'badger' } }], { reasoning: 'badger', refusal: 'badger' })
    const called = { id: 'wombat', type: 'function' as const, function: { name: 'wombat', arguments: '{"wombat":"wombat"}' } }
    const { client, contents, sink } = bench({ content: { redact: hide }, script: [calls, calls] })
    const history = [
      { role: 'system' as const, content: 'wombat' },
      { role: 'developer' as const, content: [{ type: 'text' as const, text: 'wombat' }] },
      { role: 'user' as const, name: 'wombat', content: 'wombat', wombat: { wombat: ['wombat'] } },
      { role: 'assistant' as const, refusal: 'wombat', tool_calls: [called] },
      { role: 'tool' as const, tool_call_id: 'wombat', content: 'wombat' },
    ]
    await client.chat.completions.create({ ...ask, messages: history })
    await drained(await client.chat.completions.create({ ...ask, messages: history, stream: true }))
    const all = await contents()
    expect(all).toHaveLength(4)
    expect(JSON.stringify(sink.records)).not.toMatch(/wombat|badger/)
    expect(JSON.stringify(all[0])).toContain('"arguments":"{\\"[animal]\\":\\"[animal]\\"}"')
    expect(all.map(({ content }) => content)).toMatchObject([
      { messages: [{ role: 'system' }, { role: 'developer' }, {}, {}, {}] },
      {},
      {},
      {},
    ])
  })

  it('is a row of functions, one after the other, which may take their time', async () => {
    const { client, contents } = bench({ content: { redact: [hide, hideSlowly] } })
    await client.chat.completions.create(ask)
    expect(JSON.stringify(await contents())).toContain('where is the [somebody]')
  })

  const noText: string = JSON.parse('7')
  const broken: Record<string, (text: string) => string | Promise<string>> = {
    throws: () => {
      throw new Error(`cannot do ${asked}`)
    },
    rejects: (text) => Promise.reject(new Error(`cannot do ${text}`)),
    'gives no text': () => noText,
  }

  it.each(Object.entries(broken))('that %s loses the content, which is counted, and nothing else', async (_name, redact) => {
    const { client, sink } = bench({ content: { redact: [(text) => text, redact] } })
    const completion = await client.chat.completions.create(ask)
    expect(completion.choices[0]?.message.content).toBe(said)
    expect(await client.flush()).toBe(2)
    expect(client.health().auditDropped).toBe(2)
    expect(sink.records.map(({ event }) => event.type)).not.toContain('request.content')
    expect(JSON.stringify(sink.records)).not.toMatch(/wombat|badger/)
    expect(await client.close()).toBe(2)
  })

  it('begins when the call has been sent, and no answer waits for it', async () => {
    const order: string[] = []
    const redact = (text: string): Promise<string> => {
      order.push(`redacted ${text}`)
      return new Promise(() => {})
    }
    const script: FakeScriptStep = () => {
      order.push('called')
      return stream(['the badger ', 'sleeps'])
    }
    const { client, clock, sink } = bench({ content: { redact }, script })
    const opened = await client.chat.completions.create({ ...ask, stream: true })
    for await (const chunk of opened) if (chunk.choices[0]?.delta.content === 'sleeps') order.push('answered')
    expect(order[0]).toBe('called')
    expect(order).toContain('answered')
    const closed = client.close()
    for (let step = 0; step < 3; step++) await clock.advanceAsync(5_000)
    // Neither of them was ready.
    expect(await closed).toBe(2)
    expect(sink.records.at(-1)?.event.type).toBe('request.completed')
  })

  it('has a turn of its own: nothing of it runs while the call is made or answered', async () => {
    const order: string[] = []
    const keep = (content: object) => {
      order.push(`content of ${Object.keys(content).join()}`)
      return { bytes: 0, kept: Promise.resolve({ content: '{}' }) }
    }
    const { client } = bench({
      audit: { content: { request: true, answer: true, keep } },
      script: () => {
        order.push('called')
        return answer(said)
      },
    })
    await client.chat.completions.create(ask)
    order.push('answered')
    await client.flush()
    expect(order).toEqual(['called', 'answered', 'content of messages', 'content of messages'])
  })

  it('that hangs keeps no sink from being flushed, and what it says after the end changes nothing', async () => {
    const pending: { resolve: (text: string) => void; reject: (error: Error) => void }[] = []
    const redact = (): Promise<string> => new Promise((resolve, reject) => pending.push({ resolve, reject }))
    const records: AuditRecord[] = []
    let flushes = 0
    const sinks = {
      write: (record: AuditRecord) => void records.push(record),
      async flush() {
        flushes += 1
      },
    }
    const { client, clock } = bench({ content: { redact }, audit: { sinks } })
    await client.chat.completions.create(ask)
    await turns(3)
    const closed = client.close()
    await turns(3)
    expect(flushes).toBe(1)
    for (let step = 0; step < 2; step++) await clock.advanceAsync(5_000)
    expect(await closed).toBe(2)
    const [first, second] = pending
    first?.reject(new Error('too late'))
    second?.resolve('too late')
    await turns(3)
    expect(client.health().auditDropped).toBe(2)
    expect(records).toHaveLength(5)
  })

  it('finds in JSON, such as arguments of tools, what stands behind an escape, and cut off too', async () => {
    const key = `sk-proj-${'A1b2C3d4'.repeat(6)}`
    const found = ['DE89370400440532013000', '+49 30 1234567', 'jane@example.com', key]
    const { client, contents } = bench({ content: { redact: piiRedactor() } })
    const json = JSON.stringify({ note: found.map((each) => `to:\n${each}`), left: 'a\nb' })
    const nested = JSON.stringify({ json })
    for (const text of [json, nested, json.slice(0, json.indexOf('"],"left"')), `He said: ${json} "\\`])
      await client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: text }] })
    const kept = (await contents()).filter(({ type }) => type === 'request.content').map((each) => JSON.stringify(each))
    expect(kept).toHaveLength(4)
    for (const text of kept) for (const each of found) expect(text).not.toContain(each)
    const one = JSON.stringify({ note: ['to:\n[iban]', 'to:\n[phone]', 'to:\n[email]', 'to:\n[key]'], left: 'a\nb' })
    expect(kept[0]).toContain(JSON.stringify(one))
  })

  it('keys are taken out even where nothing else is', async () => {
    const key = 'correct-horse-battery-staple'
    const other = `sk-proj-${'A1b2C3d4'.repeat(6)}`
    const sink = memoryAudit()
    const provider = fakeProvider({ models: ['m'], key: 'FAKE_KEY', script: answer(`your key is ${key}`) })
    const client = createRouter({
      providers: [provider],
      keys: memoryKeys({ FAKE_KEY: key }),
      audit: { sinks: sink, content: auditContent({ redact: false }) },
    })
    await client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: `mine is ${key}, ${other}` }] })
    await client.flush()
    expect(contentsOf(sink.records)).toEqual([
      { type: 'request.content', content: { messages: [{ role: 'user', content: 'mine is [key], [key]' }] } },
      answered('your key is [key]'),
    ])
  })

  it('is for the sinks alone: telemetry and logger are told nothing of content', async () => {
    const told: unknown[] = []
    const log = (...line: readonly unknown[]) => void told.push(line)
    const { client } = bench({
      telemetry: { event: (...event) => void told.push(structuredClone(event)) },
      logger: { debug: log, warn: log },
    })
    await client.chat.completions.create(ask)
    await client.close()
    expect(told.length).toBeGreaterThan(5)
    expect(JSON.stringify(told)).not.toMatch(/wombat|badger/)
  })
})

describe('the size of content', () => {
  it('may be more than that of other records, up to maxBytes; of a text that is too long the beginning is kept', async () => {
    const long = 'Wörter, viele Wörter. '.repeat(20_000)
    const { client, sink, contents } = bench()
    await client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: long }] })
    const [request] = await contents()
    const text = sink.records.find(({ event }) => event.type === 'request.content')?.personal?.content ?? ''
    expect(Buffer.byteLength(text)).toBeGreaterThan(150_000)
    expect(Buffer.byteLength(text)).toBeLessThan(262_144)
    const [{ content = '' } = {}] = messagesOf(request?.content)
    const [, more] = /… (\d+) more characters$/.exec(content) ?? []
    expect(long.startsWith(content.slice(0, -25))).toBe(true)
    expect(Number(more) + content.length - `… ${more} more characters`.length).toBe(long.length)
  })

  it('leaves out the oldest messages first', async () => {
    const { client, contents } = bench({ content: { redact: false, maxBytes: 1_024 } })
    const many = Array.from({ length: 100 }, (_, index) => ({ role: 'user' as const, content: `message ${index}` }))
    await client.chat.completions.create({ ...ask, messages: many })
    const [request] = await contents()
    const kept = messagesOf(request?.content)
    expect(kept[0]).toMatch(/^\[\d+ more\]$/)
    expect(kept.at(-1)).toEqual(many.at(-1))
    expect(kept.length).toBeGreaterThan(10)
  })

  it('what stands across the cut is recognised all the same', async () => {
    const secret = 'wombat-1234'
    for (let before = 0; before < 12; before++) {
      const { client, sink } = bench({ content: { redact: hideNumbered, maxBytes: 1_024 } })
      await client.chat.completions.create({
        ...ask,
        messages: [{ role: 'user', content: `${'.'.repeat(before)}${secret} `.repeat(600) }],
      })
      await client.flush()
      const text = JSON.stringify(sink.records)
      expect(text).toContain('[x]')
      expect(text).not.toMatch(/wombat/)
    }
  })

  it('redactors that make more of it than may be kept lose it', async () => {
    const { client } = bench({ content: { redact: (text) => text.repeat(200), maxBytes: 1_024 } })
    await client.chat.completions.create(ask)
    expect(await client.flush()).toBe(2)
  })

  it('is never more than maxBytes, and always JSON, whatever is asked', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 3_000 })
    const message = fc.record({ role: fc.constant('user' as const), content: text })
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1_024, max: 9_000 }),
        async (all, maxBytes) => {
          const kept = auditContent({ redact: (each) => each, maxBytes }).keep({ messages: all }, (each) => each)
          const { content = '' } = await kept.kept
          expect(Buffer.byteLength(content)).toBeLessThanOrEqual(maxBytes)
          expect(JSON.parse(content)).toHaveProperty('messages')
        },
      ),
      { numRuns: 150, seed: 36 },
    )
  })

  it('SI-06 the bytes that wait for a redactor are bounded too', async () => {
    const long = { ...ask, messages: [{ role: 'user' as const, content: 'x'.repeat(10_000_000) }] }
    const big: AuditContentOptions = { redact: () => new Promise(() => {}), maxBytes: 16_000_000, answer: false }
    const dropping = bench({ content: big })
    const blocking = bench({ content: big, audit: { onFull: 'block' } })
    let calls = 0
    const called = async () => {
      for (; calls < 9; calls++) {
        await blocking.client.chat.completions.create(long)
        await turns(3)
      }
    }
    void called()
    for (let call = 0; call < 9; call++) {
      await dropping.client.chat.completions.create(long)
      await turns(3)
    }
    await turns()
    expect(dropping.client.health().auditDropped).toBe(2)
    expect(blocking.client.health().auditDropped).toBe(0)
    expect(calls).toBe(4)
  })

  it('SI-06 the bytes that wait for a sink are bounded too: dropped and counted, or waited for', async () => {
    const long = { ...ask, messages: [{ role: 'user' as const, content: 'x'.repeat(10_000_000) }] }
    const big: AuditContentOptions = { redact: false, maxBytes: 16_000_000, answer: false }
    const written: AuditRecord[] = []
    const stuck = { write: (record: AuditRecord) => new Promise<void>(() => void written.push(record)) }
    const dropping = bench({ content: big, audit: { sinks: stuck } })
    for (let call = 0; call < 9; call++) {
      await dropping.client.chat.completions.create(long)
      await turns(3)
    }
    await turns()
    expect(written.filter(({ event }) => event.type === 'request.content')).toHaveLength(7)
    expect(dropping.client.health().auditDropped).toBeGreaterThan(0)

    const quick = bench({ content: big })
    for (let call = 0; call < 9; call++) {
      await quick.client.chat.completions.create(long)
      await turns(3)
    }
    expect(await quick.client.flush()).toBe(0)

    const blocking = bench({ content: big, audit: { sinks: { write: () => new Promise(() => {}) }, onFull: 'block' } })
    let calls = 0
    const over = (async () => {
      for (; calls < 9; calls++) {
        await blocking.client.chat.completions.create(long)
        await turns(3)
      }
    })()
    await turns()
    expect(calls).toBeLessThan(9)
    expect(blocking.client.health().auditDropped).toBe(0)
    over.catch(() => undefined)
  })
})

async function turns(count = 200): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const x25519 = generateKeyPairSync('x25519')
const webKeys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, true, ['deriveBits'])
const pem = { type: 'spki', format: 'pem' } as const
const privatePem = { type: 'pkcs8', format: 'pem' } as const

const pairs = {
  'RSA as PEM': { to: rsa.publicKey.export(pem).toString(), by: rsa.privateKey.export(privatePem).toString(), alg: 'RSA-OAEP-256' },
  'P-256 as JWK': { to: ec.publicKey.export({ format: 'jwk' }), by: ec.privateKey.export({ format: 'jwk' }), alg: 'ECDH-ES' },
  'X25519 as KeyObject': { to: x25519.publicKey, by: x25519.privateKey, alg: 'ECDH-ES' },
  'P-384 as CryptoKey': { to: webKeys.publicKey, by: webKeys.privateKey, alg: 'ECDH-ES' },
}

describe('encryption to a public key', () => {
  it.each(Object.entries(pairs))('is read with the private one only: %s', async (_name, { to, by, alg }) => {
    const { client, sink } = bench({ content: { redact: false, encryptTo: to } })
    await client.chat.completions.create(ask)
    expect(await client.flush()).toBe(0)
    expect(JSON.stringify(sink.records)).not.toMatch(/wombat|badger/)
    const [request, reply] = sink.records.filter(({ personal }) => personal?.sealed !== undefined)
    if (request === undefined || reply === undefined) throw new Error('nothing was sealed')
    expect(request.personal?.content).toBeUndefined()
    const header: unknown = JSON.parse(Buffer.from(request.personal?.sealed?.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ alg, enc: 'A256GCM', typ: 'modelyard-content', kid: expect.stringMatching(/^[\w-]{16}$/) })
    expect(parsed(await openContent(request, by))).toEqual({ messages })
    expect(parsed(await openContent(reply, by))).toEqual({ messages: [{ role: 'assistant', content: said }] })
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    await expect(openContent(request, other)).rejects.toThrow(/privateKey does not open this record, or its content was altered/)
    await expect(openContent(request)).rejects.toThrow(/privateKey must be the private key/)
    await expect(openContent(request, to)).rejects.toThrow(/privateKey must be the private key/)
    const sealed = request.personal?.sealed ?? ''
    const altered = { ...request, personal: { sealed: `${sealed.slice(0, -4)}AAAA` } }
    await expect(openContent(altered, by)).rejects.toThrow(ModelyardError)
  })

  it('loads what it needs when verify() asks, and needs nothing without a key', async () => {
    await expect(auditContent({ redact: false, encryptTo: ec.publicKey }).load?.()).resolves.toBeUndefined()
    await expect(auditContent({ redact: false }).load?.()).resolves.toBeUndefined()
  })

  it('openContent() gives what is not sealed as it is, and nothing where there is nothing', async () => {
    const { client, sink } = bench()
    await client.chat.completions.create(ask)
    await client.flush()
    const texts = await Promise.all(sink.records.map((record) => openContent(record)))
    expect(texts.filter((text) => text !== undefined).map(parsed)).toEqual([
      { messages },
      { messages: [{ role: 'assistant', content: said }] },
    ])
  })

  it('leaves no plain text in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'modelyard-content-'))
    try {
      const path = join(folder, 'audit.jsonl')
      const { client } = bench({ content: { redact: false, encryptTo: ec.publicKey }, audit: { sinks: jsonlAudit({ path }) } })
      await client.chat.completions.create(ask)
      expect(await client.close()).toBe(0)
      const text = await readFile(path, 'utf8')
      expect(text).not.toMatch(/wombat|badger/)
      const lines = text.trim().split('\n').map(recordOf)
      const texts = await Promise.all(lines.map((line) => openContent(line, ec.privateKey)))
      expect(texts.join()).toContain(asked)
      expect(texts.join()).toContain(said)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.runIf(databaseUrl() !== undefined)('leaves none in a table', async () => {
    const pool = new Pool({ connectionString: databaseUrl() })
    const table = `content_${randomUUID().replaceAll('-', '')}`
    try {
      const sink = postgresAudit({ pool, table })
      await sink.migrate()
      const { client } = bench({ content: { redact: false, encryptTo: ec.publicKey }, audit: { sinks: sink } })
      await client.chat.completions.create(ask)
      expect(await client.close()).toBe(0)
      const { rows } = await pool.query<{ readonly row: string }>(`SELECT ${table}::text AS row FROM ${table}`)
      expect(rows).toHaveLength(7)
      expect(rows.map(({ row }) => row).join()).not.toMatch(/wombat|badger/)
      const texts: unknown[] = []
      for await (const record of sink.read()) texts.push(await openContent(record, ec.privateKey))
      expect(texts.join()).toContain(asked)
    } finally {
      await pool.query(`DROP TABLE IF EXISTS ${table}`)
      await pool.end()
    }
  })
})

describe('the user of a request', () => {
  const pepper = 'a pepper that is long enough'
  const subjects = async (audit: Partial<AuditOptions>, body: object) => {
    const { client, sink } = bench({ audit: { subject: { pepper }, ...audit } })
    await client.chat.completions.create({ ...ask, ...body })
    await drained(await client.chat.completions.create({ ...ask, ...body, stream: true }))
    await client.embeddings.create({ model: 'fake/m', input: asked, ...('user' in body && { user: String(body.user) }) })
    await client.flush()
    return { sink, found: sink.records.map(({ personal }) => personal?.subject) }
  }

  it('is on every record of it as a hash that nobody can make without the pepper', async () => {
    const { found, sink } = await subjects({}, { user: 'jane' })
    const hash = auditSubject('jane', pepper)
    expect(hash).toMatch(/^[\w-]{43}$/)
    expect(found).toHaveLength(7 + 8 + 6)
    expect(new Set(found)).toEqual(new Set([hash]))
    expect(auditSubject('jane', `${pepper}.`)).not.toBe(hash)
    expect(JSON.stringify(sink.records)).not.toContain(pepper)
  })

  it.each([
    { name: 'safety_identifier before user', subject: { pepper }, user: 'safe' },
    { name: 'user, where that is said', subject: { pepper, from: 'user' as const }, user: 'jane' },
    {
      name: 'what a function finds',
      subject: { pepper, from: ({ metadata }: { metadata?: object | null | undefined }) => JSON.stringify(metadata) },
      user: '{"id":"7"}',
    },
  ])('is $name', async ({ subject, user }) => {
    const { client, sink } = bench({ audit: { subject } })
    await client.chat.completions.create({ ...ask, user: 'jane', safety_identifier: 'safe', metadata: { id: '7' } })
    await client.flush()
    expect(new Set(sink.records.map(({ personal }) => personal?.subject))).toEqual(new Set([auditSubject(user, pepper)]))
  })

  it.each([
    { name: 'names none', from: undefined, body: {} },
    {
      name: 'has a function that throws',
      from: () => {
        throw new Error('no')
      },
      body: { user: 'jane' },
    },
    { name: 'has a function that finds nobody', from: () => undefined, body: { user: 'jane' } },
    { name: 'has an empty name', from: undefined, body: { user: '' } },
  ])('is on no record of one that $name', async ({ from, body }) => {
    const { client, sink } = bench({ audit: { subject: { pepper, ...(from && { from }) } } })
    await client.chat.completions.create({ ...ask, ...body })
    await client.flush()
    expect(sink.records).toHaveLength(7)
    expect(sink.records.filter(({ personal }) => personal?.subject !== undefined)).toEqual([])
  })

  it('needs no content, and none but the hash is personal then', async () => {
    const sink = memoryAudit()
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer(said) })],
      audit: { sinks: sink, subject: { pepper } },
    })
    await client.chat.completions.create({ ...ask, user: 'jane' })
    await client.flush()
    expect(sink.records).toHaveLength(5)
    for (const { personal } of sink.records) expect(personal).toEqual({ subject: auditSubject('jane', pepper) })
  })

  it('is what their content is erased by, in a file; that of others stays', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'modelyard-subject-'))
    try {
      const path = join(folder, 'audit.jsonl')
      const sink = jsonlAudit({ path })
      const { client } = bench({ audit: { sinks: sink, subject: { pepper } } })
      for (const user of ['jane', 'joe', 'jane'])
        await client.chat.completions.create({ ...ask, user, messages: [{ role: 'user', content: `this is ${user}` }] })
      await client.close()
      expect(await sink.deleteSubject(auditSubject('jane', pepper))).toBe(14)
      const text = await readFile(path, 'utf8')
      expect(text).not.toContain('this is jane')
      expect(text).not.toContain(auditSubject('jane', pepper))
      expect(text).toContain('this is joe')
      expect(text.trim().split('\n')).toHaveLength(21)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('of one request is not on those of another that runs beside it', async () => {
    const { client, sink } = bench({ audit: { subject: { pepper } } })
    const users = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    await Promise.all(users.map((user) => client.chat.completions.create({ ...ask, user })))
    await client.flush()
    const byRequest = Map.groupBy(sink.records, ({ requestId }) => requestId)
    const seen = [...byRequest.values()].map((records) => [...new Set(records.map(({ personal }) => personal?.subject))])
    expect(seen).toEqual(users.map((user) => [auditSubject(user, pepper)]))
  })
})

const making = (options: unknown) => (): unknown => Reflect.apply(auditContent, undefined, [options])

describe('the options of auditContent()', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const ed = generateKeyPairSync('ed25519')

  it.each([
    ['nothing at all', undefined, 'redact', /or false to keep content as it is/],
    ['no word on redaction', {}, 'redact', /must be a function such as piiRedactor\(\), an array of them, or false/],
    ['no redactors', { redact: [] }, 'redact', /redact must be/],
    ['a pattern', { redact: /x/ }, 'redact', /redact must be/],
    ['true', { redact: true }, 'redact', /redact must be/],
    ['too few bytes', { redact: false, maxBytes: 10 }, 'maxBytes', /at least 1024/],
    ['a misspelt encryption', { redact: false, encryptto: 'x' }, 'encryptto', /no option 'encryptto'. It takes redact, encryptTo/],
    ['request that is no flag', { redact: false, request: 'yes' }, 'request', /true or false/],
    [
      'a text that is no key',
      { redact: false, encryptTo: 'x' },
      'encryptTo',
      /must be a public key: PEM, JWK, CryptoKey or KeyObject/,
    ],
    ['a private key as PEM', { redact: false, encryptTo: pairs['RSA as PEM'].by }, 'encryptTo', /the public key alone/],
    ['a private key as JWK', { redact: false, encryptTo: pairs['P-256 as JWK'].by }, 'encryptTo', /the public key alone/],
    ['a private KeyObject', { redact: false, encryptTo: ec.privateKey }, 'encryptTo', /the public key alone/],
    ['a secret', { redact: false, encryptTo: createSecretKey(Buffer.alloc(32)) }, 'encryptTo', /must be a public key/],
    ['a short key', { redact: false, encryptTo: small.publicKey }, 'encryptTo', /at least 2048 bits/],
    ['a key for signatures', { redact: false, encryptTo: ed.publicKey }, 'encryptTo', /RSA, of the curves/],
  ])('%s is refused with the field and the fix', (_name, options, field, message) => {
    expect(making(options)).toThrow(ModelyardError)
    expect(making(options)).toThrow(message)
    expect(making(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })
})
