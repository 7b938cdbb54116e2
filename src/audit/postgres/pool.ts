import { ModelyardError } from '../../errors.ts'

/** What is used of a `Pool` of the `pg` package (8 and newer), or of anything that is like one. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** @throws ModelyardError `BAD_OPTION` for anything that is none. */
export function checkPool(pool: unknown): asserts pool is PgPool {
  const isPool =
    typeof pool === 'object' &&
    pool !== null &&
    ['query', 'on', 'connect'].every((name) => typeof Reflect.get(pool, name) === 'function')
  if (isPool) return
  throw new ModelyardError('BAD_OPTION', "postgresAudit({ pool }) must be a Pool of the 'pg' package.", { field: 'pool' })
}

/** A table's name and those of its indexes, for use in SQL. */
export interface TableNames {
  readonly quoted: string
  readonly index: (column: string) => string
}

/**
 * The names of a table that is given as `name` or `schema.name`.
 *
 * @throws ModelyardError `BAD_OPTION` for what is no plain name: it becomes part of statements.
 */
export function tableNames(table: unknown): TableNames {
  if (typeof table !== 'string' || !/^([a-z_][a-z0-9_]{0,49}\.)?[a-z_][a-z0-9_]{0,49}$/.test(table)) {
    throw new ModelyardError(
      'BAD_OPTION',
      'postgresAudit({ table }) must be a name, or schema.name, of lower-case letters, digits and underscores, at most 50 each.',
      { field: 'table' },
    )
  }
  const parts = table.split('.')
  return {
    quoted: parts.map((part) => `"${part}"`).join('.'),
    index: (column) => `"${parts.at(-1) ?? ''}_${column}"`,
  }
}
