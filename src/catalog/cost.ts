import type { ModelCard } from '../contracts/catalog.ts'
import type { CompletionUsage } from '../contracts/chat.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { usdOf } from '../money.ts'
import { buckets, compilePrices, listAt, promptTokens, tariffFor } from './prices.ts'
import type { CompiledPrices, DatedPrices } from './prices.ts'

/**
 * The tokens of an answer in disjoint buckets whose sums are exactly the answer's `prompt_tokens` and
 * `completion_tokens`. Details that do not fit into their total (more cached tokens than prompt) are cut down to it, in
 * the order cache reads, cache writes, audio. Long-lived cache writes are read from
 * `prompt_tokens_details.cache_write_1h_tokens`, a part of `cache_write_tokens` that adapters add.
 *
 * `null` where the answer counts nothing.
 */
export function usageOf(usage: CompletionUsage | null | undefined): Usage | null {
  if (usage === null || usage === undefined) return null
  if (typeof usage.prompt_tokens !== 'number' && typeof usage.completion_tokens !== 'number') return null
  const prompt = remainder(usage.prompt_tokens)
  const asked: PromptDetails = usage.prompt_tokens_details ?? {}
  const cached = prompt.take(asked.cached_tokens)
  const written = remainder(prompt.take(asked.cache_write_tokens))
  const cacheWrite1h = written.take(asked.cache_write_1h_tokens)
  const audioInput = prompt.take(asked.audio_tokens)

  const completion = remainder(usage.completion_tokens)
  const given = usage.completion_tokens_details ?? {}
  const reasoning = completion.take(given.reasoning_tokens)
  const audioOutput = completion.take(given.audio_tokens)
  return {
    input: prompt.rest(),
    cached,
    cacheWrite: written.rest(),
    cacheWrite1h,
    audioInput,
    output: completion.rest(),
    reasoning,
    audioOutput,
  }
}

/**
 * What those tokens cost on that model, exactly. `null` where the price is not known. Give the time of the call
 * (`wallMs`, milliseconds since 1970) to apply price changes that were announced ahead.
 */
export function costOf(usage: Usage, card: ModelCard | undefined, wallMs?: number): Cost | null {
  const compiled = compiledPrices(card?.prices ?? null)
  const list = compiled === null ? undefined : listAt(compiled, wallMs)
  if (list === undefined) return null
  const picoUsd = priced(usage, tariffFor(list, promptTokens(usage)))
  return { picoUsd, usd: usdOf(picoUsd), snapshot: list.snapshot }
}

/** The snapshot that a vendor's own bill goes under. */
const vendorBill = 'vendor bill'

/** A vendor's own bill in US dollars, to the pico-dollar; `null` where it is no amount of money. */
export function billOf(usd: number | undefined): Cost | null {
  const pico = typeof usd === 'number' && usd >= 0 ? Math.round(usd * 1e12) : Number.NaN
  return Number.isSafeInteger(pico) ? { picoUsd: BigInt(pico), usd: pico / 1e12, snapshot: vendorBill } : null
}

type PromptDetails = NonNullable<CompletionUsage['prompt_tokens_details']> & { readonly cache_write_1h_tokens?: number }

interface Remainder {
  take(count: unknown): number
  rest(): number
}

function remainder(total: unknown): Remainder {
  let left = whole(total)
  return {
    take(count) {
      const taken = Math.min(left, whole(count))
      left -= taken
      return taken
    },
    rest: () => left,
  }
}

function whole(count: unknown): number {
  return typeof count === 'number' && count > 0 && count <= Number.MAX_SAFE_INTEGER ? Math.floor(count) : 0
}

/** Plain numbers are exact while the sum is a safe integer (about 9,000 dollars); beyond that whole numbers of any size. */
function priced(usage: Usage, tariff: readonly number[]): bigint {
  let sum = 0
  let index = 0
  for (const bucket of buckets) sum += whole(usage[bucket]) * (tariff[index++] ?? 0)
  if (sum <= Number.MAX_SAFE_INTEGER) return BigInt(sum)
  return buckets.reduce((total, bucket, at) => total + BigInt(whole(usage[bucket])) * BigInt(tariff[at] ?? 0), 0n)
}

/** A memo by object identity: it changes when something is computed, never what comes out. */
const memo = new WeakMap<DatedPrices, { readonly compiled: CompiledPrices | null }>()

function compiledPrices(prices: DatedPrices | null): CompiledPrices | null {
  if (prices === null) return null
  let entry = memo.get(prices)
  if (entry === undefined) {
    entry = { compiled: compilePrices(prices) }
    memo.set(prices, entry)
  }
  return entry.compiled
}
