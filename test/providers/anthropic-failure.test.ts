import { describe, expect, it } from 'vitest'
import { classification } from '../../src/classification.ts'
import { ModelyardError } from '../../src/errors.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { callOf, failureOf, json, wired } from './anthropic-fixtures.ts'

async function refused(status: number, error: object, headers: Record<string, string> = {}) {
  const { adapter } = wired(() =>
    json({ type: 'error', error, request_id: 'req_1' }, { status, headers: { 'request-id': 'req_1', ...headers } }),
  )
  return failureOf(adapter, adapter.complete(callOf({})))
}

describe('a refusal', () => {
  it.each([
    [400, 'invalid_request_error', 'messages.0: no', 'invalid_request'],
    [400, 'invalid_request_error', 'prompt is too long: 3333404 tokens > 200000 maximum', 'context_length'],
    [400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000', 'context_length'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'quota'],
    [400, 'invalid_request_error', 'You have reached your specified API usage limits.', 'quota'],
    [400, 'invalid_request_error', 'This organization has been disabled.', 'permission'],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'content_filter'],
    [400, 'invalid_request_error', "The model 'claude-2.1' has been deprecated.", 'not_found'],
    [400, 'invalid_request_error', 'invalid x-api-key', 'auth'],
    [401, 'authentication_error', 'invalid x-api-key', 'auth'],
    [402, 'billing_error', 'Payment required', 'quota'],
    [403, 'permission_error', 'Your API key does not have permission', 'permission'],
    [404, 'not_found_error', 'model: claude-9', 'not_found'],
    [409, 'conflict_error', 'busy', 'conflict'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'too_large'],
    [429, 'rate_limit_error', 'This request would exceed your rate limit', 'rate_limit'],
    [500, 'api_error', 'Internal server error', 'server'],
    [504, 'timeout_error', 'Timed out', 'server'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
    [418, 'teapot_error', 'short and stout', 'rejected'],
  ])('%i %s "%s" is %s', async (status, type, message, kind) => {
    expect(await refused(status, { type, message })).toMatchObject({ kind, status, type, message, requestId: 'req_1' })
  })

  it.each([
    ['enforced_spend_limit_reached', 'quota'],
    ['contract_spend_limit_reached', 'quota'],
    ['ramp_limit_exceeded', 'rate_limit'],
    ['a_code_of_the_future', 'rate_limit'],
  ])('429 with the code %s is %s', async (error_code, kind) => {
    const failure = await refused(429, { type: 'rate_limit_error', message: 'limit', details: { error_code } })
    expect(failure).toMatchObject({ kind, code: error_code })
  })

  it('says how long to wait', async () => {
    const failure = await refused(
      429,
      { type: 'rate_limit_error', message: 'slow' },
      { 'retry-after': '12', 'x-should-retry': 'true' },
    )
    expect(failure).toMatchObject({ retryAfterMs: 12_000, shouldRetry: true })
    expect(failure.headers?.get('retry-after')).toBe('12')
  })

  it('by a proxy, as a page, is classified by its status', async () => {
    const { adapter } = wired(() => new Response('<html><title>502 Bad Gateway</title></html>', { status: 502 }))
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'server', status: 502 })
  })

  it('never repeats the key', async () => {
    const failure = await refused(401, { type: 'authentication_error', message: 'bad key sk-ant-secret' })
    expect(JSON.stringify(failure)).not.toContain('sk-ant-secret')
  })
})

describe('a failure without an answer', () => {
  it('of the network is one of the network', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const { adapter } = wired(() => {
      throw new TypeError('fetch failed', { cause })
    })
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'network' })
  })

  it("of the call's own signal rejects with its reason", async () => {
    const { adapter, sent } = wired(() => json({}))
    const reason = new Error('enough')
    await expect(adapter.complete(callOf({}, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(sent).toHaveLength(0)
  })

  it('is the field, where the request cannot be served', async () => {
    const { adapter, sent } = wired(() => json({}))
    expect(await failureOf(adapter, adapter.complete(callOf({ n: 2 })))).toMatchObject({ kind: 'invalid_request', param: 'n' })
    expect(sent).toHaveLength(0)
  })

  it('is always classified, whatever was thrown', () => {
    const { failure } = anthropic()
    for (const thrown of [undefined, null, 'text', 7, {}, new Error('x'), new ModelyardError('MISSING_SDK', 'no')]) {
      expect(Object.keys(classification)).toContain(failure(thrown).kind)
    }
    expect(failure(new ModelyardError('MISSING_SDK', 'no')).kind).toBe('unusable')
  })
})
