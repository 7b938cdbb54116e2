import type OpenAI from 'openai'
import { APIUserAbortError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { describe, expect, it, vi } from 'vitest'
import type { EmbedCall } from '../src/contracts/adapter.ts'
import { AttemptError } from '../src/errors.ts'
import { ModelyardError, attemptsOf, createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import type { ProviderAdapter, RouterOptions } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import * as family from '../src/providers/family/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { fakeClock, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { SimulatedVendor, VendorSimulator, WireFetch } from '../src/testing/index.ts'

interface Wire {
  readonly baseURL: string
  readonly fetch?: WireFetch
}

/** A way to get vectors: an adapter, a model of it, and whose wire it speaks. */
interface Door {
  readonly name: string
  readonly vendor: SimulatedVendor
  readonly model: string
  readonly create: (wire: Wire) => ProviderAdapter
  /** How many texts a call may have; default: as many as here are tried. */
  readonly most?: number
  readonly takesTokens?: boolean
  readonly fixedLength?: boolean
}

const key = 'a-key-for-tests'
const invoked = { vendor: 'bedrock', create: (wire: Wire) => bedrock({ ...wire, key: 'KEY', region: 'us-east-1' }) } as const
const compatible = (create: (options: family.CompatibleOptions) => ProviderAdapter) => ({
  vendor: 'openai' as const,
  create: (wire: Wire) => create({ ...wire, key: 'KEY' }),
})

const doors: readonly Door[] = [
  {
    name: 'openai',
    vendor: 'openai',
    model: 'text-embedding-3-small',
    create: (wire) => openai({ ...wire, key: 'KEY' }),
    takesTokens: true,
  },
  {
    name: 'azure',
    vendor: 'azure',
    model: 'text-embedding-3-large',
    create: (wire) => azure({ ...wire, key: 'KEY' }),
    takesTokens: true,
  },
  { name: 'google', vendor: 'google', model: 'gemini-embedding-001', create: (wire) => google({ ...wire, key: 'KEY' }) },
  { name: 'vertex', vendor: 'google', model: 'gemini-embedding-001', create: (wire) => vertex({ ...wire, key: 'KEY' }), most: 1 },
  { name: 'mistral', vendor: 'mistral', model: 'codestral-embed', create: (wire) => mistral({ ...wire, key: 'KEY' }) },
  { name: 'cohere', vendor: 'cohere', model: 'embed-v4.0', create: (wire) => family.cohere({ ...wire, key: 'KEY' }), most: 96 },
  {
    name: 'cohere (v3)',
    vendor: 'cohere',
    model: 'embed-english-v3.0',
    create: (wire) => family.cohere({ ...wire, key: 'KEY' }),
    most: 96,
    fixedLength: true,
  },
  { name: 'perplexity', vendor: 'perplexity', model: 'pplx-embed-v1-0.6b', create: (wire) => perplexity({ ...wire, key: 'KEY' }) },
  { ...invoked, name: 'bedrock (Titan v2)', model: 'amazon.titan-embed-text-v2:0', most: 1 },
  { ...invoked, name: 'bedrock (Titan v1)', model: 'amazon.titan-embed-text-v1', most: 1, fixedLength: true },
  { ...invoked, name: 'bedrock (Nova)', model: 'amazon.nova-2-multimodal-embeddings-v1:0', most: 1 },
  { ...invoked, name: 'bedrock (Cohere)', model: 'us.cohere.embed-v4:0', most: 96 },
  { ...compatible(family.together), name: 'together', model: 'BAAI/bge-large', takesTokens: true },
  { ...compatible(family.nvidia), name: 'nvidia', model: 'nvidia/nv-embed', takesTokens: true },
  { ...compatible(family.qwen), name: 'qwen', model: 'text-embedding-v4', most: 10 },
  {
    ...compatible(({ baseURL = '', ...rest }) => family.openaiCompatible({ ...rest, id: 'house', baseURL })),
    name: 'openaiCompatible',
    model: 'nomic-embed-text',
    takesTokens: true,
  },
]

/** One door open on a simulator, through the client. */
async function at({ create, vendor, model }: Door, options: Partial<RouterOptions> = {}) {
  const simulator = await vendorSimulator()
  const adapter = create(simulator.door(vendor))
  const client = createRouter({ providers: [adapter], keys: memoryKeys({ KEY: key }), ...options })
  return { simulator, client, model: `${adapter.id}/${model}`, [Symbol.asyncDispose]: async () => simulator.close() }
}

const lengthsOf = ({ data }: OpenAI.CreateEmbeddingResponse): number[] => data.map(({ embedding }) => embedding.length)

async function failureOf(attempt: PromiseLike<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('it was expected to fail and did not')
}

/** A refusal that names the field, before anybody was asked. */
async function expectRefusal(attempt: PromiseLike<unknown>, simulator: VendorSimulator, param: string): Promise<void> {
  const error = await failureOf(attempt)
  expect(error).toBeInstanceOf(BadRequestError)
  expect(error).toMatchObject({ status: 400, param })
  expect(simulator.requests).toEqual([])
}

describe.each(doors)('$name', (door) => {
  it('gives a vector of numbers for a text, with the tokens that were counted', async () => {
    await using bench = await at(door)
    const { client, model, simulator } = bench
    const answer = await client.embeddings.create({ model, input: 'Hello there', encoding_format: 'float' })
    expect(answer).toMatchObject({ object: 'list', data: [{ object: 'embedding', index: 0 }], model: expect.any(String) })
    expect(answer.data[0]?.embedding.map((value) => typeof value)).toEqual(Array<string>(8).fill('number'))
    expect(routeOf(answer)?.usage?.input ?? 0).toBe(answer.usage.prompt_tokens ?? 0)
    expect(simulator.requests).toMatchObject([{ method: 'POST', key }])
  })

  it('gives the same vector in each encoding', async () => {
    await using bench = await at(door)
    const { client, model } = bench
    const input = 'Hello there'
    const [asTheClientAsks, float, base64] = await Promise.all([
      client.embeddings.create({ model, input }),
      client.embeddings.create({ model, input, encoding_format: 'float' }),
      client.embeddings.create({ model, input, encoding_format: 'base64' }),
    ])
    const numbers = float.data[0]?.embedding ?? []
    const rounded = [...new Float32Array(numbers)]
    expect(asTheClientAsks.data[0]?.embedding).toEqual(rounded)
    expect(base64.data[0]?.embedding).toBe(Buffer.from(new Float32Array(numbers).buffer).toString('base64'))
  })

  it(
    door.fixedLength === true ? 'refuses a length other than its own' : 'gives vectors of the length that is asked for',
    async () => {
      await using bench = await at(door)
      const { client, model, simulator } = bench
      const attempt = client.embeddings.create({ model, input: 'Hello', dimensions: 256 })
      if (door.fixedLength === true) await expectRefusal(attempt, simulator, 'dimensions')
      else expect(lengthsOf(await attempt)).toEqual([256])
    },
  )

  it('gives one vector for each text, in their order, or says how many it takes', async () => {
    await using bench = await at(door)
    const { client, model, simulator } = bench
    const texts = Array.from({ length: door.most ?? 120 }, (_, number) => `Text number ${number}`)
    if (door.most !== undefined)
      await expectRefusal(client.embeddings.create({ model, input: [...texts, 'one more'] }), simulator, 'input')
    const { data } = await client.embeddings.create({ model, input: texts })
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, index) => index))
    expect(simulator.requests).toHaveLength(1)
    const alone = await client.embeddings.create({ model, input: texts.at(-1) ?? '' })
    expect(data.at(-1)?.embedding).toEqual(alone.data[0]?.embedding)
  })

  it(door.takesTokens === true ? 'takes tokens' : "refuses tokens, which are another vendor's", async () => {
    await using bench = await at(door)
    const { client, model, simulator } = bench
    const attempt = client.embeddings.create({ model, input: [[1, 2, 3]] })
    if (door.takesTokens === true) expect(lengthsOf(await attempt)).toEqual([8])
    else await expectRefusal(attempt, simulator, 'input')
  })

  it('fails as the vendor says, after as many attempts as the call has', async () => {
    await using bench = await at(door)
    const { client, model, simulator } = bench
    simulator.failOnce(door.vendor, 'http-503', { retryAfter: { ms: 1 } })
    const answer = await client.embeddings.create({ model, input: 'Hello' })
    expect(routeOf(answer)).toMatchObject({ attempts: 2, target: model })
    simulator.fail(door.vendor, 'http-429')
    expect(await failureOf(client.embeddings.create({ model, input: 'Hello' }, { maxRetries: 0 }))).toBeInstanceOf(RateLimitError)
  })
})

const vector = (model: string, embedding: number[] = [0.25, -1]): OpenAI.CreateEmbeddingResponse => ({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding }],
  model,
  usage: { prompt_tokens: 4, total_tokens: 4 },
})

/** A provider that embeds, and how often it was asked. */
function embedder(id: string, models: readonly string[] = [], fails = false) {
  const embed = vi.fn<(call: EmbedCall) => OpenAI.CreateEmbeddingResponse>(({ model }) => {
    if (fails) throw new AttemptError('auth', 'no such key', { status: 401 })
    return vector(model)
  })
  return { adapter: fakeProvider({ id, models, embed }), embed }
}

const tried = (answer: object) => routeOf(answer)?.decision.chain.map(({ target }) => target)

describe('where a call goes', () => {
  const input = 'Hello'

  it('to the provider of `provider/model`', async () => {
    const [one, two] = [embedder('one', ['e']), embedder('two', ['e'])]
    const client = createRouter({ providers: [one.adapter, two.adapter] })
    const answer = await client.embeddings.create({ model: 'two/of-tomorrow', input })
    expect(routeOf(answer)).toMatchObject({ target: 'two/of-tomorrow', provider: 'two', attempts: 1, usage: { input: 4 } })
    expect(one.embed).not.toHaveBeenCalled()
  })

  it('to the provider that is known to serve a bare name, though others come first', async () => {
    await using simulator = await vendorSimulator()
    const first = embedder('first')
    const providers = [first.adapter, openai({ ...simulator.door('openai'), key: 'KEY' })]
    const client = createRouter({ providers, keys: memoryKeys({ KEY: key }) })
    const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input })
    expect(tried(answer)).toEqual(['openai/text-embedding-3-small'])
    expect(routeOf(answer)?.costUsd).toBeCloseTo((answer.usage.prompt_tokens * 0.02) / 1e6, 15)
  })

  it('to the first provider that embeds and has its key, for a bare name that nobody is known to serve', async () => {
    const silent = fakeProvider({ id: 'silent' })
    const two = embedder('two')
    const client = createRouter({ providers: [silent, openai(), two.adapter], keys: memoryKeys({}) })
    expect(tried(await client.embeddings.create({ model: 'nomic-embed-text', input }))).toEqual(['two/nomic-embed-text'])
  })

  it('on to another provider of the same model where the first one fails', async () => {
    const [one, two] = [embedder('one', ['e'], true), embedder('two', ['e'])]
    const client = createRouter({ providers: [one.adapter, two.adapter] })
    const answer = await client.embeddings.create({ model: 'e', input })
    expect(routeOf(answer)).toMatchObject({ target: 'two/e', failed: [{ target: 'one/e' }] })
  })

  it('never on to another model, whose vectors cannot be compared', async () => {
    const [one, two] = [embedder('one', ['e1'], true), embedder('two', ['e2'])]
    const client = createRouter({ providers: [one.adapter, two.adapter], models: { vectors: ['e1', 'e2'] } })
    const error = await failureOf(client.embeddings.create({ model: 'vectors', input }))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(attemptsOf(error).map(({ target }) => target)).toEqual(['one/e1'])
    expect(two.embed).not.toHaveBeenCalled()
  })

  it('past a provider of an alias that makes none', async () => {
    const two = embedder('two', ['e2'])
    const client = createRouter({
      providers: [anthropic({ key: 'KEY' }), two.adapter],
      keys: memoryKeys({ KEY: key }),
      models: { vectors: ['claude-sonnet-5-5', 'e2'] },
    })
    const route = routeOf(await client.embeddings.create({ model: 'vectors', input }))
    expect(route).toMatchObject({ target: 'two/e2' })
    expect(route?.decision.rejected).toMatchObject([{ reason: 'unsupported', field: 'model' }])
  })

  it.each(['auto', 'tier:simple'])('nowhere for %s, which chooses among chat models', async (model) => {
    const client = createRouter({ providers: [embedder('one', ['e']).adapter] })
    const error = await failureOf(client.embeddings.create({ model, input }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'model' })
  })

  it.each([
    ['a provider that makes none', 'silent/e', BadRequestError, 'unsupported_parameter'],
    ['a provider that is not there', 'nobody/e', NotFoundError, 'model_not_found'],
    ['a model of a provider that is not configured', 'mistral-embed', NotFoundError, 'model_not_found'],
    ['a provider without its key', 'openai/text-embedding-3-small', ModelyardError, 'MISSING_KEY'],
  ])('nowhere for %s', async (_, model, type, code) => {
    const one = embedder('one', ['e'])
    const client = createRouter({ providers: [one.adapter, fakeProvider({ id: 'silent' }), openai()], keys: memoryKeys({}) })
    const error = await failureOf(client.embeddings.create({ model, input }))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ code })
    expect(one.embed).not.toHaveBeenCalled()
  })

  it('nowhere without a provider that embeds, or without its key', async () => {
    const keys = memoryKeys({ KEY: key })
    const client = createRouter({ providers: [anthropic({ key: 'KEY' }), openai(), mistral()], keys })
    const error = await failureOf(client.embeddings.create({ model: 'text-embedding-3-small', input }))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(ModelyardError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'UNSUPPORTED_ENDPOINT', field: 'providers' })
    expect(error).toHaveProperty('message', expect.stringMatching(/POST \/embeddings.*OPENAI_API_KEY or MISTRAL_API_KEY/))
  })
})

describe('what is asked', () => {
  it.each<[field: string, body: object]>([
    ['model', { input: 'x' }],
    ['model', { model: '', input: 'x' }],
    ['input', { model: 'e' }],
    ['input', { model: 'e', input: [] }],
    ['input', { model: 'e', input: 7 }],
    ['input', { model: 'e', input: ['x', 7] }],
    ['input', { model: 'e', input: [[]] }],
    ['input', { model: 'e', input: [1.5] }],
    ['dimensions', { model: 'e', input: 'x', dimensions: 0 }],
    ['dimensions', { model: 'e', input: 'x', dimensions: '256' }],
    ['encoding_format', { model: 'e', input: 'x', encoding_format: 'binary' }],
  ])('is refused by its field %s: %j', async (param, body) => {
    const one = embedder('one', ['e'])
    const client = createRouter({ providers: [one.adapter] })
    const error = await failureOf(client.post('/embeddings', { body }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'invalid_body', param })
    expect(one.embed).not.toHaveBeenCalled()
  })

  it('is left as it is, and reaches the provider without what it lacks, which is said', async () => {
    await using simulator = await vendorSimulator()
    const client = createRouter({
      providers: [mistral({ ...simulator.door('mistral'), key: 'KEY' })],
      keys: memoryKeys({ KEY: key }),
    })
    const body = Object.freeze({ model: 'mistral-embed', input: 'Hello', user: 'somebody' })
    const answer = await client.embeddings.create(body)
    expect(simulator.requests[0]?.body).not.toHaveProperty('user')
    expect(routeOf(answer)?.decision).toMatchObject({
      chain: [{ dropped: ['user'] }],
      warnings: [expect.stringContaining('user')],
    })
    const strict = client.with({ strict: true }).embeddings.create(body)
    expect(await failureOf(strict)).toMatchObject({ status: 400, code: 'parameter_dropped', param: 'user' })
  })

  it('may have options of the provider alone', async () => {
    await using bench = await at(doors.find(({ name }) => name === 'cohere') ?? expect.unreachable('there is one'))
    const { client, model, simulator } = bench
    const query = client.with({ providerOptions: { cohere: { input_type: 'search_query' } } })
    await query.embeddings.create({ model, input: 'Hello' })
    expect(simulator.requests[0]?.body).toMatchObject({ input_type: 'search_query', texts: ['Hello'] })
  })
})

describe('what comes back', () => {
  it('is malformed where vectors are missing, and is tried elsewhere', async () => {
    const few = fakeProvider({ id: 'few', models: ['e'], embed: () => ({ ...vector('e'), data: JSON.parse('null') }) })
    const two = embedder('two', ['e'])
    const client = createRouter({ providers: [few, two.adapter] })
    const route = routeOf(await client.embeddings.create({ model: 'e', input: 'x' }))
    expect(route).toMatchObject({ target: 'two/e', failed: [{ target: 'few/e', kind: 'malformed' }] })
  })

  it('says in its headers where it comes from', async () => {
    const client = createRouter({ providers: [embedder('one', ['e']).adapter] })
    const { data, response } = await client.embeddings.create({ model: 'e', input: 'x' }).withResponse()
    expect(routeOf(data)).toMatchObject({ target: 'one/e' })
    expect(response.headers.get('x-modelyard-provider')).toBe('one')
    expect(response.headers.get('x-modelyard-request-id')).toBe(routeOf(data)?.requestId)
  })

  it('is written down and counted, without texts and vectors', async () => {
    const audit = memoryAudit()
    // Without it a call may take 0.25 ms, as the vector has it.
    const clock = fakeClock()
    const client = createRouter({ providers: [embedder('one', ['e']).adapter], audit, clock })
    await client.embeddings.create({ model: 'e', input: 'a canary in the text' })
    await client.flush()
    const events = audit.records.map(({ event }) => event)
    expect(events[0]).toMatchObject({ type: 'request.accepted', operation: 'embeddings', model: 'e' })
    expect(events.filter(({ type }) => type === 'attempt.succeeded')).toMatchObject([{ target: 'one/e' }])
    expect(JSON.stringify(events)).not.toMatch(/canary|0\.25/)
    expect(client.ledger.totals()).toMatchObject([{ calls: 1 }])
  })

  it("costs what the provider's own bill says, where it sends one", async () => {
    await using bench = await at(doors.find(({ name }) => name === 'perplexity') ?? expect.unreachable('there is one'))
    const answer = await bench.client.embeddings.create({ model: bench.model, input: 'Hello there' })
    expect(routeOf(answer)?.costUsd).toBeCloseTo(answer.usage.prompt_tokens * 4e-9, 15)
  })

  it('does not come for a caller that has given up', async () => {
    const controller = new AbortController()
    const waiting = fakeProvider({
      id: 'p',
      models: ['e'],
      embed: async ({ signal }) => {
        controller.abort()
        await new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason)
          else signal.addEventListener('abort', () => reject(signal.reason))
        })
        return vector('e')
      },
    })
    const client = createRouter({ providers: [waiting] })
    const attempt = client.embeddings.create({ model: 'e', input: 'x' }, { signal: controller.signal })
    expect(await failureOf(attempt)).toBeInstanceOf(APIUserAbortError)
  })
})
