import type { ChatCompletion, ChatRequest, CompletionUsage } from './contracts/chat.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { StreamAccounts } from './deliver.ts'
import type { Target } from './resolve.ts'
import type { Account } from './runtime.ts'
import { noTokens } from './runtime.ts'

/** What counting and pricing is done with. */
export interface AccountParts {
  readonly usageOf: (usage: CompletionUsage | null | undefined) => Usage | null
  readonly cost: (usage: Usage, target: Target) => Cost | null
  readonly estimateTokens: (request: ChatRequest) => number
  readonly estimateTextTokens: (text: string) => number
}

/** How answers, whole and in pieces, are counted and priced. */
export interface Accounts extends StreamAccounts {
  unary(completion: ChatCompletion, target: Target): Account
}

/** Counts what vendors report; where one reports nothing, what was sent and received is estimated, and marked so. */
export function accounts({ usageOf, cost, estimateTokens, estimateTextTokens }: AccountParts): Accounts {
  function counted(reported: CompletionUsage | null | undefined, target: Target): Account | undefined {
    const usage = usageOf(reported)
    return usage === null ? undefined : { usage, source: 'provider', cost: cost(usage, target) }
  }

  const estimated: StreamAccounts['unfinished'] = ({ request, progress, attempt }) => {
    // Of reasoning and arguments only the length is kept: four characters a token, as for plain ASCII.
    const output = estimateTextTokens(progress.text) + Math.ceil((progress.length - progress.text.length) / 4)
    const usage: Usage = { ...noTokens, input: estimateTokens(request), output }
    return { usage, source: 'estimated', cost: cost(usage, attempt.target) }
  }

  return {
    unary: (completion, target) => counted(completion.usage, target) ?? { usage: null, source: 'unknown', cost: null },
    finished: (reading) => counted(reading.usage, reading.attempt.target) ?? estimated(reading),
    unfinished: (reading) => counted(reading.usage, reading.attempt.target) ?? estimated(reading),
  }
}
