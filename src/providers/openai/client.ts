import OpenAI from 'openai'
import type { Secret } from '../../contracts/secret.ts'
import type { Fetch } from '../shared/options.ts'

/** Where OpenAI is. */
export const defaultBaseURL = 'https://api.openai.com/v1'

/** What an SDK client is built with, all of it explicit. */
export interface ClientSettings {
  readonly baseURL: string
  readonly headers: Readonly<Record<string, string | null>>
  readonly fetch: Fetch
}

/** The longest time that a timer takes: the router's own clocks end calls, never the SDK's. */
const never = 2 ** 31 - 1

/**
 * An SDK client on which no environment variable has any influence. The SDK offers no switch against
 * `OPENAI_CUSTOM_HEADERS`, so headers that nobody gave are found once, on a request that is not sent, and removed.
 */
export async function isolatedClient(secret: Secret, settings: ClientSettings): Promise<OpenAI> {
  const client = build(secret, settings)
  const { req } = await client.buildRequest({ method: 'get', path: '/models' })
  const sent = new Headers(req.headers)
  const given = new Set(Object.keys(settings.headers).map((name) => name.toLowerCase()))
  const strange = [...sent.keys()].filter((name) => !given.has(name) && !ownHeader.test(name))
  const authorization = secret.reveal() === '' ? null : `Bearer ${secret.reveal()}`
  if (strange.length === 0 && (given.has('authorization') || sent.get('authorization') === authorization)) return client
  const removed = Object.fromEntries(strange.map((name) => [name, null]))
  return build(secret, { ...settings, headers: { ...removed, authorization, ...settings.headers } })
}

/** The headers that the SDK sends on its own account. */
const ownHeader = /^(?:accept|authorization|content-type|user-agent|x-stainless-.+)$/

function build(secret: Secret, { baseURL, headers, fetch }: ClientSettings): OpenAI {
  return new OpenAI({
    // The SDK insists on one, also for a server that needs none; it is not sent then.
    apiKey: secret.reveal() || 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL,
    defaultHeaders: { ...headers },
    fetch,
    maxRetries: 0,
    timeout: never,
    logLevel: 'off',
  })
}
