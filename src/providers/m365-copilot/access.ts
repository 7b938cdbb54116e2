import type { AdapterCall } from '../../contracts/adapter.ts'
import { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { accessToken } from '../shared/access-token.ts'
import type { TokenProvider } from '../shared/access-token.ts'

/** How many refused tokens are remembered: each belongs to a user, and lives an hour or so. */
const longestMemory = 100

/** Gives calls the token that they are sent with. */
export interface Access {
  /** The call with its token as the secret. */
  authorised(call: AdapterCall): Promise<AdapterCall>
  /** Takes note of a token that was refused. */
  failed(call: AdapterCall, error: unknown): void
}

/** The key store's own: nothing is to be done. */
export const keyed: Access = {
  authorised: (call) => Promise.resolve(call),
  failed: () => undefined,
}

/**
 * Asks the provider at each call, for it knows whose call it is and how long its tokens live. One that gives a token that was
 * refused before is asked for a new one; the refused call itself is never sent again.
 */
export function delegated(provider: TokenProvider): Access {
  const refused = new Set<string>()
  return {
    async authorised(call) {
      const { signal } = call
      const given = new Secret(await accessToken(provider, { forceRefresh: false, signal }))
      const secret = refused.has(given.fingerprint)
        ? new Secret(await accessToken(provider, { forceRefresh: true, signal }))
        : given
      return { ...call, secret }
    },
    failed({ secret }, error) {
      if (!(error instanceof AttemptError) || error.failure.status !== 401) return
      refused.add(secret.fingerprint)
      const [oldest] = refused.size > longestMemory ? refused : []
      if (oldest !== undefined) refused.delete(oldest)
    },
  }
}
