import type { AuditHead } from '../../contracts/audit-link.ts'
import type { AuditFault } from './finding.ts'
import type { Spot } from './segments.ts'

/** A chain says where one before it had got to: that one must go as far, and no other way. */
export function endFault(by: string, { chain, n, hash }: AuditHead, end: Spot | undefined): AuditFault | undefined {
  if (end === undefined)
    return { kind: 'removed', chain, ...upTo(1, n), message: `a whole chain is missing, to which chain ${by} refers` }
  if (end.n < n)
    return { kind: 'removed', chain, ...upTo(end.n + 1, n), message: `its end is missing, to which chain ${by} refers` }
  if (end.n > n || end.hash === hash) return undefined
  const { id, where } = end
  return { kind: 'altered', chain, n, id, where, message: `is not the record to which chain ${by} refers` }
}

function upTo(from: number, to: number): { readonly n: number; readonly to?: number } {
  return { n: from, ...(to > from && { to }) }
}
