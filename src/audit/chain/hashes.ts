import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { AuditPersonal } from '../../contracts/audit-link.ts'

/** SHA-256 of canonical JSON (RFC 8785), in hex. Throws for what is no JSON: NaN, half a surrogate pair, a cycle. */
function digestOf(value: unknown): string {
  return hash('sha256', canonicalize(value) ?? '')
}

/** The hash of a record as its link states it: of everything but `personal`, which the link has a hash of, and the hash itself. */
export function hashOf(record: object): string {
  const rest: Record<string, unknown> = { ...record }
  const { chain } = rest
  delete rest['personal']
  if (typeof chain === 'object' && chain !== null) {
    const link: Record<string, unknown> = { ...chain }
    delete link['hash']
    delete link['signature']
    rest['chain'] = link
  }
  return digestOf(rest)
}

/** What a link says of the part that may be erased. Without its salt nobody can tell what it was the hash of. */
export function commitmentTo(personal: AuditPersonal): string {
  return digestOf(personal)
}
