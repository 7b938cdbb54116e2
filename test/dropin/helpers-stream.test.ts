import OpenAI, { APIUserAbortError } from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { expect } from 'vitest'
import { z } from 'zod'
import { bytes, chunk, chunks, done, failure, frame, streamed, unfinished, usage } from './answers.ts'
import { ask, collect, eachSubject, failureOf } from './suite.ts'

const trip = z.object({ city: z.string(), days: z.number() })
const weather = zodFunction({ name: 'weather', parameters: z.object({ city: z.string() }) })

const toolCallChunks = [
  chunk({
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Pa' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: 'ris"}' } }] }),
  chunk({}, 'tool_calls'),
]

/** A chunk that says who speaks, without which the helper tells no content. */
const opening = (content: string) => chunk({ role: 'assistant', content })

const eventNames = [
  'connect',
  'chunk',
  'content',
  'content.delta',
  'content.done',
  'refusal.delta',
  'refusal.done',
  'tool_calls.function.arguments.delta',
  'tool_calls.function.arguments.done',
  'chatCompletion',
  'message',
  'functionToolCall',
  'finalChatCompletion',
  'finalMessage',
  'finalContent',
  'finalFunctionToolCall',
  'totalUsage',
  'abort',
  'error',
  'end',
] as const

/** The names of the events of a run, in order. */
function record(run: ChatCompletionStream<unknown>): readonly string[] {
  const events: string[] = []
  for (const name of eventNames) run.on(name, () => void events.push(name))
  return events
}

eachSubject((it) => {
  it('48 stream() tells its events in order', async ({ client, server }) => {
    server.script(streamed(chunks('Hel', 'lo')))
    const run = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
    const events = record(run)
    await run.done()
    expect(events.join(' ')).toBe(
      'connect chunk chunk content content.delta chunk content content.delta chunk content.done chunk ' +
        'chatCompletion message finalChatCompletion finalMessage finalContent totalUsage end',
    )
  })

  it('48 stream() gives snapshots with every delta', async ({ client, server }) => {
    server.script(streamed(chunks('Hel', 'lo')))
    const run = client.chat.completions.stream(ask)
    const seen: unknown[] = []
    run.on('content', (delta, snapshot) => void seen.push([delta, snapshot]))
    run.on('chunk', (_, { choices }) => void seen.push(choices[0]?.message.content))
    await run.done()
    expect(seen.slice(1)).toEqual(['Hel', ['Hel', 'Hel'], 'Hello', ['lo', 'Hello'], 'Hello'])
  })

  it('48 stream() has the whole answer in the end', async ({ client, server }) => {
    server.script(streamed(chunks('Hel', 'lo')))
    const run = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
    expect(await run.finalContent()).toBe('Hello')
    expect(await run.finalMessage()).toMatchObject({ role: 'assistant', content: 'Hello', refusal: null, parsed: null })
    expect(await run.totalUsage()).toEqual(usage)
    expect(await run.finalChatCompletion()).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o-mini-2024-07-18',
      choices: [{ finish_reason: 'stop', message: { content: 'Hello' } }],
      usage,
    })
    expect(server.requests).toHaveLength(1)
  })

  it('48 stream() can be looped over', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    expect(await collect(client.chat.completions.stream(ask))).toEqual(chunks('a', 'b'))
  })

  it('48 leaving the loop over stream() leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(opening('first'), chunk('second')))
    const run = client.chat.completions.stream(ask)
    for await (const item of run) if (item.id !== '') break
    expect(run.controller.signal.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })

  it('48 abort() of stream() is an event and an APIUserAbortError', async ({ client, server }) => {
    server.script(unfinished(opening('first')))
    const run = client.chat.completions.stream(ask)
    const aborts: unknown[] = []
    run.on('abort', (error) => void aborts.push(error))
    run.on('content', () => run.abort())
    const error = await failureOf(run.done())
    expect(error).toBeInstanceOf(APIUserAbortError)
    expect(aborts).toEqual([error])
    expect(run.aborted).toBe(true)
    await (
      await server.received(1)
    ).gone
  })

  it("48 the caller's signal aborts stream()", async ({ client, server }) => {
    server.script(unfinished(opening('first')))
    const controller = new AbortController()
    const run = client.chat.completions.stream(ask, { signal: controller.signal })
    run.on('content', () => controller.abort())
    expect(await failureOf(run.finalContent())).toBeInstanceOf(APIUserAbortError)
    await (
      await server.received(1)
    ).gone
  })

  it('48 an error of the upstream is the typed error of stream()', async ({ client, server }) => {
    server.always(failure(429))
    const run = client.chat.completions.stream(ask, { maxRetries: 0 })
    const errors: unknown[] = []
    run.on('error', (error) => void errors.push(error))
    const error = await failureOf(run.done())
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect(errors).toEqual([error])
    expect(run.errored).toBe(true)
  })

  it('48 an error in the middle is the error of stream()', async ({ client, server }) => {
    server.script(bytes(frame(opening('a')), frame({ error: { message: 'The engine is overloaded.' } })))
    const run = client.chat.completions.stream(ask)
    const texts: string[] = []
    run.on('content', (delta) => void texts.push(delta))
    const error = await failureOf(run.done())
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(texts).toEqual(['a'])
  })

  it('48 stream() parses what is there so far', async ({ client, server }) => {
    server.script(streamed(chunks('{"city":"Par', 'is","days":', '3}')))
    const run = client.chat.completions.stream({ ...ask, response_format: zodResponseFormat(trip, 'trip') })
    const partials: unknown[] = []
    run.on('content.delta', ({ parsed }) => void partials.push(parsed))
    run.on('content.done', ({ parsed }) => void partials.push(parsed))
    expect(await run.finalMessage()).toHaveProperty('parsed', { city: 'Paris', days: 3 })
    const whole = { city: 'Paris', days: 3 }
    expect(partials).toEqual([{ city: 'Par' }, { city: 'Paris' }, whole, whole])
  })

  it('48 stream() tells the arguments of tool calls as they come', async ({ client, server }) => {
    server.script(streamed(toolCallChunks))
    const run = client.chat.completions.stream({ ...ask, tools: [weather] })
    const events = record(run)
    const deltas: unknown[] = []
    run.on('tool_calls.function.arguments.delta', (event) => void deltas.push(event))
    run.on('tool_calls.function.arguments.done', (event) => void deltas.push(event))
    const { tool_calls: calls } = await run.finalMessage()
    expect(deltas).toMatchObject([
      { name: 'weather', index: 0, arguments: '', arguments_delta: '' },
      { arguments: '{"city":"Pa', arguments_delta: '{"city":"Pa', parsed_arguments: { city: 'Pa' } },
      { arguments: '{"city":"Paris"}', arguments_delta: 'ris"}', parsed_arguments: { city: 'Paris' } },
      { name: 'weather', index: 0, arguments: '{"city":"Paris"}', parsed_arguments: { city: 'Paris' } },
    ])
    expect(calls).toMatchObject([{ id: 'call_1', function: { name: 'weather', parsed_arguments: { city: 'Paris' } } }])
    expect(events.slice(-7)).toEqual([
      'chatCompletion',
      'message',
      'functionToolCall',
      'finalChatCompletion',
      'finalMessage',
      'finalFunctionToolCall',
      'end',
    ])
  })

  it('48 stream() tells refusals', async ({ client, server }) => {
    const refusal = [chunk({ role: 'assistant', content: null }), chunk({ refusal: 'I ' }), chunk({ refusal: 'can not' })]
    server.script(streamed([...refusal, chunk({}, 'stop')]))
    const run = client.chat.completions.stream({ ...ask, response_format: zodResponseFormat(trip, 'trip') })
    const events: unknown[] = []
    run.on('refusal.delta', ({ delta, snapshot }) => void events.push([delta, snapshot]))
    run.on('refusal.done', (event) => void events.push(event))
    expect(await run.finalMessage()).toMatchObject({ refusal: 'I can not', content: null, parsed: null })
    expect(events).toEqual([['I ', 'I '], ['can not', 'I can not'], { refusal: 'I can not' }])
  })

  it('48 stream() refuses to parse what was cut off by the length limit', async ({ client, server }) => {
    server.script(streamed([...chunks('{"city":"Par').slice(0, 2), chunk({}, 'length')]))
    const run = client.chat.completions.stream({ ...ask, response_format: zodResponseFormat(trip, 'trip') })
    expect(await failureOf(run.done())).toBeInstanceOf(OpenAI.OpenAIError)
  })

  it('48 stream() survives its way through a readable stream', async ({ client, server }) => {
    server.script(streamed(chunks('a', 'b')))
    const run = client.chat.completions.stream(ask)
    expect(await ChatCompletionStream.fromReadableStream(run.toReadableStream()).finalContent()).toBe('ab')
  })

  it('48 stream() sends stream: true and no field of the helper', async ({ client, server }) => {
    server.script(bytes(frame(opening('a')), frame(chunk({}, 'stop')), done))
    await client.chat.completions.stream({ ...ask, tools: [weather] }).done()
    const sent: unknown = JSON.parse(server.requests[0]?.body ?? '')
    expect(sent).toMatchObject({ ...ask, stream: true, tools: [{ type: 'function', function: { name: 'weather', strict: true } }] })
    expect(server.requests[0]?.body).not.toMatch(/\$brand|\$parseRaw|\$callback|helperMethod|__metadata/)
  })

  it('51 stream() parses by the response format that was sent', async ({ client, server }) => {
    server.script(streamed(chunks('plain words')))
    const format = Object.assign(zodResponseFormat(trip, 'trip'), { toJSON: () => ({ type: 'text' }) })
    const run = client.chat.completions.stream({ ...ask, response_format: format })
    expect(await run.finalMessage()).toMatchObject({ content: 'plain words', parsed: null })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ response_format: { type: 'text' } })
  })

  it('51 stream() parses the arguments by the tools that were sent', async ({ client, server }) => {
    server.script(streamed(toolCallChunks))
    const sent = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
    const hooked = Object.assign(zodFunction({ name: 'weather', parameters: z.object({ place: z.string() }) }), {
      toJSON: () => sent,
    })
    const { tool_calls: calls } = await client.chat.completions.stream({ ...ask, tools: [hooked] }).finalMessage()
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ tools: [sent] })
    expect(calls).toHaveLength(1)
    expect(calls).not.toMatchObject([{ function: { parsed_arguments: expect.anything() } }])
  })

  it('51 stream() parses with the tool of the name that was sent', async ({ client, server }) => {
    server.script(streamed(toolCallChunks))
    const renamed = zodFunction({ name: 'temperature', parameters: z.object({ city: z.string() }) })
    const { function: definition } = renamed
    Object.assign(renamed, { toJSON: () => ({ type: 'function', function: { ...definition, name: 'weather' } }) })
    const { tool_calls: calls } = await client.chat.completions.stream({ ...ask, tools: [renamed] }).finalMessage()
    expect(calls).toMatchObject([{ function: { name: 'weather', parsed_arguments: { city: 'Paris' } } }])
  })
})
