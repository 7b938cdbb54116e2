import type { Attempt } from './attempt.ts'
import type { Secret } from './contracts/secret.ts'
import type { Opener } from './key-ring.ts'
import { ChosenKey, secretIn } from './key-ring.ts'
import { keyStoreFailed, missingKey } from './refusal.ts'

/** The key of an attempt's target, or why there is none. */
export type Unlocked =
  | { readonly secret: Secret }
  /** Every key that is there rests, so much longer. */
  | { readonly restsMs: number }
  | { readonly unusable: Error; readonly reason: 'missing_key' | 'key_store_failed' }

/** Waits for the key, no longer than the attempt may take. */
export async function unlock(attempt: Attempt, fetched: Promise<Opener>): Promise<Unlocked> {
  const { target } = attempt
  try {
    const opener = await attempt.until(fetched)
    if (opener instanceof ChosenKey) {
      attempt.opened(opener)
      return opener
    }
    if (typeof opener === 'object' && 'restsMs' in opener) return opener
    const secret = secretIn(opener)
    return secret === undefined ? { unusable: missingKey(target), reason: 'missing_key' } : { secret }
  } catch (cause) {
    // One that comes too late is nobody's.
    fetched.then((late) => late instanceof ChosenKey && late.release()).catch(() => undefined)
    const unusable = keyStoreFailed(target, attempt.stopped === undefined ? cause : undefined)
    return { unusable, reason: 'key_store_failed' }
  }
}
