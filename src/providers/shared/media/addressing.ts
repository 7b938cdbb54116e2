import { isIP } from 'node:net'
import { isPublic } from './addresses.ts'
import type { DownloadOptions } from './options.ts'

/** What may be fetched at all. */
export type AddressRules = Pick<DownloadOptions, 'allowPrivate' | 'hosts'>

/** What speaks against fetching from this address, as far as it is told by the address as it is written. */
export function addressProblem(address: string, { allowPrivate = false, hosts }: AddressRules): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) return 'it is no valid URL'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only http and https addresses are fetched'
  if (url.username !== '' || url.password !== '') return 'an address with a user name or password in it is not fetched'
  const host = hostOf(url)
  if (hosts !== undefined && !hosts.some((allowed) => isWithin(host, allowed.toLowerCase())))
    return 'its host is not among those of media.download.hosts'
  return allowPrivate || !isKnownPrivate(host) ? undefined : notPublic
}

/** Says no more than that: what is behind a name inside a private network is nobody's business. */
export const notPublic = 'it leads to an address that is not public'

/** The host of a URL, an IPv6 address without its brackets, a name without its root's dot. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '')
}

function isWithin(host: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed || `[${host}]` === allowed
}

/** An address in numbers, which `URL` has put into its one usual form; and the name that means this machine everywhere. */
function isKnownPrivate(host: string): boolean {
  return isIP(host) === 0 ? host === 'localhost' || host.endsWith('.localhost') : !isPublic(host)
}
