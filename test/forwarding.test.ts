import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { ModelyardError, Secret, createRouter, memoryAudit, memoryKeys } from '../src/index.ts'
import type { ProviderAdapter, RouterOptions } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { fakeClock, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { Answer, RecordedRequest, VendorSimulator } from '../src/testing/index.ts'
import { until } from './faults/bench.ts'
import { placesOf } from '../src/testing/places.ts'

const canary = 'sk-canary-0f4e11b2a9d7'

/** A simulated OpenAI, and a router that has nobody else. */
async function bench(options: Partial<RouterOptions> = {}) {
  const simulator = await vendorSimulator()
  const audit = memoryAudit()
  const client = createRouter({
    providers: [openai({ baseURL: simulator.openai.baseURL })],
    keys: memoryKeys({ OPENAI_API_KEY: canary, AZURE_OPENAI_API_KEY: `${canary}-azure` }),
    audit,
    ...options,
  })
  const events = async () => {
    await client.flush()
    return audit.records.map(({ event }) => event)
  }
  return { simulator, client, events, [Symbol.asyncDispose]: async () => simulator.close() }
}

/** Answers requests for this resource: `POST /v1/files`. */
function on(simulator: VendorSimulator, resource: string, answer: Answer): void {
  simulator.answer('openai', answer, { match: (turn) => turn.resource === resource })
}

function only(simulator: VendorSimulator): RecordedRequest {
  const [request, second] = simulator.requests
  if (request === undefined || second !== undefined) throw new Error(`${simulator.requests.length} requests instead of one`)
  return request
}

async function failureOf(attempt: PromiseLike<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('it was expected to fail and did not')
}

const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256)

describe('what is sent', () => {
  it('is a multipart form as the OpenAI client made it, byte for byte', async () => {
    await using at = await bench()
    on(at.simulator, 'POST /v1/files', { body: { id: 'file-1', object: 'file', filename: 'a.bin' } })
    const file = await at.client.files.create({ file: new File([bytes], 'a.bin'), purpose: 'user_data' })
    expect(file).toMatchObject({ id: 'file-1', filename: 'a.bin' })
    const { headers, bytes: sent, key } = only(at.simulator)
    expect(key).toBe(canary)
    const form = await new Response(new Uint8Array(sent), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData()
    const upload = form.get('file')
    if (!(upload instanceof File)) throw new TypeError('the form has no file')
    expect(new Uint8Array(await upload.arrayBuffer())).toEqual(bytes)
    expect([upload.name, form.get('purpose')]).toEqual(['a.bin', 'user_data'])
  })

  it('is JSON as it was, with path and query, and what the endpoint wants in its headers', async () => {
    await using at = await bench()
    const body = { name: 'mine', metadata: { project: 'x' } }
    await at.client.vectorStores.create(body)
    await at.client.vectorStores.files.list('vs_a b', { limit: 2, filter: 'completed' })
    const [create, list] = at.simulator.requests
    expect(create).toMatchObject({ method: 'POST', path: '/v1/vector_stores', body })
    expect(create?.headers['openai-beta']).toBe('assistants=v2')
    expect(list?.url).toBe('/openai/v1/vector_stores/vs_a%20b/files?limit=2&filter=completed')
  })

  it('is a stream that is sent once, and bytes of any kind', async () => {
    await using at = await bench()
    await at.client.post('/uploads/raw', { body: bytes, headers: { 'content-type': 'application/x-thing' } })
    const pieces = new Blob(['one, ', 'two']).stream()
    at.simulator.failOnce('openai', 'http-500')
    const error = await failureOf(at.client.post('/uploads/raw', { body: pieces, headers: { 'content-type': 'text/plain' } }))
    expect(error).toBeInstanceOf(OpenAI.InternalServerError)
    const [raw, streamed, again] = at.simulator.requests
    expect(raw?.headers['content-type']).toBe('application/x-thing')
    expect(new Uint8Array(raw?.bytes ?? [])).toEqual(bytes)
    expect(Buffer.from(streamed?.bytes ?? []).toString()).toBe('one, two')
    expect(again).toBeUndefined()
  })

  it("has the caller's headers, but never a credential of the caller's", async () => {
    await using at = await bench({ defaultHeaders: { 'x-team': 'blue', 'x-gone': 'yes' } })
    const credentials = { Authorization: 'Bearer mine', 'api-key': 'mine', cookie: 'session=mine' }
    await at.client.files.retrieve('file-1', { headers: { ...credentials, 'x-trace': 'abc', 'x-gone': null } })
    const { headers } = only(at.simulator)
    expect(headers).toMatchObject({ 'x-team': 'blue', 'x-trace': 'abc', authorization: `Bearer ${canary}` })
    expect(headers).not.toHaveProperty('x-gone')
    expect(placesOf(['mine', 'modelyard'], headers)).toEqual([])
  })
})

describe('what comes back', () => {
  it('is a binary body as it is: a file, speech', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-1/content', { body: bytes, headers: { 'content-type': 'application/pdf' } })
    on(at.simulator, 'POST /v1/audio/speech', { body: bytes, headers: { 'content-type': 'audio/mpeg' } })
    const content = await at.client.files.content('file-1')
    expect(content.headers.get('content-type')).toBe('application/pdf')
    expect(content.headers.get('x-modelyard-provider')).toBe('openai')
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes)
    const speech = await at.client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hi.' })
    expect(new Uint8Array(await speech.arrayBuffer())).toEqual(bytes)
  })

  it('is JSON or text, with the response and its request id', async () => {
    await using at = await bench()
    on(at.simulator, 'POST /v1/images/generations', { body: { created: 1, data: [{ b64_json: 'aGk=' }] } })
    on(at.simulator, 'POST /v1/audio/transcriptions', { body: 'WEBVTT\n\nhello' })
    const image = await at.client.images.generate({ model: 'gpt-image-1', prompt: 'a cat' }).withResponse()
    expect(image.data.data).toEqual([{ b64_json: 'aGk=' }])
    expect(image.request_id).toMatch(/^req_/)
    expect(image.data).toHaveProperty('_request_id', image.request_id)
    const form = { file: new File([bytes], 'a.wav'), model: 'whisper-1', response_format: 'vtt' } as const
    expect(await at.client.audio.transcriptions.create(form)).toBe('WEBVTT\n\nhello')
  })

  it('is nothing where there is no body', async () => {
    await using at = await bench({
      providers: [fakeProvider({ forward: () => new Response(null, { status: 204 }) })],
    })
    expect((await at.client.delete('/anything').asResponse()).status).toBe(204)
    expect((await at.events()).at(-1)).toMatchObject({ type: 'request.completed', target: 'fake/anything' })
  })

  it('is an answer of the Responses API, whole and in events', async () => {
    await using at = await bench()
    at.simulator.answer('openai', { text: 'Hello there' })
    const whole = await at.client.responses.create({ model: 'gpt-4o', input: 'Hi.' })
    expect(whole.output_text).toBe('Hello there')
    const types: string[] = []
    let text = ''
    for await (const event of await at.client.responses.create({ model: 'gpt-4o', input: 'Hi.', stream: true })) {
      types.push(event.type)
      if (event.type === 'response.output_text.delta') text += event.delta
    }
    expect(text).toBe('Hello there')
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
    expect(at.simulator.requests.map(({ body }) => body)).toEqual([
      { model: 'gpt-4o', input: 'Hi.' },
      { model: 'gpt-4o', input: 'Hi.', stream: true },
    ])
  })

  it('is page after page', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/batches', { body: { object: 'list', data: [{ id: 'batch_3' }], has_more: false } })
    at.simulator.queue('openai', { body: { object: 'list', data: [{ id: 'batch_1' }, { id: 'batch_2' }], has_more: true } })
    const ids: string[] = []
    for await (const { id } of at.client.batches.list({ limit: 2 }, { headers: { 'x-trace': 'abc' } })) ids.push(id)
    expect(ids).toEqual(['batch_1', 'batch_2', 'batch_3'])
    expect(at.simulator.requests.map(({ url }) => url)).toEqual([
      '/openai/v1/batches?limit=2',
      '/openai/v1/batches?limit=2&after=batch_2',
    ])
    expect(at.simulator.requests.map(({ headers }) => headers['x-trace'])).toEqual(['abc', 'abc'])
  })
})

describe('errors', () => {
  it.each([
    [404, OpenAI.NotFoundError],
    [400, OpenAI.BadRequestError],
    [403, OpenAI.PermissionDeniedError],
    [422, OpenAI.UnprocessableEntityError],
  ] as const)("are the vendor's own: %d", async (status, Class) => {
    await using at = await bench()
    const error = { message: 'No such File object: file-9', type: 'invalid_request_error', param: 'id', code: 'gone' }
    at.simulator.failOnce('openai', `http-${status}`, { body: { error } })
    const failure = await failureOf(at.client.files.retrieve('file-9'))
    expect(failure).toBeInstanceOf(Class)
    expect(failure).toMatchObject({ status, message: `${status} ${error.message}`, code: 'gone', param: 'id', error })
    expect(failure).toMatchObject({ requestID: expect.stringMatching(/^req_/) })
    expect(at.simulator.requests).toHaveLength(1)
  })

  it('do not open the circuit where the caller asks for what is not there', async () => {
    await using at = await bench()
    for (let count = 0; count < 7; count += 1) {
      at.simulator.failOnce('openai', 'http-404')
      expect(await failureOf(at.client.files.retrieve(`file-${count}`))).toBeInstanceOf(OpenAI.NotFoundError)
    }
    expect(at.client.breakers.snapshot('openai/files')).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
  })

  it('of the provider count by the same table, for this resource alone', async () => {
    await using at = await bench({ maxRetries: 0, breaker: { failures: 2 } })
    for (let count = 0; count < 2; count += 1) {
      at.simulator.failOnce('openai', 'http-503')
      expect(await failureOf(at.client.files.list())).toBeInstanceOf(OpenAI.InternalServerError)
    }
    expect(await failureOf(at.client.files.list())).toMatchObject({ status: 503, code: 'all_circuits_open' })
    expect(at.simulator.requests).toHaveLength(2)
    expect((await at.client.batches.list()).data).toEqual([])
  })

  it('are tried again as often as the OpenAI client would, and as it is told', async () => {
    const clock = fakeClock()
    await using at = await bench({ clock })
    at.simulator.fail('openai', 'http-429', { retryAfter: { ms: 20 } })
    const twice = failureOf(at.client.batches.create({ completion_window: '24h', endpoint: '/v1/responses', input_file_id: 'f' }))
    for (const count of [1, 2]) {
      await until(() => at.simulator.requests.length === count && clock.pending > 0)
      await clock.advanceAsync(20)
    }
    expect(await twice).toBeInstanceOf(OpenAI.RateLimitError)
    expect(at.simulator.requests).toHaveLength(3)
    await clock.advanceAsync(60_000)
    expect(await failureOf(at.client.files.list({}, { maxRetries: 0 }))).toBeInstanceOf(OpenAI.RateLimitError)
    expect(at.simulator.requests).toHaveLength(4)
  })

  it('of the connection are connection errors, and what was accepted is not sent again', async () => {
    await using at = await bench({ maxRetries: 1, providers: [openai({ baseURL: 'http://127.0.0.1:9/v1' })] })
    expect(await failureOf(at.client.files.list({}, { maxRetries: 0 }))).toBeInstanceOf(OpenAI.APIConnectionError)
    await using second = await bench({ maxRetries: 2 })
    second.simulator.fail('openai', 'reset-mid-body')
    expect(await failureOf(second.client.files.list())).toBeInstanceOf(OpenAI.APIConnectionError)
    expect(second.simulator.requests).toHaveLength(1)
  })

  it("tell of a limit that is over in the OpenAI client's words, also where the body of an answer stalls", async () => {
    const clock = fakeClock()
    await using at = await bench({ clock })
    for (const fault of ['stall-before-headers', 'stall-mid-body'] as const) {
      using _ = at.simulator.fail('openai', fault)
      const before = at.simulator.requests.length
      const late = failureOf(at.client.files.list({}, { timeout: 5000, maxRetries: 0 }))
      await until(() => at.simulator.requests.length > before && clock.pending > 0)
      await clock.advanceAsync(5000)
      expect(await late).toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
    }
    await at.simulator.settled()
    expect(at.simulator.requests.map(({ abortedByClient }) => abortedByClient)).toEqual([true, true])
  })

  it('show no key, whatever the vendor repeats', async () => {
    await using at = await bench({ maxRetries: 0 })
    at.simulator.fail('openai', 'http-401', { message: `Incorrect API key provided: ${canary}.`, headers: { 'x-echo': canary } })
    const error = await failureOf(at.client.files.list())
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(placesOf([canary], { error, events: await at.events(), client: at.client })).toEqual([])
  })
})

describe('a caller that gives up', () => {
  it('closes the connection, before the answer and in the middle of it', async () => {
    await using at = await bench()
    at.simulator.failOnce('openai', 'stall-before-headers')
    const early = new AbortController()
    const asked = failureOf(at.client.images.generate({ prompt: 'a cat' }, { signal: early.signal }))
    await until(() => at.simulator.requests.length === 1)
    early.abort()
    expect(await asked).toBeInstanceOf(OpenAI.APIUserAbortError)

    at.simulator.answer('openai', { text: 'one two three four five six' })
    at.simulator.fail('openai', 'stall-mid-body', { after: 2 })
    const stream = await at.client.responses.create({ model: 'gpt-4o', input: 'Hi.', stream: true })
    for await (const event of stream) if (event.type === 'response.output_text.delta') break
    await at.simulator.settled()
    expect(at.simulator.requests.map(({ abortedByClient }) => abortedByClient)).toEqual([true, true])
    const ends = (await at.events()).filter(({ type }) => /^request\.(?:completed|failed|cancelled)$/.test(type))
    expect(ends.map(({ type }) => type)).toEqual(['request.cancelled', 'request.cancelled'])
    expect(at.client.breakers.snapshot('openai/responses')).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
  })

  it('cancels a body', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-1/content', { body: bytes })
    at.simulator.fail('openai', 'stall-mid-body')
    const { body } = await at.client.files.content('file-1')
    await body?.cancel()
    await at.simulator.settled()
    expect(only(at.simulator).abortedByClient).toBe(true)
  })

  it('by closing the router ends what is still being read', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-1/content', { body: bytes })
    at.simulator.fail('openai', 'stall-mid-body')
    const content = await at.client.files.content('file-1')
    await at.client.close()
    expect(await failureOf(content.arrayBuffer())).toMatchObject({ name: 'AbortError' })
    await at.simulator.settled()
    expect(only(at.simulator).abortedByClient).toBe(true)
  })
})

describe('what is written down', () => {
  it('is one request with one attempt, its key by its fingerprint, without ids and bodies', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-77/content', { body: 'the content' })
    await (await at.client.files.content('file-77')).text()
    const events = await at.events()
    const target = 'openai/files'
    expect(events).toMatchObject([
      { type: 'request.accepted', operation: 'forward', model: 'GET /files/{id}/content', stream: false },
      { type: 'decision.made', chain: [target], rejected: [], warnings: [] },
      { type: 'key.used', target, key: 'OPENAI_API_KEY', fingerprint: new Secret(canary).fingerprint },
      { type: 'attempt.started', attempt: 1, target, probe: false },
      {
        type: 'attempt.succeeded',
        attempt: 1,
        target,
        usage: null,
        costUsd: null,
        vendorRequestId: expect.stringMatching(/^req_/),
      },
      { type: 'request.completed', target, attempts: 1, durationMs: expect.any(Number) },
    ])
    expect(placesOf([canary, 'file-77', 'the content'], events)).toEqual([])
    expect(at.client.ledger.totals({ by: ['provider', 'model'] })).toMatchObject([
      { provider: 'openai', model: 'files', calls: 1, unpricedCalls: 1, spentUsd: 0 },
    ])
  })

  it('is a failure where the body breaks off, which whoever reads it hears of', async () => {
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-1/content', { body: bytes })
    at.simulator.fail('openai', 'reset-mid-body')
    const content = await at.client.files.content('file-1')
    expect(await failureOf(content.arrayBuffer())).toBeInstanceOf(TypeError)
    expect((await at.events()).slice(-2)).toMatchObject([
      { type: 'attempt.failed', kind: 'network' },
      { type: 'request.failed', kind: 'network' },
    ])
  })

  it('ends also where an answer is dropped unread, and its connection with it', async () => {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    if (typeof collect !== 'function') throw new TypeError('the collector cannot be called')
    await using at = await bench()
    on(at.simulator, 'GET /v1/files/file-1/content', { body: new Uint8Array(5_000_000) })
    await at.client.files.content('file-1').then(({ status }) => status)
    await until(() => {
      collect()
      return at.simulator.open === 0
    })
    expect(only(at.simulator).abortedByClient).toBe(true)
    expect((await at.events()).at(-1)).toMatchObject({ type: 'request.cancelled' })
  })
})

function other(id: string, more: object = {}): ProviderAdapter {
  return fakeProvider({ id, forward: ({ path, method }) => Response.json({ from: id, asked: `${method} ${path}` }), ...more })
}

describe('who gets it', () => {
  it('is the first provider that takes it, or the one that is named', async () => {
    const client = createRouter({ providers: [fakeProvider({ id: 'chats' }), other('one'), other('two')] })
    expect(await client.get<unknown>('/files')).toMatchObject({ from: 'one', asked: 'GET /files' })
    expect(await client.with({ forwardTo: 'two' }).get<unknown>('/files')).toMatchObject({ from: 'two' })
    const second = createRouter({ providers: [other('one'), other('two')], forwardTo: 'two' })
    expect(await second.get<unknown>('/files')).toMatchObject({ from: 'two' })
  })

  it('is never one in another region', async () => {
    const client = createRouter({ providers: [other('us', { region: 'us' }), other('eu', { region: 'eu' })], region: 'eu' })
    expect(await client.get<unknown>('/files')).toMatchObject({ from: 'eu' })
    const nowhere = createRouter({ providers: [other('us', { region: 'us' })], region: 'eu' })
    expect(await failureOf(nowhere.files.list())).toMatchObject({ status: 400, code: 'region_unavailable' })
  })

  it('is Azure over its v1 API, with its own key', async () => {
    await using at = await bench()
    const { baseURL } = at.simulator.door('azure')
    const client = createRouter({ providers: [azure({ baseURL })], keys: memoryKeys({ AZURE_OPENAI_API_KEY: `${canary}-azure` }) })
    await client.batches.retrieve('batch_1')
    expect(only(at.simulator)).toMatchObject({ vendor: 'azure', url: '/azure/openai/v1/batches/batch_1', key: `${canary}-azure` })
    const deployments = azure({ endpoint: 'https://x.openai.azure.com', apiVersion: '2024-10-21' })
    expect(deployments.forward).toBeUndefined()
  })

  it('is Azure with an access token', async () => {
    await using at = await bench()
    const { baseURL } = at.simulator.door('azure')
    const client = createRouter({ providers: [azure({ baseURL, azureADTokenProvider: async () => 'a-token-of-entra' })] })
    await client.files.list()
    expect(only(at.simulator).headers['authorization']).toBe('Bearer a-token-of-entra')
  })

  it("is the user's own client, if the adapter has one", async () => {
    await using at = await bench()
    const own = new OpenAI({ apiKey: 'sk-own-client', baseURL: at.simulator.openai.baseURL, maxRetries: 2, logLevel: 'off' })
    const client = createRouter({ providers: [openai({ client: own })] })
    await client.files.create({ file: new File(['{}'], 'a.jsonl'), purpose: 'batch' }, { headers: { 'x-trace': 'abc' } })
    expect(only(at.simulator)).toMatchObject({ key: 'sk-own-client', path: '/v1/files', headers: { 'x-trace': 'abc' } })
    at.simulator.fail('openai', 'http-404')
    expect(await failureOf(client.files.retrieve('file-9'))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(at.simulator.requests).toHaveLength(2)
  })

  it('is nobody where no provider takes it: the error names the endpoint and the fix', async () => {
    const client = createRouter({ providers: [anthropic()], keys: memoryKeys({ ANTHROPIC_API_KEY: 'sk-ant' }) })
    for (const [call, endpoint] of [
      [() => client.files.list(), 'GET /files'],
      [() => client.responses.create({ model: 'gpt-4o', input: 'Hi.' }), 'POST /responses'],
      [() => client.fineTuning.jobs.cancel('ftjob-1'), 'POST /fine_tuning/jobs/{id}/cancel'],
      [() => client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi.' }), 'POST /embeddings'],
      [() => client.moderations.create({ input: 'Hi.' }), 'POST /moderations'],
    ] as const) {
      const error = await failureOf(call())
      expect(error).toBeInstanceOf(OpenAI.NotFoundError)
      expect(ModelyardError.is(error)).toBe(true)
      expect(error).toMatchObject({ status: 404, code: 'UNSUPPORTED_ENDPOINT', field: 'providers' })
      expect(error).toHaveProperty('message', expect.stringMatching(/No configured provider has .+: add one that/))
      expect(error).toHaveProperty('message', expect.stringContaining(endpoint))
    }
  })

  it('is nobody while the key is missing: the error names the key', async () => {
    const client = createRouter({ keys: memoryKeys({ ANTHROPIC_API_KEY: 'sk-ant' }) })
    expect(await failureOf(client.files.list())).toHaveProperty('message', expect.stringContaining('OPENAI_API_KEY'))
  })

  it('has to be one that takes it', async () => {
    const providers = [fakeProvider({ id: 'chats' }), other('one')]
    expect(() => createRouter({ providers, forwardTo: 'chats' })).toThrow(/forwardTo: "chats" takes no calls.*there are one/)
    const client = createRouter({ providers }).with({ forwardTo: 'nobody' })
    expect(await failureOf(client.files.list())).toMatchObject({ code: 'UNKNOWN_PROVIDER', field: 'forwardTo' })
  })
})
