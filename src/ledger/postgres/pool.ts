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
  throw new ModelyardError('BAD_OPTION', "postgresLedger({ pool }) must be a Pool of the 'pg' package.", { field: 'pool' })
}

/**
 * A table's name, `name` or `schema.name`, for use in SQL.
 *
 * @throws ModelyardError `BAD_OPTION` for what is no plain name: it becomes part of statements.
 */
export function tableName(table: unknown): { readonly quoted: string; readonly index: string } {
  if (typeof table !== 'string' || !/^([a-z_][a-z0-9_]{0,49}\.)?[a-z_][a-z0-9_]{0,49}$/.test(table)) {
    throw new ModelyardError(
      'BAD_OPTION',
      'postgresLedger({ table }) must be a name, or schema.name, of lower-case letters, digits and underscores, at most 50 each.',
      { field: 'table' },
    )
  }
  const parts = table.split('.')
  return { quoted: parts.map((part) => `"${part}"`).join('.'), index: `"${parts.at(-1) ?? ''}_day"` }
}
