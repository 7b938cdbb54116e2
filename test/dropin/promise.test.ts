import OpenAI, { APIPromise } from 'openai'
import { Stream } from 'openai/streaming'
import { expect } from 'vitest'
import { chunks, completion, failure, json, streamed } from './answers.ts'
import { differs } from './differences.ts'
import { ask, collect, eachSubject, failureOf, turns } from './suite.ts'

const identified = (id: string, content = 'Hello!') => json(completion(content), { headers: { 'x-request-id': id } })

type Chat = APIPromise<OpenAI.ChatCompletion>

/** Every way in which an application may look at a failing call. */
const handlings: Readonly<Record<string, (call: Chat) => Promise<unknown>>> = {
  await: async (call) => await failureOf(call),
  'then with a second callback': async (call) => await call.then(undefined, () => undefined),
  catch: async (call) => await call.catch(() => undefined),
  'finally and catch': async (call) => await call.finally(() => undefined).catch(() => undefined),
  asResponse: async (call) => await failureOf(call.asResponse()),
  withResponse: async (call) => await failureOf(call.withResponse()),
  _thenUnwrap: async (call) => await failureOf(call._thenUnwrap((data) => data)),
  'Promise.all': async (call) => await failureOf(Promise.all([call, Promise.resolve()])),
  'Promise.race': async (call) => await failureOf(Promise.race([call, new Promise(() => undefined)])),
}

async function unhandledDuring(run: () => Promise<unknown>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    await run()
    await turns(3)
  } finally {
    process.off('unhandledRejection', note)
  }
  return unhandled
}

eachSubject((it, subject) => {
  it('11 a call is an APIPromise with its methods', async ({ client, server }) => {
    server.always(identified('req_1'))
    const call = client.chat.completions.create(ask)
    expect(call).toBeInstanceOf(APIPromise)
    expect(call).toBeInstanceOf(Promise)
    const { data, response, request_id } = await call.withResponse()
    expect(data.choices[0]?.message.content).toBe('Hello!')
    expect(response).toBeInstanceOf(Response)
    expect(response.status).toBe(200)
    expect(request_id).toBe('req_1')
    expect(await call.asResponse()).toBe(response)
  })

  it("11 the headers of the upstream's answer are on the response", async ({ client, server }) => {
    const sent = { 'openai-processing-ms': '12', 'x-ratelimit-remaining-requests': '7', 'x-request-id': 'req_1' }
    server.script(json(completion(), { headers: sent }))
    const { response } = await client.chat.completions.create(ask).withResponse()
    const headers = Object.fromEntries(response.headers.entries())
    expect(headers).toMatchObject(sent)
    const route = Object.keys(headers).filter((name) => name.startsWith('x-modelyard-'))
    if (differs(subject, 'route-headers')) {
      expect(headers).toMatchObject({ 'x-modelyard-provider': 'openai', 'x-modelyard-attempts': '1' })
    } else expect(route).toEqual([])
  })

  it('11 _thenUnwrap() transforms the parsed answer and keeps being an APIPromise', async ({ client, server }) => {
    server.script(identified('req_1'))
    const call = client.chat.completions.create(ask)
    const texts = call._thenUnwrap(({ choices }, { response, options }) => ({
      texts: choices.map(({ message }) => message.content),
      status: response.status,
      path: options.path,
    }))
    expect(texts).toBeInstanceOf(APIPromise)
    const unwrapped = await texts
    expect(unwrapped).toEqual({ texts: ['Hello!'], status: 200, path: '/chat/completions' })
    expect(Reflect.get(unwrapped, '_request_id')).toBe('req_1')
    expect((await texts.withResponse()).data).toBe(unwrapped)
    expect(server.requests).toHaveLength(1)
  })

  it('11 a streaming call is an APIPromise of a Stream', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const call = client.chat.completions.create({ ...ask, stream: true })
    expect(call).toBeInstanceOf(APIPromise)
    const { data, response, request_id } = await call.withResponse()
    expect(data).toBeInstanceOf(Stream)
    expect(response.headers.get('content-type')).toMatch('text/event-stream')
    expect(request_id).toBe('req_stream')
    expect(await collect(data)).toHaveLength(3)
  })

  it('12 is sent at call time, once, whatever the number of awaits', async ({ client, server }) => {
    server.script(json(completion()))
    const call = client.chat.completions.create(ask)
    await server.received(1)
    const first = await call
    expect(await call).toBe(first)
    expect(await call.then((answer) => answer)).toBe(first)
    expect((await call.withResponse()).data).toBe(first)
    await call.asResponse()
    expect(server.requests).toHaveLength(1)
  })

  it('12 a stream is asked for at call time, once, and is one object', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')))
    const call = client.chat.completions.create({ ...ask, stream: true })
    await server.received(1)
    const first = await call
    expect(await call).toBe(first)
    expect((await call.withResponse()).data).toBe(first)
    expect(await collect(first)).toHaveLength(3)
    expect(server.requests).toHaveLength(1)
  })

  it('13 _request_id is there and is not enumerable', async ({ client, server }) => {
    server.script(identified('req_7'))
    const answer = await client.chat.completions.create(ask)
    expect(answer._request_id).toBe('req_7')
    expect(Object.keys(answer)).not.toContain('_request_id')
    expect(JSON.stringify(answer)).not.toContain('req_7')
    expect(Object.getOwnPropertyDescriptor(answer, '_request_id')).toMatchObject({ writable: false, configurable: false })
  })

  it('13 _request_id is null when the upstream names none', async ({ client, server }) => {
    server.script(json(completion()))
    const { data, request_id } = await client.chat.completions.create(ask).withResponse()
    expect(Reflect.get(data, '_request_id')).toBeNull()
    expect(request_id).toBeNull()
  })

  it('13 equal bodies have their own _request_id', async ({ client, server }) => {
    server.script(identified('req_a'), identified('req_b'))
    const [one, two] = await Promise.all([client.chat.completions.create(ask), client.chat.completions.create(ask)])
    const ids = [one, two].map((answer) => String(Reflect.get(answer, '_request_id')))
    expect(ids.toSorted()).toEqual(['req_a', 'req_b'])
  })

  it('14 asResponse(), await and withResponse() give the same answer and the same Response', async ({ client, server }) => {
    server.script(identified('req_1'))
    const call = client.chat.completions.create(ask)
    const raw = await call.asResponse()
    const answer = await call
    const { data, response } = await call.withResponse()
    expect(data).toBe(answer)
    expect(response).toBe(raw)
    expect(server.requests).toHaveLength(1)
  })

  it('15 the body of asResponse() is unread JSON', async ({ client, server }) => {
    server.script(identified('req_1', 'raw'))
    const response = await client.chat.completions.create(ask).asResponse()
    expect(response.ok).toBe(true)
    expect(response.bodyUsed).toBe(false)
    expect(response.headers.get('content-type')).toMatch('application/json')
    expect(response.headers.get('x-request-id')).toBe('req_1')
    expect(await response.json()).toEqual(completion('raw'))
    expect(response.bodyUsed).toBe(true)
  })

  it('15 the body is used after withResponse()', async ({ client, server }) => {
    server.script(identified('req_1'))
    const { response } = await client.chat.completions.create(ask).withResponse()
    expect(response.bodyUsed).toBe(true)
    await expect(response.text()).rejects.toBeInstanceOf(TypeError)
  })

  it('16 answers are independent objects that may be changed', async ({ client, server }) => {
    server.always(identified('req_1'))
    const one = await client.chat.completions.create(ask)
    const two = await client.chat.completions.create(ask)
    expect(one).not.toBe(two)
    Object.assign(one.choices[0]?.message ?? {}, { content: 'changed' })
    Object.assign(one, { mine: true })
    one.choices.push(...two.choices)
    expect(one).toMatchObject({ mine: true, choices: [{ message: { content: 'changed' } }, {}] })
    expect(two).toEqual(completion())
    expect(await client.chat.completions.create(ask)).toEqual(completion())
  })

  for (const [way, handle] of Object.entries(handlings)) {
    it(`17 a failure handled by ${way} leaves no unhandled rejection`, async ({ client, server }) => {
      server.always(failure(400))
      expect(await unhandledDuring(async () => await handle(client.chat.completions.create(ask)))).toEqual([])
    })
  }

  it('17 a failing stream or parse() handled once leaves no unhandled rejection', async ({ client, server }) => {
    server.always(failure(400))
    const { completions } = client.chat
    const unhandled = await unhandledDuring(async () => {
      await failureOf(completions.create({ ...ask, stream: true }))
      await failureOf(completions.create({ ...ask, stream: true }).asResponse())
      await failureOf(completions.parse(ask))
      await failureOf(completions.parse(ask).withResponse())
      await failureOf(completions.stream(ask).done())
    })
    expect(unhandled).toEqual([])
  })

  it('18 every await of a failing call gets the same error object', async ({ client, server }) => {
    server.script(failure(400))
    const call = client.chat.completions.create(ask)
    const error = await failureOf(call)
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(await failureOf(call)).toBe(error)
    expect(await failureOf(call.withResponse())).toBe(error)
    expect(await failureOf(call.asResponse())).toBe(error)
    expect(server.requests).toHaveLength(1)
  })

  it('18 finally() passes errors and answers on', async ({ client, server }) => {
    server.script(failure(404), json(completion('through')))
    let seen = 0
    const count = () => {
      seen += 1
    }
    expect(await failureOf(client.chat.completions.create(ask).finally(count))).toBeInstanceOf(OpenAI.NotFoundError)
    const answer = await client.chat.completions.create(ask).finally(count)
    expect(answer.choices[0]?.message.content).toBe('through')
    expect(seen).toBe(2)
  })
})
