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

/** The statements of one store. */
export interface PgStatements extends PgQueries {
  /** One that changes nothing: where its connection is lost it is made once more, on another one. */
  readonly read: PgQueries['query']
}

/** The statements of a store, which reject with `NO_TABLE` where it has no table yet. */
export function queriesOf(pool: PgPool, call: string): PgStatements {
  const named = (error: unknown): never => {
    throw isTableMissing(error) ? noTable(call, error) : error
  }
  return {
    query: (text, values) => pool.query(text, values).catch(named),
    read: (text, values) =>
      onPgConnection({
        connect: () => connected(pool),
        run: (queries) => queries.query(text, values),
        mayAgain: () => true,
      }).catch(named),
  }
}

/** Connections that the server has ended while they were idle are found out one by one; a pool has ten unless it is told otherwise. */
const mostTries = 10

/** What works on a connection, and how. */
export interface PgWork<Result> {
  readonly connect: () => Promise<PgClient>
  readonly run: (queries: PgQueries) => Promise<Result>
  /** Asked where the connection has failed: whether `run` may be run once more, on another one. */
  readonly mayAgain: (error: unknown) => boolean
}

/** Works on a connection of its own, and gives it back. */
export async function onPgConnection<Result>({ connect, run, mayAgain }: PgWork<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    const client = await connect()
    try {
      const result = await run(client)
      giveBack(client)
      return result
    } catch (error) {
      // Closed: what it was in the middle of, a transaction or a statement without an answer, ends with it.
      giveBack(client, error instanceof Error ? error : new Error('the work on this connection failed'))
      if (tries === mostTries || !isLost(error) || !mayAgain(error)) throw error
    }
  }
}

/** A connection of the pool. Its end would end the process where nobody listens, also in the moment of its beginning. */
export function connected(pool: PgPool): Promise<PgClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) {
        reject(error ?? new Error('the pool gave no connection'))
        return
      }
      client.on('error', unheard)
      resolve(client)
    })
  })
}

/** With an error it is closed. */
export function giveBack(client: PgClient, error?: Error): void {
  client.release(error)
  client.removeListener('error', unheard)
}

function isLost(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return /^(08|57P)/.test(state)
  // Whoever has given a statement its time does not want it made ten times over.
  return error instanceof Error && !ModelyardError.is(error) && !/timeout/i.test(error.message)
}

function unheard(): void {
  // What it would say is said by the statement.
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
