import { ModelyardError } from '../../errors.ts'
import { isObject } from '../shared/json.ts'
import { checkMedia } from '../shared/media/options.ts'
import type { MediaOption } from '../shared/media/options.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { RuntimeClient } from './sdk.ts'

/** Whose models the runtime works with in place of Copilot's, with a key of one's own. */
export interface OwnKeyProvider {
  /** The format to speak. Default: `'openai'`. */
  readonly type?: 'openai' | 'azure' | 'anthropic' | undefined
  /** For `'openai'` and `'azure'`. Default: `'completions'`. */
  readonly wireApi?: 'completions' | 'responses' | undefined
  /** For `'azure'`. Default: the v1 API, which has no versions. */
  readonly apiVersion?: string | undefined
}

/** Options of `githubCopilot`. */
export interface CopilotOptions extends AdapterOptions<RuntimeClient>, MediaOption {
  /**
   * Default: the address that GitHub gives for the account. With `provider`: that vendor's, and then it has to be given.
   * Not for a `client` of one's own without `provider`.
   */
  readonly baseURL?: string | undefined
  /**
   * An SDK client of your own, which you start, configure and stop yourself, or what builds one for a key, which is then
   * started and stopped here. It sends its model requests by itself, and tries them again as it likes.
   */
  readonly client?: AdapterOptions<RuntimeClient>['client']
  /** Works with the models of this vendor in place of Copilot's, with the key that `key` names. */
  readonly provider?: OwnKeyProvider | undefined
  /**
   * Whether requests with tools are served: their calls are handed over as with any vendor, and sessions still run none.
   * Default: false, because no session can be held to a `tool_choice`.
   */
  readonly tools?: boolean | undefined
  /**
   * The environment of the runtime process: `HTTPS_PROXY`, `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`. Default: empty; nothing of
   * the application's own environment reaches it.
   */
  readonly env?: Readonly<Record<string, string>> | undefined
}

const ownOptions = ['provider', 'tools', 'env', 'media']

const providerFields: Readonly<
  Record<keyof OwnKeyProvider, { readonly wanted: string; readonly holds: (value: unknown) => boolean }>
> = {
  type: { wanted: "'openai', 'azure' or 'anthropic'", holds: (value) => ['openai', 'azure', 'anthropic'].includes(String(value)) },
  wireApi: { wanted: "'completions' or 'responses'", holds: (value) => ['completions', 'responses'].includes(String(value)) },
  apiVersion: { wanted: 'a version', holds: (value) => typeof value === 'string' && value !== '' },
}

/** Checks the factory's options. Throws `ModelyardError` `BAD_OPTION`. */
export function checkCopilotOptions(options: CopilotOptions): void {
  checkOptions('githubCopilot', options, ownOptions)
  checkMedia('githubCopilot', options.media)
  const { provider, tools, env, client, baseURL, fetch }: Readonly<Record<string, unknown>> = { ...options }
  if (tools !== undefined && typeof tools !== 'boolean') throw bad('tools', 'must be true or false')
  if (env !== undefined && !isEnvironment(env)) throw bad('env', 'must be an object of strings')
  if (provider !== undefined) checkProvider(provider, baseURL)
  if (client === undefined) return
  for (const [name, value] of Object.entries({ fetch, env, ...(provider === undefined && { baseURL }) }))
    if (value !== undefined) throw bad(name, 'is an option of the SDK client, and that is one of your own')
}

function isEnvironment(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string')
}

function checkProvider(provider: unknown, baseURL: unknown): void {
  if (!isObject(provider)) throw bad('provider', 'must be an object')
  for (const [name, value] of Object.entries(provider)) {
    const check = new Map(Object.entries(providerFields)).get(name)
    if (check === undefined) throw bad(`provider.${name}`, `is no option; there are ${Object.keys(providerFields).join(', ')}`)
    if (value !== undefined && !check.holds(value)) throw bad(`provider.${name}`, `must be ${check.wanted}`)
  }
  if (baseURL === undefined) throw bad('baseURL', "must be given with provider: the vendor's address")
}

function bad(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `githubCopilot.${field} ${problem}.`, { field: `githubCopilot.${field}` })
}
