import type { Pool } from 'pg'
import type { PgClient, PgPool } from '../../src/postgres.ts'

/** A statement on its way. */
export interface Passing {
  readonly text: string
  readonly values: unknown[] | undefined
  /** Makes it, or another one in its place. */
  readonly run: (instead?: string) => ReturnType<PgPool['query']>
}

/** A pool whose connections make each statement as `pass` will have it. */
export function passing(pool: Pool, pass: (statement: Passing) => ReturnType<PgPool['query']>): PgPool {
  return {
    query: (text, values) => pool.query(text, values),
    on: (event, listener) => pool.on(event, listener),
    connect(done) {
      pool.connect((error, client) => {
        const passed: PgClient | undefined = client && {
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
          release: (cause) => client.release(cause),
          query: (text, values) =>
            pass({ text, values, run: (instead) => (instead === undefined ? client.query(text, values) : client.query(instead)) }),
        }
        done(error, passed)
      })
    },
  }
}
