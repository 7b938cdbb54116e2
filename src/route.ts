import type { Attempt } from './attempt.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import { AttemptError } from './errors.ts'
import type { Journey } from './journey.ts'
import type { Account, RouteRecord } from './runtime.ts'
import { nothingSpent } from './runtime.ts'

/** One kind of unary call: how an adapter makes it, and what its answer costs. */
export interface Operation<Answer extends object> {
  run(attempt: Attempt, call: Omit<AdapterCall, 'request'>): Promise<Answer>
  account(answer: Answer, attempt: Attempt): Account
  /** What an accepted call costs whose answer never came, or was none. */
  unanswered(attempt: Attempt): Account
  /** The model that the answer names. */
  model(answer: Answer): string
  /** Whether the answer is one at all; what is not counts as the provider's failure. */
  accepts(answer: unknown): boolean
}

/** What came of a unary call. */
export interface Routed<Answer> {
  readonly answer: Answer
  readonly record: RouteRecord
  /** The vendor's response headers. */
  readonly headers: Headers | undefined
}

/**
 * One request, top to bottom: takes the next target that its breaker lets through, makes one wire call under the clocks,
 * and then either has the answer, goes on to the next target, tries the last one again, or throws what the caller gets.
 * Which of these it is stands in `classification.ts`; how it is done, in `journey.ts`.
 */
export async function route<Answer extends object>(journey: Journey, operation: Operation<Answer>): Promise<Routed<Answer>> {
  for (;;) {
    const attempt = await journey.begin((begun) => limitUnary(journey, begun))
    try {
      const answer = await attempt.until(operation.run(attempt, callOf(journey, attempt)))
      if (!operation.accepts(answer))
        throw new AttemptError('malformed', `${attempt.target.provider} answered with something that is no answer.`)
      const record = journey.succeed(attempt, { account: operation.account(answer, attempt), model: operation.model(answer) })
      return { answer, record, headers: attempt.headers }
    } catch (error) {
      // What a vendor has accepted it may charge for, whatever became of the answer.
      await journey.recover(attempt, error, attempt.headers === undefined ? nothingSpent : operation.unanswered(attempt))
    }
  }
}

/** What the adapter gets, but for the request itself. */
export function callOf({ options }: Journey, attempt: Attempt, onHeaders?: () => void): Omit<AdapterCall, 'request'> {
  const { target } = attempt
  const providerOptions = options.providerOptions?.[target.provider]
  return {
    model: target.model,
    card: target.card,
    secret: attempt.secret,
    signal: attempt.signal,
    ...(options.headers !== undefined && { headers: options.headers }),
    ...(providerOptions !== undefined && { providerOptions }),
    onHeaders(headers): void {
      attempt.answered(headers)
      onHeaders?.()
    },
  }
}

/** Where limits coincide, the one that lets the chain go on holds. */
function limitUnary({ options, deadline }: Journey, attempt: Attempt): void {
  const own = attempt.startedAt + attempt.clocks.attemptMs
  const callers = attempt.startedAt + options.timeout
  if (own <= deadline && own <= callers) attempt.limit('attemptMs', own)
  else if (callers <= deadline) attempt.limit('timeout', callers)
  else attempt.limit('totalMs', deadline)
}
