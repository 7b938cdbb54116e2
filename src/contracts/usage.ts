/**
 * The tokens of one attempt in disjoint buckets: prompt = input + cached + cacheWrite + cacheWrite1h + audioInput,
 * completion = output + reasoning + audioOutput, and both sums equal the provider's totals.
 */
export interface Usage {
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audioInput: number
  readonly output: number
  readonly reasoning: number
  readonly audioOutput: number
}

/** Who counted: the provider, or, by the length of the texts, the router (an aborted stream) or the adapter (a vendor who never counts). */
export type UsageSource = 'provider' | 'estimated' | 'unknown'

/** What one attempt cost. Exact: an integer number of pico-dollars (1e-12 USD). */
export interface Cost {
  readonly picoUsd: bigint
  /** The same as a floating-point number, for display. */
  readonly usd: number
  /** Names the price that was used: source and date. */
  readonly snapshot: string
}
