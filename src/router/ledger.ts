import { costOf } from '../catalog/cost.ts'
import type { AuditEvent } from '../contracts/audit.ts'
import type { ModelCard } from '../contracts/catalog.ts'
import type { Usage } from '../contracts/usage.ts'
import { lacksKey } from '../key-presence.ts'
import type { Baseline } from '../ledger/compared.ts'
import type { Books } from '../ledger/ledger.ts'
import { createLedger } from '../ledger/ledger.ts'
import type { RouterOptions } from '../options.ts'
import { noTokens } from '../contracts/usage.ts'
import type { Parts } from './parts.ts'

/** The router's books, and their way to a store where there is one. `emit`: for the audit trail. */
export function ledgerOf({ baseline, ledger = {} }: RouterOptions, parts: Parts, emit: (event: AuditEvent) => void): Books {
  const { store, ...settings } = ledger
  const card = baseline === undefined ? dearest(parts) : named(baseline, parts)
  const listener = {
    lost: (code: string | undefined) => emit({ type: 'store.lost', store: 'ledger', ...(code !== undefined && { code }) }),
    regained: (awayMs: number) => emit({ type: 'store.regained', store: 'ledger', awayMs }),
  }
  return createLedger({
    ...settings,
    ...(card !== undefined && { baseline: baselineOf(card) }),
    ...(store !== undefined && { shared: { store, clock: parts.clock, listener } }),
  })
}

function baselineOf(card: ModelCard): Baseline {
  return {
    name: `${card.provider}/${card.id}`,
    price(usage, wallMs) {
      try {
        return costOf(usage, card, wallMs)
      } catch {
        // A price that cannot be worked out is not known; it must not cost the caller a good answer.
        return null
      }
    },
  }
}

const sample: Usage = { ...noTokens, input: 1000, output: 1000 }

/** The dearest model of the complex tier whose key is there; none where no price is known. */
function dearest({ names, keys, clock }: Parts): ModelCard | undefined {
  const priced = names
    .tier('complex')
    .filter(({ adapter }) => !lacksKey(keys, adapter))
    .map(({ card }) => ({ card, cost: costOf(sample, card, clock.wall())?.picoUsd ?? -1n }))
    .filter(({ cost }) => cost >= 0n)
    .toSorted((one, other) => (one.cost < other.cost ? 1 : -1))
  return priced[0]?.card
}

/** The model that the option names; checked by then, with its price. */
function named(baseline: string, { names }: Parts): ModelCard | undefined {
  const resolution = names.resolve(baseline)
  return resolution.kind === 'targets' ? resolution.targets[0]?.card : undefined
}
