import type { Clock } from '../../contracts/clock.ts'
import { onPgConnection, type PgClient, type PgQueries } from '../../postgres.ts'

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
export function onConnection<Result>({ connect, limit, run, mayAgain }: Work<Result>): Promise<Result> {
  return onPgConnection({
    connect,
    run: (client) => run({ query: (text, values) => within(client.query(text, values), limit) }),
    mayAgain: (error) => !(error instanceof NoAnswer) && mayAgain(),
  })
}
