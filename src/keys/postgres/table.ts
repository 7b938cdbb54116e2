import * as z from 'zod/mini'
import type { TableNames } from '../../postgres.ts'
import { altered, digestOf, headFields, headOf, type Sealed } from '../sealed/contents.ts'

/** The id of the row that holds the index. The others have the digest of what they hold. */
const indexId = 'index'

/** The last part of a JWE: the tag by which GCM proves it, which no other text has. */
const tagLength = 22

/** How long a writer may wait for another one, and leave its own transaction idle, in ms. */
const lockMs = 60_000
const idleMs = 60_000

export interface Statements {
  readonly migrate: string
  readonly state: string
  readonly read: string
  readonly begin: string
  readonly remove: string
  readonly put: string
}

/**
 * One row for each sealed value and one for the index. `tag` changes whenever the index does, and the index with every change: to
 * see whether anything has changed it is enough to read that.
 */
export function statementsOf({ quoted }: TableNames): Statements {
  return {
    migrate: `
SELECT pg_advisory_xact_lock(hashtext('modelyard.keys'));
CREATE TABLE IF NOT EXISTS ${quoted} (
  id text PRIMARY KEY,
  head text,
  sealed text NOT NULL,
  tag text GENERATED ALWAYS AS (right(sealed, ${tagLength})) STORED
);
`,
    state: `SELECT tag FROM ${quoted} WHERE id = '${indexId}'`,
    read: `SELECT id, head, sealed FROM ${quoted}`,
    // The table is locked first, so that what is read then is what the last writer has left. Readers are not kept waiting.
    begin: `
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = ${lockMs};
SET LOCAL idle_in_transaction_session_timeout = ${idleMs};
LOCK TABLE ${quoted} IN SHARE ROW EXCLUSIVE MODE;
`,
    remove: `DELETE FROM ${quoted} WHERE id <> ALL ($1::text[])`,
    put: `
INSERT INTO ${quoted} (id, head, sealed) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE SET head = EXCLUDED.head, sealed = EXCLUDED.sealed`,
  }
}

/** What a table holds, in one of its states. */
export interface Stored {
  readonly state: string
  readonly sealed: Sealed
}

interface Row {
  readonly id: string
  /** Of the index: what stands in clear beside it. */
  readonly head: string | null
  readonly sealed: string
}

const rowShape = z.object({ id: z.string(), head: z.nullable(z.string()), sealed: z.string() })

const headShape = z.strictObject(headFields)

/** The tag of an index; empty where there is none. */
export function stateIn(rows: readonly unknown[]): string {
  return z.array(z.object({ tag: z.string() })).parse(rows)[0]?.tag ?? ''
}

/** `undefined` where the table is empty. */
export function storedIn(rows: readonly unknown[]): Stored | undefined {
  const all: readonly Row[] = z.array(rowShape).parse(rows)
  if (all.length === 0) return undefined
  const index = all.find(({ id }) => id === indexId)
  const entries = all.filter((row) => row !== index)
  if (index === undefined || entries.some(({ id, sealed }) => digestOf(sealed) !== id)) throw altered()
  const sealed = { ...headIn(index), index: index.sealed, entries: entries.map((entry) => entry.sealed) }
  return { state: index.sealed.slice(-tagLength), sealed }
}

/** The rows of a store, and the index before all others. */
export function rowsOf({ store, keys, index, entries }: Sealed): readonly Row[] {
  return [
    { id: indexId, head: JSON.stringify(headOf({ store, keys })), sealed: index },
    ...entries.map((jwe) => ({ id: digestOf(jwe), head: null, sealed: jwe })),
  ]
}

function headIn({ head }: Row): Pick<Sealed, 'store' | 'keys'> {
  const parsed = headShape.safeParse(json(head ?? ''))
  // Written anew it must be the same text: nothing may hide between the fields.
  if (!parsed.success || JSON.stringify(headOf(parsed.data)) !== head) throw altered()
  return parsed.data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
