/**
 * The tokens of one attempt in disjoint buckets: prompt = input + cached + cacheWrite + cacheWrite1h + audioInput +
 * imageInput, completion = output + reasoning + audioOutput + imageOutput, and both sums equal the provider's totals. What
 * few attempts have is left out where there is none of it.
 */
export interface Usage extends Units, Terms {
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audioInput: number
  readonly output: number
  readonly reasoning: number
  readonly audioOutput: number
  /** Pictures in the prompt, where the vendor counts their tokens by themselves. */
  readonly imageInput?: number
  /** Pictures in the answer, in tokens. */
  readonly imageOutput?: number
}

/** What a vendor charges by the piece, beside tokens. Each attempt is one request besides. */
interface Units {
  /** Searches that the vendor made for the answer: of the web, or of what else it charges as such. */
  readonly searches?: number
  /** Pictures that the vendor made for the answer and charges by the piece. */
  readonly images?: number
}

/** What the vendor's answer says, besides counts, that its price depends on. */
interface Terms {
  /** The service tier that served, where it is not the standard one: `flex`, `priority`. */
  readonly serviceTier?: string
  /** Where the answer was made, for models whose price depends on it. */
  readonly region?: string
}

/**
 * Who counted: the provider, or, by the length of the texts, the router (an aborted stream) or the adapter (a vendor who
 * never counts). `implausible`: the provider, and its counts cannot be right. They are negative, no numbers, beyond what any
 * model takes, or a part is larger than its total; what can be true of them is kept, and where nothing can, tokens of a
 * stream are estimated.
 */
export type UsageSource = 'provider' | 'estimated' | 'implausible' | 'unknown'

/** What one attempt cost. Exact: an integer number of pico-dollars (1e-12 USD). */
export interface Cost {
  readonly picoUsd: bigint
  /** The same as a floating-point number, for display. */
  readonly usd: number
  /**
   * Names the price that was used: source, date and a sum over its figures. `priceSnapshot(id)` gives the figures. Of a
   * vendor's own bill it is `vendor bill`.
   */
  readonly snapshot: string
}

/** No tokens at all: what counts of some buckets are laid over. */
export const noTokens: Usage = {
  input: 0,
  cached: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  audioInput: 0,
  output: 0,
  reasoning: 0,
  audioOutput: 0,
}

/** The buckets that tokens lie in: those of the prompt, then those of the answer. */
export const tokenBuckets = [
  'input',
  'cached',
  'cacheWrite',
  'cacheWrite1h',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
] as const satisfies readonly (keyof Usage)[]

/** The buckets that every usage has. */
export const usualBuckets = [
  'input',
  'cached',
  'cacheWrite',
  'cacheWrite1h',
  'audioInput',
  'output',
  'reasoning',
  'audioOutput',
] as const satisfies readonly (keyof Usage)[]

/** The counts that few usages have. */
export const rareCounts = ['imageInput', 'imageOutput', 'searches', 'images'] as const satisfies readonly (keyof Usage)[]

/** All tokens of the prompt. */
export function inputTokens({ input, cached, cacheWrite, cacheWrite1h, audioInput, imageInput = 0 }: Usage): number {
  return input + cached + cacheWrite + cacheWrite1h + audioInput + imageInput
}

/** All tokens of the answer, reasoning included. */
export function outputTokens({ output, reasoning, audioOutput, imageOutput = 0 }: Usage): number {
  return output + reasoning + audioOutput + imageOutput
}
