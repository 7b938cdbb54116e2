import type { ChatCompletion, ChatRequest, CompletionUsage, UsageExtras } from './contracts/chat.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { Quote } from './quotes.ts'
import { promptQuote } from './quotes.ts'
import type { Reading } from './reading.ts'
import type { Target } from './resolve.ts'
import type { Account } from './runtime.ts'
import { noTokens } from './contracts/usage.ts'

/** What counting and pricing is done with. */
export interface AccountParts {
  /** Tokens in disjoint buckets, and whether the counts can be right; `null` where nothing was counted. */
  readonly countOf: (
    usage: (CompletionUsage & UsageExtras) | null | undefined,
    terms: { readonly serviceTier: string | null | undefined; readonly region: string | undefined },
  ) => { readonly usage: Usage | null; readonly isPlausible: boolean } | null
  /** By the price of the model that answered, or of the one that was asked where the other is not known. */
  readonly cost: (usage: Usage, target: Target, served?: string) => Cost | null
  /** The vendor's own bill; `null` where it cannot be read, `undefined` where there is none. */
  readonly billed: (reported: CompletionUsage, target: Target) => Cost | null | undefined
  readonly estimateTokens: (request: ChatRequest) => number
  readonly estimateTextTokens: (text: string) => number
}

/** How streams are paid for: by the vendor's count or, without one, by an estimate. */
export interface StreamAccounts {
  finished(reading: Reading): Account
  /** Of a stream that was left or broke. */
  unfinished(reading: Reading): Account
}

/** How answers, whole and in pieces, are counted and priced. */
export interface Accounts extends StreamAccounts {
  unary(completion: ChatCompletion, target: Target): Account
  /** Of an answer without output, such as vectors: its prompt alone. */
  prompted(reported: Partial<Pick<CompletionUsage, 'prompt_tokens'>> | undefined, target: Target): Account
  /** Of a call that was accepted and whose answer never came, or was none: its prompt, by estimate. */
  unanswered(request: ChatRequest, target: Target): Account
  /** What a call may take whose prompt is these texts and so many tokens, and whose answer is no text. */
  promptQuote(texts: readonly string[], tokens: number): Quote
  /** Of a call that has not been made: its prompt, by estimate, and an answer of that length. */
  expected(request: ChatRequest, target: Target, outputTokens: number): Account
}

/** Counts what vendors report; where one reports nothing, what was sent and received is estimated, and marked so. */
export function accounts({ countOf, cost, billed, estimateTokens, estimateTextTokens }: AccountParts): Accounts {
  /** `undefined` where nothing was reported. */
  function counted({ usage: reported, model, tier }: Told, target: Target): Account | undefined {
    const count = countOf(reported, { serviceTier: tier, region: regionOf(target) })
    if (count === null || reported === null || reported === undefined) return undefined
    const { usage, isPlausible } = count
    const bill = billed(reported, target)
    const source = isPlausible && bill !== null ? (isEstimate(reported) ? 'estimated' : 'provider') : 'implausible'
    return { usage, source, cost: bill ?? (usage === null ? null : cost(usage, target, model)) }
  }

  function guessed(
    request: ChatRequest,
    target: Target,
    answer: { readonly output: number; readonly served: string | undefined },
  ): Account {
    try {
      const usage: Usage = { ...noTokens, input: estimateTokens(request), output: answer.output }
      return { usage, source: 'estimated', cost: cost(usage, target, answer.served) }
    } catch {
      // A body that only its vendor understands. This runs in timers and abort listeners too, where a throw ends the process.
      return uncounted
    }
  }

  const estimated = ({ request, progress, attempt }: Reading): Account => {
    // Of reasoning and arguments only the length is kept: four characters a token, as for plain ASCII.
    const output = estimateTextTokens(progress.text) + Math.ceil((progress.length - progress.text.length) / 4)
    return guessed(request, attempt.target, { output, served: progress.model })
  }

  const streamed = (reading: Reading): Account => {
    const { usage, serviceTier: tier, progress, attempt } = reading
    const account = counted({ usage, model: progress.model, tier }, attempt.target)
    if (account === undefined) return estimated(reading)
    // Its totals cannot be right: the texts say more.
    return account.usage === null && account.cost === null ? { ...estimated(reading), source: account.source } : account
  }

  return {
    unary: ({ usage, model, service_tier: tier }, target) => counted({ usage, model, tier }, target) ?? uncounted,
    prompted(reported, target) {
      const { prompt_tokens } = { prompt_tokens: undefined, ...reported }
      if (typeof prompt_tokens !== 'number') return uncounted
      const usage: CompletionUsage = { ...reported, prompt_tokens, completion_tokens: 0, total_tokens: prompt_tokens }
      return counted({ usage }, target) ?? uncounted
    },
    unanswered: (request, target) => guessed(request, target, { output: 0, served: undefined }),
    expected: (request, target, outputTokens) => guessed(request, target, { output: outputTokens, served: undefined }),
    promptQuote: (texts, tokens) =>
      promptQuote(
        texts.reduce((sum, text) => sum + estimateTextTokens(text), tokens),
        cost,
      ),
    finished: streamed,
    unfinished: streamed,
  }
}

/** What an answer tells of itself that its price depends on. */
interface Told {
  readonly usage: (CompletionUsage & UsageExtras) | null | undefined
  /** The model that answered. */
  readonly model?: string | undefined
  readonly tier?: string | null | undefined
}

/** Only where the price depends on it. */
function regionOf({ adapter, card }: Target): string | undefined {
  return card?.prices?.regions === undefined ? undefined : adapter.region
}

/** Whether an adapter says that its vendor has not counted. */
function isEstimate(reported: CompletionUsage & UsageExtras): boolean {
  return reported.estimated === true
}

const uncounted: Account = { usage: null, source: 'unknown', cost: null }
