import { classification } from './classification.ts'
import type { Failure } from './contracts/failure.ts'

/** The longest Retry-After that is believed: what is longer holds the target back for this long and is not waited for. */
export const longestHoldMs = 60_000

const firstBackoffMs = 500
const longestBackoffMs = 8000

/** What is left of a request's tries. */
export interface Tries {
  readonly left: number
  readonly spent: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** How long to wait before the target that failed is tried again: as long as it asks, else full jitter; nothing where it is not. */
export function retryWait({ kind, shouldRetry, retryAfterMs }: Failure, { left, spent, random }: Tries): number | undefined {
  if (left <= 0 || kind === 'deadline' || !(shouldRetry ?? classification[kind].same)) return undefined
  if (retryAfterMs !== undefined && retryAfterMs > longestHoldMs) return undefined
  return retryAfterMs ?? random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** spent)
}
