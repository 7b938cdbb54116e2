import { describe, expect, it } from 'vitest'
import type { RouterOptions } from '../src/index.ts'
import { createRouter, ModelyardError } from '../src/index.ts'
import { fakeProvider } from '../src/testing/index.ts'

/** What a caller of JavaScript may pass. */
type Loose<Options> = { readonly [Name in keyof Options]?: unknown }

function faultOf(options: Loose<RouterOptions>): ModelyardError {
  const given: object = { providers: [fakeProvider()], ...options }
  try {
    createRouter(given)
  } catch (error) {
    if (ModelyardError.is(error)) return error
  }
  throw new Error('nothing was wrong')
}

const agent = { primary: 'fake/fake-model' }

describe('a budget that makes no sense is refused by its field', () => {
  it.each<[string, Loose<RouterOptions>, string, RegExp]>([
    ['zero dollars', { budget: { usd: { perDay: 0 } } }, 'budget.usd.perDay', /must be above 0, got 0/],
    ['less than nothing', { budget: { usd: { perMonth: -5 } } }, 'budget.usd.perMonth', /must be above 0, got -5/],
    ['no number', { budget: { usd: { perDay: Number.NaN } } }, 'budget.usd.perDay', /must be a number, got NaN/],
    ['without end', { budget: { usd: { perDay: Infinity } } }, 'budget.usd.perDay', /got Infinity/],
    [
      'half a request',
      { budget: { requests: { perMinute: 0.5 } } },
      'budget.requests.perMinute',
      /must be a whole number, got 0.5/,
    ],
    ['zero tokens', { budget: { tokens: { perMinute: 0 } } }, 'budget.tokens.perMinute', /above 0/],
    ['another window', { budget: { usd: { perYear: 5 } } }, 'budget.usd.perYear', /unknown option budget.usd.perYear/],
    ['another unit', { budget: { eur: { perDay: 5 } } }, 'budget.eur', /unknown option budget.eur/],
    ['none at all', { budget: {} }, 'budget', /sets no limit; give it one such as usd: \{ perDay: 5 \}/],
    ['a unit without limit', { budget: { usd: {} } }, 'budget', /sets no limit/],
    ['more slack than none', { budget: { usd: { perDay: 1 }, slack: -0.1 } }, 'budget.slack', /at least 0, got -0.1/],
    [
      'a share above one',
      { budget: { usd: { perDay: 1 }, onLimit: 'downgrade', downgradeAt: 1.5 } },
      'budget.downgradeAt',
      /at most 1/,
    ],
    [
      'a share without downgrade',
      { budget: { usd: { perDay: 1 }, downgradeAt: 0.5 } },
      'budget.downgradeAt',
      /only with onLimit: 'downgrade'/,
    ],
    ['another consequence', { budget: { usd: { perDay: 1 }, onLimit: 'wait' } }, 'budget.onLimit', /one of reject, downgrade/],
    ['a zone that is none', { budget: { usd: { perDay: 1 }, timeZone: 'Berlin' } }, 'budget.timeZone', /an IANA time zone/],
    ['a store that is none', { budget: { usd: { perDay: 1 }, store: {} } }, 'budget.store', /.+/],
    [
      'onStoreLost without store',
      { budget: { usd: { perDay: 1 }, onStoreLost: 'reject' } },
      'budget.onStoreLost',
      /only with `store`/,
    ],
    ["an agent's", { agents: { a: { ...agent, budget: { usd: { perDay: 0 } } } } }, 'agents.a.budget.usd.perDay', /above 0/],
    ["an agent's without limit", { agents: { a: { ...agent, budget: {} } } }, 'agents.a.budget', /sets no limit/],
    ["an agent's with a store", { agents: { a: { ...agent, budget: { store: {} } } } }, 'agents.a.budget.store', /unknown option/],
    ['a price cap of zero', { maxCostUsd: 0 }, 'maxCostUsd', /above 0, got 0/],
    ["an agent's price cap", { agents: { a: { ...agent, maxCostUsd: -1 } } }, 'agents.a.maxCostUsd', /above 0/],
    ['limits of nothing', { targets: { 'fake/fake-model': { limits: {} } } }, 'targets.fake/fake-model.limits', /sets no limit/],
    [
      'a limit of zero',
      { targets: { 'fake/fake-model': { limits: { requestsPerMinute: 0 } } } },
      'targets.fake/fake-model.limits.requestsPerMinute',
      /above 0/,
    ],
  ])('%s', (_what, options, field, message) => {
    const fault = faultOf(options)
    expect({ code: fault.code, field: fault.field }).toEqual({ code: 'BAD_OPTION', field })
    expect(fault.message).toMatch(message)
  })

  it('of a call', () => {
    const client = createRouter({ providers: [fakeProvider()] })
    expect(() => client.with({ maxCostUsd: Number.NaN })).toThrow(/maxCostUsd must be a number, got NaN/)
  })
})
