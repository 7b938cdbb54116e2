import type { AuditEntry, AuditQuery, PruneOptions } from '../../contracts/archive.ts'
import type { AuditRecord } from '../../contracts/audit.ts'
import type { AuditChainLink, AuditHead } from '../../contracts/audit-link.ts'
import type { PgQueries } from '../../postgres.ts'
import { declared } from '../declared.ts'
import { entryOfLine, parsed } from '../line-entry.ts'
import { checkSubject, isRecord, timeOf } from '../query.ts'
import { rowOf, storable } from './table.ts'

/** A table and the way to it. */
export interface Table {
  readonly queries: PgQueries
  readonly quoted: string
}

/** How many rows are asked for at once. */
const pageSize = 200

/** As it was written, whatever the connection's settings. These are texts: order is by the columns themselves. */
const asWritten = `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const shown = `${asWritten} AS at, at::text AS exact_at, seq::text, id, request_id, agent, type, subject, chain, chain_n::text,
  record::text, personal::text`

/** The texts of a row by their columns. */
type Found = Readonly<Record<string, string | null>>

async function select({ queries }: Table, statement: string, values: unknown[]): Promise<Found[]> {
  const { rows } = await queries.query(statement, values)
  return rows.map((row) => {
    const texts: Record<string, string | null> = {}
    for (const [name, value] of Object.entries(row ?? {})) texts[name] = typeof value === 'string' ? value : null
    return texts
  })
}

/** The records that are asked for, by time. */
export async function* recordsIn(table: Table, query: AuditQuery): AsyncGenerator<AuditRecord> {
  const asked = conditionsOf(query).filter(([, value]) => value !== null)
  const where = asked.map(([condition], index) => ` AND ${condition.replace('?', `$${index + 5}`)}`)
  const statement = `SELECT ${shown} FROM ${table.quoted} AS kept
WHERE ($1::text IS NULL OR (at, seq, id) > ($1::timestamptz, $2::bigint, $3))${where.join('')} ORDER BY kept.at, kept.seq, kept.id LIMIT $4`
  const values = asked.map(([, value]) => value)
  for await (const { record, where: row } of pages(table, { statement, place: ['exact_at', 'seq', 'id'], values })) {
    if (isRecord(record)) yield record
    else query.onUnreadable?.(row)
  }
}

/** What is asked of rows: a condition with its value, `null` where nothing is. */
function conditionsOf({ agent, requestId, subject, from, to, types }: AuditQuery): readonly (readonly [string, unknown])[] {
  return [
    ['agent = ?', storable(agent)],
    ['request_id = ?', storable(requestId)],
    ['subject = ?', storable(subject)],
    ['at >= ?::timestamptz', from === undefined ? null : timeOf('from', from)],
    ['at < ?::timestamptz', to === undefined ? null : timeOf('to', to)],
    ['type = ANY(?::text[])', types ?? null],
  ]
}

/** Every row: chain by chain, and then those that are in none. */
export async function* entriesIn(table: Table): AsyncGenerator<AuditEntry> {
  const chained = `SELECT ${shown} FROM ${table.quoted} AS kept
WHERE chain IS NOT NULL AND ($1::text IS NULL OR (chain, chain_n, id) > ($1, $2::bigint, $3)) ORDER BY kept.chain, kept.chain_n, kept.id LIMIT $4`
  const others = `SELECT ${shown} FROM ${table.quoted} WHERE chain IS NULL AND ($1::text IS NULL OR id > $1) ORDER BY id LIMIT $2`
  yield* pages(table, { statement: chained, place: ['chain', 'chain_n', 'id'] })
  yield* pages(table, { statement: others, place: ['id'] })
}

/** A statement that goes on behind a row: what that has in the columns of its place comes first, then how many rows, then the rest. */
interface Paged {
  readonly statement: string
  readonly place: readonly string[]
  readonly values?: readonly unknown[]
}

async function* pages(table: Table, { statement, place, values = [] }: Paged): AsyncGenerator<AuditEntry> {
  let last: Found | undefined
  do {
    const page = await select(table, statement, [...place.map((column) => last?.[column] ?? null), pageSize, ...values])
    for (const row of page) yield entryOf(row)
    last = page.length < pageSize ? undefined : page.at(-1)
  } while (last !== undefined)
}

function entryOf(row: Found): AuditEntry {
  const where = whereOf(row)
  const entry = entryOfLine(row['record'] ?? '', { where })
  const personal = row['personal'] === null ? undefined : parsed(row['personal'] ?? '')
  if (!isRecord(entry.record)) return entry
  const record: AuditRecord = personal === undefined ? entry.record : { ...entry.record, personal }
  return { ...entry, record, ...(!isFiledRight(row, record) && { flaw: 'a column says something else than the record' }) }
}

const filedBy = ['id', 'at', 'seq', 'request_id', 'agent', 'type', undefined, 'subject', undefined, 'chain', 'chain_n']

/** Whether the row is found by what the record says. */
function isFiledRight(row: Found, record: AuditRecord): boolean {
  const time = new Date(record.at)
  const right = rowOf(Number.isNaN(time.getTime()) ? record : { ...record, at: time.toISOString() })
  return filedBy.every((name, index) => name === undefined || (row[name] ?? null) === right[index])
}

function whereOf(row: Found): string {
  return `row ${row['id'] ?? ''}`
}

/** The latest rows that are looked at: a table where no chain has written for long is not searched to its beginning. */
const recentRows = 10_000

export async function lastLinkIn(table: Table): Promise<AuditChainLink | undefined> {
  const recent = `SELECT at, chain, chain_n, record FROM ${table.quoted} ORDER BY at DESC LIMIT ${recentRows}`
  const [row] = await select(
    table,
    `SELECT record::text FROM (${recent}) AS recent WHERE chain IS NOT NULL ORDER BY at DESC, chain_n DESC LIMIT 1`,
    [],
  )
  const record = parsed(row?.['record'] ?? '')
  return isRecord(record) ? record.chain : undefined
}

/** Removes old rows, of each chain only from its beginning; how many. */
export async function pruneIn(table: Table, { before, declare }: PruneOptions): Promise<number> {
  const end = timeOf('before', before)
  const { quoted } = table
  // Clocks are set back: what is behind a record that stays, stays too.
  const cuts = await select(
    table,
    `SELECT DISTINCT ON (chain) chain, chain_n::text, record -> 'chain' ->> 'hash' AS hash FROM ${quoted} AS old
WHERE chain IS NOT NULL AND at < $1::timestamptz
  AND NOT EXISTS (SELECT FROM ${quoted} AS kept WHERE kept.chain = old.chain AND kept.chain_n < old.chain_n AND kept.at >= $1::timestamptz)
ORDER BY chain, old.chain_n DESC`,
    [end],
  )
  const upTo = cuts.map(({ chain, chain_n: n, hash }): AuditHead => ({ chain: chain ?? '', n: Number(n), hash: hash ?? '' }))
  await declared(upTo, declare)
  const removed = await count(
    table,
    `DELETE FROM ${quoted} USING unnest($1::text[], $2::bigint[]) AS cut(id, n) WHERE chain = cut.id AND chain_n <= cut.n`,
    [upTo.map(({ chain }) => chain), upTo.map(({ n }) => n)],
  )
  return removed + (await count(table, `DELETE FROM ${quoted} WHERE chain IS NULL AND at < $1::timestamptz`, [end]))
}

export async function eraseIn(table: Table, subject: string): Promise<number> {
  checkSubject(subject)
  return count(table, `UPDATE ${table.quoted} SET subject = NULL, personal = NULL WHERE subject = $1`, [storable(subject)])
}

/** Runs a statement that changes rows; how many. */
async function count(table: Table, statement: string, values: unknown[]): Promise<number> {
  const [row] = await select(
    table,
    `WITH changed AS (${statement} RETURNING 1) SELECT count(*)::text AS count FROM changed`,
    values,
  )
  return Number(row?.['count'])
}
