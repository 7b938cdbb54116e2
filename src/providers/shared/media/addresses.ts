import { BlockList, isIP } from 'node:net'

/**
 * What is no public address of a single machine: IANA's special-purpose registries (RFC 6890 and its successors, read
 * 2026-11), and the one public address behind which a cloud keeps what is meant for its own machines.
 */
const special: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carriers' own network
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's host agent
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4',
]

/** Parts of 2000::/3, the only public space of IPv6, that are special or lead to an IPv4 address in disguise. */
const special6: readonly string[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const refused = listOf([...special.map((range) => [range, 'ipv4'] as const), ...special6.map((range) => [range, 'ipv6'] as const)])
const unicast = listOf([['2000::/3', 'ipv6']])

function listOf(ranges: readonly (readonly [range: string, family: 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [range, family] of ranges) {
    const slash = range.indexOf('/')
    list.addSubnet(range.slice(0, slash), Number(range.slice(slash + 1)), family)
  }
  return list
}

/**
 * Whether it is a public address: no private, loopback, link-local, shared, multicast or reserved one, and none that stands
 * for an IPv4 address (mapped, translated by NAT64, 6to4, Teredo), which a gateway on the way might lead anywhere.
 */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused.check(address, 'ipv4')
    case 6:
      return unicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
    default:
      return false
  }
}
