import OpenAI from 'openai'
import { Page } from 'openai/pagination'
import { expect } from 'vitest'
import { busy, failure, json } from './answers.ts'
import { differs } from './differences.ts'
import type { Answer, LoopbackServer } from './server.ts'
import { collect, eachSubject, failureOf } from './suite.ts'

const known = ['gpt-4o-mini', 'gpt-4o'].map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'system' }))

/** The models endpoint of the upstream, for whoever asks it. */
const models: Answer = async (exchange) => {
  const id = /^\/v1\/models\/(.+)$/.exec(exchange.request.path)?.[1]
  if (id === undefined) return await json({ object: 'list', data: known })(exchange)
  const model = known.find((one) => one.id === id)
  await (model === undefined ? failure(404) : json(model))(exchange)
}

const vectors = [
  [0.5, -1.25, 3],
  [1, 0, -0.125],
]

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** Answers as OpenAI does: base64 for whoever asks for base64, else numbers. */
const embeddings: Answer = async (exchange) => {
  const asked = fieldOf(JSON.parse(exchange.request.body), 'encoding_format')
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: asked === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
  }))
  const body = { object: 'list', data, model: 'text-embedding-3-small', usage: { prompt_tokens: 4, total_tokens: 4 } }
  await json(body, { headers: { 'x-request-id': 'req_embed' } })(exchange)
}

const bodyOf = (server: LoopbackServer): unknown => JSON.parse(server.requests[0]?.body ?? 'null')

const words = { model: 'text-embedding-3-small', input: ['one', 'two'] }

eachSubject((it, subject) => {
  it('53 models.list() can be awaited', async ({ client, server }) => {
    server.always(models)
    const page = await client.models.list()
    expect(page).toBeInstanceOf(Page)
    expect(page.object).toBe('list')
    expect(page.data.map(({ id }) => id)).toContain('gpt-4o-mini')
    for (const model of page.data) expect(model).toMatchObject({ object: 'model', id: expect.any(String) })
    expect(page.hasNextPage()).toBe(false)
    if (differs(subject, 'models')) expect(server.requests).toHaveLength(0)
    else expect(server.requests).toHaveLength(1)
  })

  it('53 models.list() can be looped over without an await, and with one', async ({ client, server }) => {
    server.always(models)
    const unawaited = await collect(client.models.list())
    const awaited = await collect(await client.models.list())
    expect(unawaited.map(({ id }) => id)).toContain('gpt-4o-mini')
    expect(awaited).toEqual(unawaited)
  })

  it('53 models.list() has withResponse() and asResponse()', async ({ client, server }) => {
    server.always(models)
    const { data, response } = await client.models.list().withResponse()
    expect(data.data.map(({ id }) => id)).toContain('gpt-4o-mini')
    expect(response).toBeInstanceOf(Response)
    expect(response.status).toBe(200)
    const raw: unknown = await (await client.models.list().asResponse()).json()
    expect(raw).toMatchObject({ object: 'list', data: expect.arrayContaining([expect.objectContaining({ object: 'model' })]) })
  })

  it('53 models.retrieve() gives one model, and a NotFoundError for an unknown one', async ({ client, server }) => {
    server.always(models)
    expect(await client.models.retrieve('gpt-4o-mini')).toMatchObject({ id: 'gpt-4o-mini', object: 'model' })
    expect(await failureOf(client.models.retrieve('gpt-none'))).toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('53 an aborted signal ends models.list() too', async ({ client, server }) => {
    server.always(models)
    const error = await failureOf(client.models.list({ signal: AbortSignal.abort() }))
    expect(error).toBeInstanceOf(OpenAI.APIUserAbortError)
  })

  it('54 embeddings are numbers, although base64 is asked for', async ({ client, server }) => {
    server.script(embeddings)
    const { data, usage } = await client.embeddings.create(words)
    expect(data.map(({ embedding }) => embedding)).toEqual(vectors)
    expect(Array.isArray(data[0]?.embedding)).toBe(true)
    expect(usage).toEqual({ prompt_tokens: 4, total_tokens: 4 })
    expect(bodyOf(server)).toEqual({ ...words, encoding_format: 'base64' })
  })

  it('54 an encoding that was asked for is what comes', async ({ client, server }) => {
    server.always(embeddings)
    const floats = await client.embeddings.create({ ...words, encoding_format: 'float', dimensions: 3 })
    expect(floats.data.map(({ embedding }) => embedding)).toEqual(vectors)
    expect(bodyOf(server)).toEqual({ ...words, encoding_format: 'float', dimensions: 3 })
    const raw = await client.embeddings.create({ ...words, encoding_format: 'base64' })
    expect(typeof raw.data[0]?.embedding).toBe('string')
  })

  it('54 embeddings are an APIPromise of a fresh object', async ({ client, server }) => {
    server.always(embeddings)
    const { data, response, request_id } = await client.embeddings.create(words).withResponse()
    expect(data).toHaveProperty('_request_id', 'req_embed')
    expect(request_id).toBe('req_embed')
    expect(response.status).toBe(200)
    data.data.length = 0
    expect((await client.embeddings.create(words)).data).toHaveLength(2)
  })

  it('54 embeddings retry and fail as chat does', async ({ client, server }) => {
    server.script(busy(429), embeddings)
    expect((await client.embeddings.create(words)).data).toHaveLength(2)
    server.script(failure(400))
    expect(await failureOf(client.embeddings.create(words))).toBeInstanceOf(OpenAI.BadRequestError)
    expect(server.requests).toHaveLength(3)
  })
})
