import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from 'openai'
import { describe, expect, it } from 'vitest'
import type { FakeProvider } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall } from '../src/testing/index.ts'
import { attemptsOf, classification, createRouter, memoryKeys, routeOf } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

const ask = (client: OpenAI, options?: OpenAI.RequestOptions) =>
  client.chat.completions.create({ model: 'auto', messages }, options)
const answersNothing = () => Promise.resolve(Response.json({ id: 'x', object: 'chat.completion', choices: [] }))
const textOf = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content

describe('failover of a unary call', () => {
  it.each([
    ['network', fail({ kind: 'network' })],
    ['our own timeout', fail({ kind: 'timeout' })],
    ['a redirect', fail({ status: 307 })],
    ['401', fail({ status: 401 })],
    ['402', fail({ status: 402 })],
    ['403', fail({ status: 403 })],
    ['404', fail({ status: 404 })],
    ['408', fail({ status: 408 })],
    ['409', fail({ status: 409 })],
    ['418', fail({ status: 418 })],
    ['429', fail({ status: 429, retryAfterMs: 30_000 })],
    ['500', fail({ status: 500 })],
    ['503', fail({ status: 503 })],
    ['529', fail({ status: 529 })],
    ['an answer that is none', fail({ kind: 'malformed' })],
    ['an exception in the adapter', fail({ kind: 'internal' })],
  ])('goes on to the fallback after %s, at once and after one try', async (_name, failure) => {
    const { agent, first, second } = two([failure], [answer('from the fallback')])
    const completion = await ask(agent)
    expect(textOf(completion)).toBe('from the fallback')
    expect(routeOf(completion)).toMatchObject({ target: 'second/model-b', attempts: 2, failed: [{ target: 'first/model-a' }] })
    first.assertDone()
    second.assertDone()
  })

  it.each([
    ['400', fail({ status: 400 }), BadRequestError],
    ['422', fail({ status: 422 }), OpenAI.UnprocessableEntityError],
    ['413', fail({ status: 413 }), APIError],
    ['a context that is too long', fail({ kind: 'context_length', status: 400, code: 'context_length_exceeded' }), BadRequestError],
    ['a safety refusal', fail({ kind: 'content_filter', status: 400, code: 'content_filter' }), BadRequestError],
  ])('gives the caller %s: it is about the request, and no other target would fare better', async (_name, failure, type) => {
    const { agent, first, second } = two([failure], [answer('never asked')])
    await expect(ask(agent)).rejects.toBeInstanceOf(type)
    expect([first.calls.length, second.calls.length]).toEqual([1, 0])
  })

  it('gives the last error, of the openai class, with every attempt listed', async () => {
    const { agent } = two([fail({ status: 500 })], fail({ status: 503, code: 'busy' }))
    const error: unknown = await ask(agent, { maxRetries: 0 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 503, code: 'busy' })
    expect(attemptsOf(error)).toMatchObject([
      { target: 'first/model-a', kind: 'server', status: 500 },
      { target: 'second/model-b', kind: 'server', status: 503 },
    ])
    expect(Object.isFrozen(attemptsOf(error))).toBe(true)
    expect(JSON.stringify(error)).not.toContain('hello')
  })

  it('RT-02 spends maxRetries on the last target only', async () => {
    const { agent, first, second, clock } = two(
      [fail({ status: 500 })],
      [fail({ status: 500 }), fail({ status: 500 }), answer('third time')],
    )
    const completion = ask(agent)
    const settled = Promise.resolve(completion).then(textOf)
    for (let step = 0; step < 4; step++) await clock.advanceAsync(8000)
    expect(await settled).toBe('third time')
    expect([first.calls.length, second.calls.length]).toEqual([1, 3])
  })

  it('RT-04 waits for Retry-After on the last target, exactly as long as asked', async () => {
    const { agent, second, clock } = two([fail({ status: 500 })], [fail({ status: 429, retryAfterMs: 20_000 }), answer('later')])
    const settled = Promise.resolve(ask(agent)).then(textOf)
    await clock.advanceAsync(19_990)
    expect(second.calls).toHaveLength(1)
    await clock.advanceAsync(20)
    expect(await settled).toBe('later')
  })

  it('RT-04 does not wait for a Retry-After above 60 s', async () => {
    const { agent, second } = two([fail({ status: 500 })], [fail({ status: 429, retryAfterMs: 86_400_000 })])
    await expect(ask(agent)).rejects.toBeInstanceOf(RateLimitError)
    expect(second.calls).toHaveLength(1)
  })

  it('BR-20 makes no call to a target before its Retry-After has passed, without opening its circuit', async () => {
    const { agent, client, first, clock } = two(
      [fail({ status: 429, retryAfterMs: 20_000 }), answer('primary again')],
      answer('fallback'),
    )
    expect(textOf(await ask(agent))).toBe('fallback')
    expect(textOf(await ask(agent))).toBe('fallback')
    expect(first.calls).toHaveLength(1)
    expect(client.breakers.snapshot('first/model-a').state).toBe('closed')
    clock.advance(20_001)
    expect(textOf(await ask(agent))).toBe('primary again')
  })

  it('TO-01 ends a silent attempt at attemptMs and goes on', async () => {
    const { agent, first, clock } = two([stall()], [answer('fallback')], { clocks: { attemptMs: 1000 } })
    const settled = Promise.resolve(ask(agent)).then(textOf)
    await clock.advanceAsync(1001)
    expect(await settled).toBe('fallback')
    expect(first.calls[0]?.aborted).toBe(true)
  })

  it('CL-03 ends the whole request at totalMs, with nothing tried after it', async () => {
    const { agent, second, clock } = two([stall()], [answer('never asked')], { clocks: { totalMs: 1000 } })
    const settled = expect(ask(agent)).rejects.toBeInstanceOf(APIConnectionTimeoutError)
    await clock.advanceAsync(1001)
    await settled
    expect(second.calls).toHaveLength(0)
  })

  it("leaves the breaker alone when the caller's own timeout ends an attempt", async () => {
    const { agent, client, clock } = two(stall(), stall())
    const settled = expect(ask(agent, { timeout: 10, maxRetries: 0 })).rejects.toBeInstanceOf(APIConnectionTimeoutError)
    await clock.advanceAsync(11)
    await clock.advanceAsync(11)
    await settled
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })

  it('an adapter that ignores its signal holds nobody up', async () => {
    const clock = fakeClock()
    const deaf: FakeProvider = { ...fakeProvider({ id: 'deaf', models: ['m'] }), complete: () => new Promise(() => undefined) }
    const client = createRouter({ providers: [deaf], clock, clocks: { attemptMs: 50 }, maxRetries: 0 })
    const settled = expect(client.chat.completions.create({ model: 'm', messages })).rejects.toBeInstanceOf(
      APIConnectionTimeoutError,
    )
    await clock.advanceAsync(51)
    await settled
  })

  it('BR-02 and BR-05: the fifth failure in a row opens the circuit, and the target is then passed over without a call', async () => {
    const { agent, client, first } = two(fail({ status: 500 }), answer('fallback'))
    for (let call = 0; call < 8; call++) expect(textOf(await ask(agent))).toBe('fallback')
    expect(first.calls).toHaveLength(5)
    expect(client.breakers.snapshot('first/model-a').state).toBe('open')
  })

  it('BR-08 and BR-10: 30 s later one request tests it while the others are served by the fallback, and success closes it', async () => {
    const broken = Array.from({ length: 5 }, () => fail({ status: 500 }))
    const { agent, client, first, clock } = two([...broken, answer('well again', { delayMs: 100 })], answer('fallback'))
    for (let call = 0; call < 5; call++) await ask(agent)
    clock.advance(30_000)
    const all = Promise.all(Array.from({ length: 20 }, () => Promise.resolve(ask(agent)).then(textOf)))
    await clock.advanceAsync(101)
    const texts = await all
    expect(texts.filter((text) => text === 'well again')).toHaveLength(1)
    expect(first.calls).toHaveLength(6)
    expect(client.breakers.snapshot('first/model-a').state).toBe('closed')
  })

  it('BR-19 rejects with a 503 and the time to come back when every circuit is open, without calling anyone', async () => {
    const { agent, first, second } = two(fail({ status: 500 }), fail({ status: 500 }))
    for (let call = 0; call < 5; call++) await ask(agent, { maxRetries: 0 }).catch(() => undefined)
    const before = first.calls.length + second.calls.length
    const error: unknown = await ask(agent).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 503, code: 'all_circuits_open', retryAfterMs: 30_000 })
    expect(first.calls.length + second.calls.length).toBe(before)
  })

  it('CL-20 counts an answer without choices as the provider’s failure', async () => {
    const client = createRouter({
      providers: [openai({ fetch: answersNothing })],
      keys: memoryKeys({ OPENAI_API_KEY: 'sk-test-key' }),
      maxRetries: 0,
    })
    const error: unknown = await client.chat.completions.create({ model: 'gpt-4o', messages }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(APIConnectionError)
    expect(error).toMatchObject({ code: 'malformed_response' })
  })

  it('scrubs the key out of what the vendor says', async () => {
    const { client } = two([fail({ status: 401, message: 'Incorrect API key provided: sk-live-abcdefgh12345678' })], [answer('x')])
    const error: unknown = await client.chat.completions.create({ model: 'model-a', messages }).catch((thrown: unknown) => thrown)
    expect(String(error)).not.toContain('abcdefgh')
  })

  it('has a consequence for every kind of failure, and only the documented ones stay with the caller', () => {
    const kept = Object.entries(classification).filter(([, { next }]) => !next)
    expect(kept.map(([kind]) => kind)).toEqual([
      'deadline',
      'aborted',
      'invalid_request',
      'context_length',
      'content_filter',
      'too_large',
      'unfit',
    ])
  })
})

describe('what the trail says of a switch', () => {
  it('AU-01, AU-02, AU-03 and AU-04: start, attempts as on the wire, one switch with its reason, one end', async () => {
    const { agent, audit, client } = two([fail({ status: 503 })], [answer('fallback')])
    await ask(agent)
    await client.flush()
    expect(audit.records.map(({ event }) => event.type)).toEqual([
      'request.accepted',
      'decision.made',
      'attempt.started',
      'attempt.failed',
      'route.switched',
      'attempt.started',
      'attempt.succeeded',
      'request.completed',
    ])
    expect(audit.records[4]?.event).toMatchObject({ from: 'first/model-a', to: 'second/model-b', reason: 'server' })
    expect(new Set(audit.records.map(({ requestId }) => requestId)).size).toBe(1)
    expect(audit.records.every(({ agent: name }) => name === 'support')).toBe(true)
  })

  it('AU-03 names the open breaker as the reason when the primary was passed over', async () => {
    const { agent, audit, client } = two(fail({ status: 500 }), answer('fallback'))
    for (let call = 0; call < 6; call++) await ask(agent)
    await client.flush()
    const last = audit.records.findLast(({ event }) => event.type === 'route.switched')
    expect(last?.event).toMatchObject({ reason: 'breaker_open' })
    expect(audit.records.filter(({ event }) => event.type === 'breaker.opened')).toHaveLength(1)
  })

  it('AU-05 and AU-06 hold no content and no key', async () => {
    const { agent, audit, client } = two([fail({ status: 500, message: 'you said hello' })], [answer('a secret answer')])
    await ask(agent)
    await client.flush()
    expect(JSON.stringify(audit.records)).not.toMatch(/hello|secret answer/)
  })
})
