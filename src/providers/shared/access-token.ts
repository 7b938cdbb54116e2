import { AttemptError } from '../../errors.ts'

/**
 * Gives an access token of Microsoft Entra ID: `getBearerTokenProvider()` of `@azure/identity` makes one. `forceRefresh` is
 * true where the token before was refused with 401; a provider that caches tokens should then get a new one.
 */
export type TokenProvider = (options: { readonly forceRefresh: boolean }) => string | Promise<string>

/** The provider's token, unless the signal fires first. Throws {@link AttemptError} `auth` where there is none. */
export async function accessToken(
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
