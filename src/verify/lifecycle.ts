import type { ModelCard } from '../contracts/catalog.ts'
import type { ChainInOptions, Place } from './chains.ts'
import { distinct } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import type { VerifyParts } from './parts.ts'

const dayMs = 86_400_000
const soonDays = 90

/** Models that are shut down, or will be within 90 days of the router's clock. */
export function* lifecycle(
  chains: readonly ChainInOptions[],
  parts: Pick<VerifyParts, 'retirement' | 'clock'>,
): Generator<Finding> {
  for (const place of distinct(chains.flatMap(({ places }) => places))) {
    const { card } = place.target
    if (card?.lifecycle?.shutdownDate !== undefined) yield* endOf(place, card, parts)
  }
}

function* endOf(
  { target, where }: Place,
  card: ModelCard,
  { retirement, clock }: Pick<VerifyParts, 'retirement' | 'clock'>,
): Generator<Finding> {
  const { shutdownDate = '', replacement: named } = card.lifecycle ?? {}
  const { retired, replacement = named, rerouted } = retirement(card)
  const fix = `Name ${replacement === undefined ? 'another model' : `${target.provider}/${replacement}`} in its place.`
  if (retired) {
    const how = rerouted ? 'answers in its place' : 'is called instead, without `strict`'
    const meanwhile = replacement === undefined ? '' : `; ${replacement} ${how}`
    yield finding('model_retired', where, { message: `${target.id} was shut down on ${shutdownDate}${meanwhile}`, fix })
    return
  }
  const days = Math.ceil((Date.parse(shutdownDate) - clock.wall()) / dayMs)
  if (days <= soonDays)
    yield finding('model_retiring', where, { message: `${target.id} is shut down on ${shutdownDate}, in ${days} days`, fix })
}

/** Aliases of which no target can be called. */
export function* reach(
  chains: readonly ChainInOptions[],
  { retirement, closed }: Pick<VerifyParts, 'retirement'> & { readonly closed: ReadonlySet<string> },
): Generator<Finding> {
  const isDead = ({ target: { card, provider } }: Place): boolean => {
    const gone = card !== undefined && retirement(card)
    return closed.has(provider) || (gone !== false && gone.retired && gone.replacement === undefined)
  }
  for (const { kind, where, name, places } of chains) {
    if (kind !== 'alias' || !places.every(isDead)) continue
    yield finding('unreachable_alias', where, {
      message: `no target of ${name} can be called: keys or SDKs are missing, or the models are shut down`,
      fix: 'Mend what is said of its providers and models, or take the alias out.',
    })
  }
}
