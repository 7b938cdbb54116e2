import type { Prices, Rates } from '../../contracts/catalog.ts'

/** Prices with every rate raised by a factor, and the source of that factor named too. */
export function dearer(prices: Prices, factor: number, saidBy: string): Prices {
  const { longContext, source } = prices
  return {
    ...prices,
    ...times(prices, factor),
    source: source === saidBy ? source : `${source}; regional surcharge: ${saidBy}`,
    ...(longContext !== undefined && { longContext: longContext.map((tier) => ({ ...tier, ...times(tier, factor) })) }),
  }
}

const rates = ['input', 'output', 'cachedInput', 'cacheWrite', 'cacheWrite1h'] as const satisfies readonly (keyof Rates)[]

function times(base: Rates, factor: number): Rates {
  const dear = Object.fromEntries(rates.flatMap((rate) => (base[rate] === undefined ? [] : [[rate, rounded(base[rate] * factor)]])))
  return { input: rounded(base.input * factor), output: rounded(base.output * factor), ...dear }
}

/** Without the dust of binary fractions. */
function rounded(rate: number): number {
  return Math.round(rate * 1e6) / 1e6
}
