import type { AuditArchive, AuditQuery } from '../../contracts/archive.ts'
import type { AuditSink } from '../../contracts/audit.ts'
import type { AuditHead } from '../../contracts/audit-link.ts'
import type { Clock } from '../../contracts/clock.ts'
import { ModelyardError } from '../../errors.ts'
import { checkKnown } from '../known-options.ts'
import { timeOf } from '../query.ts'
import { Chain, type ChainedAudit, type ChainParts } from './chain.ts'
import { isHead } from './examine.ts'
import { exported } from './export.ts'
import type { AuditVerification } from './finding.ts'
import { checkWith, signerOf, type ChainKey } from './signatures.ts'
import { entriesIn, type AuditSource } from './source.ts'
import { Verifier } from './verify.ts'

/** Options of {@link chained}. */
export interface ChainedOptions {
  /** Signs the chain's own records: its beginning, its heads, and what retention removes. Default: nothing is signed. */
  readonly sign?: {
    /** An Ed25519 key: a `KeyObject` of `node:crypto`, or PEM. */
    readonly privateKey: ChainKey
  }
  /** When a head is due: so many records (default 1,000) or milliseconds (default 60,000) after the last one, and at `flush()` and `close()`. */
  readonly headEvery?: { readonly records?: number; readonly ms?: number }
  /** Where the chain goes on from. Default: what the sink behind it, if it is an archive, says was there last. */
  readonly after?: AuditHead
  /** Tests move it by hand. Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'wall' | 'setTimeout'>
}

/**
 * A sink around a sink that chains the records by their hashes, in the order in which they are written, so that {@link verifyAudit}
 * finds whatever is changed, removed, put in or moved later. Every one begins a chain of its own. The sink behind it must keep each
 * record as it gets it: `filtered()` and `redact()` go around this one, not into it. Records that it rejects are declared missing
 * in the chain.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function chained(sink: AuditSink & Partial<AuditArchive>, options: ChainedOptions = {}): ChainedAudit {
  checkKnown('chained: options', options, ['sign', 'headEvery', 'after', 'clock'])
  const { sign, headEvery = {}, after, clock = machine } = options
  if (typeof sink?.write !== 'function') throw wrong('chained: sink', 'an audit sink, with write(record)')
  if (after !== undefined && !isHead(after)) throw wrong('chained: after', 'a head: { chain, n, hash }')
  if (sign !== undefined) checkKnown('chained: sign', sign, ['privateKey'])
  checkKnown('chained: headEvery', headEvery, ['records', 'ms'])
  return new Chain({
    sink,
    signer: sign === undefined ? undefined : signerOf(sign.privateKey),
    headEvery: checked(headEvery),
    after,
    clock,
  })
}

function checked({ records = 1_000, ms = 60_000 }: NonNullable<ChainedOptions['headEvery']>): ChainParts['headEvery'] {
  if (!(Number.isSafeInteger(records) && records >= 1)) throw wrong('chained: headEvery.records', 'a number of records from 1')
  if (!(ms >= 1 && ms < 2 ** 31)) throw wrong('chained: headEvery.ms', 'a number of milliseconds from 1 to 2147483647')
  return { records, ms }
}

/** Options of {@link verifyAudit}. */
export interface VerifyAuditOptions {
  /** The Ed25519 keys that signatures are checked with, old and new. Left out, no signature is looked at. */
  readonly publicKeys?: readonly ChainKey[]
  /** Heads that were kept elsewhere: records that they stand for must be there. */
  readonly expect?: readonly AuditHead[]
  /** Chains may begin later than with their first record, if they are whole from this time on. A text is an ISO 8601 date or time. */
  readonly from?: Date | string
  /** What records without a link are: a fault (default), or a note, where only part of a trail is chained. */
  readonly unchained?: 'fault' | 'note'
}

/**
 * Finds every record of a chained trail that was changed, removed, put in or moved, and says which. Reads from beginning to end and
 * keeps only what is wrong. Rejects where the source cannot be read, and with a ModelyardError `BAD_OPTION` with the field.
 */
export async function verifyAudit(source: AuditSource, options: VerifyAuditOptions = {}): Promise<AuditVerification> {
  checkKnown('verifyAudit: options', options, ['publicKeys', 'expect', 'from', 'unchained'])
  const { publicKeys, expect = [], from, unchained = 'fault' } = options
  for (const [index, head] of expect.entries())
    if (!isHead(head)) throw wrong(`verifyAudit: expect[${index}]`, 'a head: { chain, n, hash }')
  if (unchained !== 'fault' && unchained !== 'note') throw wrong('verifyAudit: unchained', "'fault' or 'note'")
  const verifier = new Verifier({
    check: publicKeys === undefined ? undefined : checkWith(publicKeys),
    expect,
    from: from === undefined ? undefined : timeOf('from', from),
    unchained,
  })
  for await (const entry of entriesIn(source)) verifier.add(entry)
  return verifier.end()
}

/**
 * Writes records of an archive into a file, one line of JSON each, as `read(query)` gives them: to hand them over, or to keep them. The
 * file is there when it is whole and on the disk, in the place of one that was there, and only its owner may open it (0600). Resolves to
 * how many; rejects as the archive and the system do. An export of everything verifies; of a part, records are missing.
 */
export async function exportAudit(archive: Pick<AuditArchive, 'read'>, path: string, query?: AuditQuery): Promise<number> {
  if (typeof archive?.read !== 'function') throw wrong('exportAudit: archive', 'an archive, such as jsonlAudit()')
  if (typeof path !== 'string' || path === '') throw wrong('exportAudit: path', 'the name of a file')
  return exported(archive, path, query)
}

function wrong(name: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${name} must be ${wanted}`, { field: name.slice(name.indexOf(' ') + 1) })
}

/** A head that is due does not keep the process alive: its end brings one. */
const machine: Pick<Clock, 'wall' | 'setTimeout'> = {
  wall: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
