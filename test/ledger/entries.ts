// Entries and baselines for the tests of the ledger.
import { createCatalog } from '../../src/catalog/catalog.ts'
import { costOf } from '../../src/catalog/cost.ts'
import { models } from '../../src/catalog/models.ts'
import type { LedgerEntry } from '../../src/contracts/ledger.ts'
import { noTokens } from '../../src/contracts/usage.ts'
import type { Usage } from '../../src/contracts/usage.ts'
import type { Baseline } from '../../src/ledger/compared.ts'

const catalog = createCatalog(models)

/** The time of every entry that has no other. */
export const noon = Date.parse('2026-11-22T12:00:00Z')

export const dayMs = 86_400_000

/** A model of the catalog as a baseline. */
export function baseline(name: string): Baseline {
  const [provider = '', model = ''] = name.split('/')
  return { name, price: (usage, at) => costOf(usage, catalog.find(provider, model), at) }
}

let requests = 0

/** An attempt at `provider/model` at the catalog's prices: the first of a request of its own, served unless it failed. */
export function attempt(target: string, usage: Partial<Usage> | null, rest: Partial<LedgerEntry> = {}): LedgerEntry {
  const [provider = '', model = ''] = target.split('/')
  const tokens = usage === null ? null : { ...noTokens, ...usage }
  requests += 1
  return {
    requestId: `req_${requests}`,
    attempt: 1,
    role: 'first',
    served: (rest.outcome ?? 'success') !== 'failure',
    at: noon,
    provider,
    model,
    usage: tokens,
    usageSource: tokens === null ? 'unknown' : 'provider',
    cost: tokens === null ? null : costOf(tokens, catalog.find(provider, model), rest.at ?? noon),
    outcome: 'success',
    durationMs: 100,
    ...rest,
  }
}
