import { AttemptError } from '../../errors.ts'
import { Secret } from '../../contracts/secret.ts'
import type { Send } from '../openai/send.ts'

/**
 * Gives an access token of Microsoft Entra ID: `getBearerTokenProvider()` of `@azure/identity` makes one. `forceRefresh` is
 * true on the call after one that was refused with 401; a provider that caches tokens should then get a new one.
 */
export type TokenProvider = (options: { readonly forceRefresh: boolean }) => Promise<string>

/**
 * Sends with a token of the provider's, asked for at each call, for the provider knows how long its tokens live. After a 401
 * the next call asks for a new one; the refused call itself is never sent again.
 */
export function withTokens(send: Send, provider: TokenProvider): Send {
  let refused = false
  let latest: { readonly token: string; readonly secret: Secret } | undefined
  return async (call, path, body) => {
    const forceRefresh = refused
    const token = await tokenOf(provider, { forceRefresh, signal: call.signal })
    // Only the call that asked has settled it: another 401 may have come meanwhile.
    if (forceRefresh) refused = false
    if (latest?.token !== token) latest = { token, secret: new Secret(token) }
    const { secret } = latest
    try {
      return await send({ ...call, secret }, path, body)
    } catch (error) {
      if (error instanceof AttemptError ? error.failure.status === 401 : hasStatus401(error)) refused = true
      throw error
    }
  }
}

function hasStatus401(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 401
}

async function tokenOf(
  provider: TokenProvider,
  { forceRefresh, signal }: { readonly forceRefresh: boolean; readonly signal: AbortSignal },
): Promise<string> {
  signal.throwIfAborted()
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    const token: unknown = await Promise.race([provider({ forceRefresh }), stopped.promise])
    if (typeof token === 'string' && token !== '') return token
  } catch (error) {
    signal.throwIfAborted()
    // What a credential's own error says may hold more than should be shown; it stays in the cause.
    throw new AttemptError('auth', 'The token provider failed.', { cause: error })
  } finally {
    signal.removeEventListener('abort', stop)
  }
  throw new AttemptError('auth', 'The token provider gave no token.')
}
