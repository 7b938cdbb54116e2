import { AnthropicBedrock, AnthropicBedrockMantle } from '@anthropic-ai/bedrock-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { bedrockModels } from '../../src/catalog/models/bedrock.ts'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { anthropicBedrock } from '../../src/providers/anthropic/index.ts'
import { exceptionFrame } from '../../src/testing/simulator/bedrock-frames.ts'
import { callFor, closeAll, credentials, environment, read, refused, simulated } from './anthropic-cloud-fixtures.ts'

const region = 'eu-central-1'
const model = 'eu.anthropic.claude-sonnet-4-6'
const catalog = createCatalog(bedrockModels)
const keyless = { secret: new Secret('') }

afterEach(closeAll)

async function wired(options: Partial<Parameters<typeof anthropicBedrock>[0]> = {}) {
  const simulator = await simulated()
  const vendor = options.endpoint === 'mantle' ? 'anthropic-mantle' : 'anthropic-bedrock'
  const { baseURL } = simulator.door(vendor)
  return { simulator, vendor, baseURL, adapter: anthropicBedrock({ region, baseURL, ...options }) }
}

describe('a request to Claude on Bedrock', () => {
  it("has the model in its path, and AWS's version of the format in its body", async () => {
    const { adapter, simulator } = await wired()
    await adapter.complete(callFor(model))
    await read(adapter, callFor(model))
    expect(simulator.requests.map(({ path }) => path)).toEqual([
      `/model/${model}/invoke`,
      `/model/${model}/invoke-with-response-stream`,
    ])
    for (const { body } of simulator.requests) {
      expect(body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 64_000 })
      for (const field of ['model', 'stream']) expect(body).not.toHaveProperty(field)
    }
  })

  it('names dated models as AWS does, and puts an ARN into the path in one piece', async () => {
    const { adapter, simulator } = await wired()
    const arn = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3'
    for (const name of ['anthropic.claude-sonnet-4-5-20250929-v1:0', arn]) await adapter.complete(callFor(name))
    expect(simulator.requests.map((request) => request.model)).toEqual(['anthropic.claude-sonnet-4-5-20250929-v1:0', arn])
    expect(simulator.requests[1]?.path).toContain('application-inference-profile%2Fa1b2c3')
  })

  it("chooses a tier of AWS's by its header; tiers of the maker's are left out", async () => {
    const { adapter, simulator } = await wired()
    for (const tier of ['flex', 'auto'] as const) await adapter.complete(callFor(model, { service_tier: tier }))
    expect(simulator.requests.map(({ headers }) => headers['x-amzn-bedrock-service-tier'])).toEqual(['flex', undefined])
    for (const { body } of simulator.requests) expect(body).not.toHaveProperty('service_tier')
    const fast = callFor('anthropic.claude-opus-5', { service_tier: 'fast' })
    expect(adapter.supports(fast.request, undefined, fast.model)).toMatchObject({ level: 'yes', dropped: ['service_tier'] })
  })

  it("takes betas of the caller's along, where AWS looks for them", async () => {
    const { adapter, simulator } = await wired()
    await adapter.complete(callFor(model, {}, { headers: { 'anthropic-beta': 'context-1m-2025-08-07' } }))
    expect(simulator.requests[0]?.body).toMatchObject({ anthropic_beta: ['context-1m-2025-08-07'] })
  })

  it('goes to the service of its region', async () => {
    const seen: string[] = []
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      seen.push(input instanceof Request ? input.url : String(input))
      return Response.json({ message: 'no' }, { status: 400 })
    }
    for (const options of [{ region }, { region: 'cn-north-1' }, { region, endpoint: 'mantle' as const }]) {
      const adapter = anthropicBedrock({ ...options, fetch })
      await refused(adapter, adapter.complete(callFor('anthropic.claude-opus-5')))
    }
    expect(seen).toEqual([
      'https://bedrock-runtime.eu-central-1.amazonaws.com/model/anthropic.claude-opus-5/invoke',
      'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/anthropic.claude-opus-5/invoke',
      'https://bedrock-mantle.eu-central-1.api.aws/anthropic/v1/messages',
    ])
  })

  it.each<[string, Partial<ChatRequest>, string]>([
    ['the web search', { web_search_options: {} }, 'web_search_options'],
    [
      'an image at an address of no scheme that could be fetched',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 's3://bucket/cat.png' } }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [
      'a file that was uploaded to the maker',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file_011CNha8iCJcU1wXNR6q4V8w' } }] }] },
      'messages[0].content[0].file.file_id',
    ],
  ])('is refused before it is sent for %s', async (_, request, field) => {
    const { adapter } = await wired()
    const call = callFor(model, request)
    expect(adapter.supports(call.request, undefined, model)).toMatchObject({ level: 'no', field })
  })

  it('is refused for models of other makers, which the catalog tells', () => {
    const adapter = anthropicBedrock({ region })
    const nova = 'amazon.nova-pro-v1:0'
    expect(adapter.supports(callFor(nova).request, catalog.find('bedrock', nova), nova)).toMatchObject({
      level: 'no',
      field: 'model',
    })
    expect(adapter.supports(callFor(model).request, catalog.find('bedrock', model), model).level).toBe('yes')
  })

  it('guarantees schemas at the runtime; at Mantle strict ones are refused and others asked for in words', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }
    const format = (strict: boolean) =>
      ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict } } }) as const
    const { adapter, simulator } = await wired()
    await adapter.complete(callFor(model, format(true)))
    expect(simulator.requests[0]?.body).toMatchObject({ output_config: { format: { type: 'json_schema' } } })
    const mantle = await wired({ endpoint: 'mantle' })
    const ask = (strict: boolean) =>
      mantle.adapter.supports(callFor('m', format(strict)).request, undefined, 'anthropic.claude-opus-5')
    expect(ask(true)).toMatchObject({ level: 'no', field: 'response_format.json_schema' })
    expect(ask(false)).toMatchObject({ level: 'emulated' })
    await mantle.adapter.complete(callFor('anthropic.claude-opus-5', format(false)))
  })
})

describe('a request to Mantle', () => {
  it("is one of the maker's own API, with model and version where that has them", async () => {
    const { adapter, simulator } = await wired({ endpoint: 'mantle' })
    await adapter.complete(callFor('anthropic.claude-opus-5'))
    await read(adapter, callFor('anthropic.claude-opus-5'))
    for (const { path, headers, body } of simulator.requests) {
      expect(path).toBe('/anthropic/v1/messages')
      expect(headers).toMatchObject({ 'anthropic-version': '2023-06-01', authorization: 'Bearer key-of-the-test' })
      expect(body).toMatchObject({ model: 'anthropic.claude-opus-5' })
    }
  })

  it('is signed for that service', async () => {
    const { adapter, simulator } = await wired({ endpoint: 'mantle', credentials })
    await adapter.complete(callFor('anthropic.claude-opus-5', {}, keyless))
    expect(simulator.requests[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 .*\/eu-central-1\/bedrock-mantle\/aws4_request/,
    )
    expect(simulator.requests[0]?.key).toBe(credentials.accessKeyId)
  })
})

describe('who signs', () => {
  it('sends the API key of the key store as a bearer token, and asks for it by the name that AWS gave it', async () => {
    const { adapter, simulator } = await wired()
    expect(adapter.key).toBe('AWS_BEARER_TOKEN_BEDROCK')
    await adapter.complete(callFor(model))
    expect(simulator.requests[0]?.headers['authorization']).toBe('Bearer key-of-the-test')
  })

  it('signs with credentials in place of a key: version 4, for this region and this service', async () => {
    const { adapter, simulator } = await wired({ credentials })
    expect(adapter.key).toBeNull()
    await adapter.complete(callFor(model, {}, keyless))
    expect(simulator.requests[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE00000001\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=[^,]*host/,
    )
  })

  it('asks a function for credentials at each call, session token included', async () => {
    let asked = 0
    const { adapter, simulator } = await wired({
      credentials: async () => ({ ...credentials, sessionToken: `session-${(asked += 1)}` }),
    })
    await adapter.complete(callFor(model, {}, keyless))
    expect(await read(adapter, callFor(model, {}, keyless))).toContain('[simulated]')
    expect(simulator.requests.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['session-1', 'session-2'])
  })

  it("keeps a session's token out of errors, also where the vendor repeats what was signed", async () => {
    const sessionToken = 'session-token-of-the-test-1'
    const { adapter, simulator, vendor } = await wired({ credentials: { ...credentials, sessionToken } })
    simulator.fail(vendor, 'bad-key', { message: `The canonical string should have been x-amz-security-token:${sessionToken}` })
    const failure = await refused(adapter, adapter.complete(callFor(model, {}, keyless)))
    expect(JSON.stringify(failure)).not.toContain(sessionToken)
    expect(failure).toMatchObject({ kind: 'auth', message: 'The canonical string should have been x-amz-security-token:[secret]' })
  })

  it('asks the chain of the SDK only where the user says so', async () => {
    using _ = environment({ AWS_ACCESS_KEY_ID: 'AKIDFROMENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'secret-from-environment' })
    const { adapter, simulator } = await wired({ credentials: 'default' })
    await adapter.complete(callFor(model, {}, keyless))
    expect(simulator.requests[0]?.key).toBe('AKIDFROMENVIRONMENT')
  })

  it.each(['anthropic-bedrock', 'anthropic-mantle'] as const)(
    'lets no variable decide about credentials, region, host or headers: %s',
    async (vendor) => {
      const { adapter, simulator } = await wired({ credentials, ...(vendor === 'anthropic-mantle' && { endpoint: 'mantle' }) })
      using _ = environment(simulator.dialect(vendor).environment(simulator.elsewhere))
      await adapter.complete(callFor('anthropic.claude-opus-5', {}, keyless))
      await read(adapter, callFor('anthropic.claude-opus-5', {}, keyless))
      expect(simulator.strayRequests).toEqual([])
      expect(simulator.requests.map(({ key }) => key)).toEqual([credentials.accessKeyId, credentials.accessKeyId])
      expect(JSON.stringify(simulator.requests.map(({ headers }) => headers))).not.toContain('poison')
    },
  )

  it('calls a target without credentials unusable, and says why', async () => {
    const adapter = anthropicBedrock({ region, credentials: () => Promise.reject(new Error('no role')) })
    const failure = await refused(adapter, adapter.complete(callFor(model, {}, keyless)))
    expect(failure).toMatchObject({ kind: 'unusable', message: expect.stringContaining('no role') })
  })

  it('does not wait for credentials once the caller has left', async () => {
    const adapter = anthropicBedrock({ region, credentials: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const waiting = adapter.complete(callFor(model, {}, { ...keyless, signal: controller.signal }))
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it("uses the user's own client, of either endpoint, and tries once even where that would retry", async () => {
    const { simulator } = await wired()
    const mine = { awsRegion: region, apiKey: 'key-of-mine', maxRetries: 4 }
    const clients = [
      { vendor: 'anthropic-bedrock', make: (baseURL: string) => new AnthropicBedrock({ ...mine, baseURL }), endpoint: 'runtime' },
      {
        vendor: 'anthropic-mantle',
        make: (baseURL: string) => new AnthropicBedrockMantle({ ...mine, baseURL }),
        endpoint: 'mantle',
      },
    ] as const
    for (const { vendor, make, endpoint } of clients) {
      const adapter = anthropicBedrock({ client: make(simulator.door(vendor).baseURL), endpoint })
      expect(adapter.key).toBeNull()
      expect((await adapter.complete(callFor('anthropic.claude-opus-5', {}, keyless))).object).toBe('chat.completion')
      expect(await read(adapter, callFor('anthropic.claude-opus-5', {}, keyless))).toContain('[simulated]')
      simulator.fail(vendor, 'overloaded')
      expect(await refused(adapter, adapter.complete(callFor('anthropic.claude-opus-5', {}, keyless)))).toMatchObject({
        kind: 'overloaded',
      })
    }
    expect(simulator.requests.map(({ key }) => key)).toEqual(Array.from({ length: 6 }, () => 'key-of-mine'))
  })
})

describe('a stream in frames', () => {
  it.each([
    ['ThrottlingException', 'rate_limit'],
    ['ModelStreamErrorException', 'server'],
    ['ServiceUnavailableException', 'overloaded'],
    ['ValidationException', 'invalid_request'],
  ])('fails by the exception in it: %s is %s', async (name, kind) => {
    const { simulator, vendor } = await wired()
    const start = { type: 'message_start', message: { id: 'msg_1', model, usage: { input_tokens: 1, output_tokens: 1 } } }
    const { frame } = simulator.dialect(vendor)
    const bytes = Buffer.concat([Buffer.from(frame(JSON.stringify(start))), exceptionFrame(name, 'It went wrong.')])
    const adapter = answering(bytes)
    expect(await refused(adapter, read(adapter, callFor(model)))).toMatchObject({ kind, message: 'It went wrong.' })
  })

  it('is a failure wherever it is cut before its end, in a frame or between two', async () => {
    const { simulator, vendor } = await wired()
    const { frame } = simulator.dialect(vendor)
    const events = [
      { type: 'message_start', message: { id: 'msg_1', model, usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    ]
    const frames = events.map((event) => Buffer.from(frame(JSON.stringify(event))))
    const bytes = Buffer.concat(frames)
    for (let end = 1; end < bytes.length; end += 7) {
      const adapter = answering(bytes.subarray(0, end))
      expect([end, (await refused(adapter, read(adapter, callFor(model)))).kind]).toEqual([end, 'truncated'])
    }
    expect(await read(answering(bytes), callFor(model))).toBe('Hello')
  })

  it('is damaged where a checksum says so', async () => {
    const { simulator, vendor } = await wired()
    const bytes = Buffer.from(simulator.dialect(vendor).frame('{"type":"ping"}'))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    const adapter = answering(bytes)
    const failure = await refused(adapter, read(adapter, callFor(model)))
    expect(failure).toMatchObject({ kind: 'truncated', message: expect.stringContaining('checksum') })
  })
})

/** An adapter to whose every question these frames are the answer. */
function answering(bytes: Uint8Array<ArrayBuffer>): ProviderAdapter {
  const headers = { 'content-type': 'application/vnd.amazon.eventstream' }
  return anthropicBedrock({ region, fetch: async () => new Response(bytes, { headers }) })
}

describe('options', () => {
  it.each([
    [{}, 'anthropicBedrock.region'],
    [{ region: 'https://evil.example' }, 'anthropicBedrock.region'],
    [{ region, key: null }, 'anthropicBedrock.key'],
    [{ region, key: 'NAME', credentials }, 'anthropicBedrock.credentials'],
    [{ region, credentials: { accessKeyId: 'x' } }, 'anthropicBedrock.credentials'],
    [{ region, endpoint: 'converse' }, 'anthropicBedrock.endpoint'],
    [{ region, regoin: 'x' }, 'anthropicBedrock.regoin'],
    [{ region, baseURL: 'http://bedrock.example' }, 'anthropicBedrock.baseURL'],
  ])('refuses %j, naming %s', (options, field) => {
    const make = (): unknown => Reflect.apply(anthropicBedrock, undefined, [options])
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })

  it('takes its models from the catalog of Bedrock, and declares no place of processing unless told', () => {
    expect(anthropicBedrock({ region })).toMatchObject({ id: 'anthropic-bedrock', catalog: 'bedrock' })
    expect(anthropicBedrock({ region }).region).toBeUndefined()
    expect(anthropicBedrock({ region, residency: 'eu' }).region).toBe('eu')
  })
})
