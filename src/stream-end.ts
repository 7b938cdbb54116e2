import type { StreamAccounts } from './accounts.ts'
import type { Attempt } from './attempt.ts'
import { factsFrom } from './completion-shape.ts'
import type { ChatCompletionChunk } from './contracts/chat.ts'
import type { Candidate } from './escalation.ts'
import type { Served } from './journal.ts'
import type { Journey } from './journey.ts'
import type { Outlet } from './outlet.ts'
import type { Reading } from './reading.ts'
import type { RouteRecord } from './runtime.ts'

/** How an attempt whose stream has come to its end is settled. */
export function servedBy(reading: Reading, accounts: StreamAccounts): Served {
  const { attempt, progress, firstTokenMs } = reading
  const account = accounts.finished(reading)
  const model = progress.model ?? attempt.target.model
  const { id, finishReasons } = progress
  return { account, model, ...(firstTokenMs !== undefined && { firstTokenMs }), facts: factsFrom(id, finishReasons) }
}

/** A stream that is held back and has come to its end, for whoever looks at it before the caller does. */
export function candidateOf(
  reading: Reading,
  { heldBack }: Outlet,
  accounts: StreamAccounts,
): Candidate<readonly ChatCompletionChunk[]> {
  return { attempt: reading.attempt, answer: heldBack, served: servedBy(reading, accounts) }
}

/** Where a stream stands that has not come to its end. */
export function standing({ journal }: Journey, { attempt, progress }: Reading): RouteRecord {
  const model = progress.model ?? attempt.target.model
  return journal.record(attempt, { model, usage: null, usageSource: 'unknown', costUsd: null })
}

/** Tells the trail that the caller gets an attempt's content. */
export function announce(
  { journal }: Journey,
  { number, target }: Attempt,
  { firstTokenMs = 0 }: { readonly firstTokenMs?: number | undefined },
): void {
  journal.emit({ type: 'stream.committed', attempt: number, target: target.id, firstTokenMs })
}
