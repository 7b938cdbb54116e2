import { ModelyardError } from '../../errors.ts'
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
  /** Whether any orderly end after content ends an answer of text, even where no finish reason came: the user says so. */
  readonly tolerateMissingFinish?: boolean | undefined
}

/** OpenAI's own answers, which need nothing. */
export const plainReading: Reading = { refusals }

/** @throws `ModelyardError` `BAD_OPTION` where the option is anything but true or false. */
export function checkTolerance(factory: string, { tolerateMissingFinish }: { readonly tolerateMissingFinish?: unknown }): void {
  if (tolerateMissingFinish === undefined || typeof tolerateMissingFinish === 'boolean') return
  const field = `${factory}.tolerateMissingFinish`
  throw new ModelyardError('BAD_OPTION', `${factory}({ tolerateMissingFinish }) must be true or false.`, { field })
}
