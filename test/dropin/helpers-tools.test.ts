import OpenAI, { APIUserAbortError } from 'openai'
import { zodFunction } from 'openai/helpers/zod'
import { ChatCompletionStreamingRunner } from 'openai/lib/ChatCompletionStreamingRunner'
import { expect } from 'vitest'
import { z } from 'zod'
import { chunk, chunks, completion, failure, finished, json, streamed, toolCall } from './answers.ts'
import type { LoopbackServer } from './server.ts'
import { ask, eachSubject, failureOf } from './suite.ts'

/** A tool whose calls are recorded. */
function weatherTool(called: unknown[] = []) {
  return {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'Tells the weather.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      function: (args: string) => {
        called.push(JSON.parse(args))
        return `sunny: ${args}`
      },
    },
  }
}

const calling = (...calls: readonly object[]) => json(finished('tool_calls', { tool_calls: calls }))

const paris = toolCall('call_1', 'weather', { city: 'Paris' })
const rome = toolCall('call_2', 'weather', { city: 'Rome' })

const parisChunks = [chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0, ...paris }] }), chunk({}, 'tool_calls')]

function messagesOf(server: LoopbackServer, request: number): readonly unknown[] {
  const body: unknown = JSON.parse(server.requests[request]?.body ?? '{}')
  if (typeof body !== 'object' || body === null || !('messages' in body) || !Array.isArray(body.messages)) return []
  return body.messages
}

eachSubject((it) => {
  it('50 runTools() calls the tool and sends its result', async ({ client, server }) => {
    const called: unknown[] = []
    server.script(calling(paris), json(completion('It is sunny.')))
    const run = client.chat.completions.runTools({ ...ask, tools: [weatherTool(called)] })
    expect(await run.finalContent()).toBe('It is sunny.')
    expect(called).toEqual([{ city: 'Paris' }])
    expect(messagesOf(server, 1)).toMatchObject([
      ask.messages[0],
      { role: 'assistant', tool_calls: [paris] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny: {"city":"Paris"}' },
    ])
    expect(run.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    expect(await run.finalFunctionToolCallResult()).toBe('sunny: {"city":"Paris"}')
  })

  it('50 runTools() sends results of parallel calls in the order of the calls', async ({ client, server }) => {
    const order: string[] = []
    const slow = Promise.withResolvers<string>()
    const tool = {
      ...weatherTool(),
      function: {
        ...weatherTool().function,
        function: async (args: string) => {
          if (args.includes('Paris')) return await slow.promise
          order.push('Rome')
          slow.resolve('rainy')
          return 'sunny'
        },
      },
    }
    server.script(calling(paris, rome), json(completion('Done.')))
    await client.chat.completions.runTools({ ...ask, tools: [tool] }).done()
    expect(order).toEqual(['Rome'])
    expect(messagesOf(server, 1).slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'call_1', content: 'rainy' },
      { role: 'tool', tool_call_id: 'call_2', content: 'sunny' },
    ])
  })

  it('50 runTools() gives calls without an id one of their own', async ({ client, server }) => {
    server.script(calling({ ...paris, id: '' }, { ...rome, id: undefined }), json(completion('Done.')))
    await client.chat.completions.runTools({ ...ask, tools: [weatherTool()] }).done()
    const [, assistant, ...results] = messagesOf(server, 1)
    const ids = results.map((message): unknown => Reflect.get(Object(message), 'tool_call_id'))
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^call_./)
    expect(assistant).toMatchObject({ tool_calls: ids.map((id) => ({ id })) })
  })

  it('50 runTools() tells the model of a tool that does not exist', async ({ client, server }) => {
    server.script(calling(toolCall('call_1', 'teleport', {})), json(completion('Sorry.')))
    await client.chat.completions.runTools({ ...ask, tools: [weatherTool()] }).done()
    expect(messagesOf(server, 1).at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'call_1',
      content: expect.stringMatching(/^Invalid tool_call: "teleport"\. Available options are: "weather"\./),
    })
  })

  it('50 runTools() ends when it is aborted between turns', async ({ client, server }) => {
    server.script(calling(paris))
    const tool = weatherTool()
    const run = client.chat.completions.runTools({
      ...ask,
      tools: [
        {
          ...tool,
          function: {
            ...tool.function,
            function: () => {
              run.abort()
              return 'too late'
            },
          },
        },
      ],
    })
    expect(await failureOf(run.done())).toBeInstanceOf(APIUserAbortError)
    expect(server.requests).toHaveLength(1)
  })

  it('50 runTools() stops at maxChatCompletions', async ({ client, server }) => {
    server.always(calling(paris))
    const run = client.chat.completions.runTools({ ...ask, tools: [weatherTool()] }, { maxChatCompletions: 3 })
    await run.done()
    expect(server.requests).toHaveLength(3)
    expect(run.allChatCompletions()).toHaveLength(3)
  })

  it('50 runTools() adds the usage of all turns up', async ({ client, server }) => {
    server.script(calling(paris), json(completion('Done.')))
    const run = client.chat.completions.runTools({ ...ask, tools: [weatherTool()] })
    expect(await run.totalUsage()).toEqual({ prompt_tokens: 18, completion_tokens: 8, total_tokens: 26 })
  })

  it('50 runTools() of a forced tool ends with its call', async ({ client, server }) => {
    const called: unknown[] = []
    server.script(calling(paris))
    const choice = { type: 'function' as const, function: { name: 'weather' } }
    await client.chat.completions.runTools({ ...ask, tools: [weatherTool(called)], tool_choice: choice }).done()
    expect(called).toEqual([{ city: 'Paris' }])
    expect(server.requests).toHaveLength(1)
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ tool_choice: choice })
  })

  it('50 runTools() takes zod functions, and rejects with the typed errors of any turn', async ({ client, server }) => {
    const called: unknown[] = []
    const tool = zodFunction({
      name: 'weather',
      parameters: z.object({ city: z.string() }),
      function: (args) => {
        called.push(args)
        return { sky: 'blue' }
      },
    })
    server.script(calling(paris), failure(400))
    const run = client.chat.completions.runTools({ ...ask, tools: [tool] })
    expect(await failureOf(run.done())).toBeInstanceOf(OpenAI.BadRequestError)
    expect(called).toEqual([{ city: 'Paris' }])
    expect(messagesOf(server, 1).at(-1)).toMatchObject({ role: 'tool', content: '{"sky":"blue"}' })
  })

  it('50 streaming runTools() does the same', async ({ client, server }) => {
    const called: unknown[] = []
    server.script(streamed(parisChunks), streamed(chunks('It is ', 'sunny.')))
    const run = client.chat.completions.runTools({ ...ask, stream: true, tools: [weatherTool(called)] })
    const texts: string[] = []
    run.on('content', (delta) => void texts.push(delta))
    expect(await run.finalContent()).toBe('It is sunny.')
    expect(texts).toEqual(['It is ', 'sunny.'])
    expect(called).toEqual([{ city: 'Paris' }])
    expect(messagesOf(server, 1)).toMatchObject([
      ask.messages[0],
      { role: 'assistant', tool_calls: [paris] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny: {"city":"Paris"}' },
    ])
    expect(server.requests.map(({ body }): unknown => JSON.parse(body))).toMatchObject([{ stream: true }, { stream: true }])
  })

  it('50 streaming runTools() survives its way through a readable stream', async ({ client, server }) => {
    server.script(streamed(parisChunks), streamed(chunks('It is ', 'sunny.')))
    const run = client.chat.completions.runTools({ ...ask, stream: true, tools: [weatherTool()] })
    const replayed = ChatCompletionStreamingRunner.fromReadableStream(run.toReadableStream())
    expect(await replayed.finalContent()).toBe('It is sunny.')
  })

  it('50 a replayed runTools() holds the results of the tools', async ({ client, server }) => {
    server.script(streamed(parisChunks), streamed(chunks('It is ', 'sunny.')))
    const run = client.chat.completions.runTools({ ...ask, stream: true, tools: [weatherTool()] })
    const replayed = ChatCompletionStreamingRunner.fromReadableStream(run.toReadableStream())
    await replayed.done()
    expect(replayed.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant'])
  })

  it('50 aborting streaming runTools() leaves the upstream', async ({ client, server }) => {
    server.script(async ({ head, write }) => {
      head(200, { 'content-type': 'text/event-stream' })
      await write(`data: ${JSON.stringify(chunk({ role: 'assistant', content: 'first' }))}\n\n`)
    })
    const run = client.chat.completions.runTools({ ...ask, stream: true, tools: [weatherTool()] })
    run.on('content', () => run.abort())
    expect(await failureOf(run.done())).toBeInstanceOf(APIUserAbortError)
    await (
      await server.received(1)
    ).gone
  })

  it('51 streaming runTools() parses by what was sent', async ({ client, server }) => {
    server.script(streamed(parisChunks), streamed(chunks('{"a":1}')))
    const format = { type: 'json_schema' as const, json_schema: { name: 'a', schema: { type: 'object' } } }
    const hooked = Object.assign({}, format, { toJSON: () => ({ type: 'text' }) })
    const run = client.chat.completions.runTools({
      ...ask,
      stream: true,
      tools: [weatherTool()],
      response_format: hooked,
    })
    expect(await run.finalMessage()).toMatchObject({ content: '{"a":1}', parsed: null })
    expect(JSON.parse(server.requests[1]?.body ?? '')).toMatchObject({ response_format: { type: 'text' } })
  })
})
