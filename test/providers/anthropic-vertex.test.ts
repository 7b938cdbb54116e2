import { AnthropicVertex } from '@anthropic-ai/vertex-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { anthropicVertexModels } from '../../src/catalog/models/anthropic-vertex.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { anthropicVertex } from '../../src/providers/anthropic/index.ts'
import { callFor, closeAll, environment, read, refused, simulated } from './anthropic-cloud-fixtures.ts'

const project = 'project-1'
const model = 'claude-sonnet-4-5@20250929'
const vendor = 'anthropic-vertex'
const catalog = createCatalog(anthropicVertexModels)
const keyless = { secret: new Secret('') }
const authClient = { getRequestHeaders: async () => new Headers({ authorization: 'Bearer token-of-client' }) }

afterEach(closeAll)

async function wired(options: Partial<Parameters<typeof anthropicVertex>[0]> = { key: 'VERTEX_TOKEN' }) {
  const simulator = await simulated()
  return { simulator, adapter: anthropicVertex({ project, baseURL: simulator.door(vendor).baseURL, ...options }) }
}

describe('a request to Claude on Vertex AI', () => {
  it("has project, location and model in its path, and Google's version of the format in its body", async () => {
    const { adapter, simulator } = await wired({ key: 'VERTEX_TOKEN', location: 'europe-west1' })
    await adapter.complete(callFor(model))
    await read(adapter, callFor(model))
    const place = `/v1/projects/${project}/locations/europe-west1/publishers/anthropic/models`
    expect(simulator.requests.map(({ path }) => decodeURIComponent(path))).toEqual([
      `${place}/${model}:rawPredict`,
      `${place}/${model}:streamRawPredict`,
    ])
    for (const { body } of simulator.requests) {
      expect(body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 64_000 })
      expect(body).not.toHaveProperty('model')
    }
  })

  it.each([
    ['claude-sonnet-4-5@20250929', 'claude-sonnet-4-5@20250929'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5@20250929'],
    ['claude-sonnet-4-5', 'claude-sonnet-4-5@20250929'],
    ['claude-opus-5', 'claude-opus-5'],
  ])('names a model as Google does: %s is %s', async (asked, sent) => {
    const { adapter, simulator } = await wired()
    await adapter.complete(callFor(asked, {}, { card: catalog.find('anthropic-vertex', asked) }))
    expect(simulator.requests[0]?.model).toBe(sent)
  })

  it.each([
    [undefined, 'https://aiplatform.googleapis.com'],
    ['global', 'https://aiplatform.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['europe-west1', 'https://europe-west1-aiplatform.googleapis.com'],
  ])('goes to the host of its location, %s', async (location, origin) => {
    const seen: string[] = []
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      seen.push(input instanceof Request ? input.url : String(input))
      return Response.json({ error: { code: 400, message: 'no' } }, { status: 400 })
    }
    const adapter = anthropicVertex({ project, key: 'VERTEX_TOKEN', location, fetch })
    await refused(adapter, adapter.complete(callFor('claude-opus-5')))
    const where = location ?? 'global'
    expect(seen).toEqual([
      `${origin}/v1/projects/${project}/locations/${where}/publishers/anthropic/models/claude-opus-5:rawPredict`,
    ])
  })

  it('searches the web with the one search that Google lets through', async () => {
    const { adapter, simulator } = await wired()
    await adapter.complete(callFor('claude-opus-5', { web_search_options: {} }))
    expect(simulator.requests[0]?.body).toMatchObject({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
  })

  it("leaves out tiers, which are the maker's, and refuses files that were uploaded there", async () => {
    const { adapter } = await wired()
    const flex = callFor('claude-opus-5', { service_tier: 'flex' })
    expect(adapter.supports(flex.request, undefined, flex.model)).toMatchObject({ level: 'yes', dropped: ['service_tier'] })
    const content = [{ type: 'file' as const, file: { file_id: 'file_011CNha8iCJcU1wXNR6q4V8w' } }]
    const upload = callFor('claude-opus-5', { messages: [{ role: 'user', content }] })
    expect(adapter.supports(upload.request, undefined, upload.model)).toMatchObject({ level: 'no' })
  })
})

describe('who asks', () => {
  it('is a function that gives tokens: asked at each call, and for a new one after a 401', async () => {
    const asked: boolean[] = []
    const { adapter, simulator } = await wired({
      accessToken: async ({ forceRefresh }) => {
        asked.push(forceRefresh)
        return `token-${asked.length}`
      },
    })
    simulator.queue(vendor, 'one')
    await adapter.complete(callFor(model, {}, keyless))
    simulator.failOnce(vendor, 'bad-key')
    expect(await refused(adapter, adapter.complete(callFor(model, {}, keyless)))).toMatchObject({ kind: 'auth', status: 401 })
    await adapter.complete(callFor(model, {}, keyless))
    expect(asked).toEqual([false, false, true])
    expect(simulator.requests.map(({ key }) => key)).toEqual(['token-1', 'token-2', 'token-3'])
  })

  it('is an auth client, or a GoogleAuth that gives one', async () => {
    const { adapter, simulator } = await wired({ authClient })
    await adapter.complete(callFor(model, {}, keyless))
    const other = await wired({ googleAuth: { getClient: async () => authClient } })
    await read(other.adapter, callFor(model, {}, keyless))
    expect([simulator, other.simulator].map(({ requests }) => requests[0]?.key)).toEqual(['token-of-client', 'token-of-client'])
  })

  it("keeps a client's token out of errors, also where the vendor repeats it", async () => {
    const { adapter, simulator } = await wired({ authClient })
    simulator.fail(vendor, 'bad-key', { message: 'No access with token-of-client.' })
    const failure = await refused(adapter, adapter.complete(callFor(model, {}, keyless)))
    expect(failure).toMatchObject({ kind: 'auth', message: 'No access with [secret].' })
    expect(JSON.stringify(failure)).not.toContain('token-of-client')
  })

  it('is asked for anew after a failure, which says why', async () => {
    let asked = 0
    const { adapter } = await wired({
      authClient: {
        getRequestHeaders: async () => {
          asked += 1
          if (asked === 1) throw new Error('invalid_grant')
          return new Headers({ authorization: 'Bearer token-of-client' })
        },
      },
    })
    expect(await refused(adapter, adapter.complete(callFor(model, {}, keyless)))).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('invalid_grant'),
    })
    await adapter.complete(callFor(model, {}, keyless))
    expect(asked).toBe(2)
  })

  it('is not waited for once the caller has left', async () => {
    const { adapter } = await wired({ authClient: { getRequestHeaders: () => new Promise(() => undefined) } })
    const controller = new AbortController()
    const waiting = adapter.complete(callFor(model, {}, { ...keyless, signal: controller.signal }))
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('is the application default credentials only where the user says so', async () => {
    const { adapter, simulator } = await wired({ googleAuth: 'default' })
    using _ = environment(simulator.dialect(vendor).environment(simulator.elsewhere))
    expect(await refused(adapter, adapter.complete(callFor(model, {}, keyless)))).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('/poison/credentials.json'),
    })
    expect(simulator.requests).toEqual([])
  })

  it('is no variable of the environment, which decides about no host, project or header either', async () => {
    const { adapter, simulator } = await wired({ authClient })
    using _ = environment(simulator.dialect(vendor).environment(simulator.elsewhere))
    await adapter.complete(callFor(model, {}, keyless))
    await read(adapter, callFor(model, {}, keyless))
    expect(simulator.strayRequests).toEqual([])
    expect(simulator.requests.map(({ key }) => key)).toEqual(['token-of-client', 'token-of-client'])
    expect(JSON.stringify(simulator.requests.map(({ headers, path }) => [headers, path]))).not.toContain('poison')
  })

  it("is the user's own client, which tries once even where it would retry", async () => {
    const { simulator } = await wired()
    const client = new AnthropicVertex({
      region: 'global',
      projectId: project,
      baseURL: simulator.door(vendor).baseURL,
      maxRetries: 4,
      authClient: Object.create(authClient),
    })
    const adapter = anthropicVertex({ client })
    expect((await adapter.complete(callFor(model, {}, keyless))).object).toBe('chat.completion')
    expect(await read(adapter, callFor(model, {}, keyless))).toContain('[simulated]')
    simulator.fail(vendor, 'overloaded')
    expect(await refused(adapter, adapter.complete(callFor(model, {}, keyless)))).toMatchObject({ kind: 'overloaded' })
    expect(simulator.requests.map(({ key }) => key)).toEqual(Array.from({ length: 3 }, () => 'token-of-client'))
  })
})

describe('options', () => {
  it.each([
    [{}, 'anthropicVertex.project'],
    [{ project: '', authClient }, 'anthropicVertex.project'],
    [{ project, authClient, location: 'https://evil.example' }, 'anthropicVertex.location'],
    [{ project }, 'anthropicVertex.authClient'],
    [{ project, authClient, key: 'NAME' }, 'anthropicVertex.key'],
    [{ project, authClient: {} }, 'anthropicVertex.authClient'],
    [{ project, googleAuth: 'adc' }, 'anthropicVertex.googleAuth'],
    [{ project, accessToken: 'ya29.token' }, 'anthropicVertex.accessToken'],
    [{ project, authClient, loaction: 'eu' }, 'anthropicVertex.loaction'],
    [{ project, authClient, baseURL: 'http://vertex.example/v1' }, 'anthropicVertex.baseURL'],
  ])('refuses %j, naming %s', (options, field) => {
    const make = (): unknown => Reflect.apply(anthropicVertex, undefined, [options])
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })

  it.each([
    [undefined, 'anthropic-vertex', undefined],
    ['europe-west1', 'anthropic-vertex-regional', 'eu'],
    ['us', 'anthropic-vertex-regional', 'us'],
    ['asia-southeast1', 'anthropic-vertex-regional', undefined],
  ])('takes prices and residency from the location: %s', (location, provider, region) => {
    const adapter = anthropicVertex({ project, authClient, location })
    expect(adapter).toMatchObject({ id: 'anthropic-vertex', key: null, catalog: provider })
    expect(adapter.region).toBe(region)
  })
})

describe('the models on Vertex AI', () => {
  it('cost a tenth more outside of the global location, older ones the same', () => {
    const rates = ['claude-opus-5-5', 'claude-sonnet-4@20250514'].map((name) =>
      ['anthropic-vertex', 'anthropic-vertex-regional'].map((provider) => catalog.find(provider, name)?.prices?.input),
    )
    expect(rates).toEqual([
      [4, 4.4],
      [3, 3],
    ])
  })

  it("are found by Google's names and by their maker's", () => {
    for (const name of ['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5@20251001'])
      expect(catalog.find('anthropic-vertex', name)?.id).toBe('claude-haiku-4-5@20251001')
  })
})
