import type OpenAI from 'openai'
import type { ProviderAdapter, Support } from '../../contracts/adapter.ts'
import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { ModelyardError } from '../../errors.ts'
import { methods } from '../openai/adapter.ts'
import type { TokenProvider } from '../shared/access-token.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { aFunction, aName, anObject, checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { hasBuiltInTools } from '../shared/responses/tools.ts'
import { vendorOf } from '../shared/service.ts'
import { endpointAccess } from './endpoint.ts'
import { failure } from './failure.ts'
import { limits } from './limits.ts'
import { reading } from './reading.ts'

/**
 * Options of {@link azure}. One of `resource`, `endpoint`, `baseURL` and `client` says where it is. The key is by default
 * the key store's `AZURE_OPENAI_API_KEY`; with a token provider none is asked for.
 */
export interface AzureOptions extends AdapterOptions<OpenAI>, MediaLimitsOption {
  /** The resource's name, if it is at `https://NAME.openai.azure.com`. */
  readonly resource?: string | undefined
  /** The resource's URL without a path: `https://NAME.services.ai.azure.com`. */
  readonly endpoint?: string | undefined
  /**
   * A dated version (`2024-10-21`) makes it use the deployments' own paths, which have chat completions and embeddings
   * alone. Default: the v1 API, with Responses besides.
   */
  readonly apiVersion?: string | undefined
  /** Gives access tokens of Microsoft Entra ID, in place of a key. */
  readonly azureADTokenProvider?: TokenProvider | undefined
  /**
   * What is behind each deployment whose name is not its model's: the model's name, or a card where the catalog knows no
   * such model. Features, parameters, window and price follow it.
   */
  readonly deployments?: Readonly<Record<string, string | ModelCard>> | undefined
  /** The API to use for everything. Default: whichever a request needs, as far as the endpoint has it. */
  readonly api?: 'chat' | 'responses' | undefined
}

/**
 * OpenAI's models in a Microsoft Azure resource, by the names of their deployments.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown, wrong or missing.
 */
export function azure(options: AzureOptions = {}): ProviderAdapter {
  checkOptions('azure', options, ownOptions)
  checkMedia('azure', options.media, { downloads: false })
  const { id = 'azure', region, apiVersion, azureADTokenProvider: tokens, deployments = {} } = options
  const baseURL = baseOf(options)
  // An endpoint of the user's must not send the key in clear any more than a base URL may.
  checkOptions('azure', { baseURL, allowInsecureHttp: options.allowInsecureHttp })
  checkAccess(options)
  const { headers, fetch, client } = options
  const { send, ...forwarding } = endpointAccess({ baseURL, headers, fetch, client, apiVersion, tokens })
  const names = namesOf(deployments)
  const api = options.api ?? (apiVersion === undefined ? undefined : 'chat')
  const own = methods({
    send,
    stateOwner: id,
    reading,
    api,
    // Here a model's name has no dot where it was the first to have one.
    nameOf: (model) => ((Object.hasOwn(names, model) ? names[model] : undefined) ?? model).replace(/^gpt-35(?!\d)/, 'gpt-3.5'),
  })
  const adapter: ProviderAdapter = {
    id,
    key: options.key ?? (tokens !== undefined || typeof client === 'object' ? null : 'AZURE_OPENAI_API_KEY'),
    ...vendorOf('azure', { baseURL }),
    stateOwner: id,
    deployments: names,
    models: [...(options.models ?? []), ...cardsOf(deployments)],
    ...(region !== undefined && { region }),
    outageDomain: region === undefined ? 'azure' : `azure:${region}`,
    ...own,
    ...forwarding,
    supports: (request, card, model) => (api === 'chat' ? chatProblem(request) : undefined) ?? own.supports(request, card, model),
    failure,
  }
  return withLimits(adapter, limits, options.media)
}

const ownOptions = {
  resource: aName(),
  endpoint: aName(),
  apiVersion: aName(/^[\w.-]+$/),
  azureADTokenProvider: aFunction,
  deployments: anObject,
  api: { wanted: "'chat' or 'responses'", holds: (value: unknown) => value === 'chat' || value === 'responses' },
  media: undefined,
}

/** What chat completions here have no place for. */
function chatProblem(request: ChatRequest): Support | undefined {
  if (!hasBuiltInTools(request) && (request.web_search_options ?? undefined) === undefined) return undefined
  const field = hasBuiltInTools(request) ? 'tools' : 'web_search_options'
  return { level: 'no', field, reason: "it needs the Responses API, which this endpoint's version does not have" }
}

function baseOf({ baseURL, endpoint, resource, client, apiVersion }: AzureOptions): string | undefined {
  const given = Object.entries({ baseURL, endpoint, resource }).filter(([, value]) => value !== undefined)
  if (given.length > 1)
    throw wrong('resource', `takes one of resource, endpoint and baseURL, got ${given.map(([name]) => name).join(' and ')}`)
  if (baseURL !== undefined) return baseURL.replace(/\/+$/, '')
  if (resource !== undefined && !/^[a-z0-9][a-z0-9-]*$/i.test(resource))
    throw wrong('resource', 'needs the name of a resource, not its URL')
  const root = endpoint ?? (resource === undefined ? undefined : `https://${resource}.openai.azure.com`)
  if (root !== undefined && URL.canParse(root)) return `${new URL(root).origin}/openai${apiVersion === undefined ? '/v1' : ''}`
  if (root !== undefined) throw wrong('endpoint', 'needs the URL of a resource as its endpoint')
  if (client !== undefined) return undefined
  throw wrong('resource', 'needs to know where it is: give resource, endpoint, baseURL or client')
}

function checkAccess({ key, azureADTokenProvider: tokens, deployments = {} }: AzureOptions): void {
  if (tokens !== undefined && key !== undefined) throw wrong('key', 'takes either a key or azureADTokenProvider, got both')
  for (const [name, behind] of Object.entries(deployments))
    if (typeof behind !== 'string' && typeof behind?.id !== 'string')
      throw wrong(`deployments.${name}`, `needs the name of a model, or a model card, for the deployment '${name}'`)
}

function wrong(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `azure() ${problem}.`, { field: `azure.${field}` })
}

function namesOf(deployments: NonNullable<AzureOptions['deployments']>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(deployments).map(([name, behind]) => [name, typeof behind === 'string' ? behind : behind.id]),
  )
}

/** Cards of the user's own, by the name of the deployment. */
function cardsOf(deployments: NonNullable<AzureOptions['deployments']>): readonly ModelCard[] {
  return Object.entries(deployments).flatMap(([id, behind]) =>
    typeof behind === 'string' ? [] : [{ ...behind, id, provider: 'azure' }],
  )
}
