import type { AuditEntry, AuditQuery, PruneOptions } from '../../contracts/archive.ts'
import type { AuditRecord } from '../../contracts/audit.ts'
import type { AuditChainLink, AuditHead } from '../../contracts/audit-link.ts'
import type { PgQueries } from '../../postgres.ts'
import { declared } from '../declared.ts'
import { entryOfLine, parsed } from '../line-entry.ts'
import { checkSubject, isRecord, timeOf } from '../query.ts'
import { linked, rowOf, storable, turn } from './table.ts'

/** A table and the way to it. */
export interface Table {
  readonly queries: PgQueries
  readonly quoted: string
}

/** How many rows are asked for at once. */
const pageSize = 200

/** As it was written, whatever the connection's settings. */
const asWritten = `to_char(kept.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const shown = `${asWritten} AS at, kept.at::text AS exact_at, (${turn})::text AS turn, seq::text, id, request_id, agent, type, subject,
  chain, chain_n::text, record::text, personal::text`

/** What rows are in order of, and how a place among them is told. */
type Order = readonly { readonly key: string; readonly type: string; readonly column: string }[]

const byTime: Order = [
  { key: 'kept.at', type: 'timestamptz', column: 'exact_at' },
  { key: turn, type: 'bigint', column: 'turn' },
  { key: 'kept.id', type: 'text', column: 'id' },
]
const byChain: Order = [
  { key: 'kept.chain', type: 'text', column: 'chain' },
  { key: 'kept.chain_n', type: 'bigint', column: 'chain_n' },
  { key: 'kept.id', type: 'text', column: 'id' },
]
const byId: Order = [{ key: 'kept.id', type: 'text', column: 'id' }]

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
  const where = ['true', ...asked.map(([condition], index) => condition.replace('?', `$${index + 1}`))].join(' AND ')
  for await (const found of pages(table, { where, values: asked.map(([, value]) => value), order: byTime })) {
    const { record, where: row } = entryOf(found)
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
  const begun = await chainsIn(table)
  for await (const row of pages(table, { where: linked, order: byChain })) if (begun.has(row['chain'] ?? '')) yield entryOf(row)
  for await (const row of pages(table, { where: 'chain IS NULL OR chain_n IS NULL', order: byId })) yield entryOf(row)
}

/**
 * The chains that are there now. One that begins while the table is read may refer to records of others that had not been written when
 * these were read. By an index, as nothing else would be: from each chain to the next.
 */
async function chainsIn(table: Table): Promise<ReadonlySet<string>> {
  const next = (than: string): string =>
    `SELECT chain FROM ${table.quoted} WHERE ${linked}${than} ORDER BY chain, chain_n, id LIMIT 1`
  const rows = await select(
    table,
    `WITH RECURSIVE begun AS ((${next('')}) UNION ALL
SELECT (${next(' AND chain > begun.chain')}) FROM begun WHERE begun.chain IS NOT NULL) SELECT chain FROM begun WHERE chain IS NOT NULL`,
    [],
  )
  return new Set(rows.map(({ chain }) => chain ?? ''))
}

/** Rows that are read in order, a page at a time. */
interface Paged {
  readonly where: string
  readonly values?: readonly unknown[]
  readonly order: Order
}

async function* pages(table: Table, { where, values = [], order }: Paged): AsyncGenerator<Found> {
  const keys = order.map(({ key }) => key).join(', ')
  const place = order.map(({ type }, index) => `$${values.length + index + 1}::${type}`).join(', ')
  let last: Found | undefined
  do {
    const after = last === undefined ? '' : ` AND (${keys}) > (${place})`
    const statement = `SELECT ${shown} FROM ${table.quoted} AS kept WHERE (${where})${after} ORDER BY ${keys} LIMIT ${pageSize}`
    const page = await select(table, statement, [
      ...values,
      ...(last === undefined ? [] : order.map(({ column }) => last?.[column])),
    ])
    yield* page
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
    `WITH young AS (SELECT chain, min(chain_n) AS n FROM ${quoted} WHERE ${linked} AND at >= $1::timestamptz GROUP BY chain),
cut AS (SELECT old.chain, max(old.chain_n) AS n FROM ${quoted} AS old LEFT JOIN young ON young.chain = old.chain
  WHERE old.chain IS NOT NULL AND old.chain_n IS NOT NULL AND at < $1::timestamptz AND (young.n IS NULL OR old.chain_n < young.n) GROUP BY old.chain)
SELECT last.chain, last.chain_n::text, last.record -> 'chain' ->> 'hash' AS hash FROM cut
JOIN ${quoted} AS last ON last.chain = cut.chain AND last.chain_n = cut.n`,
    [end],
  )
  const upTo = cuts.map(({ chain, chain_n: n, hash }): AuditHead => ({ chain: chain ?? '', n: Number(n), hash: hash ?? '' }))
  await declared(upTo, declare)
  const removed = await count(
    table,
    `DELETE FROM ${quoted} USING unnest($1::text[], $2::bigint[]) AS cut(id, n) WHERE chain = cut.id AND chain_n <= cut.n`,
    [upTo.map(({ chain }) => chain), upTo.map(({ n }) => n)],
  )
  return removed + (await count(table, `DELETE FROM ${quoted} WHERE NOT (${linked}) AND at < $1::timestamptz`, [end]))
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
