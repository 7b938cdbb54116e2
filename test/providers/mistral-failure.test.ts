import { describe, expect, it } from 'vitest'
import { mistral } from '../../src/providers/mistral/index.ts'
import { call, failureOf, wire } from './mistral-fixtures.ts'

function error(message: unknown, more: object = {}): object {
  return { object: 'error', message, type: 'invalid_request_error', param: null, code: null, ...more }
}

async function refusal(status: number, body: unknown, headers: HeadersInit = {}): ReturnType<typeof failureOf> {
  const { fetch } = wire(() =>
    typeof body === 'string' ? new Response(body, { status, headers }) : Response.json(body, { status, headers }),
  )
  return failureOf(mistral({ fetch }).complete(call({})))
}

describe('a refusal', () => {
  it.each<[string, number, unknown, object]>([
    ['no key', 401, { detail: 'Unauthorized' }, { kind: 'auth', message: 'Unauthorized' }],
    ['a key of a proxy', 401, { message: 'Unauthorized', request_id: 'r' }, { kind: 'auth', message: 'Unauthorized' }],
    ['no money', 402, { detail: 'Payment required' }, { kind: 'quota' }],
    [
      'a limit of the account',
      429,
      error('Rate limit exceeded', { type: 'rate_limited', code: '1300' }),
      { kind: 'rate_limit', code: '1300' },
    ],
    ['a limit without a code', 429, { message: 'Requests rate limit exceeded' }, { kind: 'rate_limit' }],
    [
      "a limit that is the vendor's own",
      429,
      error('Service tier capacity exceeded for this model.', { type: 'service_tier_capacity_exceeded', code: '3505' }),
      { kind: 'overloaded', status: 429, code: '3505', type: 'service_tier_capacity_exceeded' },
    ],
    [
      'an unknown model',
      400,
      error('Invalid model: x', { type: 'invalid_model', code: '1500' }),
      { kind: 'not_found', status: 400 },
    ],
    [
      'too much',
      400,
      error('Prompt contains 300000 tokens and 0 draft tokens, too large for model with 262144 maximum context length'),
      { kind: 'context_length' },
    ],
    [
      'a bad tool id',
      400,
      error('Tool call id was x but must be a-z, A-Z, 0-9, with a length of 9.', { code: '3280' }),
      { kind: 'invalid_request' },
    ],
    [
      'a bad order',
      400,
      error("Unexpected role 'user' after role 'tool'", { code: '3230' }),
      { kind: 'invalid_request', code: '3230' },
    ],
    ['a guardrail', 403, error('The request was blocked by a guardrail.'), { kind: 'content_filter' }],
    ['no permission', 403, error('You are not allowed'), { kind: 'permission' }],
    ['an overloaded server', 503, error('Service unavailable.', { code: '1001' }), { kind: 'server' }],
    [
      'a page',
      502,
      '<html><head><title>502 Bad Gateway</title></head></html>',
      { kind: 'server', message: 'an HTML page: 502 Bad Gateway' },
    ],
  ])('for %s', async (_, status, body, expected) => {
    expect(await refusal(status, body)).toMatchObject({ status, ...expected })
  })

  it.each<[string, object]>([
    [
      'as the vendor wraps it',
      error({
        detail: [
          { type: 'missing', loc: ['body', 'messages', 0, 'user', 'content'], msg: 'Field required', input: 'a private word' },
        ],
      }),
    ],
    [
      'bare',
      {
        detail: [
          { type: 'missing', loc: ['body', 'messages', 0, 'user', 'content'], msg: 'Field required', input: 'a private word' },
        ],
      },
    ],
  ])('for a wrong shape names place and problem, and not what was said there: %s', async (_, body) => {
    const failure = await refusal(422, body)
    expect(failure).toMatchObject({
      kind: 'invalid_request',
      status: 422,
      message: 'messages[0].user.content: Field required',
      param: 'messages[0].user.content',
    })
  })

  it('carries the id of the request, and how long to wait', async () => {
    const failure = await refusal(429, error('Rate limit exceeded'), { 'mistral-correlation-id': 'corr-1', 'retry-after': '2' })
    expect(failure).toMatchObject({ requestId: 'corr-1', retryAfterMs: 2000 })
  })
})
