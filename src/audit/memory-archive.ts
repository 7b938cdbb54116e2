import type { AuditQuery, PruneOptions } from '../contracts/archive.ts'
import type { AuditRecord } from '../contracts/audit.ts'
import type { AuditHead } from '../contracts/audit-link.ts'
import { declared } from './declared.ts'
import { checkSubject, matcherOf, timeOf } from './query.ts'

/** Those that are asked for, of what was there when the first one was. */
export function* recordsIn(records: readonly AuditRecord[], query: AuditQuery): Generator<AuditRecord> {
  yield* records.filter(matcherOf(query))
}

/** Removes what comes before the first record that is not old, so that every chain is cut in one place. */
export async function pruneRecords(records: AuditRecord[], { before, declare }: PruneOptions): Promise<number> {
  const end = timeOf('before', before)
  const firstKept = records.findIndex(({ at }) => at >= end)
  const old = records.slice(0, firstKept < 0 ? records.length : firstKept)
  const upTo = new Map<string, AuditHead>()
  for (const { chain } of old) if (chain !== undefined) upTo.set(chain.id, { chain: chain.id, n: chain.n, hash: chain.hash })
  await declared([...upTo.values()], declare)
  // By then the oldest may be gone by themselves.
  const last = old.at(-1)
  return last === undefined ? 0 : records.splice(0, records.indexOf(last) + 1).length
}

export function eraseInRecords(records: AuditRecord[], subject: string): number {
  checkSubject(subject)
  let count = 0
  for (const [index, { personal, ...rest }] of records.entries()) {
    if (personal?.subject !== subject) continue
    records.splice(index, 1, Object.freeze(rest))
    count += 1
  }
  return count
}
