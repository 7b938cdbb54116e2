import type { JsonObject } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'
import { refusals } from './failure.ts'

/**
 * How a server's answers are read, where it writes them otherwise than OpenAI does. Each step is a pure function from the
 * server's JSON to OpenAI's; what comes out is checked and put right like an answer of OpenAI's own.
 */
export interface Reading {
  /** The server's table of errors. */
  readonly refusals: readonly Recogniser[]
  /** Of a complete answer. May throw, where the answer tells of a failure. */
  readonly whole?: (answer: JsonObject) => JsonObject
  /** Of the events of one stream: called once for each stream, so that it may remember. `undefined` leaves an event out. */
  readonly events?: () => (event: JsonObject) => JsonObject | undefined
  /** Whether `[DONE]` after the usage ends an answer even where no finish reason came. */
  readonly infersFinish?: boolean
}

/** OpenAI's own answers, which need nothing. */
export const plainReading: Reading = { refusals }
