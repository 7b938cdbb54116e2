import type { Clock } from '../../contracts/clock.ts'
import { ModelyardError } from '../../errors.ts'
import { sqlState, type PgClient, type PgPool, type PgQueries } from '../../postgres.ts'

/** How long something may take, and by which clock. */
export interface Limit {
  readonly ms: number
  readonly clock: Pick<Clock, 'setTimeout'>
}

/** The database has not answered in time. */
export class NoAnswer extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
    this.name = 'NoAnswer'
  }
}

/** @throws NoAnswer where it takes longer. */
export async function within<Result>(work: Promise<Result>, { ms, clock }: Limit): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = clock.setTimeout(() => late.reject(new NoAnswer(ms)), ms, { hold: true })
  try {
    return await Promise.race([work, late.promise])
  } finally {
    timer[Symbol.dispose]()
  }
}

/** Connections that the server has ended while they were idle are found out one by one; a pool has ten unless it is told otherwise. */
const mostTries = 10

/** What works on a connection, and how. */
export interface Work<Result> {
  readonly connect: () => Promise<PgClient>
  /** For each statement. */
  readonly limit: Limit
  readonly run: (queries: PgQueries) => Promise<Result>
  /** Asked where the connection has failed: whether `run` may be run once more, on another one. */
  readonly mayAgain: () => boolean
}

/** Works on a connection of its own, and gives it back. */
export async function onConnection<Result>(work: Work<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    const client = await work.connect()
    try {
      return await onClient(client, work)
    } catch (error) {
      if (tries === mostTries || !isLost(error) || !work.mayAgain()) throw error
    }
  }
}

async function onClient<Result>(client: PgClient, { limit, run }: Work<Result>): Promise<Result> {
  try {
    const result = await run({ query: (text, values) => within(client.query(text, values), limit) })
    giveBack(client)
    return result
  } catch (error) {
    // Closed: what it was in the middle of, a transaction or a statement without an answer, ends with it.
    giveBack(client, error instanceof Error ? error : new Error('the work on this connection failed'))
    throw error
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
  return state === undefined ? !ModelyardError.is(error) && !(error instanceof NoAnswer) : /^(08|57P)/.test(state)
}

function unheard(): void {
  // What it would say is said by the statement.
}
