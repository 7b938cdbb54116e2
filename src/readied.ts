import type { Allowance } from './allowance.ts'
import type { Attempt } from './attempt.ts'
import { exceededEvent } from './budget-events.ts'
import type { Chain } from './chain.ts'
import type { Journal } from './journal.ts'
import type { Opener } from './key-ring.ts'
import type { Target } from './resolve.ts'
import type { Unlocked } from './unlock.ts'
import { unlock } from './unlock.ts'

/** Why an attempt cannot be made. */
export interface Refused {
  readonly unusable: Error
  /** Whether no other target is to be asked. */
  readonly endsRequest?: boolean
}

/** The key of an attempt's target, or why the attempt cannot be made. */
export type Readied = Unlocked | (Refused & { readonly reason: 'budget' | 'price_cap' })

/** What an attempt is made ready with. */
export interface ReadyParts {
  readonly fetched: Promise<Opener>
  /** Absent where nothing limits what the request may take. */
  readonly allowance: Allowance | undefined
  readonly journal: Journal
}

/** Waits for the key, and sets aside what the call may take. */
export async function readied(attempt: Attempt, { fetched, allowance, journal }: ReadyParts): Promise<Readied> {
  const opened = await unlock(attempt, fetched)
  if (allowance === undefined || !('secret' in opened)) return opened
  const { target } = attempt
  const cover = await allowance.cover(target)
  if (!('error' in cover)) {
    attempt.covered(cover)
    return opened
  }
  const { error, reason, refusal, endsRequest } = cover
  if (refusal !== undefined) journal.emit(exceededEvent(target.id, refusal))
  return { unusable: error, reason, endsRequest }
}

/** Writes down why an attempt cannot be made: its target is held back, or there is no calling it, which is given back. */
export function passedOver(
  target: Target,
  refused: Exclude<Readied, { secret: unknown }>,
  { chain, journal }: { readonly chain: Chain; readonly journal: Journal },
): Refused | undefined {
  if ('restsMs' in refused) {
    chain.holdBack(target, { reason: 'key_resting', retryInMs: refused.restsMs })
    return undefined
  }
  journal.skipped(target, refused.reason)
  return refused
}
