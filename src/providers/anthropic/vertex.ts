import type { AnthropicVertex } from '@anthropic-ai/vertex-sdk'
import type { ProviderAdapter } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import type { TokenProvider } from '../shared/access-token.ts'
import { recognisers, toFailure } from '../shared/google/failure.ts'
import { hostOf, regionOf } from '../shared/google/locations.ts'
import { isObject } from '../shared/json.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { checkMedia, type MediaOption } from '../shared/media/options.ts'
import { withMedia } from '../shared/media/with-media.ts'
import { aFunction, aName, checkOptions, type AdapterOptions } from '../shared/options.ts'
import { serviceOf } from '../shared/service.ts'
import { withTokens } from '../shared/tokens.ts'
import { messagesAdapter, type Send } from './adapter.ts'
import { settled, withHeaders, type MessagesClient } from './client.ts'
import { cloudSender, collecting } from './cloud.ts'
import { vertexDoor } from './door.ts'
import { refusals, withCode } from './failure.ts'
import { vertexMedia } from './cloud-limits.ts'

/** What is used of an auth client: those of `google-auth-library` are ones. */
export interface GoogleAuthClient {
  /** The headers that authorise a request. */
  getRequestHeaders(url?: string): Promise<Headers>
}

/** Options of `anthropicVertex()`. One of `authClient`, `googleAuth`, `accessToken`, `key` and `client` says who asks. */
export interface VertexOptions extends AdapterOptions<MessagesClient>, MediaOption {
  /** The name of an access token in the key store, or of several. */
  readonly key?: string | readonly string[] | undefined
  /** The Google Cloud project. Needed unless a `client` is given. */
  readonly project?: string | undefined
  /** Where the models run: `europe-west1`, `eu`, `us`, `global`. Default: `global`. */
  readonly location?: string | undefined
  /** A ready auth client. */
  readonly authClient?: GoogleAuthClient | undefined
  /** A `GoogleAuth` of `google-auth-library`, or `'default'` for the application default credentials. */
  readonly googleAuth?: { getClient(): Promise<GoogleAuthClient> } | 'default' | undefined
  /** Gives access tokens. It is asked at each call, so it should remember a token while that lives. */
  readonly accessToken?: TokenProvider | undefined
}

/** The adapter for these options. */
export function vertexAdapter(options: VertexOptions): ProviderAdapter {
  check(options)
  const { id = 'anthropic-vertex', key = null, models, location = 'global', client, fetch, media, accessToken } = options
  const baseURL = options.baseURL ?? `${hostOf(location)}/v1`
  const rows = [...refusals, ...recognisers]
  const build = builder(options, { location, baseURL })
  const { send, close } = cloudSender({ client, fetch, baseURL, build, refusals: rows, buildError })
  const adapter = messagesAdapter({
    id,
    key,
    // Outside of the global location the vendor takes a tenth more.
    catalog: location === 'global' ? 'anthropic-vertex' : 'anthropic-vertex-regional',
    ...serviceOf('vertex', options, baseURL),
    door: vertexDoor,
    models,
    region: options.region ?? regionOf(location),
    outageDomain: 'google',
    ...(client === undefined && {
      loadSdk: sdkLoader('@anthropic-ai/vertex-sdk', () => import('@anthropic-ai/vertex-sdk').catch(absent)),
    }),
    send: accessToken === undefined ? send : withToken(send, accessToken),
    close,
    failure: (error) => withCode(toFailure(error, refusals)),
  })
  return withMedia(adapter, vertexMedia, media)
}

function withToken(send: Send, provider: TokenProvider): Send {
  const authorised = withTokens(provider)
  return (call, translation) => authorised(call, (own) => send(own, translation))
}

const ownOptions = {
  project: aName(/^[\w.:-]+$/),
  location: { wanted: "a location's name, such as 'europe-west1'", holds: aName(/^[a-z0-9-]+$/).holds },
  authClient: {
    wanted: 'an object with getRequestHeaders()',
    holds: (value: unknown) => isObject(value) && typeof value['getRequestHeaders'] === 'function',
  },
  googleAuth: {
    wanted: "a GoogleAuth or 'default'",
    holds: (value: unknown) => value === 'default' || (isObject(value) && typeof value['getClient'] === 'function'),
  },
  accessToken: aFunction,
  media: undefined,
}

function check(options: VertexOptions): void {
  checkOptions('anthropicVertex', options, ownOptions)
  checkMedia('anthropicVertex', options.media)
  const { project, client } = options
  if (client === undefined && project === undefined)
    throw wrong('project', 'needs the Google Cloud project: anthropicVertex({ project })')
  checkAuth(options)
}

function checkAuth({ authClient, googleAuth, accessToken, key, client }: VertexOptions): void {
  const given = Object.entries({ authClient, googleAuth, accessToken, key, client }).filter(([, value]) => value !== undefined)
  if (given.length === 1) return
  const names = given.map(([name]) => name)
  const problem = names.length === 0 ? 'got none' : `got ${names.join(' and ')}`
  const field = names[1] ?? 'authClient'
  throw wrong(field, `takes one of authClient, googleAuth, accessToken, key and client, ${problem}`)
}

function wrong(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `anthropicVertex() ${problem}.`, { field: `anthropicVertex.${field}` })
}

function builder(
  { project, headers, ...auth }: VertexOptions,
  { location, baseURL }: { readonly location: string; readonly baseURL: string },
): (secret: Secret) => Promise<MessagesClient> {
  const load = sdkLoader('@anthropic-ai/vertex-sdk', () => import('@anthropic-ai/vertex-sdk').catch(absent))
  return async (secret) => {
    const { AnthropicVertex } = await load()
    // Every option is given: what is left out, the SDK would take from the environment.
    const sdk = new AnthropicVertex({
      ...settled,
      region: location,
      projectId: project,
      baseURL,
      fetch: collecting,
      authClient: authClientOf(auth, secret),
    })
    return withHeaders(sdk, headers)
  }
}

type SdkOptions = NonNullable<ConstructorParameters<typeof AnthropicVertex>[0]>

/** `null` leaves it to the SDK, which then takes the application default credentials. */
function authClientOf(options: VertexOptions, secret: Secret): NonNullable<SdkOptions['authClient']> | null {
  if (options.googleAuth === 'default') return null
  const client = ownAuth(options, secret)
  if (isAuthClient(client)) return client
  throw new AttemptError('unusable', 'The auth client gives no headers.')
}

function ownAuth({ authClient, googleAuth }: VertexOptions, secret: Secret): GoogleAuthClient {
  if (authClient !== undefined) return authClient
  if (typeof googleAuth === 'object') return { getRequestHeaders: async () => (await googleAuth.getClient()).getRequestHeaders() }
  return { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${secret.reveal()}` }) }
}

/** Of an auth client the SDK (1.1.3) uses this method, and `projectId` where no project is given. */
function isAuthClient(client: GoogleAuthClient): client is GoogleAuthClient & NonNullable<SdkOptions['authClient']> {
  return typeof client.getRequestHeaders === 'function'
}

function buildError(message: string): AttemptError | undefined {
  return /OAuth credentials/i.test(message) ? new AttemptError('auth', message) : undefined
}
