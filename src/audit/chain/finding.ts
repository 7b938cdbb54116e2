/** What is wrong with a trail. */
export type AuditFaultKind =
  | 'altered'
  | 'removed'
  | 'inserted'
  | 'reordered'
  /** No record of a chain is signed, or too many after its last signature. */
  | 'unsigned'
  /** A signature that is not right, or of a key that is not among those given. */
  | 'bad_signature'
  /** A record without a link. */
  | 'unchained'

/** What is worth knowing of a trail, and wrong with nothing. */
export type AuditNoteKind =
  /** A chain ends without a head: its process has ended without `flush()` or `close()`, or is still running. */
  | 'open_end'
  /** Records that the sink did not take; the chain says so itself. */
  | 'lost'
  /** A record that is said to be lost and is there, and that no other record vouches for. */
  | 'unconfirmed'
  /** Records that were removed when they were old enough; a chain says so. */
  | 'pruned'
  /** Something that is no record, such as a line that was never finished. */
  | 'unreadable'
  /** Records whose personal part was erased. */
  | 'erased'
  /** Records without a link, where these are expected. */
  | 'unchained'

/** One thing about a trail: which record, of which chain, and where. */
export interface AuditFinding<Kind> {
  readonly kind: Kind
  /** The chain's id. */
  readonly chain?: string
  /** The number of the record in its chain; of several, of the first. */
  readonly n?: number
  /** The number of the last record, where there are several. */
  readonly to?: number
  /** The record's own id. */
  readonly id?: string
  /** Where it is kept; of what is missing, before what. `audit.jsonl:12`, `row 12`. */
  readonly where?: string
  /** In words. */
  readonly message: string
}

/** What is wrong with a trail. */
export type AuditFault = AuditFinding<AuditFaultKind>

/** What is worth knowing of a trail, and nothing wrong. */
export type AuditNote = AuditFinding<AuditNoteKind>

/** What was found of one chain. */
export interface ChainSummary {
  readonly id: string
  /** The numbers of its first and last record. */
  readonly from: number
  readonly to: number
  /** When these were written, in ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string
  readonly records: number
  /** How many of them are without the personal part that they were written with. */
  readonly erased: number
  /** The number of the last record that a right signature covers; `null` where there is none, or no key was given. */
  readonly signedTo: number | null
  /** The last head: what `expect` would be, where it was not kept anywhere else. */
  readonly head: { readonly chain: string; readonly n: number; readonly hash: string } | null
}

/** What `verifyAudit()` says of a trail: plain data, and a text for people. */
export interface AuditVerification {
  /** Whether there is no fault. */
  readonly ok: boolean
  /** How many records there are, chained or not. */
  readonly records: number
  readonly erased: number
  readonly chains: readonly ChainSummary[]
  readonly faults: readonly AuditFault[]
  readonly notes: readonly AuditNote[]
  /** A few lines for people. */
  readonly toString: () => string
  readonly toJSON: () => Omit<AuditVerification, 'toString' | 'toJSON'>
}

/** Puts findings together. */
export function verificationOf(
  told: Pick<AuditVerification, 'records' | 'erased' | 'chains' | 'faults' | 'notes'>,
): AuditVerification {
  const plain = { ok: told.faults.length === 0, ...told }
  return Object.freeze({ ...plain, toString: () => textOf(plain), toJSON: () => plain })
}

function textOf({ ok, records, chains, faults, notes }: Omit<AuditVerification, 'toString' | 'toJSON'>): string {
  const head = `${counted(records, 'record')} in ${counted(chains.length, 'chain')}: ${ok ? 'nothing wrong' : counted(faults.length, 'fault')}`
  const lines = [...faults.map((each) => lineOf('fault', each)), ...notes.map((each) => lineOf('note', each))]
  return [head, ...lines].join('\n')
}

function lineOf(word: string, { kind, chain, n, to, id, where, message }: AuditFinding<string>): string {
  const number = n === undefined ? '' : ` ${n}${to === undefined || to === n ? '' : `-${to}`}`
  const place = chain === undefined ? '' : ` of chain ${chain}`
  const details = [where, id].filter((each) => each !== undefined).join(', ')
  return `${word.padEnd(5)}  ${kind}${number}${place}: ${message}${details === '' ? '' : ` (${details})`}`
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
