import { ModelyardError } from '../../../errors.ts'

/** An access key of AWS, temporary where it has a session token. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Where a service is asked, and who asks. */
export interface AwsAccess<Credentials = AwsCredentials | (() => Promise<AwsCredentials>)> {
  /** The region whose service is asked, `us-east-1`. Needed unless a `client` is given. */
  readonly region?: string | undefined
  /**
   * The name of a Bedrock API key in the key store, or of several. Default: `AWS_BEARER_TOKEN_BEDROCK`, or `null` where `credentials` or
   * a `client` are given; those sign the requests then.
   */
  readonly key?: string | readonly string[] | null | undefined
  /**
   * What signs the requests in place of an API key: credentials, a function that gives them, or `'default'` for the SDK's
   * own chain (environment, files, SSO, the machine's role). Without that word nothing of the chain is asked.
   */
  readonly credentials?: Credentials | 'default' | undefined
  /** Where it processes data, for residency rules. Not the region: a cross-region profile leaves it. Default: not declared. */
  readonly residency?: string | undefined
}

/** The host of a region's Bedrock runtime. */
export function runtimeOf(region: string): string {
  return `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

type Given = AwsAccess<unknown> & { readonly client?: unknown }

/** The names of the keys to ask the key store for; `null` where something else signs. */
export function keyOf({ key, credentials, client }: Given): string | readonly string[] | null {
  if (key !== undefined) return key
  return credentials === undefined && client === undefined ? 'AWS_BEARER_TOKEN_BEDROCK' : null
}

/**
 * Checks where and who.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`bedrock.region`).
 */
export function checkAccess(factory: string, access: Given): void {
  const fault = faults.find(({ wrong }) => wrong(access))
  if (fault === undefined) return
  const { field, message } = fault
  throw new ModelyardError('BAD_OPTION', message(factory), { field: `${factory}.${field}` })
}

interface Fault {
  readonly field: keyof AwsAccess
  readonly wrong: (access: Given) => boolean
  readonly message: (factory: string) => string
}

const faults: readonly Fault[] = [
  {
    field: 'region',
    wrong: ({ region, client }) => region === undefined && client === undefined,
    message: (factory) => `${factory}({ region }) is missing: name the region whose service is to be asked, 'us-east-1'.`,
  },
  {
    field: 'region',
    wrong: ({ region = 'any' }) => typeof region !== 'string' || !/^[a-z0-9-]+$/.test(region),
    message: (factory) => `${factory}({ region }) must be a region's name, such as 'us-east-1'.`,
  },
  {
    field: 'residency',
    wrong: ({ residency = 'any' }) => typeof residency !== 'string' || residency === '',
    message: (factory) => `${factory}({ residency }) must be a name, such as 'eu'.`,
  },
  {
    field: 'key',
    wrong: ({ key, credentials, client }) => key === null && credentials === undefined && client === undefined,
    message: (factory) =>
      `${factory}({ key: null }) needs credentials: give them, or credentials: 'default' for the SDK's own chain.`,
  },
  {
    field: 'credentials',
    wrong: ({ key, credentials }) => key !== undefined && key !== null && credentials !== undefined,
    message: (factory) => `${factory}() takes a key or credentials, not both.`,
  },
  {
    field: 'credentials',
    wrong: ({ credentials }) => credentials !== undefined && credentials !== 'default' && !isCredentials(credentials),
    message: (factory) => `${factory}({ credentials }) must be an access key, a function, or 'default'.`,
  },
]

function isCredentials(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  return 'accessKeyId' in value && typeof value.accessKeyId === 'string' && 'secretAccessKey' in value
}
