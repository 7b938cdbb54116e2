import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/errors.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import { call, completed, failureOf, follow, json, key, prediction, wire } from './replicate-fixtures.ts'

const refused = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  failureOf(replicate({ fetch: wire(json(body, { status, headers })).fetch }).complete(call()))

describe('a refusal', () => {
  it.each<readonly [number, object, object]>([
    [
      401,
      { title: 'Unauthenticated', detail: 'You did not pass a valid authentication token', status: 401 },
      { kind: 'auth', type: 'Unauthenticated', message: 'You did not pass a valid authentication token', code: null },
    ],
    [
      402,
      { title: 'Insufficient credit', detail: 'You have insufficient credit to run this model.', status: 402 },
      { kind: 'quota' },
    ],
    [402, { title: 'Monthly spend limit reached', detail: 'You have reached your monthly spend limit.' }, { kind: 'quota' }],
    [402, { detail: 'Free time limit reached. To continue, please set up billing.' }, { kind: 'quota' }],
    [403, { detail: 'You do not have permission to perform this action.' }, { kind: 'permission' }],
    [404, { detail: 'The requested resource could not be found.', status: 404 }, { kind: 'not_found' }],
    [
      422,
      { title: 'Invalid version or not permitted', detail: 'The specified version does not exist (or perhaps …)', status: 422 },
      { kind: 'not_found' },
    ],
    [
      422,
      {
        title: 'Input validation failed',
        detail: '- input.max_tokens: Invalid type. Expected: integer, given: string\n',
        status: 422,
        invalid_fields: [{ type: 'invalid_type', field: 'input.max_tokens', description: 'Invalid type.' }],
      },
      { kind: 'invalid_request', param: 'input.max_tokens', message: expect.stringMatching(/given: string$/) },
    ],
    [429, { detail: 'Request was throttled. Expected available in 3 seconds.' }, { kind: 'rate_limit', retryAfterMs: 3000 }],
    [429, { detail: 'Request was throttled. Your rate limit resets in ~12s.', retry_after: 9 }, { retryAfterMs: 9000 }],
    [429, { detail: 'Request was throttled. Your rate limit resets in ~12s.' }, { retryAfterMs: 12_000 }],
    [500, { detail: 'Internal server error', status: 500 }, { kind: 'server', status: 500 }],
  ])('of status %i is told in our words: %j', async (status, body, failure) => {
    expect(await refused(status, body)).toMatchObject({ status, ...failure })
  })

  it('says how long to wait: by its own header first, by the vendor’s last', async () => {
    const throttled = { detail: 'Request was throttled.', status: 429 }
    expect(await refused(429, throttled, { 'retry-after': '2', 'ratelimit-reset': '7' })).toMatchObject({ retryAfterMs: 2000 })
    expect(await refused(429, throttled, { 'ratelimit-reset': '7' })).toMatchObject({ retryAfterMs: 7000 })
    expect(await refused(429, throttled, { 'ratelimit-reset': '1795341600' })).not.toHaveProperty('retryAfterMs')
    expect(await refused(429, throttled)).not.toHaveProperty('retryAfterMs')
    expect(await refused(500, { detail: 'x', retry_after: 9 })).not.toHaveProperty('retryAfterMs')
  })

  it.each([
    ['a page', '<html><head><title>502 Bad Gateway</title></head></html>', '502 Bad Gateway'],
    ['words', 'upstream connect error', 'upstream connect error'],
    ['nothing', '', ''],
  ])('may be %s', async (_, body, message) => {
    const { fetch } = wire(() => new Response(body, { status: 502 }))
    const failure = await failureOf(replicate({ fetch }).complete(call()))
    expect(failure).toMatchObject({ kind: 'server', status: 502 })
    expect(failure.message).toContain(message)
  })

  it('repeats no key', async () => {
    expect((await refused(401, { detail: `Token ${key} is not valid` })).message).not.toContain(key)
  })
})

describe('a prediction that failed', () => {
  it.each([
    ['NSFW content detected. Try running it again, or try a different prompt.', 'content_filter', null],
    ['The input or output was flagged as sensitive. Please try again with different inputs. (E005)', 'content_filter', 'E005'],
    ['E1002 PromptTooLong: Prompt length (9000) exceeds maximum input length (8000)', 'context_length', 'E1002'],
    ['E1001 PromptRequired: A prompt is required, but your formatted prompt is blank', 'invalid_request', 'E1001'],
    ['E1003 BadPromptTemplate: You have submitted both a prompt and a prompt template', 'invalid_request', 'E1003'],
    ['Prediction interrupted; please retry (code: PA)', 'server', 'PA'],
    ['Director: unexpected error handling prediction (E9243)', 'server', 'E9243'],
    ['Out of memory (E1001)', 'server', 'E1001'],
    ['CUDA out of memory. Tried to allocate 2.00 GiB', 'server', null],
    ['Queue is full', 'overloaded', null],
    ["'NoneType' object has no attribute 'shape'", 'server', null],
  ])('because of %j is told in our words: %s', async (error, kind, code) => {
    const failure = await failureOf(completed(prediction({ status: 'failed', output: null, error })))
    expect(failure).toMatchObject({ kind, code, message: error })
  })

  it('may say nothing', async () => {
    for (const error of [null, '', 5])
      expect(await failureOf(completed(prediction({ status: 'failed', error })))).toMatchObject({
        kind: 'server',
        message: 'The prediction failed without a reason.',
      })
  })

  it('may say it in an object', async () => {
    const failure = await failureOf(completed(prediction({ status: 'failed', error: { detail: 'Queue is full' } })))
    expect(failure).toMatchObject({ kind: 'overloaded', message: 'Queue is full' })
  })

  it.each([
    ['canceled', 'server'],
    ['aborted', 'overloaded'],
  ])('may have been %s', async (status, kind) => {
    expect(await failureOf(completed(prediction({ status, output: null, error: null })))).toMatchObject({ kind })
  })

  it('because a filter stopped it in the midst of its answer is an answer that a filter cut', async () => {
    const { choices } = await completed(prediction({ status: 'failed', output: ['Once'], error: 'NSFW content detected' }))
    expect(choices[0]).toMatchObject({ finish_reason: 'content_filter', message: { content: 'Once' } })
  })
})

describe('an answer that is none', () => {
  it.each(['', '{', 'null', '[]', '5', '{"id":"p1"}', '{"id":5,"status":"succeeded"}', '<html></html>'])(
    'is malformed: %j',
    async (body) => {
      const { fetch } = wire(() => new Response(body, { status: 201 }))
      const adapter = replicate({ fetch })
      expect(await failureOf(adapter.complete(call()))).toMatchObject({ kind: 'malformed' })
      expect((await follow(adapter, call({ stream: true }))).failure).toMatchObject({ kind: 'malformed' })
    },
  )

  it('never breaks anything, whatever is in it', async () => {
    const fields = fc.record(
      {
        id: fc.oneof(fc.constant('p1'), fc.jsonValue()),
        status: fc.oneof(fc.constantFrom('succeeded', 'failed', 'canceled'), fc.jsonValue()),
        output: fc.jsonValue(),
        error: fc.jsonValue(),
        metrics: fc.jsonValue(),
        urls: fc.jsonValue(),
        created_at: fc.jsonValue(),
        model: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fields, async (body) => {
        // A state that is no end is looked at again, and is then none.
        const answers = wire(json(body), json({}))
        const adapter = replicate({ fetch: answers.fetch, pollMs: 1 })
        const outcome: unknown = await adapter.complete(call()).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AttemptError)
        else expect(outcome).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: expect.any(String) } }] })
      }),
      { numRuns: 300 },
    )
  })
})

it('anything that was thrown has a failure', () => {
  const { failure } = replicate()
  for (const thrown of [undefined, null, 'x', new Error('x'), { status: 429 }, new TypeError('fetch failed'), Symbol('x')])
    expect(failure(thrown)).toMatchObject({ kind: expect.any(String), message: expect.any(String) })
})
