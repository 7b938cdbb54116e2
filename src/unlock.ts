import type { Attempt } from './attempt.ts'
import { Secret } from './contracts/secret.ts'
import { keyStoreFailed, missingKey } from './refusal.ts'

/** The key of an attempt's target, or why there is none. */
export type Unlocked =
  | { readonly secret: Secret }
  | { readonly unusable: Error; readonly reason: 'missing_key' | 'key_store_failed' }

/** Waits for the key, no longer than the attempt may take. */
export async function unlock(attempt: Attempt, fetched: Promise<Secret | undefined>): Promise<Unlocked> {
  const { target } = attempt
  try {
    const secret = await attempt.until(fetched)
    if (Secret.is(secret)) return { secret }
    if (secret !== undefined && secret !== null)
      throw new TypeError('KeyStore.get() must give a Secret: wrap the key, new Secret(key)')
    return { unusable: missingKey(target), reason: 'missing_key' }
  } catch (cause) {
    const unusable = keyStoreFailed(target, attempt.stopped === undefined ? cause : undefined)
    return { unusable, reason: 'key_store_failed' }
  }
}
