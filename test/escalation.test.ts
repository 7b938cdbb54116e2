import fc from 'fast-check'
import type OpenAI from 'openai'
import { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { EscalateOptions, ModelCard, RouterOptions, Tier } from '../src/index.ts'
import { ModelyardError, attemptsOf, createRouter, memoryAudit, routeOf } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream, toolCalls } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const tierOf = { low: 'simple', low2: 'simple', mid: 'standard', top: 'complex' } as const satisfies Record<string, Tier>
type Name = keyof typeof tierOf
const names: readonly Name[] = ['low', 'low2', 'mid', 'top']

/** A model of the tier that its name says: a thousand tokens of it cost 1 dollar a million, 2 for the next tier, and so on. */
function card(provider: Name): ModelCard {
  const rate = 1 + ['simple', 'standard', 'complex'].indexOf(tierOf[provider])
  return {
    provider,
    id: 'm',
    tier: tierOf[provider],
    input: ['text'],
    features: ['tools', 'json_schema', 'streaming', 'n'],
    prices: { input: rate, output: rate, source: 'test', asOf: '2026-01-01' },
  }
}

const usage = { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 }
const says = (text: string) => answer(text, { usage })
const isGood = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content === 'good'

interface Setup {
  readonly scripts?: Partial<Record<Name, FakeScriptStep | readonly FakeScriptStep[]>>
  readonly escalate?: EscalateOptions
  readonly options?: Partial<RouterOptions>
  readonly unenforced?: readonly string[]
}

/** Three tiers, of which the lowest has two models. What is not scripted answers `good`. */
function tiers({ scripts = {}, escalate = { validate: isGood }, options = {}, unenforced }: Setup = {}) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const supports = () => ({ level: 'yes' as const, dropped: [], ...(unenforced !== undefined && { unenforced }) })
  const providers = names.map((id) =>
    fakeProvider({ id, models: [card(id)], script: scripts[id] ?? says('good'), supports, clock }),
  )
  const client = createRouter({
    providers,
    tiers: { simple: ['low/m', 'low2/m'], standard: ['mid/m'], complex: ['top/m'] },
    maxRetries: 0,
    escalate,
    clock,
    audit,
    ...options,
  })
  const ask = (fields: object = {}, from: OpenAI = client, signal?: AbortSignal) =>
    from.chat.completions.create({ model: 'tier:simple', messages, ...fields }, signal === undefined ? {} : { signal })
  const open = (fields: object = {}, from: OpenAI = client) =>
    from.chat.completions.create({ model: 'tier:simple', messages, ...fields, stream: true })
  const called = () => providers.flatMap(({ id, calls }) => calls.map(() => id))
  const events = () => audit.records.map(({ event }) => event)
  return { client, providers, audit, clock, ask, open, called, events }
}

const textOf = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content

const thrownBy = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  )

async function drained(opened: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  let text = ''
  for await (const { choices } of opened) text += choices[0]?.delta.content ?? ''
  return text
}

describe('an answer that the caller turns down', () => {
  it('goes one tier up, and not to the next model of its own', async () => {
    const { ask, called } = tiers({ scripts: { low: says('bad') } })
    const completion = await ask()
    expect(textOf(completion)).toBe('good')
    expect(called()).toEqual(['low', 'mid'])
    expect(routeOf(completion)).toMatchObject({
      target: 'mid/m',
      attempts: 2,
      failed: [{ target: 'low/m', kind: 'unfit', code: 'answer_rejected' }],
      escalation: { rejected: [{ target: 'low/m', reason: 'invalid' }], accepted: true },
    })
  })

  it('is paid for, and so is the better one', async () => {
    const { ask, client } = tiers({ scripts: { low: says('bad') } })
    await ask()
    expect(client.ledger.totals({ by: ['provider'] }).map(({ provider, spentUsd }) => [provider, spentUsd])).toEqual([
      ['low', 0.002],
      ['mid', 0.004],
    ])
  })

  it('tells the trail from where to where and why, and nothing of what was said', async () => {
    const { ask, client, events } = tiers({ scripts: { low: says('bad') }, escalate: { validate: (a) => isGood(a) || 'hush' } })
    const completion = await ask()
    await client.flush()
    expect(events().find(({ type }) => type === 'route.escalated')).toEqual({
      type: 'route.escalated',
      from: 'low/m',
      to: 'mid/m',
      reason: 'invalid',
    })
    expect(events().some(({ type }) => type === 'route.switched')).toBe(false)
    expect(JSON.stringify(events())).not.toContain('hush')
    expect(routeOf(completion)?.escalation?.rejected).toEqual([{ target: 'low/m', reason: 'invalid', detail: 'hush' }])
  })

  it('goes up tier by tier, as far as maxSteps', async () => {
    const bad = { low: says('bad'), mid: says('bad') }
    const two = tiers({ scripts: bad })
    expect(textOf(await two.ask())).toBe('good')
    expect(two.called()).toEqual(['low', 'mid', 'top'])
    const one = tiers({ scripts: bad, escalate: { validate: isGood, maxSteps: 1 } })
    expect(textOf(await one.ask())).toBe('bad')
    expect(one.called()).toEqual(['low', 'mid'])
  })

  it('CL-33 counts as a success for the circuit: the vendor has answered', async () => {
    const { ask, client } = tiers({ scripts: { low: [fail({ status: 500 }), says('bad')], low2: says('good') } })
    await ask()
    expect(client.breakers.snapshot('low/m').consecutiveErrors).toBe(1)
    await ask()
    expect(client.breakers.snapshot('low/m').consecutiveErrors).toBe(0)
  })

  it('leaves failover as it is, below and above', async () => {
    const { ask, called } = tiers({ scripts: { low: fail({ status: 500 }), low2: says('bad'), mid: fail({ status: 500 }) } })
    const completion = await ask()
    // Nobody of the tier above has an answer: the one that there was is returned, flagged.
    expect(textOf(completion)).toBe('bad')
    expect(called()).toEqual(['low', 'low2', 'mid'])
    expect(routeOf(completion)).toMatchObject({ target: 'low2/m', attempts: 3, escalation: { accepted: false } })
  })

  it('keeps to the cap of attempts', async () => {
    const { ask, called } = tiers({ scripts: { low: says('bad'), mid: says('bad') }, options: { maxAttempts: 2 } })
    const completion = await ask()
    expect(called()).toEqual(['low', 'mid'])
    expect(routeOf(completion)?.escalation).toMatchObject({ accepted: false })
  })

  it('keeps to the deadline of the request', async () => {
    const { ask, clock, events, client } = tiers({
      scripts: { low: answer('bad', { usage, delayMs: 800 }), mid: stall() },
      options: { clocks: { totalMs: 1000 } },
    })
    const asked = ask()
    await clock.advanceAsync(1000)
    expect(textOf(await asked)).toBe('bad')
    await client.flush()
    expect(
      events()
        .filter(({ type }) => type.startsWith('request.'))
        .map(({ type }) => type),
    ).toEqual(['request.accepted', 'request.completed'])
  })

  it('is judged on both lanes of a race alike', async () => {
    const { ask, called, clock } = tiers({
      scripts: { low: stall(), low2: says('bad') },
      options: { hedge: { afterMs: 100, maxCostUsd: 1 } },
    })
    const asked = ask()
    await clock.advanceAsync(100)
    expect(textOf(await asked)).toBe('good')
    expect(called()).toEqual(['low', 'low2', 'mid'])
  })
})

describe('where no step is left', () => {
  const bad = { low: says('bad one'), mid: says('bad two'), top: says('bad three') }

  it('the latest answer is returned, and flagged', async () => {
    const { ask, client, events } = tiers({ scripts: bad })
    const completion = await ask()
    expect(textOf(completion)).toBe('bad three')
    expect(routeOf(completion)?.escalation).toEqual({
      rejected: ['low/m', 'mid/m', 'top/m'].map((target) => ({ target, reason: 'invalid' })),
      accepted: false,
    })
    await client.flush()
    expect(events().filter(({ type }) => type === 'request.completed')).toHaveLength(1)
  })

  it('the request fails with onExhausted fail', async () => {
    const { ask, client, events } = tiers({ scripts: bad, escalate: { validate: isGood, onExhausted: 'fail' } })
    const error = await thrownBy(ask())
    expect(error).toBeInstanceOf(APIConnectionError)
    expect(error).toMatchObject({ code: 'answer_rejected' })
    expect(String(error)).not.toContain('bad')
    expect(attemptsOf(error).map(({ target, kind }) => [target, kind])).toEqual([
      ['low/m', 'unfit'],
      ['mid/m', 'unfit'],
      ['top/m', 'unfit'],
    ])
    await client.flush()
    expect(events().at(-1)).toMatchObject({ type: 'request.failed', kind: 'unfit', code: 'answer_rejected' })
  })

  it('nothing is kept with onExhausted fail: what the tier above failed with is the error', async () => {
    const { ask } = tiers({
      scripts: { ...bad, mid: fail({ status: 503 }) },
      escalate: { validate: isGood, onExhausted: 'fail' },
    })
    expect(await thrownBy(ask())).toMatchObject({ status: 503 })
  })

  it('a request of the highest tier, or with a model of its own, has none from the start', async () => {
    const { ask, called } = tiers({ scripts: bad })
    expect(routeOf(await ask({ model: 'tier:complex' }))?.escalation?.accepted).toBe(false)
    expect(routeOf(await ask({ model: 'low/m' }))?.escalation?.accepted).toBe(false)
    expect(called()).toEqual(['low', 'top'])
  })
})

describe('what leads up', () => {
  it.each([
    ['nothing', answer('')],
    ['white space', answer(' \n')],
  ])('an empty answer: %s', async (_what, empty) => {
    const { ask } = tiers({ scripts: { low: empty }, escalate: {} })
    expect(routeOf(await ask())).toMatchObject({ target: 'mid/m', escalation: { rejected: [{ reason: 'empty' }] } })
  })

  it('a call of a tool, or a refusal, is not empty', async () => {
    const refusal = answer('', { refusal: 'I would rather not.' })
    for (const low of [toolCalls([{ name: 'look', arguments: '{}' }]), refusal]) {
      const { ask } = tiers({ scripts: { low }, escalate: {} })
      expect(routeOf(await ask())).toMatchObject({ target: 'low/m' })
    }
  })

  it('an answer that breaks its schema, which is never returned', async () => {
    const schema = { type: 'object', properties: { age: { minimum: 0 } } }
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } }
    const unenforced = ['response_format.json_schema.schema']
    const setup = { scripts: { low: says('{"age":-1}'), mid: says('{"age":1}') }, escalate: {}, unenforced }
    const { ask, called, events, client } = tiers(setup)
    const completion = await ask(format)
    expect(called()).toEqual(['low', 'mid'])
    expect(routeOf(completion)).toMatchObject({
      failed: [{ kind: 'mismatch' }],
      escalation: { rejected: [{ target: 'low/m', reason: 'schema' }], accepted: true },
    })
    await client.flush()
    expect(events().find(({ type }) => type === 'route.escalated')).toMatchObject({ reason: 'schema' })
    const all = tiers({ ...setup, scripts: { low: says('no'), mid: says('no'), top: says('no') } })
    expect(await thrownBy(all.ask(format))).toMatchObject({ code: 'schema_mismatch' })
  })

  it('is what when says', async () => {
    const { ask } = tiers({ scripts: { low: answer('') }, escalate: { when: ['invalid'] } })
    expect(routeOf(await ask())).toMatchObject({ target: 'low/m' })
    const other = tiers({ scripts: { low: says('bad') }, escalate: { validate: isGood, when: ['empty'] } })
    expect(routeOf(await other.ask())).toMatchObject({ target: 'low/m' })
  })
})

describe('where it leads', () => {
  it('is in the decision, which nobody is called for', async () => {
    const { client, called } = tiers()
    const { escalation } = await client.explain({ model: 'tier:simple', messages })
    expect(escalation?.map(({ tier, chain }) => [tier, chain.map(({ target }) => target)])).toEqual([
      ['standard', ['mid/m']],
      ['complex', ['top/m']],
    ])
    expect(called()).toEqual([])
  })

  it('is what `to` names, for pinned models too', async () => {
    const { ask, called } = tiers({ scripts: { low: says('bad') }, escalate: { validate: isGood, to: ['top/m'] } })
    expect(routeOf(await ask({ model: 'low/m' }))).toMatchObject({ target: 'top/m' })
    expect(called()).toEqual(['low', 'top'])
  })

  it('passes over a tier that nobody can serve, and has each tier once', async () => {
    const { client } = tiers()
    const { escalation } = await client.explain({ model: 'tier:standard', messages })
    expect(escalation?.map(({ tier }) => tier)).toEqual(['complex'])
  })

  it('is an agent’s or a call’s own matter', async () => {
    const agents = {
      strict: { primary: 'tier:simple', escalate: { validate: isGood } },
      loose: { primary: 'tier:simple', escalate: false },
    } as const
    const setup = { scripts: { low: says('bad') }, options: { agents } }
    const { client, ask } = tiers({ ...setup, escalate: {} })
    expect(routeOf(await ask({ model: 'auto' }, client.agent('strict')))).toMatchObject({ target: 'mid/m' })
    expect(routeOf(await ask({ model: 'auto' }, client.agent('loose')))).toMatchObject({ target: 'low/m' })
    expect(routeOf(await ask({}, client.with({ escalate: { validate: isGood } })))).toMatchObject({ target: 'mid/m' })
  })

  it('has to be something', () => {
    expect(() => tiers({ escalate: { to: ['auto'] } })).toThrow(/escalate\.to\[0\].*no step up/)
    expect(() => tiers({ escalate: { to: ['nowhere/x'] } })).toThrow(/escalate\.to\[0\]/)
    expect(() => tiers({ escalate: { maxSteps: 0 } })).toThrow(/maxSteps/)
    // @ts-expect-error -- as a JavaScript caller may
    expect(() => tiers({ escalate: { validate: 'yes' } })).toThrow(/escalate\.validate must be a function/)
  })
})

describe('a validator that is broken', () => {
  /** As a JavaScript caller may write it. */
  const nonsense: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('mine')
    },
    rejects: () => Promise.reject(new Error('mine')),
    'says nothing': () => undefined,
    'says a number': () => 1,
  }

  it.each([
    ['throws', /threw/],
    ['rejects', /threw/],
    ['says nothing', /got undefined/],
    ['says a number', /got number/],
  ])('fails the request where it %s, and asks nobody else', async (how, message) => {
    // @ts-expect-error -- no verdict is what is tried here
    const { ask, called, client, events } = tiers({ escalate: { validate: nonsense[how] } })
    const error = await thrownBy(ask())
    expect(ModelyardError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'VALIDATOR_FAILED', field: 'escalate.validate', message: expect.stringMatching(message) })
    expect(called()).toEqual(['low'])
    expect(client.ledger.totals({ by: ['provider'] })).toMatchObject([{ provider: 'low', spentUsd: 0.002 }])
    expect(client.breakers.snapshot('low/m').consecutiveErrors).toBe(0)
    await client.flush()
    expect(events().at(-1)).toMatchObject({ type: 'request.failed', code: 'VALIDATOR_FAILED' })
  })

  it('has as long as the request, and no vendor is blamed for its time', async () => {
    const { ask, clock, client, events } = tiers({
      escalate: { validate: () => new Promise(() => undefined) },
      options: { clocks: { totalMs: 5000, attemptMs: 1000 } },
    })
    const asked = thrownBy(ask())
    await clock.advanceAsync(4999)
    await client.flush()
    expect(events().at(-1)).toMatchObject({ type: 'attempt.started' })
    await clock.advanceAsync(1)
    expect(await asked).toMatchObject({ code: 'VALIDATOR_FAILED' })
    expect(client.breakers.snapshot('low/m').consecutiveErrors).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('does not hold up a caller who goes', async () => {
    const controller = new AbortController()
    const { ask, client, clock, events } = tiers({ escalate: { validate: () => new Promise(() => undefined) } })
    const asked = thrownBy(ask({}, client, controller.signal))
    await clock.advanceAsync(0)
    controller.abort()
    expect(await asked).toBeInstanceOf(APIUserAbortError)
    await client.flush()
    expect(
      events()
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['attempt.failed', 'request.cancelled'])
    expect(client.ledger.totals({ by: ['provider'] })).toMatchObject([{ provider: 'low', spentUsd: 0.002 }])
  })
})

describe('a stream', () => {
  const buffered = { options: { afterCommit: 'buffer' } } as const

  it('that is handed over as it comes does not escalate, and the decision says so', async () => {
    const { open, called } = tiers({ scripts: { low: stream(['ba', 'd']) } })
    const opened = await open()
    expect(await drained(opened)).toBe('bad')
    expect(called()).toEqual(['low'])
    const route = routeOf(opened)
    expect(route?.decision.warnings.join()).toMatch(/escalate does not hold .* afterCommit: 'buffer'/)
    expect(route?.decision.escalation).toBeUndefined()
  })

  it('that is held back until its end does, unseen', async () => {
    const { open, called, client, events } = tiers({
      ...buffered,
      scripts: { low: stream(['ba', 'd']), mid: stream(['go', 'od']) },
    })
    const opened = await open()
    expect(await drained(opened)).toBe('good')
    expect(called()).toEqual(['low', 'mid'])
    expect(routeOf(opened)).toMatchObject({
      target: 'mid/m',
      escalation: { rejected: [{ target: 'low/m', reason: 'invalid' }], accepted: true },
    })
    await client.flush()
    expect(events().filter(({ type }) => type === 'stream.committed')).toHaveLength(1)
    expect(events().some(({ type }) => type === 'route.escalated')).toBe(true)
  })

  it('gives the validator the whole answer, calls and all', async () => {
    let seen: OpenAI.ChatCompletion | undefined
    const { open } = tiers({
      ...buffered,
      scripts: { low: toolCalls([{ name: 'look', arguments: '{"at":"it"}' }]) },
      escalate: {
        validate(completion) {
          seen = completion
          return true
        },
      },
    })
    await drained(await open())
    expect(seen?.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } }] },
    })
  })

  it('gives the answer that was kept where nobody above has one', async () => {
    const { open, client, events } = tiers({ ...buffered, scripts: { low: stream(['ba', 'd']), mid: fail({ status: 500 }) } })
    const opened = await open()
    expect(await drained(opened)).toBe('bad')
    expect(routeOf(opened)).toMatchObject({ target: 'low/m', escalation: { accepted: false } })
    await client.flush()
    expect(events().at(-1)).toMatchObject({ type: 'request.completed', target: 'low/m' })
  })

  it('goes up where it breaks its schema', async () => {
    const schema = { type: 'object', properties: { age: { minimum: 0 } } }
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } }
    const { open, called } = tiers({
      ...buffered,
      escalate: {},
      unenforced: ['response_format.json_schema.schema'],
      scripts: { low: stream(['{"age"', ':-1}']), mid: stream(['{"age":1}']) },
    })
    expect(await drained(await open(format))).toBe('{"age":1}')
    expect(called()).toEqual(['low', 'mid'])
  })

  it('fails where no answer is good enough and that is what was chosen', async () => {
    const { open } = tiers({
      ...buffered,
      scripts: { low: stream(['bad']), mid: stream(['bad']), top: stream(['bad']) },
      escalate: { validate: isGood, onExhausted: 'fail' },
    })
    expect(await thrownBy(open().then(drained))).toMatchObject({ code: 'answer_rejected' })
  })

  it('ends quietly for a caller who goes while its answer is looked at, and is booked once', async () => {
    const { open, client, clock, events } = tiers({
      ...buffered,
      scripts: { low: stream(['bad']) },
      escalate: { validate: () => new Promise(() => undefined) },
    })
    const opened = await open()
    const draining = drained(opened)
    await clock.advanceAsync(0)
    opened.controller.abort()
    expect(await draining).toBe('')
    await client.flush()
    expect(
      events()
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['attempt.failed', 'request.cancelled'])
    expect(client.ledger.totals({ by: ['provider'] })).toMatchObject([{ calls: 1 }])
  })
})

/** The text and the route; nothing where the call failed. */
async function answeredBy(call: ReturnType<typeof tiers>['ask' | 'open']) {
  try {
    const given = await call()
    const text = 'choices' in given ? (textOf(given) ?? '') : await drained(given)
    return { text, route: routeOf(given) }
  } catch (error) {
    expect(error).toBeInstanceOf(APIError)
    return undefined
  }
}

interface Happened {
  readonly did: Readonly<Record<string, string>>
  readonly onExhausted: 'return' | 'fail'
  readonly isAnyPaid: boolean
}

function checkAnswer(answered: Awaited<ReturnType<typeof answeredBy>>, { did, onExhausted, isAnyPaid }: Happened) {
  if (answered === undefined) {
    // Where there was an answer at all, it is returned.
    expect([onExhausted, isAnyPaid]).not.toEqual(['return', true])
    return
  }
  const { text, route } = answered
  expect(route?.escalation?.accepted ?? true).toBe(text === 'good')
  expect([onExhausted, text === 'good']).not.toEqual(['fail', false])
  expect(did[route?.provider ?? '']).toBe(text === '' ? 'empty' : text)
}

describe('whatever the models do', () => {
  const outcome = fc.constantFrom('good', 'bad', 'empty', 'down')
  const steps: Readonly<Record<string, FakeScriptStep>> = {
    good: says('good'),
    bad: says('bad'),
    empty: answer('', { usage }),
    down: fail({ status: 500 }),
  }

  it('a request ends once, rises and never falls, books every answer, and flags what is not good', async () => {
    const property = fc.asyncProperty(
      fc.tuple(outcome, outcome, outcome, outcome),
      fc.record({ maxAttempts: fc.integer({ min: 1, max: 5 }), maxSteps: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ stream: fc.boolean(), onExhausted: fc.constantFrom('return' as const, 'fail' as const) }),
      async (outcomes, { maxAttempts, maxSteps }, { stream: isStreamed, onExhausted }) => {
        const did = Object.fromEntries(names.map((name, index) => [name, outcomes[index] ?? 'good']))
        const { ask, open, called, client, events } = tiers({
          scripts: Object.fromEntries(Object.entries(did).map(([name, how]) => [name, steps[how] ?? says('good')])),
          escalate: { validate: isGood, maxSteps, onExhausted },
          options: { maxAttempts, afterCommit: 'buffer' },
        })
        const answered = await answeredBy(isStreamed ? open : ask)
        await client.flush()
        const ranks = called().map((name) => names.findIndex((each) => each === name))
        expect(ranks).toEqual(ranks.toSorted((one, other) => one - other))
        expect(called().length).toBeLessThanOrEqual(maxAttempts)
        expect(events().filter(({ type }) => /^request\.(completed|failed|cancelled)$/.test(type))).toHaveLength(1)
        const paid = called().filter((name) => did[name] !== 'down')
        const [total] = client.ledger.totals()
        expect(total?.calls).toBe(called().length)
        expect(total?.tokens.output).toBe(paid.length * 1000)
        checkAnswer(answered, { did, onExhausted, isAnyPaid: paid.length > 0 })
        expect(client.health().ok).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: 150 })
  })
})
