import type { Forecast } from './contracts/forecast.ts'

/** In which order the models behind one name are tried: as they are listed, or the one first that is likely to cost least. */
export type Order = 'listed' | 'cheapest'

/** The likely cheapest first; equals, and those whose price is not known, stay as they are listed, the latter at the end. */
export function cheapestFirst<Target>(
  targets: readonly Target[],
  forecast: (target: Target) => Pick<Forecast, 'cost'>,
): readonly Target[] {
  const priced = targets.map((target) => ({ target, cost: forecast(target).cost?.picoUsd ?? null }))
  return priced.toSorted((one, other) => byCost(one.cost, other.cost)).map(({ target }) => target)
}

function byCost(one: bigint | null, other: bigint | null): number {
  if (one === other) return 0
  if (one === null || other === null) return one === null ? 1 : -1
  return one < other ? -1 : 1
}
