import { BadRequestError, NotFoundError, RateLimitError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it, vi } from 'vitest'
import type { ModerateCall } from '../src/contracts/adapter.ts'
import { AttemptError } from '../src/errors.ts'
import { ModelyardError, attemptsOf, createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { WireFetch } from '../src/testing/index.ts'

const keys = memoryKeys({ OPENAI_API_KEY: 'key-of-openai', MISTRAL_API_KEY: 'key-of-mistral' })

/** Both judges on one simulator. */
async function bench() {
  const simulator = await vendorSimulator()
  const [one, two] = [openai(simulator.door('openai')), mistral(simulator.door('mistral'))]
  return {
    simulator,
    openai: createRouter({ providers: [one, two], keys }),
    mistral: createRouter({ providers: [two], keys }),
    [Symbol.asyncDispose]: async () => simulator.close(),
  }
}

async function failureOf(attempt: PromiseLike<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('it was expected to fail and did not')
}

describe('at OpenAI', () => {
  it('the body and the verdict are as they are', async () => {
    await using at = await bench()
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } } as const
    const input = [{ type: 'text', text: 'I will attack you' } as const, image]
    const { id, model, results } = await at.openai.moderations.create({ model: 'omni-moderation-latest', input })
    expect(at.simulator.requests).toMatchObject([
      { method: 'POST', path: '/v1/moderations', key: 'key-of-openai', body: { model: 'omni-moderation-latest', input } },
    ])
    expect([id, model]).toEqual([expect.stringMatching(/^modr-/), 'omni-moderation-latest'])
    expect(results).toMatchObject([{ flagged: true, categories: { violence: true, harassment: false } }])
  })

  it('no model is named where the caller names none', async () => {
    await using at = await bench()
    const { results } = await at.openai.moderations.create({ input: ['Hello', 'I will attack you'] })
    expect(at.simulator.requests[0]?.body).toEqual({ input: ['Hello', 'I will attack you'] })
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true])
  })
})

describe('at Mistral', () => {
  it("the verdict has OpenAI's names for what both judge, and the vendor's own for all", async () => {
    await using at = await bench()
    const answer = await at.mistral.moderations.create({ input: 'I will attack you' })
    expect(at.simulator.requests).toMatchObject([
      { path: '/v1/moderations', key: 'key-of-mistral', body: { model: 'mistral-moderation-2603', input: 'I will attack you' } },
    ])
    const [verdict] = answer.results
    expect(verdict).toMatchObject({
      flagged: true,
      categories: { violence: true, violence_and_threats: true, hate: false, 'self-harm': false, illicit: false, pii: false },
      category_scores: { violence: expect.any(Number), jailbreaking: expect.any(Number) },
      category_applied_input_types: { violence: ['text'], pii: ['text'] },
    })
    // It does not say whether somebody is harassed, so nobody says that nobody is.
    expect(verdict?.categories).not.toHaveProperty('harassment')
    expect(answer.model).toBe('mistral-moderation-2603')
  })

  it('a list is a verdict for each text', async () => {
    await using at = await bench()
    const { results } = await at.mistral.moderations.create({ input: ['Hello', 'I want to hurt myself'] })
    expect(results.map(({ flagged, categories }) => [flagged, categories['self-harm']])).toEqual([
      [false, false],
      [true, true],
    ])
  })

  it('is flagged for what OpenAI does not know, too', async () => {
    const verdict = { categories: { pii: true, sexual: false }, category_scores: { pii: 0.9, sexual: 0 } }
    const fetch: WireFetch = async () => Response.json({ id: 'm', model: 'x', results: [verdict] })
    const client = createRouter({ providers: [mistral({ fetch })], keys })
    const { results } = await client.moderations.create({ input: 'Call me at 555 1234' })
    expect(results).toEqual([
      {
        flagged: true,
        categories: { pii: true, sexual: false },
        category_scores: { pii: 0.9, sexual: 0 },
        category_applied_input_types: { pii: ['text'], sexual: ['text'] },
      },
    ])
  })

  it.each<[string, OpenAI.ModerationCreateParams['input'], string]>([
    ['an image', [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }], 'input[0]'],
    [
      'several parts that are one input',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      'input',
    ],
  ])('%s is refused by its field, and nothing is sent', async (_, input, param) => {
    await using at = await bench()
    const error = await failureOf(at.mistral.moderations.create({ input }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'unsupported_parameter', param })
    expect(at.simulator.requests).toEqual([])
  })

  it('a single part of text is judged as that text', async () => {
    await using at = await bench()
    const { results } = await at.mistral.moderations.create({ input: [{ type: 'text', text: 'I will attack you' }] })
    expect(results).toMatchObject([{ flagged: true }])
  })

  it.each([
    ['none', []],
    ['one for two texts', [{ categories: {}, category_scores: {} }]],
  ])('verdicts that are missing (%s) are a malformed answer', async (_, results) => {
    const client = createRouter({
      providers: [mistral({ fetch: async () => Response.json({ id: 'm', model: 'x', results }) })],
      keys,
      maxRetries: 0,
    })
    expect(await failureOf(client.moderations.create({ input: ['a', 'b'] }))).toMatchObject({ code: 'malformed_response' })
  })
})

// The types want all of OpenAI's categories.
const verdict: OpenAI.Moderation = JSON.parse('{ "flagged": false, "categories": {}, "category_scores": {} }')

/** A provider that judges, and how often it was asked. */
function judge(id: string, fails = false) {
  const moderate = vi.fn<(call: ModerateCall) => OpenAI.ModerationCreateResponse>(({ model }) => {
    if (fails) throw new AttemptError('rate_limit', 'busy', { status: 429 })
    return { id: 'modr-1', model, results: [verdict] }
  })
  return { adapter: fakeProvider({ id, models: ['m'], moderate }), moderate }
}

describe('where a call goes', () => {
  it('to the first judge where no model is named, and its answer says so', async () => {
    const [one, two] = [judge('one'), judge('two')]
    const client = createRouter({ providers: [fakeProvider({ id: 'mute' }), one.adapter, two.adapter] })
    const answer = await client.moderations.create({ input: 'x' })
    expect(routeOf(answer)).toMatchObject({ target: 'one/fake-moderation', attempts: 1, usage: null, costUsd: null })
    expect(two.moderate).not.toHaveBeenCalled()
  })

  it('to the model that is named, of whichever provider', async () => {
    await using at = await bench()
    const [named, bare, qualified] = [
      await at.openai.moderations.create({ input: 'x', model: 'mistral/mistral-moderation-2411' }),
      await at.openai.moderations.create({ input: 'x', model: 'mistral-moderation-2603' }),
      await at.openai.moderations.create({ input: 'x', model: 'text-moderation-of-tomorrow' }),
    ]
    expect([named, bare, qualified].map((each) => routeOf(each)?.target)).toEqual([
      'mistral/mistral-moderation-2411',
      'mistral/mistral-moderation-2603',
      'openai/text-moderation-of-tomorrow',
    ])
  })

  it('never on to another judge, whose verdicts mean something else', async () => {
    const [one, two] = [judge('one', true), judge('two')]
    const client = createRouter({ providers: [one.adapter, two.adapter], models: { judges: ['one/m', 'two/m'] } })
    for (const model of [undefined, 'judges', 'm']) {
      const error = await failureOf(
        client.moderations.create({ input: 'x', ...(model !== undefined && { model }) }, { maxRetries: 0 }),
      )
      expect(error).toBeInstanceOf(RateLimitError)
      expect(attemptsOf(error)).toHaveLength(1)
    }
    expect(two.moderate).not.toHaveBeenCalled()
  })

  it.each([
    ['auto', BadRequestError, 'unsupported_parameter'],
    ['mute/m', BadRequestError, 'unsupported_parameter'],
    ['nobody/m', NotFoundError, 'model_not_found'],
  ])('nowhere for %s', async (model, type, code) => {
    const client = createRouter({ providers: [judge('one').adapter, fakeProvider({ id: 'mute' })] })
    const error = await failureOf(client.moderations.create({ model, input: 'x' }))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ code })
  })

  it('nowhere without a provider that judges, or without its key', async () => {
    const providers = [anthropic({ key: 'KEY' }), azure({ resource: 'mine', key: 'KEY' }), openai()]
    const client = createRouter({ providers, keys: memoryKeys({ KEY: 'a-key' }) })
    const error = await failureOf(client.moderations.create({ input: 'x' }))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(ModelyardError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'UNSUPPORTED_ENDPOINT', field: 'providers' })
    expect(error).toHaveProperty('message', expect.stringMatching(/POST \/moderations.*OPENAI_API_KEY/))
  })
})

it.each<[field: string, body: object]>([
  ['input', {}],
  ['input', { input: [] }],
  ['input', { input: 7 }],
  ['input', { input: ['x', { type: 'text', text: 'y' }] }],
  ['model', { input: 'x', model: '' }],
  ['model', { input: 'x', model: 7 }],
])('a body is refused by its field %s: %j', async (param, body) => {
  const one = judge('one')
  const error = await failureOf(createRouter({ providers: [one.adapter] }).post('/moderations', { body }))
  expect(error).toBeInstanceOf(BadRequestError)
  expect(error).toMatchObject({ code: 'invalid_body', param })
  expect(one.moderate).not.toHaveBeenCalled()
})

it('a call is written down and not charged, without its texts', async () => {
  const audit = memoryAudit()
  const client = createRouter({ providers: [judge('one').adapter], audit })
  await client.moderations.create({ input: 'a canary in the text' })
  await client.flush()
  const events = audit.records.map(({ event }) => event)
  expect(events[0]).toMatchObject({ type: 'request.accepted', operation: 'moderations', model: 'default' })
  expect(events.filter(({ type }) => type === 'attempt.succeeded')).toMatchObject([{ target: 'one/fake-moderation' }])
  expect(JSON.stringify(events)).not.toContain('canary')
  expect(client.ledger.totals()).toMatchObject([{ calls: 1 }])
})
