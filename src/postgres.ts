import { ModelyardError } from './errors.ts'

/** Runs statements: a pool on any of its connections, a client on its own. */
export interface PgQueries {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** One connection of a pool, for as long as it is not released. */
export interface PgClient extends PgQueries {
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Gives it back or, with an error, closes it. */
  release(error?: Error): void
}

/** What is used of a `Pool` of the `pg` package (8 and newer), or of anything that is like one. */
export interface PgPool extends PgQueries {
  /** Calls back at once when there is a connection, so that nothing happens to it before it has a listener. */
  connect(done: (error: Error | undefined, client: PgClient | undefined) => void): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

/**
 * A pool that was handed to `call`. The end of one of its idle connections, which would end a process where nobody listens, is
 * let pass: a lost connection shows in the next statement.
 *
 * @throws ModelyardError `BAD_OPTION` for anything that is none.
 */
export function checkPool(pool: unknown, call: string): asserts pool is PgPool {
  if (!isPool(pool))
    throw new ModelyardError('BAD_OPTION', `${call}({ pool }) must be a Pool of the 'pg' package.`, { field: 'pool' })
  if (heard.has(pool)) return
  heard.add(pool)
  pool.on('error', () => undefined)
}

/** The pools that have their listener: several stores may share one. */
const heard = new WeakSet<PgPool>()

function isPool(pool: unknown): pool is PgPool {
  if (typeof pool !== 'object' || pool === null) return false
  return ['query', 'on', 'connect'].every((name) => typeof Reflect.get(pool, name) === 'function')
}

/** A table's name and those of its indexes, for use in SQL. */
export interface TableNames {
  readonly quoted: string
  readonly index: (column: string) => string
}

/**
 * The names of a table that `call` was given as `name` or `schema.name`.
 *
 * @throws ModelyardError `BAD_OPTION` for what is no plain name: it becomes part of statements.
 */
export function tableNames(table: unknown, call: string): TableNames {
  if (typeof table !== 'string' || !/^([a-z_][a-z0-9_]{0,49}\.)?[a-z_][a-z0-9_]{0,49}$/.test(table)) {
    throw new ModelyardError(
      'BAD_OPTION',
      `${call}({ table }) must be a name, or schema.name, of lower-case letters, digits and underscores, at most 50 each.`,
      { field: 'table' },
    )
  }
  const parts = table.split('.')
  return {
    quoted: parts.map((part) => `"${part}"`).join('.'),
    index: (column) => `"${parts.at(-1) ?? ''}_${column}"`,
  }
}

/** The statements of a store, which reject with `NO_TABLE` where it has no table yet. */
export function queriesOf(pool: PgPool, call: string): PgQueries {
  return {
    query: (text, values) =>
      pool.query(text, values).catch((error: unknown) => {
        throw isTableMissing(error) ? noTable(call, error) : error
      }),
  }
}

/** Whether a statement failed because its table is not there (`undefined_table` of SQLSTATE). */
export function isTableMissing(error: unknown): boolean {
  return sqlState(error) === '42P01'
}

/** Five characters that say what the server did not like: `42P01`. */
export function sqlState(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) ? code : undefined
}

function noTable(call: string, cause: unknown): ModelyardError {
  const reason = cause instanceof Error ? cause.message : 'the table is not there'
  return new ModelyardError('NO_TABLE', `${call}: ${reason}. Call its migrate() once.`, { field: 'table', cause })
}
