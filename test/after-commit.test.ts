import type OpenAI from 'openai'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { ChatCompletionStream as ChatCompletionStream5 } from 'openai-5/lib/ChatCompletionStream'
import { ChatCompletionStream as ChatCompletionStream6 } from 'openai-6/lib/ChatCompletionStream'
import { ChatCompletionStream as ChatCompletionStream730 } from 'openai-7-30/lib/ChatCompletionStream'
import { describe, expect, it } from 'vitest'
import { ModelyardError, StreamInterruptedError, attemptsOf, createRouter, isRestart, routeOf, textOf } from '../src/index.ts'
import type { AfterCommit, ContinueWith, Successor, Unfinished } from '../src/index.ts'
import { models } from '../src/catalog/models.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeProvider, stall, stream, toolCalls } from '../src/testing/index.ts'
import { two } from './two-providers.ts'

type Chunk = OpenAI.ChatCompletionChunk
type Create = OpenAI.ChatCompletionCreateParamsStreaming

const messages = [{ role: 'user' as const, content: 'Tell me a tale.' }]
const cut = stream(['Once ', 'upon '], { failAfter: 2 })

const open = (client: OpenAI, more: Partial<Create> = {}) =>
  client.chat.completions.create({ model: 'auto', messages, stream: true, ...more })

interface Seen {
  readonly chunks: readonly Chunk[]
  readonly text: string
  readonly error: unknown
  readonly opened: AsyncIterable<Chunk>
}

async function drain(opened: AsyncIterable<Chunk>): Promise<Seen> {
  const chunks: Chunk[] = []
  let error: unknown
  try {
    for await (const chunk of opened) chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  return { chunks, error, opened, text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('') }
}

const tell = async (client: OpenAI, more?: Partial<Create>): Promise<Seen> => drain(await open(client, more))

const weather = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather', parameters: { type: 'object', properties: {} } },
}

/** An agent whose streams do `afterCommit` once they have broken. */
function agentWith(afterCommit: AfterCommit, primary: readonly FakeStep[], fallback: readonly FakeStep[]) {
  return two(primary, fallback, { afterCommit, maxRetries: 0 })
}

function interrupted(error: unknown): StreamInterruptedError {
  if (error instanceof StreamInterruptedError) return error
  throw new TypeError('expected an interruption', { cause: error })
}

describe("afterCommit: 'fail', the default", () => {
  it('ST-04 rejects stream().finalChatCompletion() with the interruption and what had come', async () => {
    const { agent, second } = two([cut], [])
    const run = agent.chat.completions.stream({ model: 'auto', messages })
    const error = interrupted(await run.finalChatCompletion().catch((thrown: unknown) => thrown))
    expect(error).toMatchObject({ partialText: 'Once upon ', kind: 'truncated' })
    expect(attemptsOf(error)).toHaveLength(1)
    expect(second.calls).toHaveLength(0)
  })

  it('ST-04 ends runTools() with the interruption, and no tool of a broken answer is run', async () => {
    const calls = toolCalls([{ name: 'weather', arguments: { city: 'Rome' } }])
    const broken = stream([], { ...(calls.step === 'answer' ? calls.details : {}), failAfter: 1 })
    const { agent } = two([broken], [])
    const ran: string[] = []
    const run = agent.chat.completions.runTools({
      model: 'auto',
      messages,
      stream: true,
      tools: [{ type: 'function', function: { ...weather.function, function: (given: string) => `${ran.push(given)} days` } }],
    })
    const error = interrupted(await run.finalChatCompletion().catch((thrown: unknown) => thrown))
    expect(error.partialToolCalls).toMatchObject([{ name: 'weather', complete: false }])
    expect(ran).toEqual([])
  })
})

describe("afterCommit: 'buffer'", () => {
  it('goes on to the fallback unseen at any time before the end', async () => {
    const { agent, first, client, audit } = agentWith('buffer', [cut], [answer('another tale')])
    const { text, error, chunks, opened } = await tell(agent)
    expect(error).toBeUndefined()
    expect(text).toBe('another tale')
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role === 'assistant')).toHaveLength(1)
    expect(routeOf(opened)).toMatchObject({ target: 'second/model-b', attempts: 2 })
    expect(first.calls).toHaveLength(1)
    await client.flush()
    const types = audit.records.map(({ event }) => event.type)
    expect(types.filter((type) => type === 'stream.committed')).toHaveLength(1)
    expect(types).not.toContain('stream.interrupted')
  })

  it('also after tool calls had begun, and where the vendor falls silent', async () => {
    const calls = toolCalls([{ name: 'weather' }])
    const broken = stream([], { ...(calls.step === 'answer' ? calls.details : {}), failAfter: 1 })
    expect((await tell(agentWith('buffer', [broken], [answer('well')]).agent)).text).toBe('well')
    const silent = two([stream(['Once ', 'upon'], { stallAfter: 1 })], [answer('well')], {
      afterCommit: 'buffer',
      clocks: { idleMs: 500 },
    })
    const told = tell(silent.agent)
    await silent.clock.advanceAsync(501)
    expect((await told).text).toBe('well')
  })

  it('hands nothing over before the end, and then every chunk as it came', async () => {
    const { agent, clock } = agentWith('buffer', [stream(['a', 'b', 'c'], { chunkMs: 100 })], [])
    const iterator = (await open(agent))[Symbol.asyncIterator]()
    let given = 0
    const first = iterator.next().then(() => (given += 1))
    for (let step = 0; step < 2; step++) await clock.advanceAsync(100)
    expect(given).toBe(0)
    await clock.advanceAsync(101)
    await first
    let text = ''
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      text += next.value.choices[0]?.delta.content ?? ''
    expect(text).toBe('abc')
  })

  it('throws the last failure, and no interruption, where nobody is left: nothing has been seen', async () => {
    const { error } = await tell(agentWith('buffer', [cut], [cut]).agent)
    expect(error).not.toBeInstanceOf(StreamInterruptedError)
    expect(attemptsOf(error)).toHaveLength(2)
  })

  it('holds 16 MiB at most: an answer that is larger is a failure of its vendor', async () => {
    const piece = 'x'.repeat(1024 * 1024)
    const { agent } = agentWith('buffer', [stream(Array.from({ length: 17 }, () => piece))], [answer('shorter')])
    expect((await tell(agent)).text).toBe('shorter')
  })

  it('leaving before the end ends the call', async () => {
    const { agent, client, first, audit } = agentWith('buffer', [stream(['a'], { stallAfter: 1 })], [])
    const opened = await open(agent)
    const reading = drain(opened)
    opened.controller.abort()
    expect((await reading).error).toBeUndefined()
    await client.flush()
    expect(first.calls[0]?.aborted).toBe(true)
    expect(audit.records.at(-1)?.event.type).toBe('request.cancelled')
  })
})

describe("afterCommit: 'restart'", () => {
  it('gives the next answer from its start behind a chunk that says so', async () => {
    const { agent, client, audit } = agentWith('restart', [cut], [answer('Another tale.')])
    const { chunks, error, opened } = await tell(agent)
    expect(error).toBeUndefined()
    const at = chunks.findIndex((chunk) => isRestart(chunk))
    expect(chunks.filter((chunk) => isRestart(chunk))).toHaveLength(1)
    const after = chunks.slice(at + 1)
    expect(after.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Another tale.')
    expect(after[0]?.choices[0]?.delta.role).toBe('assistant')
    expect(new Set(chunks.slice(at).map(({ model }) => model))).toEqual(new Set(['model-b']))
    expect(routeOf(opened)).toMatchObject({ target: 'second/model-b', failed: [{ target: 'first/model-a', kind: 'truncated' }] })
    await client.flush()
    const types = audit.records.map(({ event }) => event.type)
    expect(types).toEqual([
      'request.accepted',
      'decision.made',
      'attempt.started',
      'stream.committed',
      'attempt.failed',
      'stream.interrupted',
      'route.switched',
      'attempt.started',
      'stream.committed',
      'attempt.succeeded',
      'request.completed',
    ])
  })

  it('textOf() has the right text, and tells it as it grows', async () => {
    const { agent } = agentWith('restart', [cut], [stream(['Another ', 'tale.'])])
    const told: string[] = []
    expect(await textOf(await open(agent), (text) => told.push(text))).toBe('Another tale.')
    expect(told).toEqual(['Once ', 'Once upon ', '', 'Another ', 'Another tale.'])
  })

  it("the helper stream() ends with the second answer alone, and so does every helper of the client's other versions", async () => {
    const { agent } = agentWith('restart', [cut], [answer('Another tale.')])
    const completion = await agent.chat.completions.stream({ model: 'auto', messages }).finalChatCompletion()
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant', content: 'Another tale.' } })
    expect(completion.model).toBe('model-b')
    for (const helper of [ChatCompletionStream, ChatCompletionStream5, ChatCompletionStream6, ChatCompletionStream730]) {
      const again = agentWith('restart', [cut], [answer('Another tale.')])
      const body = (await open(again.agent)).toReadableStream()
      const { choices } = await helper.fromReadableStream(body).finalChatCompletion()
      expect(choices).toHaveLength(1)
      expect(choices[0]?.message.content).toBe('Another tale.')
    }
  })

  it('ends with an error, and not with calls that were voided, where a helper has put tool calls together by itself', async () => {
    const calls = toolCalls([{ name: 'weather', arguments: { city: 'Rome' } }])
    const broken = stream([], { ...(calls.step === 'answer' ? calls.details : {}), failAfter: 1 })
    const { agent } = agentWith('restart', [broken], [answer('No need.')])
    const run = ChatCompletionStream.fromReadableStream((await open(agent)).toReadableStream())
    await expect(run.finalChatCompletion()).rejects.toThrow('no tool call snapshot')
  })

  it.each([
    ['tools', { tools: [weather] }],
    ['logprobs', { logprobs: true }],
  ])('is refused to the helper stream() with %s, which it could not void', async (_name, more) => {
    const { agent, first } = agentWith('restart', [cut], [])
    const run = agent.chat.completions.stream({ model: 'auto', messages, ...more })
    const error: unknown = await run.finalChatCompletion().catch((thrown: unknown) => thrown)
    expect(ModelyardError.is(error) || (error instanceof Error && ModelyardError.is(error.cause))).toBe(true)
    expect(String(error)).toMatch(/'buffer'/)
    expect(first.calls).toHaveLength(0)
  })

  it('says nothing of a restart before there is content, and is interrupted with what was seen where nobody has any', async () => {
    const { agent, second } = agentWith('restart', [cut], [fail({ status: 503 })])
    const { chunks, error } = await tell(agent)
    expect(chunks.some((chunk) => isRestart(chunk))).toBe(false)
    expect(interrupted(error)).toMatchObject({ kind: 'truncated', partialText: 'Once upon ' })
    expect(attemptsOf(error).map(({ kind }) => kind)).toEqual(['truncated', 'server'])
    expect(second.calls).toHaveLength(1)
  })

  it('counts with the attempt cap', async () => {
    const { agent, second } = two([cut], [answer('never asked')], { afterCommit: 'restart', maxAttempts: 1 })
    expect(interrupted((await tell(agent)).error).partialText).toBe('Once upon ')
    expect(second.calls).toHaveLength(0)
  })
})

describe('afterCommit: { continueWith }', () => {
  const asked: [Unfinished, Successor][] = []
  const goOn: ContinueWith = (unfinished, successor) => {
    asked.push([unfinished, successor])
    return [...unfinished.messages, { role: 'assistant', content: unfinished.text }]
  }

  it('appends what the next target says to what was handed over, in one stream of one id and model', async () => {
    asked.length = 0
    const { agent, second, client } = agentWith({ continueWith: goOn }, [cut], [stream(['a time', '.'])])
    const { text, chunks, error, opened } = await tell(agent)
    expect(error).toBeUndefined()
    expect(text).toBe('Once upon a time.')
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1)
    expect(chunks[0]?.model).toBe('model-a')
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1)
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1)
    expect(second.calls[0]?.request.messages).toEqual([...messages, { role: 'assistant', content: 'Once upon ' }])
    expect(asked).toEqual([
      [
        { messages, text: 'Once upon ' },
        { target: 'second/model-b', provider: 'second', model: 'model-b', prefill: false },
      ],
    ])
    expect(routeOf(opened)).toMatchObject({ target: 'second/model-b', attempts: 2 })
    expect(client.ledger.totals()[0]).toMatchObject({ calls: 2 })
  })

  it('gives the helper stream() one answer', async () => {
    const { agent } = agentWith({ continueWith: goOn }, [cut], [stream(['a time', '.'])])
    const { choices } = await agent.chat.completions.stream({ model: 'auto', messages }).finalChatCompletion()
    expect(choices[0]?.message.content).toBe('Once upon a time.')
  })

  it('tells the function whether the target goes on with an assistant message', async () => {
    const clock = two([], []).clock
    const prefilling = { ...fakeProvider({ id: 'second', models: ['m'], script: [answer('x')], clock }), prefill: () => true }
    asked.length = 0
    const client = createRouter({
      providers: [fakeProvider({ id: 'first', models: ['m'], script: [cut], clock }), prefilling],
      clock,
    })
    await tell(client.with({ fallback: ['second/m'], afterCommit: { continueWith: goOn } }), { model: 'first/m' })
    expect(asked[0]?.[1].prefill).toBe(true)
  })

  it('S14 goes on to the next where a target refuses the continuation, and is then interrupted by what first went wrong', async () => {
    const refused = fail({ status: 400, message: 'This model does not support assistant message prefill.' })
    const again = agentWith({ continueWith: goOn }, [cut], [refused])
    const { error } = await tell(again.agent)
    expect(interrupted(error)).toMatchObject({ kind: 'truncated', partialText: 'Once upon ' })
    expect(attemptsOf(error).map(({ kind }) => kind)).toEqual(['truncated', 'invalid_request'])
    const third = fakeProvider({ id: 'third', models: ['m'], script: [answer('a time.')] })
    const client = createRouter({
      providers: [
        fakeProvider({ id: 'first', models: ['m'], script: [cut] }),
        fakeProvider({ id: 'second', models: ['m'], script: [refused] }),
        third,
      ],
      afterCommit: { continueWith: goOn },
    })
    const told = await tell(client.with({ fallback: ['second/m', 'third/m'] }), { model: 'first/m' })
    expect([told.text, told.error]).toEqual(['Once upon a time.', undefined])
  })

  it('goes on twice, with all that was handed over', async () => {
    const client = createRouter({
      providers: ['first', 'second', 'third'].map((id, index) =>
        fakeProvider({ id, models: ['m'], script: [index < 2 ? stream([`${id} `], { failAfter: 1 }) : answer('third')] }),
      ),
      afterCommit: { continueWith: goOn },
    })
    asked.length = 0
    const told = await tell(client.with({ fallback: ['second/m', 'third/m'] }), { model: 'first/m' })
    expect(told.text).toBe('first second third')
    expect(asked.map(([{ text }]) => text)).toEqual(['first ', 'first second '])
  })

  it('fails where the function gives nothing, with the interruption', async () => {
    const { agent, second } = agentWith({ continueWith: () => undefined }, [cut], [])
    expect(interrupted((await tell(agent)).error).partialText).toBe('Once upon ')
    expect(second.calls).toHaveLength(0)
  })

  it.each<readonly [string, ContinueWith]>([
    [
      'throws',
      () => {
        throw new RangeError('of the caller')
      },
    ],
    ['gives messages of the wrong shape', () => [{ role: 'tool', tool_call_id: 'call_of_nobody', content: 'sunny' }]],
  ])('fails where the function %s; what was wrong is the cause', async (_name, continueWith) => {
    const { agent, second, client } = agentWith({ continueWith }, [cut], [])
    const error = interrupted((await tell(agent)).error)
    expect(String(error.cause)).toMatch(/of the caller|messages\[0\]/)
    expect(second.calls).toHaveLength(0)
    expect(client.breakers.snapshot('second/model-b').consecutiveErrors).toBe(0)
  })

  it('waits for a function that takes its time, but not beyond totalMs', async () => {
    const { agent, clock } = two([cut], [], {
      afterCommit: { continueWith: () => new Promise(() => undefined) },
      clocks: { totalMs: 1000 },
    })
    const told = tell(agent)
    await clock.advanceAsync(1001)
    expect(interrupted((await told).error).partialText).toBe('Once upon ')
    expect(clock.pending).toBe(0)
  })

  it.each<readonly [string, Partial<Create>, FakeStep]>([
    ['tool calls had begun', { tools: [weather] }, toolCalls([{ name: 'weather', arguments: { city: 'Rome' } }])],
    ['several choices were asked for', { n: 2 }, cut],
    ['JSON was asked for', { response_format: { type: 'json_object' } }, cut],
  ])('asks nobody to go on where %s', async (_name, more, step) => {
    const broken = step.step === 'answer' ? stream(step.chunks, { ...step.details, failAfter: 1 }) : step
    asked.length = 0
    const { agent } = agentWith({ continueWith: goOn }, [broken], [])
    expect((await tell(agent, more)).error).toBeInstanceOf(StreamInterruptedError)
    expect(asked).toEqual([])
  })

  it('leaving while the function works ends the request', async () => {
    const goesOn = Promise.withResolvers<void>()
    const continueWith = () => {
      goesOn.resolve()
      return new Promise<never>(() => undefined)
    }
    const { agent, client, audit } = agentWith({ continueWith }, [cut], [])
    const opened = await open(agent)
    const told = drain(opened)
    await goesOn.promise
    opened.controller.abort()
    expect((await told).error).toBeUndefined()
    await client.flush()
    expect(audit.records.at(-1)?.event.type).toBe('request.cancelled')
  })
})

describe('prefill(), by which the function knows what it may ask', () => {
  const conversation = { model: 'any', messages: [...messages, { role: 'assistant' as const, content: 'Once' }] }

  it.each([anthropic(), bedrock({ region: 'us-east-1' })].map((adapter) => [adapter.id, adapter] as const))(
    'says of every model of %s what becomes of a conversation that ends with an assistant message',
    (_id, adapter) => {
      const known = models.filter(({ provider, features }) => provider === adapter.catalog && features.includes('streaming'))
      expect(known.length).toBeGreaterThan(5)
      const said = known.map((card) => [card.id, adapter.prefill?.(card.id, card)])
      const becomes = known.map((card) => [card.id, adapter.supports(conversation, card, card.id).level !== 'no'])
      expect(said).toEqual(becomes)
      expect(new Set(said.map(([, holds]) => holds)).size).toBe(2)
    },
  )
})

it('ST-10 lets a stream go at totalMs that nobody reads any more, whatever was to follow a break', async () => {
  for (const afterCommit of ['buffer', 'restart', { continueWith: () => [] }] as const) {
    const { agent, clock, first, client, audit } = two([stream(['a', 'b'])], [stall()], { afterCommit, clocks: { totalMs: 1000 } })
    await open(agent)
    await clock.advanceAsync(1001)
    await client.flush()
    expect(first.calls[0]?.aborted).toBe(true)
    expect(audit.records.at(-1)?.event).toMatchObject({ type: 'request.failed', kind: 'deadline' })
  }
})
