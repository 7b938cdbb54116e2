import { describe, expect, it } from 'vitest'
import { AttemptError, ModelyardError } from '../../src/errors.ts'
import { google } from '../../src/providers/google/index.ts'
import { callOf, collect, failureOf, json, key, wire } from './google-fixtures.ts'

const type = (name: string) => `type.googleapis.com/google.rpc.${name}`

function failed(status: number, body: unknown, headers: Record<string, string> = {}) {
  const adapter = google({ fetch: wire(json(body, { status, headers })).fetch })
  return failureOf(adapter, adapter.complete(callOf({})))
}

const error = (code: number, status: string, message: string, details: readonly unknown[] = []) => ({
  error: { code, status, message, details },
})

function quota(quotaId: string) {
  const details = [{ '@type': type('QuotaFailure'), violations: [{ quotaId }] }]
  return failed(429, error(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', details))
}

function page() {
  const headers = { 'content-type': 'text/html' }
  return new Response('<html><title>502 Bad Gateway</title></html>', { status: 502, headers })
}

describe('Google: refusals', () => {
  it.each([
    [400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.', 'invalid_request'],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
      'context_length',
    ],
    [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'auth'],
    [400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', 'auth'],
    [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', 'permission'],
    [400, 'FAILED_PRECONDITION', 'Gemini API free tier is not available. Please enable billing on your project.', 'quota'],
    [400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.', 'too_large'],
    [400, 'INVALID_ARGUMENT', 'The prompt was blocked because of prohibited content.', 'content_filter'],
    [401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', 'auth'],
    [403, 'PERMISSION_DENIED', 'Permission denied on resource project x.', 'permission'],
    [403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.', 'quota'],
    [404, 'NOT_FOUND', 'models/x is not found for API version v1beta.', 'not_found'],
    [429, 'RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.', 'rate_limit'],
    [429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', 'rate_limit'],
    [499, 'CANCELLED', 'The operation was cancelled.', 'server'],
    [500, 'INTERNAL', 'An internal error has occurred.', 'server'],
    [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', 'overloaded'],
    [504, 'DEADLINE_EXCEEDED', 'The request timed out.', 'server'],
  ])('%s %s "%s" is %s', async (status, word, message, kind) => {
    expect(await failed(status, error(status, word, message))).toMatchObject({ kind, status, message, code: word })
  })

  it('say how long to wait, in their details and in headers', async () => {
    const details = [{ '@type': type('RetryInfo'), retryDelay: '34.07s' }]
    expect(await failed(429, error(429, 'RESOURCE_EXHAUSTED', 'Slow down', details))).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 34_070,
    })
    expect(await failed(429, error(429, 'RESOURCE_EXHAUSTED', 'Slow down', details), { 'retry-after': '2' })).toMatchObject({
      retryAfterMs: 2000,
    })
  })

  it('of a quota per day are a quota, those per minute a rate limit', async () => {
    expect(await quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier')).toMatchObject({ kind: 'quota' })
    expect(await quota('GenerateContentPaidTierInputTokensPerModelPerMinute')).toMatchObject({ kind: 'rate_limit' })
  })

  it('carry the reason, the whole error object and the headers', async () => {
    const details = [{ '@type': type('ErrorInfo'), reason: 'API_KEY_INVALID' }]
    const body = error(400, 'INVALID_ARGUMENT', 'API key not valid.', details)
    const failure = await failed(400, body, { 'x-some': 'header' })
    expect(failure).toMatchObject({ type: 'API_KEY_INVALID', body: body.error })
    expect(failure.headers?.get('x-some')).toBe('header')
  })

  it('are read also when they are wrapped in a list, or are a page', async () => {
    expect(await failed(503, [error(503, 'UNAVAILABLE', 'Busy')])).toMatchObject({ kind: 'overloaded', message: 'Busy' })
    const adapter = google({ fetch: wire(page).fetch })
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'server', status: 502 })
  })

  it('of a stream are the same as those of an answer', async () => {
    const adapter = google({ fetch: wire(json(error(503, 'UNAVAILABLE', 'Busy'), { status: 503 })).fetch })
    expect(await failureOf(adapter, collect(adapter.stream(callOf({ stream: true }))))).toMatchObject({
      kind: 'overloaded',
      status: 503,
    })
  })

  it('never show the key', async () => {
    const failure = await failed(400, error(400, 'INVALID_ARGUMENT', `API key ${key} not valid.`))
    expect(JSON.stringify(failure)).not.toContain(key)
  })

  it('that are redirects are not followed', async () => {
    const adapter = google({
      fetch: wire(() => new Response(null, { status: 307, headers: { location: 'https://evil.example' } })).fetch,
    })
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'redirect', status: 307 })
  })
})

describe('Google: failure()', () => {
  const { failure } = google()

  it("understands the SDK's own error, whose message is the vendor's body", () => {
    const thrown = Object.assign(new Error(JSON.stringify(error(429, 'RESOURCE_EXHAUSTED', 'Slow down', [{ retryDelay: '3s' }]))), {
      status: 429,
    })
    expect(failure(thrown)).toMatchObject({
      kind: 'rate_limit',
      status: 429,
      message: 'Slow down',
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 3000,
    })
  })

  it('gives a classified error back as it is', () => {
    expect(failure(new AttemptError('truncated', 'Cut.'))).toMatchObject({ kind: 'truncated', message: 'Cut.' })
    expect(failure(new ModelyardError('MISSING_SDK', 'Not there.'))).toMatchObject({ kind: 'unusable' })
  })

  it.each([
    [new TypeError('fetch failed'), 'network'],
    [new DOMException('x', 'AbortError'), 'aborted'],
    [undefined, 'internal'],
    ['text', 'internal'],
    [null, 'internal'],
  ])('never throws: %s', (thrown, kind) => {
    expect(failure(thrown).kind).toBe(kind)
  })
})
