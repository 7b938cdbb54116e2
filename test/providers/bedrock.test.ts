import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { afterEach, describe, expect, it } from 'vitest'
import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'
import { bedrockDialect } from '../../src/testing/simulator/bedrock.ts'

const region = 'eu-central-1'
const model = 'eu.anthropic.claude-sonnet-4-6'
const credentials = { accessKeyId: 'AKIDEXAMPLE00000001', secretAccessKey: 'secret-of-the-test-0001' }
const simulators: VendorSimulator[] = []

afterEach(async () => {
  for (const each of simulators.splice(0)) await each.close()
})

async function simulated(): Promise<VendorSimulator> {
  const simulator = await vendorSimulator({ dialects: [bedrockDialect] })
  simulators.push(simulator)
  return simulator
}

function call(more: Partial<AdapterCall> = {}): AdapterCall {
  const request = { model, messages: [{ role: 'user' as const, content: 'Hello' }] }
  return {
    model,
    card: undefined,
    request,
    secret: new Secret('api-key-of-the-test'),
    signal: new AbortController().signal,
    ...more,
  }
}

async function read(adapter: ProviderAdapter, overrides: Partial<AdapterCall> = {}): Promise<string> {
  let text = ''
  for await (const { choices } of adapter.stream(call(overrides))) text += choices[0]?.delta.content ?? ''
  return text
}

/** Variables for the time of a test. */
function environment(values: Readonly<Record<string, string>>): Disposable {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name)
        else process.env[name] = value
      }
    },
  }
}

describe('who signs', () => {
  it('sends the API key of the key store as a bearer token, and asks for it by the name that AWS gave it', async () => {
    const simulator = await simulated()
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL })
    expect(adapter.key).toBe('AWS_BEARER_TOKEN_BEDROCK')
    await adapter.complete(call())
    expect(simulator.requests[0]?.headers['authorization']).toBe('Bearer api-key-of-the-test')
  })

  it('signs with credentials in place of a key: version 4, for this region and this service', async () => {
    const simulator = await simulated()
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL, credentials })
    expect(adapter.key).toBeNull()
    await adapter.complete(call({ secret: new Secret('') }))
    const { authorization = '' } = simulator.requests[0]?.headers ?? {}
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE00000001\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=[^,]*host/,
    )
  })

  it('asks a function for credentials, session token included', async () => {
    const simulator = await simulated()
    const baseURL = simulator.door('bedrock').baseURL
    const adapter = bedrock({ region, baseURL, credentials: async () => ({ ...credentials, sessionToken: 'session-1' }) })
    expect(await read(adapter)).toContain('[simulated]')
    expect(simulator.requests[0]?.headers['x-amz-security-token']).toBe('session-1')
  })

  it("keeps a session's token out of errors, also where the vendor repeats what was signed", async () => {
    const simulator = await simulated()
    const sessionToken = 'session-token-of-the-test-1'
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL, credentials: { ...credentials, sessionToken } })
    simulator.fail('bedrock', 'bad-key', { message: `The canonical string should have been x-amz-security-token:${sessionToken}` })
    const thrown = await adapter.complete(call({ secret: new Secret('') })).catch((error: unknown) => error)
    const { cause: _, ...failure } = adapter.failure(thrown)
    expect(JSON.stringify(failure)).not.toContain(sessionToken)
    expect(failure).toMatchObject({ kind: 'auth', message: 'The canonical string should have been x-amz-security-token:[secret]' })
  })

  it('asks the chain of the SDK only where the user says so', async () => {
    const simulator = await simulated()
    using _ = environment({ AWS_ACCESS_KEY_ID: 'AKIDFROMENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'secret-from-environment' })
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL, credentials: 'default' })
    await adapter.complete(call({ secret: new Secret('') }))
    expect(simulator.requests[0]?.key).toBe('AKIDFROMENVIRONMENT')
  })

  it('lets no variable decide about credentials, region, host or headers', async () => {
    const simulator = await simulated()
    using _ = environment(bedrockDialect.environment(simulator.elsewhere))
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL, credentials })
    await adapter.complete(call({ secret: new Secret('') }))
    await read(adapter, { secret: new Secret('') })
    expect(simulator.strayRequests).toEqual([])
    for (const { headers, key } of simulator.requests) {
      expect(key).toBe(credentials.accessKeyId)
      expect(JSON.stringify(headers)).not.toContain('poison')
    }
    expect(simulator.requests).toHaveLength(2)
  })

  it('calls a target without credentials unusable, and does not wait for them once the caller has left', async () => {
    const failing = bedrock({
      region,
      credentials: () => Promise.reject(Object.assign(new Error('no role'), { name: 'CredentialsProviderError' })),
    })
    const thrown = await failing.complete(call()).catch((error: unknown) => error)
    expect(failing.failure(thrown)).toMatchObject({ kind: 'unusable' })
    const silent = bedrock({ region, credentials: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const waiting = silent.complete(call({ signal: controller.signal }))
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('where requests go', () => {
  it.each([
    ['eu-central-1', 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-6/converse'],
    ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/eu.anthropic.claude-sonnet-4-6/converse'],
  ])('asks the service of its region, %s', async (name, url) => {
    const seen: string[] = []
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      seen.push(input instanceof Request ? input.url : String(input))
      return Response.json({ message: 'no' }, { status: 400 })
    }
    const adapter = bedrock({ region: name, fetch })
    await adapter.complete(call()).catch(() => undefined)
    expect(seen).toEqual([url])
  })

  it('puts an ARN into the path in one piece', async () => {
    const simulator = await simulated()
    const adapter = bedrock({ region, baseURL: simulator.door('bedrock').baseURL })
    const arn = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6'
    await adapter.complete(call({ model: arn }))
    expect(simulator.requests[0]?.model).toBe(arn)
    expect(simulator.requests[0]?.path).toBe(`/model/${encodeURIComponent(arn)}/converse`)
  })

  it('uses a request handler for every byte: signed request in, answer and stream out', async () => {
    const simulator = await simulated()
    const base = simulator.door('bedrock').baseURL
    const signed: Record<string, string>[] = []
    const requestHandler = {
      async handle(request: { path?: string; method?: string; body?: unknown; headers?: Record<string, string> }) {
        signed.push(request.headers ?? {})
        const body = typeof request.body === 'string' ? request.body : null
        const response = await fetch(`${base}${request.path}`, { method: 'POST', headers: { ...request.headers, host: '' }, body })
        return {
          response: {
            statusCode: response.status,
            headers: Object.fromEntries(response.headers),
            body: response.body ?? undefined,
          },
        }
      },
    }
    const adapter = bedrock({ region, requestHandler })
    simulator.answer('bedrock', 'through the handler')
    expect((await adapter.complete(call({ headers: { 'x-mine': 'yes' } }))).choices[0]?.message.content).toBe('through the handler')
    expect(await read(adapter)).toBe('through the handler')
    simulator.fail('bedrock', 'rate-limit', { retryAfter: { seconds: 7 } })
    const thrown = await adapter.complete(call()).catch((error: unknown) => error)
    expect(adapter.failure(thrown)).toMatchObject({ kind: 'rate_limit', status: 429, retryAfterMs: 7000 })
    expect(signed[0]).toMatchObject({ host: 'bedrock-runtime.eu-central-1.amazonaws.com', 'x-mine': 'yes' })
  })

  it("uses the user's own client, its credentials and its transport, and tries once even where that would retry", async () => {
    const simulator = await simulated()
    const client = new BedrockRuntimeClient({
      region,
      endpoint: simulator.door('bedrock').baseURL,
      credentials,
      maxAttempts: 3,
      requestHandler: {
        async handle(request: { hostname: string; port: number; path: string; headers: Record<string, string>; body: string }) {
          const url = `http://${request.hostname}:${request.port}${request.path}`
          const response = await fetch(url, { method: 'POST', headers: request.headers, body: request.body })
          return { response: { statusCode: response.status, headers: Object.fromEntries(response.headers), body: response.body } }
        },
      },
    })
    const adapter = bedrock({ client })
    expect(adapter.key).toBeNull()
    expect((await adapter.complete(call({ secret: new Secret('') }))).object).toBe('chat.completion')
    simulator.fail('bedrock', 'overloaded')
    const thrown = await adapter.complete(call({ secret: new Secret('') })).catch((error: unknown) => error)
    expect(adapter.failure(thrown)).toMatchObject({ kind: 'overloaded', status: 503 })
    expect(simulator.requests.map(({ key }) => key)).toEqual([credentials.accessKeyId, credentials.accessKeyId])
  })
})

describe('options', () => {
  it.each([
    [{}, 'bedrock.region'],
    [{ region: 'https://evil.example' }, 'bedrock.region'],
    [{ region, key: null }, 'bedrock.key'],
    [{ region, key: 'NAME', credentials }, 'bedrock.credentials'],
    [{ region, credentials: { accessKeyId: 'x' } }, 'bedrock.credentials'],
    [{ region, requestHandler: {} }, 'bedrock.requestHandler'],
    [{ region, regoin: 'x' }, 'bedrock.regoin'],
    [{ region, baseURL: 'http://bedrock.example' }, 'bedrock.baseURL'],
  ])('refuses %j, naming %s', (options, field) => {
    const make = (): unknown => Reflect.apply(bedrock, undefined, [options])
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
  })

  it('declares no place of processing unless told: a cross-region profile leaves its region', () => {
    expect(bedrock({ region }).region).toBeUndefined()
    expect(bedrock({ region, residency: 'eu' }).region).toBe('eu')
  })
})
