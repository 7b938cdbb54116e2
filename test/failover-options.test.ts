import { BadRequestError, InternalServerError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { AllCircuitsOpenError, ModelyardError, attemptsOf, createRouter, memoryAudit, routeOf } from '../src/index.ts'
import type { FailoverOptions, ModelCard } from '../src/index.ts'
import type { FakeScriptStep, FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stream } from '../src/testing/index.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const ask = (client: OpenAI, options?: OpenAI.RequestOptions) =>
  client.chat.completions.create({ model: 'auto', messages }, options)
const textOf = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content

/** The text of a streamed call. */
async function streamed(client: OpenAI): Promise<string> {
  let text = ''
  for await (const { choices } of await client.chat.completions.create({ model: 'auto', messages, stream: true }))
    text += choices[0]?.delta.content ?? choices[0]?.delta.refusal ?? ''
  return text
}

const tooLong = fail({ kind: 'context_length', status: 400, code: 'context_length_exceeded' })
const filtered = fail({ kind: 'content_filter', status: 400, code: 'content_filter' })

const card = (id: string, contextWindow?: number): ModelCard => ({
  provider: id,
  id: 'm',
  tier: 'standard',
  input: ['text'],
  features: ['streaming'],
  prices: null,
  ...(contextWindow !== undefined && { contextWindow }),
})

/** Three targets with windows of 1,000, 1,000 and 8,000 tokens, and one that declares none, in this order. */
function windows(options: FailoverOptions, scripts: readonly FakeStep[]) {
  const sizes = [1000, 1000, undefined, 8000]
  const providers = sizes.map((size, index) =>
    fakeProvider({ id: `p${index}`, models: [card(`p${index}`, size)], script: scripts[index] ?? answer(`p${index}`) }),
  )
  const audit = memoryAudit()
  const client = createRouter({
    providers,
    agents: { a: { primary: 'p0/m', fallback: ['p1/m', 'p2/m', 'p3/m'] } },
    audit,
    maxRetries: 0,
    ...options,
  })
  return { agent: client.agent('a'), client, audit, calls: () => providers.map(({ calls }) => calls.length) }
}

describe('onContextLength', () => {
  it('CL-08 gives the caller the error by default', async () => {
    const { agent, calls } = windows({}, [tooLong])
    await expect(ask(agent)).rejects.toBeInstanceOf(BadRequestError)
    expect(calls()).toEqual([1, 0, 0, 0])
  })

  it('CL-08 switches to a target with a larger declared window only, and says why the others were passed over', async () => {
    const { agent, calls, audit, client } = windows({ onContextLength: 'switch' }, [tooLong])
    expect(textOf(await ask(agent))).toBe('p3')
    expect(calls()).toEqual([1, 0, 0, 1])
    await client.flush()
    const skipped = audit.records.flatMap(({ event }) => (event.type === 'target.skipped' ? [[event.target, event.reason]] : []))
    expect(skipped).toEqual([
      ['p1/m', 'context_window'],
      ['p2/m', 'context_window'],
    ])
    expect(client.breakers.snapshot('p0/m').consecutiveErrors).toBe(0)
  })

  it('CL-08 switches a stream that was refused before its first chunk', async () => {
    const { agent } = windows({ onContextLength: 'switch' }, [tooLong])
    expect(await streamed(agent)).toBe('p3')
  })

  it('CL-08 gives the caller the error where nobody has a larger window', async () => {
    const { agent, calls } = windows({ onContextLength: 'switch' }, [answer('x'), answer('x'), answer('x'), tooLong])
    await expect(agent.chat.completions.create({ model: 'p3/m', messages })).rejects.toMatchObject({
      code: 'context_length_exceeded',
    })
    expect(calls()).toEqual([0, 0, 0, 1])
  })
})

describe('onTooLarge', () => {
  it('CL-17 gives the caller a 413 by default, and asks the next target where that is chosen', async () => {
    await expect(ask(two([fail({ status: 413 })], []).agent)).rejects.toMatchObject({ status: 413 })
    const { agent, client } = two([fail({ status: 413 })], [answer('fallback')], { onTooLarge: 'switch' })
    expect(textOf(await ask(agent))).toBe('fallback')
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })
})

describe('onRefusal', () => {
  const refusals: readonly (readonly [name: string, step: FakeStep])[] = [
    ['a refusal', answer('', { refusal: 'I will not.' })],
    ['a filtered answer', answer('', { finish: 'content_filter' })],
  ]

  it.each(refusals)('CL-10 returns %s by default, as the answer it is, unary and streamed', async (_name, step) => {
    const { agent, client, second } = two([step, step], [])
    expect((await ask(agent)).choices[0]).toMatchObject(
      step === refusals[0]?.[1] ? { message: { refusal: 'I will not.' } } : { finish_reason: 'content_filter' },
    )
    await streamed(agent)
    expect(second.calls).toHaveLength(0)
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })

  it.each(refusals)('CL-10 leaves %s for the next target where that is chosen; no breaker counts it', async (_name, step) => {
    const broken = fail({ status: 500 })
    const { agent, client, audit } = two(
      [broken, step, broken, step],
      [answer('one'), answer('two'), answer('three'), answer('four')],
      {
        onRefusal: 'switch',
      },
    )
    await ask(agent)
    const completion = await ask(agent)
    expect(textOf(completion)).toBe('two')
    expect(routeOf(completion)).toMatchObject({ attempts: 2, failed: [{ target: 'first/model-a', kind: 'content_filter' }] })
    // A refusal is a success of the provider: the failure before it is forgotten.
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
    await ask(agent)
    expect(await streamed(agent)).toBe('four')
    await client.flush()
    expect(audit.records.findLast(({ event }) => event.type === 'route.switched')?.event).toMatchObject({
      reason: 'content_filter',
    })
  })

  it('CL-10 returns a refusal all the same where nobody else is left', async () => {
    const refusal = answer('', { refusal: 'No.' })
    const { agent } = two([refusal, refusal], [refusal, refusal], { onRefusal: 'switch' })
    expect((await ask(agent)).choices[0]?.message.refusal).toBe('No.')
    expect(await streamed(agent)).toBe('No.')
  })

  it('CL-10 a stream that breaks off with content_filter after content is the answer, whatever is chosen', async () => {
    const { agent, second } = two([stream(['Once upon '], { finish: 'content_filter' })], [], { onRefusal: 'switch' })
    expect(await streamed(agent)).toBe('Once upon ')
    expect(second.calls).toHaveLength(0)
  })

  it('CL-09 a 400 that says so goes to the caller by default, and to the next target where that is chosen', async () => {
    await expect(ask(two([filtered], []).agent)).rejects.toMatchObject({ code: 'content_filter' })
    const { agent } = two([filtered, filtered], [answer('one'), answer('two')], { onRefusal: 'switch' })
    expect(textOf(await ask(agent))).toBe('one')
    expect(await streamed(agent)).toBe('two')
  })
})

/** Two targets that were down until both circuits opened, the second one a second earlier. */
const opened = async (options: FailoverOptions, later: FakeScriptStep = answer('well again')) => {
  const down = { now: true }
  const step: FakeScriptStep = (call) => (down.now ? fail({ status: 500 }) : typeof later === 'function' ? later(call) : later)
  const clock = fakeClock()
  const audit = memoryAudit()
  const [first, second] = ['first', 'second'].map((id) => fakeProvider({ id, models: ['m'], script: step, clock }))
  if (first === undefined || second === undefined) throw new TypeError('two providers')
  const client = createRouter({
    providers: [first, second],
    agents: { a: { primary: 'first/m', fallback: ['second/m'] } },
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  const agent = client.agent('a')
  for (let call = 0; call < 4; call++) await ask(agent).catch(() => undefined)
  await agent.chat.completions.create({ model: 'second/m', messages }).catch(() => undefined)
  clock.advance(1000)
  await ask(agent).catch(() => undefined)
  down.now = false
  return { agent, client, clock, first, second, audit, before: first.calls.length + second.calls.length }
}

describe('everything held back', () => {
  it('BR-19 rejects at once with a 503 that says for every target when to come back', async () => {
    const { agent, first, second, before, clock } = await opened({})
    const error: unknown = await ask(agent).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AllCircuitsOpenError)
    expect(error).toBeInstanceOf(InternalServerError)
    if (!(error instanceof AllCircuitsOpenError)) return
    const at = (ms: number) => new Date(clock.wall() + ms).toISOString()
    expect(error).toMatchObject({ status: 503, code: 'all_circuits_open', retryAfterMs: 29_000, retryAt: at(29_000) })
    expect(error.targets).toEqual([
      { target: 'first/m', retryAfterMs: 30_000, retryAt: at(30_000), reason: 'breaker_open' },
      { target: 'second/m', retryAfterMs: 29_000, retryAt: at(29_000), reason: 'breaker_open' },
    ])
    expect(error.headers.get('retry-after-ms')).toBe('29000')
    expect(first.calls.length + second.calls.length).toBe(before)
  })

  it('BR-19 whenAllOpen: probe calls the target whose hold ends first, and its success closes the circuit', async () => {
    const { agent, client, second, audit } = await opened({ whenAllOpen: 'probe' })
    const completion = await ask(agent)
    expect(textOf(completion)).toBe('well again')
    expect(routeOf(completion)?.target).toBe('second/m')
    expect(client.breakers.snapshot('second/m').state).toBe('closed')
    expect(client.breakers.snapshot('first/m').state).toBe('open')
    expect(second.calls.length).toBeGreaterThan(5)
    await client.flush()
    expect(audit.records.findLast(({ event }) => event.type === 'breaker.half_opened')?.event).toMatchObject({ reason: 'early' })
  })

  it('BR-08 whenAllOpen: probe makes one test of each target at a time; the others are told when to come back', async () => {
    const { agent, first, second, before, clock } = await opened({ whenAllOpen: 'probe' }, answer('slow', { delayMs: 50 }))
    const all = Promise.allSettled(Array.from({ length: 20 }, () => ask(agent)))
    await clock.advanceAsync(51)
    const outcomes = await all
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(first.calls.length + second.calls.length).toBe(before + 2)
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AllCircuitsOpenError)
  })

  it('BR-11 an early test that fails opens the circuit for a full cooldown, and the caller sees what went wrong', async () => {
    const { agent, client } = await opened({ whenAllOpen: 'probe' }, fail({ status: 503, code: 'still_down' }))
    await expect(ask(agent)).rejects.toMatchObject({ status: 503, code: 'still_down' })
    expect(client.breakers.snapshot('second/m')).toMatchObject({ state: 'open', retryInMs: 30_000 })
  })

  it('BR-20 whenAllOpen: probe goes to a target that asked to be left alone, too', async () => {
    const { agent } = two(
      [fail({ status: 429, retryAfterMs: 50_000 }), answer('free')],
      [fail({ status: 429, retryAfterMs: 60_000 })],
      {
        whenAllOpen: 'probe',
        maxRetries: 0,
      },
    )
    await ask(agent).catch(() => undefined)
    expect(textOf(await ask(agent))).toBe('free')
  })
})

describe('maxAttempts', () => {
  const down = fail({ status: 500 })

  it('is the most wire calls of one request, over targets and retries', async () => {
    const { agent, first, second } = two(down, down, { maxAttempts: 1 })
    const error: unknown = await ask(agent).catch((thrown: unknown) => thrown)
    expect(attemptsOf(error)).toHaveLength(1)
    expect([first.calls.length, second.calls.length]).toEqual([1, 0])
  })

  it('is counted over retries as well', async () => {
    const { agent, second, clock } = two(down, down, { maxAttempts: 3, maxRetries: 9 })
    const failed = expect(ask(agent)).rejects.toMatchObject({ status: 500 })
    for (let step = 0; step < 6; step++) await clock.advanceAsync(8000)
    await failed
    expect(second.calls).toHaveLength(2)
  })

  it('lies at call over agent over router', async () => {
    const { client, first, second } = two(down, down, {
      maxAttempts: 5,
      agents: { support: { primary: 'first/model-a', fallback: ['second/model-b'], maxAttempts: 2 } },
      maxRetries: 9,
    })
    await ask(client.agent('support')).catch(() => undefined)
    expect(first.calls.length + second.calls.length).toBe(2)
    await ask(client.agent('support').with({ maxAttempts: 1 })).catch(() => undefined)
    expect(first.calls.length + second.calls.length).toBe(3)
  })
})

describe('RT-06 the budget for trying a target again', () => {
  it('is used up by five failures, whatever maxRetries says; going on to another target is not its business', async () => {
    // 409 is no failure to the breaker: nothing but the budget ends the retries.
    const conflict = fail({ status: 409 })
    const { agent, second, first, clock } = two(conflict, conflict, { maxRetries: 9 })
    const failed = expect(ask(agent)).rejects.toMatchObject({ status: 409 })
    for (let step = 0; step < 12; step++) await clock.advanceAsync(8000)
    await failed
    expect([first.calls.length, second.calls.length]).toEqual([1, 5])
    await expect(ask(agent)).rejects.toMatchObject({ status: 409 })
    expect([first.calls.length, second.calls.length]).toEqual([2, 6])
  })

  it('a success gives a tenth of a failure back', async () => {
    const conflict = fail({ status: 409 })
    const script = [
      ...Array.from({ length: 5 }, () => conflict),
      ...Array.from({ length: 11 }, () => answer('ok')),
      conflict,
      answer('again'),
    ]
    const clock = fakeClock()
    const provider = fakeProvider({ id: 'only', models: ['m'], script, clock })
    const client = createRouter({ providers: [provider], clock, maxRetries: 9 })
    const call = () => client.chat.completions.create({ model: 'm', messages })
    const failed = expect(call()).rejects.toMatchObject({ status: 409 })
    for (let step = 0; step < 12; step++) await clock.advanceAsync(8000)
    await failed
    for (let good = 0; good < 11; good++) await call()
    const settled = call().then(textOf)
    await clock.advanceAsync(8000)
    expect(await settled).toBe('again')
    provider.assertDone()
  })
})

/** The code and the field of what is thrown. */
const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return ModelyardError.is(error) ? [error.code, error.field] : error
  }
  return undefined
}

describe('what an option must be', () => {
  it.each([
    [{ onRefusal: 'fallback' }, 'onRefusal'],
    [{ whenAllOpen: true }, 'whenAllOpen'],
    [{ maxAttempts: 0 }, 'maxAttempts'],
    [{ afterCommit: 'continue' }, 'afterCommit'],
    [{ afterCommit: { continueWith: 'go on' } }, 'afterCommit'],
  ])('%j is refused, by the router, for an agent and for a call', (options, field) => {
    const { client } = two([], [])
    const untyped = (called: (given: never) => unknown, given: object): unknown => Reflect.apply(called, client, [given])
    expect(refusal(() => untyped(createRouter, { providers: [fakeProvider()], ...options }))).toEqual([
      'BAD_OPTION',
      expect.stringContaining(field),
    ])
    const agents = { a: { primary: 'fake/fake-model', ...options } }
    expect(refusal(() => untyped(createRouter, { providers: [fakeProvider()], agents }))).toEqual([
      'BAD_OPTION',
      expect.stringContaining(`agents.a.${field}`),
    ])
    expect(refusal(() => untyped(client.with, options))).toEqual(['BAD_OPTION', expect.stringContaining(field)])
  })
})
