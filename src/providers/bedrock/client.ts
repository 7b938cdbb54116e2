import type * as AwsSdk from '@aws-sdk/client-bedrock-runtime'
import type { BedrockRuntimeClient, BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import type { Options } from './options.ts'

/** The vendor's SDK. */
export type Sdk = typeof AwsSdk

/** What a call needs: the SDK and a client for its key. */
export interface Connection {
  readonly sdk: Sdk
  readonly client: BedrockRuntimeClient
}

/** Builds a connection for a key. */
export function connector(options: Options, baseURL: string): (secret: Secret) => Promise<Connection> {
  const load = sdkLoader('@aws-sdk/client-bedrock-runtime', () => import('@aws-sdk/client-bedrock-runtime').catch(absent))
  const { client } = options
  return async (secret) => {
    const sdk = await load()
    if (typeof client === 'function') return { sdk, client: await client(secret) }
    return { sdk, client: client ?? ownClient(sdk, configOf(options, baseURL, secret)) }
  }
}

function ownClient({ BedrockRuntimeClient: Client }: Sdk, config: BedrockRuntimeClientConfig): BedrockRuntimeClient {
  const client = new Client(config)
  // It makes a header (X-Amzn-Trace-Id) of what the environment says.
  client.middlewareStack.remove('recursionDetectionMiddleware')
  return client
}

/** Every option is given: what is left out, the SDK would take from the environment or from files. */
function configOf({ region = '', credentials }: Options, endpoint: string, secret: Secret): BedrockRuntimeClientConfig {
  return {
    region,
    endpoint,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    ignoreConfiguredEndpointUrls: true,
    userAgentAppId: async () => undefined,
    defaultUserAgentProvider: async () => [['modelyard']],
    // The adapter sends the signed requests itself, over HTTP/1.1.
    requestHandler: { handle: async () => Promise.reject(new AttemptError('internal', 'The SDK tried to send a request itself.')) },
    ...identity(credentials, secret),
  }
}

function identity(credentials: Options['credentials'], secret: Secret): BedrockRuntimeClientConfig {
  if (credentials === undefined) return { token: { token: secret.reveal() }, authSchemePreference: ['httpBearerAuth'] }
  if (credentials === 'default') return { authSchemePreference: ['sigv4'] }
  return { credentials, authSchemePreference: ['sigv4'] }
}
