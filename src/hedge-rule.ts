import type { ChatRequest } from './contracts/chat.ts'
import type { Cost } from './contracts/usage.ts'
import type { HedgeOptions } from './options.ts'
import type { Target } from './resolve.ts'
import type { Traffic } from './traffic.ts'

/** When a second target may be asked beside the first. */
export interface Hedge {
  /** How long the first may take until then, in ms; nothing where its times are not known well enough. */
  readonly patienceMs: (target: Target) => number | undefined
  /** Whether an attempt at this one stays within the cap. */
  readonly affords: (target: Target) => boolean
  /** Takes note of the time after which the first had still not answered when it was left. */
  readonly outrun: (target: Target, ms: number) => void
}

/** What a rule is made with. */
export interface HedgeParts {
  /** Of a chat call; nothing else is hedged. */
  readonly request: ChatRequest | undefined
  readonly traffic: Traffic
  readonly accounts: { expected(request: ChatRequest, target: Target, outputTokens: number): { readonly cost: Cost | null } }
}

const defaultSamples = 20
/** Where the request does not limit its answer. */
const likelyOutputTokens = 1000

/** The rule for one request; nothing where it is not to be hedged. */
export function hedgeOf(options: HedgeOptions | false | undefined, { request, traffic, accounts }: HedgeParts): Hedge | undefined {
  if (options === undefined || options === false || request === undefined) return undefined
  const { afterMs = 'p95', minSamples = defaultSamples, maxCostUsd } = options
  const stream = request.stream === true
  const outputTokens = (request.max_completion_tokens ?? request.max_tokens ?? likelyOutputTokens) * (request.n ?? 1)
  traffic.measure()
  return {
    patienceMs({ id }) {
      if (afterMs !== 'p95') return afterMs
      const pace = traffic.pace(id, stream)
      return pace === undefined || pace.samples < minSamples ? undefined : pace.quantile(0.95)
    },
    affords(target) {
      const { cost } = accounts.expected(request, target, outputTokens)
      return cost !== null && cost.usd <= maxCostUsd
    },
    outrun: ({ id }, ms) => traffic.outrun(id, stream, ms),
  }
}
