import type { CompletionUsage, UsageExtras } from '../contracts/chat.ts'
import type { Usage } from '../contracts/usage.ts'

/** What an answer says besides its counts that its price may depend on. */
export interface AnswerTerms {
  /** In OpenAI's words. */
  readonly serviceTier?: string | null | undefined
  /** Where the answer is made, as far as the adapter knows. What the vendor reports goes before it. */
  readonly region?: string | undefined
}

/** What was counted of an answer. */
export interface Counted {
  /** `null` where the totals themselves cannot be right. */
  readonly usage: Usage | null
  /** Whether all that was reported can be true. */
  readonly isPlausible: boolean
}

/** Usage as adapters give it: OpenAI's, with what they add. */
type Reported = CompletionUsage & UsageExtras

/**
 * The tokens of an answer in disjoint buckets whose sums are exactly the answer's `prompt_tokens` and
 * `completion_tokens`. Details that do not fit into their total (more cached tokens than prompt) are cut down to it, in
 * the order cache reads, cache writes, audio, images, and the count is no longer plausible. Nor is one with negative or
 * broken numbers, or with more than a hundred million tokens. Long-lived cache writes are read from
 * `prompt_tokens_details.cache_write_1h_tokens`, a part of `cache_write_tokens` that adapters add.
 *
 * `null` where the answer counts nothing.
 */
export function countOf(reported: Reported | null | undefined, terms: AnswerTerms = {}): Counted | null {
  if (!isCounted(reported)) return null
  const { prompt_tokens, completion_tokens } = reported
  if (!isTotal(prompt_tokens) || !isTotal(completion_tokens)) return { usage: null, isPlausible: false }
  const faults: Faults = { found: false }
  const asked: PromptDetails = reported.prompt_tokens_details ?? {}
  const prompt = remainder(prompt_tokens, faults)
  const cached = prompt.take(asked.cached_tokens)
  const written = remainder(prompt.take(asked.cache_write_tokens), faults)
  const cacheWrite1h = written.take(asked.cache_write_1h_tokens)
  const audioInput = prompt.share(asked.audio_tokens)
  const imageInput = prompt.share(asked.image_tokens)

  const given: CompletionDetails = reported.completion_tokens_details ?? {}
  const completion = remainder(completion_tokens, faults)
  const reasoning = completion.take(given.reasoning_tokens)
  const audioOutput = completion.share(given.audio_tokens)
  const imageOutput = completion.share(given.image_tokens)
  const searches = pieces(reported.search_requests, faults)
  const images = pieces(reported.image_count, faults)
  const usage: Usage = {
    input: prompt.rest(),
    cached,
    cacheWrite: written.rest(),
    cacheWrite1h,
    audioInput,
    output: completion.rest(),
    reasoning,
    audioOutput,
    ...(imageInput > 0 && { imageInput }),
    ...(imageOutput > 0 && { imageOutput }),
    ...(searches > 0 && { searches }),
    ...(images > 0 && { images }),
    ...pricedBy(reported, terms),
  }
  return { usage, isPlausible: !faults.found }
}

type PromptDetails = NonNullable<CompletionUsage['prompt_tokens_details']> & {
  readonly cache_write_1h_tokens?: number
  readonly image_tokens?: number
}
type CompletionDetails = NonNullable<CompletionUsage['completion_tokens_details']> & { readonly image_tokens?: number }

/** No model takes a tenth of it; an agent's loop at the vendor may ask a model several times. */
const mostTokens = 100_000_000
/** Of what is charged by the piece. */
const mostPieces = 1_000_000

function isCounted(reported: Reported | null | undefined): reported is Reported {
  const { prompt_tokens, completion_tokens } = { ...reported }
  return [prompt_tokens, completion_tokens].some((count) => count !== undefined && count !== null)
}

/** A total that is missing beside one that is there is none. */
function isTotal(count: unknown): boolean {
  return count === undefined || count === null || isCount(count, mostTokens)
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most
}

interface Faults {
  found: boolean
}

interface Remainder {
  /** A part that stands by itself. */
  take(count: unknown): number
  /** A part that may be counted in an earlier one too: sound that was read from the cache. */
  share(count: unknown): number
  rest(): number
}

/* oxlint-disable no-param-reassign -- faults are noted where they are found */

function remainder(total: number | null | undefined, faults: Faults): Remainder {
  const all = total ?? 0
  let left = all
  const upTo = (most: number, count: unknown): number => {
    if (count === undefined || count === null) return 0
    if (!isCount(count, most)) faults.found = true
    const taken = typeof count === 'number' && count > 0 ? Math.floor(Math.min(left, count)) : 0
    left -= taken
    return taken
  }
  return {
    take: (count) => upTo(left, count),
    share: (count) => upTo(all, count),
    rest: () => left,
  }
}

function pieces(count: unknown, faults: Faults): number {
  if (count === undefined || count === null) return 0
  if (isCount(count, mostPieces)) return count
  faults.found = true
  return 0
}
/* oxlint-enable no-param-reassign */

/** The tiers that a price list calls its own. */
const standardTiers = new Set(['auto', 'default', 'standard'])

function pricedBy(reported: Reported, { serviceTier, region: assumed }: AnswerTerms): Pick<Usage, 'serviceTier' | 'region'> {
  const region = typeof reported.region === 'string' ? reported.region : assumed
  return {
    ...(typeof serviceTier === 'string' && !standardTiers.has(serviceTier) && { serviceTier }),
    ...(region !== undefined && { region }),
  }
}
