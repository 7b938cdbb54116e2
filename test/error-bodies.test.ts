import {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import { describe, expect, it } from 'vitest'
import { attemptsOf, createRouter, memoryKeys } from '../src/index.ts'
import type { ProviderAdapter } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cerebras, deepseek, openaiCompatible, openrouter, xai } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'

type Fetch = typeof globalThis.fetch
type Thrown = abstract new (...parameters: never[]) => Error

const makers = {
  openai: (fetch: Fetch) => openai({ fetch }),
  azure: (fetch: Fetch) => azure({ fetch, resource: 'contoso' }),
  anthropic: (fetch: Fetch) => anthropic({ fetch }),
  google: (fetch: Fetch) => google({ fetch }),
  mistral: (fetch: Fetch) => mistral({ fetch }),
  bedrock: (fetch: Fetch) => bedrock({ fetch, region: 'us-east-1' }),
  xai: (fetch: Fetch) => xai({ fetch }),
  deepseek: (fetch: Fetch) => deepseek({ fetch }),
  cerebras: (fetch: Fetch) => cerebras({ fetch }),
  openrouter: (fetch: Fetch) => openrouter({ fetch }),
  perplexity: (fetch: Fetch) => perplexity({ fetch }),
  replicate: (fetch: Fetch) => replicate({ fetch }),
  'm365-copilot': (fetch: Fetch) => m365Copilot({ fetch, getToken: () => 'a-token-for-tests' }),
  llamacpp: (fetch: Fetch) => openaiCompatible({ id: 'llamacpp', fetch, baseURL: 'https://llama.example/v1' }),
} as const satisfies Record<string, (fetch: Fetch) => ProviderAdapter>

const models: Readonly<Partial<Record<keyof typeof makers, string>>> = {
  replicate: 'meta/meta-llama-3-70b-instruct',
  bedrock: 'amazon.nova-lite-v1:0',
}

const names = `OPENAI_API_KEY AZURE_OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY MISTRAL_API_KEY AWS_BEARER_TOKEN_BEDROCK
  XAI_API_KEY DEEPSEEK_API_KEY CEREBRAS_API_KEY OPENROUTER_API_KEY PERPLEXITY_API_KEY REPLICATE_API_TOKEN`.split(/\s+/)
const keys = memoryKeys(Object.fromEntries(names.map((name) => [name, 'a-key-for-tests'])))

interface Case {
  readonly vendor: keyof typeof makers
  readonly says: string
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly kind: string
  readonly thrown: Thrown
  readonly code?: string
}

const error = (fields: object): object => ({ error: fields })
const anthropicError = (type: string, message: string, more: object = {}): object => ({
  type: 'error',
  error: { type, message, ...more },
})
const googleError = (code: number, status: string, message: string, details: readonly object[] = []): object =>
  error({ code, status, message, details })
const aws = (name: string): Readonly<Record<string, string>> => ({ 'x-amzn-errortype': name })

/** What vendors say when they refuse, in their own words, and what becomes of it. */
const cases: readonly Case[] = [
  {
    vendor: 'openai',
    says: 'too many requests',
    status: 429,
    body: error({ message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' }),
    headers: { 'retry-after': '1' },
    kind: 'rate_limit',
    thrown: RateLimitError,
    code: 'rate_limit_exceeded',
  },
  {
    vendor: 'openai',
    says: 'no credit left',
    status: 429,
    body: error({ message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' }),
    kind: 'quota',
    thrown: RateLimitError,
    code: 'insufficient_quota',
  },
  {
    vendor: 'openai',
    says: 'overloaded',
    status: 503,
    body: error({ message: 'The engine is currently overloaded, please try again later', type: 'server_error' }),
    kind: 'overloaded',
    thrown: InternalServerError,
  },
  {
    vendor: 'openai',
    says: 'context too long',
    status: 400,
    body: error({
      message: "This model's maximum context length is 128000 tokens.",
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    }),
    kind: 'context_length',
    thrown: BadRequestError,
    code: 'context_length_exceeded',
  },
  {
    vendor: 'openai',
    says: 'against the usage policy',
    status: 400,
    body: error({
      message: 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
      type: 'invalid_request_error',
      code: 'invalid_prompt',
    }),
    kind: 'content_filter',
    thrown: BadRequestError,
  },
  {
    vendor: 'openai',
    says: 'a wrong key',
    status: 401,
    body: error({ message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' }),
    kind: 'auth',
    thrown: AuthenticationError,
    code: 'invalid_api_key',
  },
  {
    vendor: 'openai',
    says: 'no such model',
    status: 404,
    body: error({ message: 'The model `m` does not exist', type: 'invalid_request_error', code: 'model_not_found' }),
    kind: 'not_found',
    thrown: NotFoundError,
    code: 'model_not_found',
  },
  {
    vendor: 'azure',
    says: 'filtered',
    status: 400,
    body: error({
      message: 'The response was filtered',
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true, severity: 'high' } } },
    }),
    kind: 'content_filter',
    thrown: BadRequestError,
    code: 'content_filter',
  },
  {
    vendor: 'azure',
    says: 'no capacity',
    status: 429,
    body: error({ code: 'NoCapacity', message: 'No capacity is available for this model' }),
    headers: { 'retry-after-ms': '1200' },
    kind: 'overloaded',
    thrown: RateLimitError,
  },
  {
    vendor: 'azure',
    says: 'no such deployment',
    status: 404,
    body: error({ code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' }),
    kind: 'not_found',
    thrown: NotFoundError,
  },
  {
    vendor: 'anthropic',
    says: 'too many requests',
    status: 429,
    body: anthropicError('rate_limit_error', 'This request would exceed your rate limit.'),
    headers: { 'retry-after': '3' },
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'anthropic',
    says: 'a spend limit',
    status: 429,
    body: anthropicError('rate_limit_error', 'Spend limit reached.', { details: { error_code: 'enforced_spend_limit_reached' } }),
    kind: 'quota',
    thrown: RateLimitError,
  },
  {
    vendor: 'anthropic',
    says: 'a bill unpaid',
    status: 402,
    body: anthropicError('billing_error', 'Payment required.'),
    kind: 'quota',
    thrown: APIError,
  },
  {
    vendor: 'anthropic',
    says: 'overloaded',
    status: 529,
    body: anthropicError('overloaded_error', 'Overloaded'),
    kind: 'overloaded',
    thrown: InternalServerError,
  },
  {
    vendor: 'anthropic',
    says: 'context too long',
    status: 400,
    body: anthropicError('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    kind: 'context_length',
    thrown: BadRequestError,
  },
  {
    vendor: 'anthropic',
    says: 'no credit left',
    status: 400,
    body: anthropicError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
    kind: 'quota',
    thrown: BadRequestError,
  },
  {
    vendor: 'google',
    says: 'too many requests',
    status: 429,
    body: googleError(429, 'RESOURCE_EXHAUSTED', 'Resource exhausted', [
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' },
    ]),
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'google',
    says: 'the day used up',
    status: 429,
    body: googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
      },
    ]),
    kind: 'quota',
    thrown: RateLimitError,
  },
  {
    vendor: 'google',
    says: 'overloaded',
    status: 503,
    body: googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    kind: 'overloaded',
    thrown: InternalServerError,
  },
  {
    vendor: 'google',
    says: 'context too long',
    status: 400,
    body: googleError(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    kind: 'context_length',
    thrown: BadRequestError,
  },
  {
    vendor: 'google',
    says: 'a wrong key',
    status: 400,
    body: googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
    ]),
    kind: 'auth',
    thrown: BadRequestError,
  },
  {
    vendor: 'mistral',
    says: 'too many requests',
    status: 429,
    body: { object: 'error', message: 'Requests rate limit exceeded', type: 'rate_limited', param: null, code: '1300' },
    kind: 'rate_limit',
    thrown: RateLimitError,
    code: '1300',
  },
  {
    vendor: 'mistral',
    says: 'no capacity',
    status: 429,
    body: {
      object: 'error',
      message: 'Service tier capacity exceeded for this model.',
      type: 'service_tier_capacity_exceeded',
      param: null,
      code: '3505',
    },
    kind: 'overloaded',
    thrown: RateLimitError,
    code: '3505',
  },
  {
    vendor: 'mistral',
    says: 'context too long',
    status: 400,
    body: {
      object: 'error',
      message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_prompt',
      param: null,
      code: '3051',
    },
    kind: 'context_length',
    thrown: BadRequestError,
  },
  {
    vendor: 'mistral',
    says: 'a wrong key',
    status: 401,
    body: { detail: 'Unauthorized' },
    kind: 'auth',
    thrown: AuthenticationError,
  },
  {
    vendor: 'bedrock',
    says: 'too many tokens',
    status: 429,
    body: { message: 'Too many tokens, please wait before trying again.' },
    headers: aws('ThrottlingException'),
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'bedrock',
    says: 'not ready',
    status: 429,
    body: { message: 'Model is not ready for inference.' },
    headers: aws('ModelNotReadyException'),
    kind: 'overloaded',
    thrown: RateLimitError,
  },
  {
    vendor: 'bedrock',
    says: 'context too long',
    status: 400,
    body: { message: 'Input is too long for requested model.' },
    headers: aws('ValidationException'),
    kind: 'context_length',
    thrown: BadRequestError,
  },
  {
    vendor: 'bedrock',
    says: 'a model error',
    status: 424,
    body: { message: 'The system encountered an unexpected error', originalStatusCode: 500 },
    headers: aws('ModelErrorException'),
    kind: 'server',
    thrown: APIError,
  },
  {
    vendor: 'bedrock',
    says: 'no access',
    status: 403,
    body: { message: "You don't have access to the model with the specified model ID." },
    headers: aws('AccessDeniedException'),
    kind: 'permission',
    thrown: PermissionDeniedError,
  },
  {
    vendor: 'xai',
    says: 'context too long',
    status: 400,
    body: {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    },
    kind: 'context_length',
    thrown: BadRequestError,
  },
  {
    vendor: 'xai',
    says: 'no credit left',
    status: 403,
    body: {
      code: 'The caller does not have permission',
      error: 'Your newly created team has no credits yet. Purchase credits to continue.',
    },
    kind: 'quota',
    thrown: PermissionDeniedError,
  },
  {
    vendor: 'deepseek',
    says: 'no balance',
    status: 402,
    body: error({ message: 'Insufficient Balance', type: 'unknown_error', param: null, code: 'invalid_request_error' }),
    kind: 'quota',
    thrown: APIError,
  },
  {
    vendor: 'deepseek',
    says: 'a risk',
    status: 400,
    body: error({ message: 'Content Exists Risk', type: 'invalid_request_error', param: null, code: 'invalid_request_error' }),
    kind: 'content_filter',
    thrown: BadRequestError,
  },
  {
    vendor: 'cerebras',
    says: 'context too long',
    status: 400,
    body: {
      message: 'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
    kind: 'context_length',
    thrown: BadRequestError,
    code: 'context_length_exceeded',
  },
  {
    vendor: 'openrouter',
    says: 'no credit left',
    status: 402,
    body: error({ message: 'Insufficient credits.', code: 402 }),
    kind: 'quota',
    thrown: APIError,
  },
  {
    vendor: 'perplexity',
    says: 'too many requests',
    status: 429,
    body: error({ message: 'Request rate limit exceeded', type: 'request_rate_limit_exceeded', code: 429 }),
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'replicate',
    says: 'too many requests',
    status: 429,
    body: { detail: 'Request was throttled. Expected available in 5 seconds.', status: 429 },
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'replicate',
    says: 'a bill unpaid',
    status: 402,
    body: { title: 'Insufficient credit', detail: 'You have insufficient credit to run this model.', status: 402 },
    kind: 'quota',
    thrown: APIError,
  },
  {
    vendor: 'm365-copilot',
    says: 'too many requests',
    status: 429,
    body: error({ code: 'TooManyRequests', message: 'Too many requests', innerError: { code: 'TooManyRequests' } }),
    headers: { 'retry-after': '10' },
    kind: 'rate_limit',
    thrown: RateLimitError,
  },
  {
    vendor: 'm365-copilot',
    says: 'no licence',
    status: 403,
    body: error({ code: 'Forbidden', message: 'The user does not have a valid license.' }),
    kind: 'permission',
    thrown: PermissionDeniedError,
  },
  {
    vendor: 'llamacpp',
    says: 'context too long',
    status: 400,
    body: error({
      code: 400,
      message: 'the request exceeds the available context size, try increasing it',
      type: 'exceed_context_size_error',
    }),
    kind: 'context_length',
    thrown: BadRequestError,
  },
]

async function thrownBy({ vendor, status, body, headers }: Case): Promise<unknown> {
  const respond = (): Promise<Response> =>
    Promise.resolve(Response.json(body, { status, headers: { ...headers, 'x-request-id': 'req_of_the_vendor' } }))
  const client = createRouter({ providers: [makers[vendor](respond)], keys, maxRetries: 0 })
  const model = `${vendor}/${models[vendor] ?? 'some-model'}`
  try {
    await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi' }] })
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

describe('what a vendor refuses with', () => {
  it.each(cases)('$vendor: $says ($status) is $kind', async (one) => {
    const thrown = await thrownBy(one)
    expect(attemptsOf(thrown).map(({ kind }) => kind)).toEqual([one.kind])
    expect(thrown).toBeInstanceOf(one.thrown)
    expect(thrown).toBeInstanceOf(APIError)
    expect(thrown).toMatchObject({ status: one.status, ...(one.code !== undefined && { code: one.code }) })
    expect(thrown instanceof APIError && thrown.headers instanceof Headers).toBe(true)
  })

  it.each(Object.keys(makers).filter((vendor) => vendor !== 'bedrock' && vendor !== 'm365-copilot'))(
    '%s: the error names the vendor’s request',
    async (vendor) => {
      const one = cases.find((each) => each.vendor === vendor)
      if (one === undefined) throw new Error('no case')
      expect(await thrownBy(one)).toMatchObject({ requestID: 'req_of_the_vendor' })
    },
  )
})
