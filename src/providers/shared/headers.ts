import type { AdapterCall } from '../../contracts/adapter.ts'
import { Secret } from '../../contracts/secret.ts'

/** Headers to be laid over others; `null` removes one. */
export type HeaderLayer = NonNullable<AdapterCall['headers']>

/** The headers with others laid over them in turn. A copy in any case: a transport of the user's may add to them. */
export function laidOver(
  headers: ConstructorParameters<typeof Headers>[0],
  ...layers: readonly (HeaderLayer | undefined)[]
): Headers {
  const sent = new Headers(headers)
  for (const layer of layers) {
    for (const name in layer) {
      const value = layer[name]
      if (value === null) sent.delete(name)
      else if (value !== undefined) sent.set(name, value)
    }
  }
  return sent
}

const credential = /^(?:authorization|api-key|x-api-key|x-goog-api-key|x-amz-.*)$/i

/** The caller's headers, less what would change the credential. */
export function callersHeaders({ headers }: Pick<AdapterCall, 'headers'>): HeaderLayer | undefined {
  if (headers === undefined) return undefined
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !credential.test(name)))
}

/** What a request is sent with that an SDK has authorised: an access token, the token of a session that signs, a key. */
export function credentialIn(headers: ConstructorParameters<typeof Headers>[0]): Secret | undefined {
  const sent = new Headers(headers)
  const bearer = /^Bearer (.+)$/.exec(sent.get('authorization') ?? '')?.[1]
  const token = sent.get('x-amz-security-token') ?? bearer ?? sent.get('x-goog-api-key')
  return token === null ? undefined : new Secret(token)
}
