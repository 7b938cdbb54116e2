import OpenAI, { APIPromise } from 'openai'
import { ContentFilterFinishReasonError, LengthFinishReasonError } from 'openai/error'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { expect } from 'vitest'
import { z } from 'zod'
import { completion, failure, finished, json, toolCall } from './answers.ts'
import { ask, eachSubject, failureOf } from './suite.ts'

const trip = z.object({ city: z.string(), days: z.number() })
const format = zodResponseFormat(trip, 'trip')
const answer = '{"city":"Paris","days":3}'

eachSubject((it) => {
  it('49 parse() sends the schema and no field of the helper', async ({ client, server }) => {
    server.script(json(completion(answer)))
    await client.chat.completions.parse({ ...ask, response_format: format })
    const sent: unknown = JSON.parse(server.requests[0]?.body ?? '')
    expect(sent).toEqual({ ...ask, response_format: JSON.parse(JSON.stringify(format)) })
    expect(sent).toMatchObject({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'trip', strict: true, schema: { type: 'object', required: ['city', 'days'] } },
      },
    })
    expect(server.requests[0]?.body).not.toMatch(/\$brand|\$parseRaw|helperMethod|__metadata/)
  })

  it('49 parse() gives the parsed object', async ({ client, server }) => {
    server.script(json(completion(answer)))
    const parsed = await client.chat.completions.parse({ ...ask, response_format: format })
    expect(parsed.choices[0]?.message.parsed).toEqual({ city: 'Paris', days: 3 })
    expect(parsed.choices[0]?.message.content).toBe(answer)
  })

  it('49 parse() takes a plain JSON schema', async ({ client, server }) => {
    server.script(json(completion('{"a":1}')))
    const plain = { type: 'json_schema' as const, json_schema: { name: 'plain', schema: { type: 'object' } } }
    const parsed: unknown = await client.chat.completions.parse({ ...ask, response_format: plain })
    expect(parsed).toMatchObject({ choices: [{ message: { parsed: { a: 1 } } }] })
  })

  it('49 parse() of an answer that breaks the schema rejects', async ({ client, server }) => {
    server.always(json(completion('{"city":1}')))
    expect(await failureOf(client.chat.completions.parse({ ...ask, response_format: format }))).toBeInstanceOf(z.ZodError)
    expect(server.requests).toHaveLength(1)
  })

  it('49 parse() of a refusal is null', async ({ client, server }) => {
    server.script(json(completion({ refusal: 'I can not.' })))
    const parsed = await client.chat.completions.parse({ ...ask, response_format: format })
    expect(parsed.choices[0]?.message).toMatchObject({ refusal: 'I can not.', parsed: null })
  })

  it('49 parse() of a cut-off or filtered answer has its own errors', async ({ client, server }) => {
    server.script(json(finished('length', '{"city":')), json(finished('content_filter', '')))
    const { completions } = client.chat
    expect(await failureOf(completions.parse({ ...ask, response_format: format }))).toBeInstanceOf(LengthFinishReasonError)
    expect(await failureOf(completions.parse({ ...ask, response_format: format }))).toBeInstanceOf(ContentFilterFinishReasonError)
  })

  it('49 parse() parses the arguments of tools', async ({ client, server }) => {
    const tool = zodFunction({ name: 'weather', parameters: z.object({ city: z.string() }) })
    server.script(json(finished('tool_calls', { tool_calls: [toolCall('call_1', 'weather', { city: 'Paris' })] })))
    const parsed = await client.chat.completions.parse({ ...ask, tools: [tool] })
    expect(parsed.choices[0]?.message.tool_calls).toMatchObject([
      { id: 'call_1', function: { arguments: '{"city":"Paris"}', parsed_arguments: { city: 'Paris' } } },
    ])
  })

  it('49 parse() refuses a tool that is not strict, before anything is sent', async ({ client, server }) => {
    const loose = { type: 'function' as const, function: { name: 'weather', parameters: {} } }
    expect(() => client.chat.completions.parse({ ...ask, tools: [loose] })).toThrow(/not marked with `strict: true`/)
    expect(server.requests).toHaveLength(0)
  })

  it('49 parse() is an APIPromise', async ({ client, server }) => {
    server.script(json(completion(answer), { headers: { 'x-request-id': 'req_1' } }))
    const call = client.chat.completions.parse({ ...ask, response_format: format })
    expect(call).toBeInstanceOf(APIPromise)
    const { data, response, request_id } = await call.withResponse()
    expect(data.choices[0]?.message.parsed).toEqual({ city: 'Paris', days: 3 })
    expect(response.status).toBe(200)
    expect(request_id).toBe('req_1')
    expect(data).toHaveProperty('_request_id', 'req_1')
    expect(await call).toBe(data)
    expect(server.requests).toHaveLength(1)
  })

  it('49 parse() rejects with the typed errors', async ({ client, server }) => {
    server.script(failure(422))
    const call = client.chat.completions.parse({ ...ask, response_format: format })
    expect(await failureOf(call)).toBeInstanceOf(OpenAI.UnprocessableEntityError)
  })
})
