import { afterEach, describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/contracts/secret.ts'
import { ModelyardError } from '../../src/errors.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import type { GoogleOptions, VertexOptions } from '../../src/providers/google/index.ts'
import { callOf, collect, failureOf, frozen, json, key, kindOf, says, sse, wire } from './google-fixtures.ts'

const hello = json(says([{ text: 'Hello' }]))

/** What one call sends. */
async function sentBy(
  build: (fetch: ReturnType<typeof wire>['fetch']) => ReturnType<typeof google>,
  rest: Parameters<typeof callOf>[1] = {},
) {
  const { fetch, sent } = wire(hello)
  await build(fetch).complete(callOf({}, rest))
  const [first] = sent
  if (first === undefined) throw new Error('Nothing was sent.')
  return first
}

function badOption(build: () => unknown): string | undefined {
  try {
    build()
  } catch (error) {
    return ModelyardError.is(error) && error.code === 'BAD_OPTION' ? error.field : undefined
  }
  return undefined
}

describe('google()', () => {
  it('declares who it is', () => {
    expect(google()).toMatchObject({ id: 'google', key: 'GEMINI_API_KEY', catalog: 'google', stateOwner: 'google' })
    expect(google({ id: 'eu', key: 'OTHER', region: 'eu' })).toMatchObject({
      id: 'eu',
      key: 'OTHER',
      region: 'eu',
      stateOwner: 'google',
    })
    expect(google()).not.toHaveProperty('region')
  })

  it('speaks to the Gemini API with the key in its header alone', async () => {
    const { url, headers, init, body } = await sentBy((fetch) => google({ fetch }))
    expect(url.href).toBe('https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:generateContent')
    expect(headers.get('x-goog-api-key')).toBe(key)
    expect(url.href + JSON.stringify(body)).not.toContain(key)
    expect(init.redirect).toBe('manual')
  })

  it('streams as server-sent events', async () => {
    const { fetch, sent } = wire(sse([says([{ text: 'Hello' }])]))
    await collect(google({ fetch }).stream(callOf({ stream: true })))
    expect(sent[0]?.url.href).toBe(
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse',
    )
  })

  it('takes another base URL and version', async () => {
    const { url } = await sentBy((fetch) => google({ fetch, baseURL: 'http://127.0.0.1:9/proxy/', apiVersion: 'v1' }))
    expect(url.href).toBe('http://127.0.0.1:9/proxy/v1/models/gemini-3-flash:generateContent')
  })

  it('sends the headers of its options and of the call; null removes one', async () => {
    const { headers } = await sentBy((fetch) => google({ fetch, headers: { 'x-one': '1', 'x-two': '2', 'user-agent': null } }), {
      headers: { 'x-two': 'two', 'x-three': '3', 'X-Goog-Api-Key': 'other' },
    })
    expect(headers.get('x-goog-api-key')).toBe(key)
    expect([headers.get('x-one'), headers.get('x-two'), headers.get('x-three'), headers.get('user-agent')]).toEqual([
      '1',
      'two',
      '3',
      null,
    ])
  })

  it('uses a changed key at once', async () => {
    const { fetch, sent } = wire(hello, hello, hello)
    const adapter = google({ fetch })
    for (const secret of ['first-key', 'second-key', 'first-key'])
      await adapter.complete(callOf({}, { secret: new Secret(secret) }))
    expect(sent.map(({ headers }) => headers.get('x-goog-api-key'))).toEqual(['first-key', 'second-key', 'first-key'])
  })

  it('tells the headers of an answer, not of a refusal', async () => {
    const seen: (string | null)[] = []
    const call = callOf({}, { onHeaders: (headers) => seen.push(headers.get('x-some')) })
    const { fetch } = wire(
      json(says([{ text: 'a' }]), { headers: { 'x-some': 'ok' } }),
      json({ error: { code: 500 } }, { status: 500, headers: { 'x-some': 'refused' } }),
    )
    const adapter = google({ fetch })
    await adapter.complete(call)
    await failureOf(adapter, adapter.complete(call))
    expect(seen).toEqual(['ok'])
  })

  it('names the option that is wrong', () => {
    const strange: object = { baseUrl: 'https://x.example' }
    expect(badOption(() => google(strange))).toBe('google.baseUrl')
    expect(badOption(() => google({ baseURL: 'http://x.example' }))).toBe('google.baseURL')
    expect(badOption(() => vertex({ location: 'europe-west4' }))).toBe('vertex.project')
    expect(badOption(() => vertex({ googleAuthOptions: {} }))).toBe('vertex.project')
    expect(badOption(() => vertex({ project: 'p', googleAuthOptions: {}, key: 'K' }))).toBe('vertex.key')
  })

  it('never writes to what it was given', async () => {
    const providerOptions = frozen({
      tools: [{ functionDeclarations: [{ name: 'x', parameters: { type: 'OBJECT', properties: {} } }] }],
      responseSchema: { $schema: 'x', type: 'OBJECT' },
    })
    const message = frozen({
      role: 'assistant' as const,
      content: null,
      tool_calls: [{ id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } }],
    })
    const state = {
      provider_state: {
        v: 1,
        provider: 'google',
        model: 'gemini-3-flash',
        blocks: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }],
      },
    }
    const { fetch } = wire(hello)
    const request = {
      messages: [
        { role: 'user' as const, content: 'Hi' },
        { ...message, ...state },
      ],
    }
    await expect(google({ fetch }).complete(callOf(request, { providerOptions }))).resolves.toMatchObject({
      object: 'chat.completion',
    })
  })
})

describe('vertex()', () => {
  it('declares who it is, and where its location processes data', () => {
    expect(vertex()).toMatchObject({ id: 'vertex', key: 'GOOGLE_CLOUD_API_KEY', catalog: 'google', stateOwner: 'vertex' })
    expect(vertex({ project: 'p', location: 'europe-west4' })).toMatchObject({ region: 'eu' })
    expect(vertex({ project: 'p', location: 'us-central1', region: 'north' })).toMatchObject({ region: 'north' })
    expect(vertex({ project: 'p' })).not.toHaveProperty('region')
    expect(vertex({ project: 'p', googleAuthOptions: {} }).key).toBeNull()
  })

  it.each<[VertexOptions, string]>([
    [{}, 'https://aiplatform.googleapis.com/v1beta1/publishers/google/models/gemini-3-flash:generateContent'],
    [
      { project: 'p' },
      'https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/google/models/gemini-3-flash:generateContent',
    ],
    [
      { project: 'p', location: 'eu' },
      'https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/publishers/google/models/gemini-3-flash:generateContent',
    ],
    [
      { project: 'p', location: 'europe-west4', apiVersion: 'v1' },
      'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google/models/gemini-3-flash:generateContent',
    ],
  ])('with %j speaks to the host of its location', async (options, expected) => {
    const { url, headers } = await sentBy((fetch) => vertex({ ...options, fetch }))
    expect([url.href, headers.get('x-goog-api-key')]).toEqual([expected, key])
  })

  it('takes access tokens from an auth client', async () => {
    const { OAuth2Client } = await import('google-auth-library')
    const authClient = new OAuth2Client()
    authClient.setCredentials({ access_token: 'token-1', expiry_date: Date.now() + 3_600_000 })
    const { headers } = await sentBy((fetch) => vertex({ project: 'p', location: 'us-central1', authClient, fetch }), {
      secret: new Secret(''),
    })
    expect([headers.get('authorization'), headers.get('x-goog-api-key')]).toEqual(['Bearer token-1', null])
  })

  it('is refused by its credentials before anything is sent', async () => {
    const { OAuth2Client } = await import('google-auth-library')
    const { fetch, sent } = wire()
    expect(await kindOf(vertex({ project: 'p', authClient: new OAuth2Client(), fetch }).complete(callOf({})))).toBe('auth')
    expect(sent).toEqual([])
  })

  it("says which of its own parameters the service does not have: the caller's fault, and nothing is sent", async () => {
    const { fetch, sent } = wire()
    expect(await kindOf(vertex({ fetch }).complete(callOf({}, { providerOptions: { store: true } })))).toBe('invalid_request')
    expect(sent).toEqual([])
  })
})

describe('Google: isolation', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  const poison = {
    GOOGLE_API_KEY: 'poison',
    GEMINI_API_KEY: 'poison',
    GOOGLE_GENAI_USE_VERTEXAI: 'true',
    GOOGLE_GENAI_USE_ENTERPRISE: 'true',
    GOOGLE_CLOUD_PROJECT: 'poison',
    GOOGLE_CLOUD_LOCATION: 'poison',
    GOOGLE_CLOUD_QUOTA_PROJECT: 'poison',
    GOOGLE_GEMINI_BASE_URL: 'https://poison.example',
    GOOGLE_VERTEX_BASE_URL: 'https://poison.example',
    GOOGLE_GENAI_API_VERSION: 'poison',
    GOOGLE_GENAI_REPLAYS_DIRECTORY: 'poison',
    GOOGLE_APPLICATION_CREDENTIALS: 'poison',
  }

  it.each<[string, (options: GoogleOptions) => ReturnType<typeof google>]>([
    ['the Gemini API', (options) => google(options)],
    ['Vertex in express mode', (options) => vertex(options)],
    ['Vertex with a project', (options) => vertex({ ...options, project: 'p' })],
    ['Vertex with a project and a location', (options) => vertex({ ...options, project: 'p', location: 'us-central1' })],
  ])('no environment variable changes what is sent to %s', async (_name, build) => {
    const clean = await sentBy((fetch) => build({ fetch }))
    for (const [name, value] of Object.entries(poison)) vi.stubEnv(name, value)
    // The SDK warns of two keys in the environment, none of which it uses.
    vi.spyOn(console, 'warn').mockReturnValue()
    vi.spyOn(console, 'debug').mockReturnValue()
    const poisoned = await sentBy((fetch) => build({ fetch }))
    expect(poisoned.url.href).toBe(clean.url.href)
    expect([...poisoned.headers]).toEqual([...clean.headers])
    expect(poisoned.body).toEqual(clean.body)
    expect(JSON.stringify([poisoned.url, [...poisoned.headers]])).not.toContain('poison')
  })

  it('no environment variable changes what is sent with an auth client', async () => {
    const { OAuth2Client } = await import('google-auth-library')
    for (const [name, value] of Object.entries(poison)) vi.stubEnv(name, value)
    vi.spyOn(console, 'warn').mockReturnValue()
    vi.spyOn(console, 'debug').mockReturnValue()
    const authClient = new OAuth2Client()
    authClient.setCredentials({ access_token: 'token-1', expiry_date: Date.now() + 3_600_000 })
    const { url, headers } = await sentBy((fetch) => vertex({ project: 'p', location: 'us-central1', authClient, fetch }))
    expect(JSON.stringify([url, [...headers]])).not.toContain('poison')
    expect(headers.get('authorization')).toBe('Bearer token-1')
  })

  it('a key that is no header value is not shown in the error', async () => {
    const { fetch } = wire()
    const adapter = google({ fetch })
    const failure = await failureOf(adapter, adapter.complete(callOf({}, { secret: new Secret('se\ncret') })))
    expect(failure.kind).toBe('auth')
    expect(failure.message).not.toContain('cret')
  })
})
