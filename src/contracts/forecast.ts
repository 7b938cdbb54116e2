import type { Cost } from './usage.ts'

/** What a call is likely to take and to cost at one target, before it is made. */
export interface Forecast {
  /** Tokens of the prompt, counted or estimated. */
  readonly inputTokens: number
  /** Most likely length of the answer, in tokens, reasoning included. */
  readonly outputTokens: number
  /** The most it can be: the request's own limit, else the model's; of all its choices together. */
  readonly maxOutputTokens: number
  /** Likely cost; `null` where no price is known. */
  readonly cost: Cost | null
  /** Cost if the answer takes all it may, at the dearest rates that may come to hold: what a budget reserves. `null` where no price is known. */
  readonly maxCost: Cost | null
  /** Who counted the prompt: a tokenizer, or a rule by its characters. */
  readonly countedBy: 'tokenizer' | 'characters'
}

/**
 * Counts the tokens of a text as the model `provider/model` does, at once; `undefined` where it cannot, or not yet: then
 * the rule by characters counts.
 */
export type Tokenizer = (text: string, model: string) => number | undefined
