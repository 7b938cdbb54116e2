import type { Attempt } from './attempt.ts'
import { refusalFault } from './completion-shape.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { Failure } from './contracts/failure.ts'
import { RouterFault } from './errors.ts'
import type { Escalation } from './escalation.ts'
import { heedAnswer } from './heed.ts'
import type { Lane } from './hedge.ts'
import { raced } from './hedge.ts'
import type { Served } from './journal.ts'
import type { Journey } from './journey.ts'
import type { Account, RouteRecord } from './runtime.ts'
import { nothingSpent } from './runtime.ts'
import type { VendorHeaders } from './vendor-headers.ts'

/** One kind of unary call: how an adapter makes it, and what its answer costs. */
export interface Operation<Answer extends object> {
  run(attempt: Attempt, call: Omit<AdapterCall, 'request'>): Promise<Answer>
  account(answer: Answer, attempt: Attempt): Account
  /** What an accepted call costs whose answer never came, or was none. */
  unanswered(attempt: Attempt): Account
  /** The model that the answer names, if it names one. */
  model(answer: Answer): unknown
  /** What it says of itself besides. */
  facts?(answer: Answer): Served['facts']
  /** Whether the answer is one at all; what is not counts as the provider's failure. */
  accepts(answer: unknown): boolean
  /** Whether the model has refused to give one. */
  refuses?(answer: Answer): boolean
  /** What an answer is to be checked for beyond that, where it is; made when the call is, and throws what is wrong. */
  check?(attempt: Attempt, journey: Journey): ((answer: Answer) => Promise<void>) | undefined
}

/** What came of a unary call. */
export interface Routed<Answer> {
  readonly answer: Answer
  readonly record: RouteRecord
  /** The vendor's response headers. */
  readonly headers: VendorHeaders | undefined
}

/**
 * One request, top to bottom: takes the next target that its breaker lets through, makes one wire call under the clocks,
 * and then either has the answer, goes on to the next target, tries the last one again, or throws what the caller gets.
 * Which of these it is stands in `classification.ts`; how it is done, in `journey.ts`.
 */
export function route<Answer extends object>(
  journey: Journey,
  operation: Operation<Answer>,
  escalation?: Escalation<Answer>,
): Promise<Routed<Answer>> {
  return escalation === undefined ? routed(journey, operation) : settled(journey, operation, escalation)
}

/** As {@link routed}; an answer that was kept serves the request where no better one comes. */
async function settled<Answer extends object>(
  journey: Journey,
  operation: Operation<Answer>,
  escalation: Escalation<Answer>,
): Promise<Routed<Answer>> {
  try {
    return await routed(journey, operation, escalation)
  } catch (error) {
    const { attempt, answer, record } = escalation.settle(error)
    return { answer, record, headers: attempt.headers }
  }
}

async function routed<Answer extends object>(
  journey: Journey,
  operation: Operation<Answer>,
  escalation?: Escalation<Answer>,
): Promise<Routed<Answer>> {
  const limit = (begun: Attempt): void => limitUnary(journey, begun)
  const { hedge } = journey.options
  for (;;) {
    const attempt = await journey.begin(limit)
    const asking = new Asking(journey, operation, attempt)
    if (hedge === undefined) {
      let answer: Answer
      try {
        answer = await asking.run()
        if (escalation === undefined) return asking.succeed(answer)
      } catch (error) {
        await goOn(journey, { attempt, failure: asking.fail(error) }, escalation)
        continue
      }
      if (await serves(asking, answer, escalation)) return asking.succeed(answer)
      continue
    }
    const finish = await raced<Answer, Asking<Answer>>(journey, asking, async () => {
      const rival = await journey.rival(attempt, limit)
      return rival === undefined ? undefined : new Asking(journey, operation, rival)
    })
    if (!('value' in finish)) await goOn(journey, { attempt: finish.lane.attempt, failure: finish.failure }, escalation)
    else if (await serves(finish.lane, finish.value, escalation)) return finish.lane.succeed(finish.value)
  }
}

/** Whether an answer is good enough to serve the request. @throws what the caller gets, where nothing else does either. */
async function serves<Answer extends object>(
  asking: Asking<Answer>,
  answer: Answer,
  escalation: Escalation<Answer> | undefined,
): Promise<boolean> {
  if (escalation === undefined) return true
  const judgement = await escalation.judge({ attempt: asking.attempt, answer, served: asking.served(answer) })
  if (judgement instanceof Error) throw judgement
  return judgement === 'serves'
}

/** The next target, here or a step up. @throws what the caller gets, where there is none. */
async function goOn<Answer>(
  journey: Journey,
  { attempt, failure }: { readonly attempt: Attempt; readonly failure: Failure },
  escalation: Escalation<Answer> | undefined,
): Promise<void> {
  if (escalation?.ascends(attempt, failure) !== true) await journey.goOn(attempt, failure)
}

/** One unary attempt. */
class Asking<Answer extends object> implements Lane<Answer> {
  readonly attempt: Attempt
  readonly #journey: Journey
  readonly #operation: Operation<Answer>
  /** An answer, whether it was good enough or not. */
  #received: Answer | undefined

  constructor(journey: Journey, operation: Operation<Answer>, attempt: Attempt) {
    this.attempt = attempt
    this.#journey = journey
    this.#operation = operation
  }

  async run(): Promise<Answer> {
    const { attempt } = this
    const [journey, operation] = [this.#journey, this.#operation]
    const check = operation.check?.(attempt, journey)
    const call = callOf(journey, attempt)
    const answer = await attempt.until(journey.journal.within(attempt, () => operation.run(attempt, call)))
    if (!operation.accepts(answer))
      throw new RouterFault('malformed', `${attempt.target.provider} answered with something that is no answer.`)
    this.#received = answer
    if (operation.refuses?.(answer) === true && journey.leavesRefusal(attempt)) throw refusalFault(attempt.target.provider)
    if (check !== undefined) await attempt.until(check(answer))
    return answer
  }

  succeed(answer: Answer): Routed<Answer> {
    const { attempt } = this
    const record = this.#journey.succeed(attempt, this.served(answer))
    return { answer, record, headers: attempt.headers }
  }

  /** How the attempt is settled with this answer. */
  served(answer: Answer): Served {
    const { attempt } = this
    const named = this.#operation.model(answer)
    const model = typeof named === 'string' ? named : attempt.target.model
    const facts = this.#journey.runtime.telemetry && this.#operation.facts?.(answer)
    return { account: this.#operation.account(answer, attempt), model, facts }
  }

  fail(error: unknown): Failure {
    return this.#journey.fail(this.attempt, error, this.lost())
  }

  lose(): void {
    // The vendor is likely to charge for what it has begun, whether it had said so or not.
    const account = this.#received === undefined ? this.#operation.unanswered(this.attempt) : this.lost()
    this.#journey.fail(this.attempt, undefined, account)
  }

  /** What a failed call costs: what its answer says, where one came that was not good enough; else what may be charged for it. */
  lost(): Account {
    if (this.#received !== undefined) return this.#operation.account(this.#received, this.attempt)
    // What a vendor has accepted it may charge for, whatever became of the answer.
    return this.attempt.headers === undefined ? nothingSpent : this.#operation.unanswered(this.attempt)
  }
}

/** What the adapter gets, but for the request itself. */
export function callOf(journey: Journey, attempt: Attempt, onHeaders?: () => void): Omit<AdapterCall, 'request'> {
  const { target } = attempt
  const { options, runtime, journal } = journey
  runtime.notes?.of(journal.id)?.sent(attempt.secret)
  const providerOptions = options.providerOptions?.[target.provider]
  return {
    model: target.model,
    card: target.card,
    secret: attempt.secret,
    signal: attempt.signal,
    ...(options.headers !== undefined && { headers: options.headers }),
    ...(providerOptions !== undefined && { providerOptions }),
    onSecret(token): void {
      attempt.sentWith(token)
      runtime.notes?.of(journal.id)?.sent(token)
    },
    onHeaders(headers): void {
      attempt.answered(headers)
      heedAnswer(attempt, headers, journey)
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
