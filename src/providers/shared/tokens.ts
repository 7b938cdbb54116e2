import { AttemptError } from '../../errors.ts'
import type { AdapterCall } from '../../contracts/adapter.ts'
import { Secret } from '../../contracts/secret.ts'
import { accessToken } from './access-token.ts'
import type { TokenProvider } from './access-token.ts'

/** Makes a call with a token in place of the key. */
export type WithToken = <Call extends Pick<AdapterCall, 'secret' | 'signal'>>(
  call: Call,
  send: (call: Call) => Promise<Response>,
) => Promise<Response>

/**
 * Sends with a token of the provider's, asked for at each call, for the provider knows how long its tokens live. After a 401
 * the next call asks for a new one; the refused call itself is never sent again.
 */
export function withTokens(provider: TokenProvider): WithToken {
  let refused = false
  let latest: { readonly token: string; readonly secret: Secret } | undefined
  return async (call, send) => {
    const forceRefresh = refused
    const token = await accessToken(provider, { forceRefresh, signal: call.signal })
    // Only the call that asked has settled it: another 401 may have come meanwhile.
    if (forceRefresh) refused = false
    if (latest?.token !== token) latest = { token, secret: new Secret(token) }
    const { secret } = latest
    try {
      return await send({ ...call, secret })
    } catch (error) {
      if (error instanceof AttemptError ? error.failure.status === 401 : hasStatus401(error)) refused = true
      throw error
    }
  }
}

function hasStatus401(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 401
}
