import type { ModelCard, ModelOverride } from '../contracts/catalog.ts'
import { ModelyardError } from '../errors.ts'

type Find = (provider: string, model: string) => ModelCard | undefined

/**
 * The cards that come out when overrides are laid over the known ones, each over those before it. One for an alias or a dated
 * snapshot of a known model makes a card of its own.
 *
 * @throws ModelyardError `BAD_OPTION` where the model is not known and the override is no whole card.
 */
export function laidOver(overrides: readonly ModelOverride[], find: Find): readonly ModelCard[] {
  const made = new Map<string, ModelCard>()
  for (const [index, override] of overrides.entries()) {
    const name = `${override.provider}/${override.id}`
    const known = made.get(name) ?? find(override.provider, override.id)
    made.set(name, known === undefined ? whole(override, index) : { ...baseOf(known, override), ...given(override) })
  }
  return [...made.values()]
}

/** Lays the overrides of a card's own id over it. The same card always gives the same answer: others go by its identity. */
export function refinement(overrides: readonly ModelOverride[]): (card: ModelCard) => ModelCard {
  const refined = new WeakMap<ModelCard, ModelCard>()
  return (card) => {
    const known = refined.get(card)
    if (known !== undefined) return known
    const [laid = card] = laidOver(
      overrides.filter(({ provider, id }) => provider === card.provider && id === card.id),
      () => card,
    )
    refined.set(card, laid)
    return laid
  }
}

/** What holds for another name of the model too. */
function baseOf(known: ModelCard, { id }: ModelOverride): ModelCard {
  if (known.id === id) return known
  const { aliases: _, ...base } = known
  return { ...base, id }
}

/** A field that is `undefined` is left out. */
function given(override: ModelOverride): ModelOverride {
  const { provider, id } = override
  return { ...Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined)), provider, id }
}

function whole(override: ModelOverride, index: number): ModelCard {
  const { tier, input, features, prices } = override
  if (tier !== undefined && input !== undefined && features !== undefined && prices !== undefined)
    return { ...override, tier, input, features, prices }
  const missing = Object.entries({ tier, input, features, prices }).flatMap(([name, value]) => (value === undefined ? [name] : []))
  const field = `catalog[${index}].${missing[0] ?? ''}`
  const subject = JSON.stringify(`${override.provider}/${override.id}`)
  throw new ModelyardError(
    'BAD_OPTION',
    `createRouter(): ${field} is missing: the catalog does not know ${subject}, and a new card needs ${missing.join(', ')} too`,
    { field },
  )
}
