import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, ThrottlingException } from '@aws-sdk/client-bedrock-runtime'
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/contracts/failure.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'

const model = 'us.anthropic.claude-sonnet-4-6'
const { failure } = bedrock({ region: 'us-east-1' })

/** What the adapter makes of an answer. */
async function failureOf(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Failure> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const fetch = async (): Promise<Response> => new Response(text, { status, headers })
  const adapter = bedrock({ region: 'us-east-1', fetch })
  const request = { model, messages: [{ role: 'user' as const, content: 'Hi' }] }
  const call = { model, card: undefined, request, secret: new Secret('key-of-the-test-1'), signal: new AbortController().signal }
  const thrown = await adapter.complete(call).then(
    () => expect.unreachable('a refusal became an answer'),
    (error: unknown) => error,
  )
  return adapter.failure(thrown)
}

/** What the SDK itself throws for an answer, in a client without the adapter. */
async function thrownBySdk(statusCode: number, body: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    token: { token: 'x' },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    requestHandler: {
      handle: async () => ({ response: Object.assign(responseOf(statusCode, headers), { body: Buffer.from(body) }) }),
    },
  })
  return client.send(new ConverseCommand({ modelId: model, messages: [] })).then(
    () => expect.unreachable('a refusal became an answer'),
    (error: unknown) => error,
  )
}

function responseOf(statusCode: number, headers: Readonly<Record<string, string>>): object {
  return { statusCode, headers: { ...headers }, reason: '' }
}

describe('a refusal', () => {
  it.each([
    [400, 'ValidationException', 'Input is too long for requested model.', 'context_length'],
    [
      400,
      'ValidationException',
      'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
      'context_length',
    ],
    [
      400,
      'ValidationException',
      'The model returned the following errors: prompt is too long: 9 tokens > 8 maximum',
      'context_length',
    ],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'not_found'],
    [400, 'ValidationException', 'Invocation of model ID deepseek.r1-v1:0 with on-demand throughput isn’t supported.', 'not_found'],
    [404, 'ResourceNotFoundException', 'This model version has reached the end of its life.', 'not_found'],
    [400, 'ValidationException', 'The text field in the ContentBlock object at messages.0.content.0 is blank.', 'invalid_request'],
    [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'auth'],
    [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'auth'],
    [403, 'InvalidSignatureException', 'The request signature we calculated does not match the signature you provided.', 'auth'],
    [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'permission'],
    [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'rate_limit'],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota'],
    [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.', 'quota'],
    [429, 'ModelNotReadyException', 'The model is not ready for inference.', 'overloaded'],
    [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.', 'overloaded'],
    [424, 'ModelErrorException', 'The system encountered an unexpected error during processing.', 'server'],
    [408, 'ModelTimeoutException', 'The model took too long.', 'server'],
    [500, 'InternalServerException', 'Internal failure.', 'server'],
  ] as const)('%i %s: %s is %s', async (status, name, message, kind) => {
    const head = { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`, 'x-amzn-requestid': 'r-1' }
    expect(await failureOf(status, { message }, head)).toMatchObject({ kind, status, message, code: name, requestId: 'r-1' })
    // The same from the SDK itself, as a client of the user's own may throw it.
    const own = failure(await thrownBySdk(status, JSON.stringify({ message }), head))
    expect(own).toMatchObject({ kind, status, code: name, requestId: 'r-1' })
  })

  it('is told by its body where no head names the exception, and by its status where nothing does', async () => {
    expect(await failureOf(400, { __type: 'com.amazon.coral.service#ThrottlingException', message: 'x' })).toMatchObject({
      kind: 'rate_limit',
      code: 'ThrottlingException',
    })
    expect(await failureOf(400, { Message: 'odd' })).toMatchObject({ kind: 'invalid_request' })
    expect(await failureOf(502, '<html><title>502 Bad Gateway</title></html>')).toMatchObject({ kind: 'server', status: 502 })
    expect(await failureOf(403, '<html><title>403 Forbidden</title></html>')).toMatchObject({ kind: 'permission', status: 403 })
    expect(await failureOf(503, '')).toMatchObject({ kind: 'server', status: 503 })
  })

  it('says how long to wait, and nothing of the key that it repeats', async () => {
    expect(await failureOf(429, { message: 'slow' }, { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 })
    expect((await failureOf(403, { message: 'bad key-of-the-test-1' })).message).toBe('bad [secret]')
  })
})

describe("errors of the SDK's own", () => {
  it.each([
    [502, '<html><h1>Bad Gateway</h1></html>', 'server'],
    [403, '<html><h1>Forbidden</h1></html>', 'permission'],
    [404, '<html><h1>Not Found</h1></html>', 'not_found'],
    [200, '<html><h1>Welcome</h1></html>', 'malformed'],
    [200, '{"output": {"mess', 'malformed'],
  ] as const)('about status %i with the body %s: %s', async (status, body, kind) => {
    expect(failure(await thrownBySdk(status, body, { 'content-type': 'text/html' }))).toMatchObject({ kind, status })
  })

  it('inside a stream have a name and no status', () => {
    const thrown = new ThrottlingException({ message: 'Too many requests', $metadata: {} })
    expect(failure(thrown)).toMatchObject({ kind: 'rate_limit', code: 'ThrottlingException', message: 'Too many requests' })
  })

  it('about credentials make the target unusable', async () => {
    const client = new BedrockRuntimeClient({
      region: 'us-east-1',
      credentials: async () =>
        Promise.reject(Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' })),
    })
    const thrown = await client.send(new ConverseStreamCommand({ modelId: model })).catch((error: unknown) => error)
    expect(failure(thrown)).toMatchObject({ kind: 'unusable' })
  })
})
