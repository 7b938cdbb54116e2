import OpenAI from 'openai'
import { expect } from 'vitest'
import { busy, failure, json, silence, text } from './answers.ts'
import type { Answer } from './server.ts'
import { collect, eachSubject, failureOf, heldTime } from './suite.ts'

const eventStream = { 'content-type': 'text/event-stream' }

/** The events of a Responses answer that says `Hello`. */
const events = ['Hel', 'lo'].map((delta) => ({ type: 'response.output_text.delta', delta }))
const streamed: Answer = async ({ head, write, end }) => {
  head(200, eventStream)
  for (const event of events) await write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  end()
}

eachSubject((it) => {
  it('2 a file is sent as a form, with its name and its bytes', async ({ client, server }) => {
    server.script(json({ id: 'file-1', object: 'file' }))
    const file = await client.files.create({ file: new File(['one line'], 'a.jsonl'), purpose: 'batch' })
    expect(file.id).toBe('file-1')
    const [request] = server.requests
    expect(request?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    const form = await new Response(request?.body, {
      headers: { 'content-type': request?.headers['content-type'] ?? '' },
    }).formData()
    expect(form.get('purpose')).toBe('batch')
    expect(form.get('file')).toMatchObject({ name: 'a.jsonl', size: 8 })
  })

  it('2 a file comes back as the response that it is', async ({ client, server }) => {
    server.script(text('the content', { headers: { 'content-type': 'application/octet-stream', 'x-kind': 'file' } }))
    const content = await client.files.content('file-1')
    expect(content).toBeInstanceOf(Response)
    expect(content.headers.get('x-kind')).toBe('file')
    expect(content.bodyUsed).toBe(false)
    expect(await content.text()).toBe('the content')
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/files/file-1/content', body: '' })
  })

  it('2 an answer of the Responses API is whole or in events', async ({ client, server }) => {
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] }]
    server.script(json({ id: 'resp_1', object: 'response', output }), streamed)
    const whole = await client.responses.create({ model: 'gpt-4o-mini', input: 'Hi.' })
    expect(whole.output_text).toBe('Hello')
    const stream = await client.responses.create({ model: 'gpt-4o-mini', input: 'Hi.', stream: true })
    expect(await collect(stream)).toEqual(events)
    expect(server.requests.map(({ body }): unknown => JSON.parse(body))).toEqual([
      { model: 'gpt-4o-mini', input: 'Hi.' },
      { model: 'gpt-4o-mini', input: 'Hi.', stream: true },
    ])
  })

  it('2 lists go on to their next page, with the same options', async ({ client, server }) => {
    server.script(
      json({ object: 'list', data: [{ id: 'batch_1' }], has_more: true }),
      json({ object: 'list', data: [{ id: 'batch_2' }] }),
    )
    const found = await collect(client.batches.list({ limit: 1 }, { headers: { 'x-team': 'blue' } }))
    expect(found.map(({ id }) => id)).toEqual(['batch_1', 'batch_2'])
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/batches?limit=1', '/v1/batches?limit=1&after=batch_1'])
    expect(server.requests.map(({ headers }) => headers['x-team'])).toEqual(['blue', 'blue'])
  })

  it('25 an aborted signal sends nothing, whatever the endpoint', async ({ client, server }) => {
    const error = await failureOf(client.images.generate({ prompt: 'a cat' }, { signal: AbortSignal.abort() }))
    expect(error).toBeInstanceOf(OpenAI.APIUserAbortError)
    expect(server.requests).toHaveLength(0)
  })

  it('26 an abort leaves the upstream, whatever the endpoint', async ({ client, server }) => {
    server.script(silence)
    const controller = new AbortController()
    const asked = failureOf(client.images.generate({ prompt: 'a cat' }, { signal: controller.signal }))
    const { gone } = await server.received(1)
    controller.abort()
    expect(await asked).toBeInstanceOf(OpenAI.APIUserAbortError)
    await gone
  })

  it('28 a timeout holds for every endpoint', async ({ client, server }) => {
    const pass = heldTime()
    server.script(silence)
    const failed = failureOf(client.images.generate({ prompt: 'a cat' }, { timeout: 20, maxRetries: 0 }))
    await server.received(1)
    pass(20)
    expect(await failed).toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
  })

  it('29 every endpoint is tried again as chat is', async ({ client, server }) => {
    server.script(busy(429), busy(500), json({ id: 'vs_1' }))
    expect((await client.vectorStores.create({ name: 'mine' })).id).toBe('vs_1')
    server.always(busy(500))
    expect(await failureOf(client.vectorStores.create({ name: 'mine' }))).toBeInstanceOf(OpenAI.InternalServerError)
    expect(server.requests).toHaveLength(6)
  })

  it('32 errors of every endpoint have their class', async ({ client, server }) => {
    for (const [status, Class] of [
      [400, OpenAI.BadRequestError],
      [404, OpenAI.NotFoundError],
    ] as const) {
      server.script(failure(status))
      const error = await failureOf(client.files.retrieve('file-9'))
      expect(error).toBeInstanceOf(Class)
      expect(error).toMatchObject({ status, code: 'some_code', requestID: 'req_failed', message: `${status} Something is wrong.` })
    }
    expect(server.requests).toHaveLength(2)
  })

  it('39 leaving a stream of the Responses API leaves the upstream', async ({ client, server }) => {
    server.script(async ({ head, write }) => {
      head(200, eventStream)
      await write(`data: ${JSON.stringify(events[0])}\n\n`)
    })
    for await (const _ of await client.responses.create({ model: 'gpt-4o-mini', input: 'Hi.', stream: true })) break
    const { gone } = await server.received(1)
    await gone
  })
})
