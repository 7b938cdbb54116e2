import type { BedrockRuntimeClient, BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import { ModelyardError } from '../../errors.ts'
import { isObject } from '../shared/json.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import type { RequestHandler } from './transport.ts'

/** Options of `bedrock()`. */
export interface Options extends Omit<AdapterOptions<BedrockRuntimeClient>, 'key' | 'region'> {
  /** The region whose service is asked, `us-east-1`. Needed unless a `client` is given. */
  readonly region?: string | undefined
  /**
   * The name of a Bedrock API key in the key store. Default: `AWS_BEARER_TOKEN_BEDROCK`, or `null` where `credentials` or
   * a `client` are given; those sign the requests then.
   */
  readonly key?: string | null | undefined
  /**
   * What signs the requests in place of an API key: credentials, a function that gives them, or `'default'` for the SDK's
   * own chain (environment, files, SSO, the machine's role). Without that word nothing of the chain is asked.
   */
  readonly credentials?: NonNullable<BedrockRuntimeClientConfig['credentials']> | 'default' | undefined
  /** The transport in place of `fetch`: a handler of smithy's kind. */
  readonly requestHandler?: RequestHandler | undefined
  /** Where it processes data, for residency rules. Not the region: a cross-region profile leaves it. Default: not declared. */
  readonly residency?: string | undefined
}

/**
 * Checks the options.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`bedrock.region`).
 */
export function checkOptionsOf(options: Options): void {
  const given: unknown = options
  // `null` is a key like any other here: none is asked for.
  checkOptions('bedrock', isObject(given) ? { ...given, key: given['key'] ?? undefined } : given, [
    'credentials',
    'requestHandler',
    'residency',
  ])
  for (const { field, wrong, message } of rules) if (wrong(options)) throw badOption(field, message)
}

interface Rule {
  readonly field: string
  readonly wrong: (options: Options) => boolean
  readonly message: string
}

const rules: readonly Rule[] = [
  {
    field: 'region',
    wrong: ({ region, client }) => region === undefined && client === undefined,
    message: "bedrock({ region }) is missing: name the region whose service is to be asked, 'us-east-1'.",
  },
  {
    field: 'region',
    wrong: ({ region = 'any' }) => !/^[a-z0-9-]+$/.test(region),
    message: "bedrock({ region }) must be a region's name, such as 'us-east-1'.",
  },
  {
    field: 'requestHandler',
    wrong: ({ requestHandler }) => requestHandler !== undefined && typeof requestHandler.handle !== 'function',
    message: 'bedrock({ requestHandler }) must be an object with handle().',
  },
  {
    field: 'requestHandler',
    wrong: ({ requestHandler, fetch }) => requestHandler !== undefined && fetch !== undefined,
    message: 'bedrock() takes requestHandler or fetch, not both.',
  },
  {
    field: 'key',
    wrong: ({ key, credentials, client }) => key === null && credentials === undefined && client === undefined,
    message: "bedrock({ key: null }) needs credentials: give them, or credentials: 'default' for the SDK's own chain.",
  },
  {
    field: 'credentials',
    wrong: ({ key, credentials }) => typeof key === 'string' && credentials !== undefined,
    message: 'bedrock() takes a key or credentials, not both.',
  },
  {
    field: 'credentials',
    wrong: ({ credentials }) => credentials !== undefined && credentials !== 'default' && !isCredentials(credentials),
    message: "bedrock({ credentials }) must be an access key, a function, or 'default'.",
  },
]

function isCredentials(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  return 'accessKeyId' in value && typeof value.accessKeyId === 'string' && 'secretAccessKey' in value
}

function badOption(name: string, message: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', message, { field: `bedrock.${name}` })
}
