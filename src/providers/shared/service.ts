import type { ProviderAdapter, Service } from '../../contracts/adapter.ts'

/** OpenTelemetry's own values of `gen_ai.provider.name`, where they differ from what a vendor is called here. */
const conventionNames: ReadonlyMap<string, string> = new Map([
  ['azure', 'azure.ai.openai'],
  ['bedrock', 'aws.bedrock'],
  ['google', 'gcp.gemini'],
  ['vertex', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['moonshot', 'moonshot_ai'],
  ['xai', 'x_ai'],
])

/** Where an adapter's calls go, as far as its options tell. */
export interface ServiceOptions {
  readonly client?: unknown
  readonly baseURL?: string | undefined
}

/** Who a vendor is to telemetry. Where a client of the user's own goes, nobody knows unless `baseURL` says so too. */
export function serviceOf(
  vendor: string,
  { client, baseURL }: ServiceOptions,
  usualURL?: string,
): Required<Pick<ProviderAdapter, 'service'>> {
  const name = conventionNames.get(vendor) ?? vendor
  return { service: { name, ...addressIn(baseURL ?? (client === undefined ? usualURL : undefined)) } }
}

/** As {@link serviceOf}, with the vendor's catalog of the same name. */
export function vendorOf(
  vendor: string,
  options: ServiceOptions,
  usualURL?: string,
): Required<Pick<ProviderAdapter, 'catalog' | 'service'>> {
  return { catalog: vendor, ...serviceOf(vendor, options, usualURL) }
}

function addressIn(url: string | undefined): Omit<Service, 'name'> {
  if (url === undefined || !URL.canParse(url)) return {}
  const { hostname, port, protocol } = new URL(url)
  return { address: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }
}
