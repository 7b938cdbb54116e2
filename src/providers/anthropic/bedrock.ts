import type { ProviderAdapter } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import { checkAccess, keyOf, runtimeOf, type AwsAccess, type AwsCredentials } from '../shared/aws/access.ts'
import { failureOf as awsFailureOf, refusals as awsRefusals } from '../shared/aws/failure.ts'
import { isObject } from '../shared/json.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { checkMedia, type MediaOption } from '../shared/media/options.ts'
import { withMedia } from '../shared/media/with-media.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import { serviceOf } from '../shared/service.ts'
import { messagesAdapter } from './adapter.ts'
import { settled, withHeaders, type MessagesClient } from './client.ts'
import { cloudSender, collecting } from './cloud.ts'
import { mantleDoor, runtimeDoor } from './door.ts'
import { refusals, withCode } from './failure.ts'
import { bedrockMedia } from './cloud-limits.ts'

/** Options of `anthropicBedrock()`. */
export interface BedrockOptions extends Omit<AdapterOptions<MessagesClient>, 'key' | 'region'>, AwsAccess, MediaOption {
  /**
   * `runtime`: `InvokeModel`, with model ids, inference profiles and ARNs. `mantle`: AWS's newer door, the Messages API by
   * itself, with ids such as `anthropic.claude-opus-5`; it guarantees no schemas. Default: `runtime`.
   */
  readonly endpoint?: 'runtime' | 'mantle' | undefined
}

/** The adapter for these options. */
export function bedrockAdapter(options: BedrockOptions): ProviderAdapter {
  check(options)
  const { id = 'anthropic-bedrock', models, residency, region = '', endpoint = 'runtime', client, fetch, media } = options
  const baseURL = options.baseURL ?? hosts[endpoint](region)
  const rows = [...refusals, ...awsRefusals]
  const adapter = messagesAdapter({
    id,
    key: keyOf(options),
    catalog: 'bedrock',
    ...serviceOf('bedrock', options, baseURL),
    door: endpoint === 'mantle' ? mantleDoor : runtimeDoor,
    models,
    region: residency,
    outageDomain: `aws:${region}`,
    ...(client === undefined && {
      loadSdk: sdkLoader('@anthropic-ai/bedrock-sdk', () => import('@anthropic-ai/bedrock-sdk').catch(absent)),
    }),
    ...cloudSender({ client, fetch, baseURL, build: builder(options, baseURL), refusals: rows, buildError }),
    failure: (error) => withCode(awsFailureOf(error, refusals)),
  })
  return withMedia(adapter, bedrockMedia, media)
}

const hosts = {
  runtime: runtimeOf,
  mantle: (region: string) => `https://bedrock-mantle.${region}.api.aws/anthropic`,
} as const

function check(options: BedrockOptions): void {
  const given: unknown = options
  // `null` is a key like any other here: none is asked for.
  checkOptions('anthropicBedrock', isObject(given) ? { ...given, key: given['key'] ?? undefined } : given, [
    'credentials',
    'residency',
    'endpoint',
    'media',
  ])
  checkAccess('anthropicBedrock', options)
  checkMedia('anthropicBedrock', options.media)
  const { endpoint = 'runtime' } = options
  if (Object.hasOwn(hosts, endpoint)) return
  const message = "anthropicBedrock({ endpoint }) must be 'runtime' or 'mantle'."
  throw new ModelyardError('BAD_OPTION', message, { field: 'anthropicBedrock.endpoint' })
}

function builder(
  { region = '', endpoint, credentials, headers }: BedrockOptions,
  baseURL: string,
): (secret: Secret) => Promise<MessagesClient> {
  const load = sdkLoader('@anthropic-ai/bedrock-sdk', () => import('@anthropic-ai/bedrock-sdk').catch(absent))
  return async (secret) => {
    const { AnthropicBedrock, AnthropicBedrockMantle } = await load()
    // Every option is given: what is left out, the SDK would take from the environment.
    const config = {
      ...settled,
      awsRegion: region,
      baseURL,
      fetch: collecting,
      apiKey: credentials === undefined ? secret.reveal() : null,
      providerChainResolver: chainOf(credentials),
    }
    const sdk = endpoint === 'mantle' ? new AnthropicBedrockMantle(config) : new AnthropicBedrock(config)
    return withHeaders(sdk, headers)
  }
}

/** What the SDK asks for credentials at each call; `null` for its own chain, or where a key makes them needless. */
function chainOf(credentials: BedrockOptions['credentials']): (() => Promise<() => Promise<AwsCredentials>>) | null {
  if (credentials === undefined || credentials === 'default') return null
  return async () => (typeof credentials === 'function' ? credentials : async () => credentials)
}

function buildError(message: string): AttemptError | undefined {
  return /credential/i.test(message) ? new AttemptError('unusable', message) : undefined
}
