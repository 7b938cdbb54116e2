import type { PruneOptions } from '../contracts/archive.ts'
import type { AuditHead } from '../contracts/audit-link.ts'
import { ModelyardError } from '../errors.ts'

/** @throws ModelyardError `BAD_OPTION` where records are chained and nobody declares that they go. */
export async function declared(upTo: readonly AuditHead[], declare: PruneOptions['declare']): Promise<void> {
  if (upTo.length === 0) return
  if (declare === undefined)
    throw new ModelyardError(
      'BAD_OPTION',
      'prune: these records are chained, and would be missed. Call prune() of chained(sink).',
      {
        field: 'declare',
      },
    )
  await declare(upTo)
}
