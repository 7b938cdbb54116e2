import type { calcPrice as CalcPrice, findProvider as FindProvider } from '@pydantic/genai-prices'
import type { Prices, PriceSource } from '../contracts/catalog.ts'
import { providersElsewhere } from './models/elsewhere.ts'
import { pricesFrom } from './price-record.ts'
import { isSameModel } from './same-model.ts'

// Callers may ask a provider for any id; what they ask for must not grow a map without limit.
const mostRemembered = 2000

interface Package {
  readonly calcPrice: typeof CalcPrice
  readonly findProvider: typeof FindProvider
}

/**
 * The price list of the npm package `@pydantic/genai-prices`, an optional peer: install it and every model that the catalog has
 * no price for is looked up there. It is loaded when the first such model is called, not before. Its own matching goes by
 * prefixes; here a hit counts only where both ids name the same model but for a date, `-latest` or a region. A price in a unit
 * that nothing here counts is none.
 *
 * Without the package there are no prices from here, and `problem` says so.
 */
export function genaiPrices(): PriceSource {
  const known = new Map<string, Map<string, Prices | null>>()
  let list: Package | undefined
  let loading: Promise<void> | undefined
  let problem: string | undefined
  const load = async (): Promise<void> => {
    try {
      list = await import('@pydantic/genai-prices')
    } catch (cause) {
      problem = `The prices of @pydantic/genai-prices are not there (npm install @pydantic/genai-prices): ${String(cause)}`
    }
  }
  return {
    load: () => (loading ??= load()),
    pricesOf(provider, model) {
      if (list === undefined) return null
      let models = known.get(provider)
      if (models === undefined) known.set(provider, (models = new Map()))
      let prices = models.get(model)
      if (prices === undefined) {
        prices = lookUp(list, provider, model)
        if (models.size >= mostRemembered) models.clear()
        models.set(model, prices)
      }
      return prices
    },
    get problem() {
      return problem
    },
  }
}

function lookUp({ calcPrice, findProvider }: Package, provider: string, model: string): Prices | null {
  const providerId = providersElsewhere[provider] === undefined ? provider : providersElsewhere[provider]
  if (providerId === null) return null
  try {
    // A provider that it does not know it would guess by the model's name.
    if (findProvider({ providerId })?.id !== providerId) return null
    const found = calcPrice({}, model, { providerId })?.model
    return found !== undefined && isSameModel(found.id, model) ? pricesFrom(found.prices) : null
  } catch {
    // A record that the package itself cannot read is no price.
    return null
  }
}
