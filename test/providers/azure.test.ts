import { describe, expect, it } from 'vitest'
import { AzureOpenAI } from 'openai'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../src/errors.ts'
import { azure } from '../../src/providers/azure/index.ts'
import type { AzureOptions } from '../../src/providers/azure/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'
import { azureDialect } from '../../src/testing/simulator/azure.ts'

const runner = { describe, it, environment: process.env }

describeAdapter({
  ...runner,
  name: 'azure (v1)',
  wire: azureDialect,
  create: (wire) => azure(wire.baseURL === undefined ? { ...wire, resource: 'contoso' } : wire),
})

describeAdapter({
  ...runner,
  name: 'azure (v1, Responses)',
  wire: azureDialect,
  model: 'gpt-6-sol',
  create: (wire) => azure({ ...(wire.baseURL === undefined ? { ...wire, resource: 'contoso' } : wire), api: 'responses' }),
})

describeAdapter({
  ...runner,
  name: 'azure (deployments)',
  wire: { ...azureDialect, basePath: '/openai' },
  create: (wire) => azure({ ...(wire.baseURL === undefined ? { ...wire, resource: 'contoso' } : wire), apiVersion: '2024-10-21' }),
})

const request: ChatRequest = { model: 'whatever', messages: [{ role: 'user', content: 'Hi' }] }
const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
      content_filter_results: { hate: { filtered: false, severity: 'safe' } },
    },
  ],
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

const callOf = (over: Partial<AdapterCall> = {}): AdapterCall => ({
  model: 'prod',
  card: undefined,
  request,
  secret: new Secret('key-for-tests'),
  signal: new AbortController().signal,
  ...over,
})

function wired(options: AzureOptions = {}, reply: () => Response = () => Response.json(completion)) {
  const sent: { url: string; headers: Headers; body: unknown }[] = []
  const adapter = azure({
    resource: 'contoso',
    ...options,
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      sent.push({ url: url instanceof Request ? url.url : String(url), headers: new Headers(init?.headers), body })
      return reply()
    },
  })
  return { adapter, sent }
}

async function failureOf(work: Promise<unknown>, { failure }: Pick<ReturnType<typeof azure>, 'failure'>) {
  try {
    await work
  } catch (error) {
    return failure(error)
  }
  throw new Error('it succeeded')
}

describe('where a request goes', () => {
  it('is the v1 API, the deployment in the body, the key as bearer', async () => {
    const { adapter, sent } = wired()
    expect(await adapter.complete(callOf())).toEqual(completion)
    expect(sent[0]).toMatchObject({
      url: 'https://contoso.openai.azure.com/openai/v1/chat/completions',
      body: { model: 'prod', messages: request.messages },
    })
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer key-for-tests')
  })

  it('is the deployment’s own path with a dated version, the key in a header of its own', async () => {
    const { adapter, sent } = wired({ apiVersion: '2024-10-21' })
    await adapter.complete(callOf({ model: 'my prod' }))
    await adapter.complete(callOf({ headers: { 'api-key': 'other', 'x-mine': '1' } }))
    expect(sent.map(({ url }) => url)).toEqual([
      'https://contoso.openai.azure.com/openai/deployments/my%20prod/chat/completions?api-version=2024-10-21',
      'https://contoso.openai.azure.com/openai/deployments/prod/chat/completions?api-version=2024-10-21',
    ])
    for (const { headers } of sent) {
      expect(headers.get('api-key')).toBe('key-for-tests')
      expect(headers.get('authorization')).toBeNull()
    }
    expect(sent[1]?.headers.get('x-mine')).toBe('1')
  })

  it('is any endpoint, or that of a client of the user’s own', async () => {
    const { adapter, sent } = wired({ resource: undefined, endpoint: 'https://contoso.services.ai.azure.com/' })
    await adapter.complete(callOf())
    expect(sent[0]?.url).toBe('https://contoso.services.ai.azure.com/openai/v1/chat/completions')
    const urls: string[] = []
    const own = new AzureOpenAI({
      apiKey: 'own',
      apiVersion: '2024-10-21',
      endpoint: 'https://own.openai.azure.com',
      fetch: async (url) => {
        urls.push(url instanceof Request ? url.url : url.toString())
        return Response.json(completion)
      },
    })
    const adapterOfOwn = azure({ client: own })
    expect(adapterOfOwn.key).toBeNull()
    await adapterOfOwn.complete(callOf())
    expect(urls).toEqual(['https://own.openai.azure.com/openai/deployments/prod/chat/completions?api-version=2024-10-21'])
  })

  it.each([
    [{}, /where it is/],
    [{ resource: 'a', endpoint: 'https://a.example' }, /one of resource, endpoint/],
    [{ resource: 'https://a.openai.azure.com' }, /not its URL/],
    [{ endpoint: 'http://a.example' }, /unencrypted/],
    [{ resource: 'a', key: 'K', azureADTokenProvider: async () => 't' }, /got both/],
  ])('%j is an error of set-up', (options, message) => {
    expect(() => azure(options)).toThrow(ModelyardError)
    expect(() => azure(options)).toThrow(message)
  })
})

describe('what is behind a deployment', () => {
  const tools: ChatRequest['tools'] = [{ type: 'function', function: { name: 'f' } }]

  it('decides on parameters and on the API', async () => {
    const deployments = { prod: 'gpt-6-sol', old: 'gpt-4o' }
    const { adapter, sent } = wired({ deployments }, () =>
      Response.json({ id: 'r', status: 'completed', model: 'gpt-6-sol', output: [{ type: 'message', content: [] }] }),
    )
    expect(adapter.deployments).toEqual(deployments)
    expect(adapter.supports({ ...request, temperature: 0 }, undefined, 'prod')).toEqual({ level: 'yes', dropped: ['temperature'] })
    expect(adapter.supports({ ...request, temperature: 0 }, undefined, 'old')).toEqual({ level: 'yes', dropped: [] })
    await adapter.complete(callOf({ request: { ...request, tools, reasoning_effort: 'low' } }))
    expect(sent[0]).toMatchObject({
      url: 'https://contoso.openai.azure.com/openai/v1/responses',
      body: { model: 'prod', reasoning: { effort: 'low' }, store: false },
    })
  })

  it('goes by its own name where nothing else is said', () => {
    const { adapter } = wired()
    expect(adapter.supports({ ...request, temperature: 0 }, undefined, 'gpt-6-sol')).toMatchObject({ dropped: ['temperature'] })
    expect(adapter.supports({ ...request, temperature: 0, stop: 'x' }, undefined, 'gpt-35-turbo')).toMatchObject({ dropped: [] })
  })

  it('can do no more than chat completions on the deployments’ own paths', () => {
    const { adapter } = wired({ apiVersion: '2024-10-21', deployments: { prod: 'gpt-6-sol' } })
    expect(adapter.supports({ ...request, tools }, undefined, 'prod')).toEqual({ level: 'yes', dropped: ['reasoning_effort'] })
    expect(adapter.supports({ ...request, tools, reasoning_effort: 'low' }, undefined, 'prod')).toMatchObject({ level: 'no' })
    expect(adapter.supports({ ...request, web_search_options: {} }, undefined, 'prod')).toMatchObject({
      level: 'no',
      field: 'web_search_options',
    })
  })

  it('may be a card of the user’s own', () => {
    const card = { provider: 'openai', id: 'gpt-9', tier: 'complex', input: ['text'], features: ['tools'], prices: null } as const
    expect(wired({ deployments: { prod: card } }).adapter).toMatchObject({
      deployments: { prod: 'gpt-9' },
      models: [{ ...card, id: 'prod', provider: 'azure' }],
    })
  })
})

describe('access tokens', () => {
  it('are asked for at each call, and anew after a 401, with one request for each call', async () => {
    const asked: boolean[] = []
    let status = 200
    const { adapter, sent } = wired(
      {
        azureADTokenProvider: async ({ forceRefresh }) => {
          asked.push(forceRefresh)
          return forceRefresh ? 'token-new' : 'token-old'
        },
      },
      () =>
        status === 200
          ? Response.json(completion)
          : Response.json({ error: { code: '401', message: 'token-old is old' } }, { status }),
    )
    expect(adapter.key).toBeNull()
    await adapter.complete(callOf({ secret: new Secret('') }))
    status = 401
    const failure = await failureOf(adapter.complete(callOf()), adapter)
    expect(failure).toMatchObject({ kind: 'auth', status: 401 })
    expect(failure.message).not.toContain('token-old')
    status = 200
    await adapter.complete(callOf())
    await adapter.complete(callOf())
    expect(asked).toEqual([false, false, true, false])
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-old',
      'Bearer token-old',
      'Bearer token-new',
      'Bearer token-old',
    ])
  })

  it('go as bearer on the deployments’ own paths too', async () => {
    const { adapter, sent } = wired({ apiVersion: '2024-10-21', azureADTokenProvider: async () => 'token-1' })
    await adapter.complete(callOf())
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer token-1')
    expect(sent[0]?.headers.get('api-key')).toBeNull()
  })

  it('that are not there are the provider’s fault, and an abort ends the waiting', async () => {
    const broken = wired({ azureADTokenProvider: async () => Promise.reject(new Error('secret detail')) })
    const failure = await failureOf(broken.adapter.complete(callOf()), broken.adapter)
    expect(failure).toMatchObject({ kind: 'auth', message: 'The token provider failed.' })
    const empty = wired({ azureADTokenProvider: async () => '' })
    expect(await failureOf(empty.adapter.complete(callOf()), empty.adapter)).toMatchObject({ kind: 'auth' })
    const hanging = wired({ azureADTokenProvider: () => new Promise<string>(() => undefined) })
    const stop = new AbortController()
    const work = hanging.adapter.complete(callOf({ signal: stop.signal }))
    stop.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
    expect([broken, empty, hanging].map(({ sent }) => sent.length)).toEqual([0, 0, 0])
  })
})

const chunk = (choices: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices, ...more })}\n\n`

describe('the content filter', () => {
  it('streams its verdicts beside the answer, and those behind its end are left out', async () => {
    const filter = { hate: { filtered: false, severity: 'safe' } }
    const text = [
      chunk([], { id: '', model: '', created: 0, object: '', prompt_filter_results: [{ prompt_index: 0 }] }),
      chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
      chunk([{ index: 0, delta: { content: 'Hi' }, finish_reason: null, content_filter_results: filter }]),
      chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
      chunk([
        { index: 0, delta: {}, finish_reason: null, content_filter_results: filter, content_filter_offsets: { end_offset: 2 } },
      ]),
      chunk([], { usage: completion.usage }),
      'data: [DONE]\n\n',
    ].join('')
    const { adapter } = wired({}, () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }))
    const chunks: ChatCompletionChunk[] = []
    for await (const each of adapter.stream(callOf({ request: { ...request, stream: true } }))) chunks.push(each)
    expect(chunks).toHaveLength(4)
    expect(chunks[0]).toMatchObject({ id: 'c1', model: 'gpt-4o', prompt_filter_results: [{ prompt_index: 0 }] })
    expect(chunks[1]?.choices[0]).toMatchObject({ delta: { content: 'Hi' }, content_filter_results: filter })
    expect(chunks[2]?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks[3]?.usage).toEqual(completion.usage)
  })

  it.each([
    [400, { code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } }, 'content_filter'],
    [400, { code: null, innererror: { code: 'ResponsibleAIPolicyViolation' } }, 'content_filter'],
    [404, { code: 'DeploymentNotFound' }, 'not_found'],
    [400, { code: 'OperationNotSupported' }, 'not_found'],
    [429, { code: '429', message: 'You have exceeded call rate limit of your current pricing tier; see quota.' }, 'rate_limit'],
    [429, { code: 'NoCapacity' }, 'overloaded'],
    [401, { code: '401', message: 'Access denied due to invalid subscription key.' }, 'auth'],
    [400, { code: 'context_length_exceeded' }, 'context_length'],
  ])('%i %j is %s', async (status, error, kind) => {
    const headers = { 'apim-request-id': 'apim-1', 'retry-after-ms': '250' }
    const { adapter } = wired({}, () => Response.json({ error: { message: 'm', ...error } }, { status, headers }))
    expect(await failureOf(adapter.complete(callOf()), adapter)).toMatchObject({
      kind,
      status,
      requestId: 'apim-1',
      retryAfterMs: 250,
    })
    expect(adapter.failure(new AttemptError('network', 'x'))).toMatchObject({ kind: 'network' })
  })
})
