import type { Attempt } from './attempt.ts'
import { isEmpty } from './completion-shape.ts'
import type { ChatCompletion } from './contracts/chat.ts'
import type { Failure } from './contracts/failure.ts'
import { withAttempts } from './caller-error.ts'
import { ModelyardError, RouterFault } from './errors.ts'
import type { Escalate, EscalationReason, RejectedAnswer } from './escalation-options.ts'
import type { Served } from './journal.ts'
import type { Journey } from './journey.ts'
import type { Plan } from './plan.ts'
import type { RouteRecord } from './runtime.ts'
import { Unbettered } from './unbettered.ts'

/** An answer that is there and not settled yet, as its attempt has it. */
export interface Candidate<Answer> {
  readonly attempt: Attempt
  readonly answer: Answer
  /** How it would be settled if it served the request. */
  readonly served: Served
}

/** What becomes of a candidate: it serves the request, a better model is asked, or the request fails with this. */
export type Judgement = 'serves' | 'ascends' | Error

/** What a verdict says against an answer. */
type Objection = Omit<RejectedAnswer, 'target'>

/** The way up of one request: looks at its answers, and takes the next step where one is not good enough. */
export class Escalation<Answer> {
  readonly #journey: Journey
  readonly #rule: Escalate
  readonly #whole: (answer: Answer) => ChatCompletion
  #steps = 0
  /** The latest answer that was not good enough, and may be returned all the same. */
  #spare: Candidate<Answer> | undefined

  /** `whole` gives a candidate's answer as the caller's `validate` is to see it. */
  constructor(journey: Journey, rule: Escalate, whole: (answer: Answer) => ChatCompletion) {
    this.#journey = journey
    this.#rule = rule
    this.#whole = whole
  }

  /** Looks at an answer and, where it is not good enough, goes on as the caller has chosen. */
  async judge(candidate: Candidate<Answer>): Promise<Judgement> {
    const objection = await this.#objectionTo(candidate)
    if (objection instanceof Error) return objection
    if (objection === undefined) return 'serves'
    const { attempt, served } = candidate
    const { journal } = this.#journey
    journal.reject({ target: attempt.target.id, ...objection })
    const returns = this.#rule.onExhausted === 'return'
    const step = this.#next(1)
    if (step === undefined && returns) {
      journal.settles()
      return 'serves'
    }
    const failure = this.#journey.fail(attempt, unfit(attempt, 'answer_rejected'), served.account)
    if (step === undefined) return this.#journey.end(failure)
    if (returns) this.#keep(candidate)
    this.#ascend(objection.reason)
    return 'ascends'
  }

  /** Whether a failure that is settled is one after which a better model is asked, which is then next. */
  ascends({ target }: Attempt, { kind }: Failure): boolean {
    if (kind !== 'mismatch' || !this.#rule.when.has('schema') || this.#next(0) === undefined) return false
    this.#journey.journal.reject({ target: target.id, reason: 'schema' })
    this.#ascend('schema')
    return true
  }

  /**
   * The answer with which a request is served that has come to its end without a better one. `onServe` is told first.
   *
   * @throws `error` itself where that is not how it ended.
   */
  settle(error: unknown, onServe?: (candidate: Candidate<Answer>) => void): Candidate<Answer> & { readonly record: RouteRecord } {
    const spare = this.#spare
    if (!(error instanceof Unbettered) || spare === undefined) throw error
    onServe?.(spare)
    return { ...spare, record: this.#journey.settleFor(spare.attempt, spare.served) }
  }

  /** The next step, where there is one and a wire call left for it beside the `pending` one. */
  #next(pending: 0 | 1): Plan | undefined {
    const { plan, chain, deadline, runtime } = this.#journey
    return chain.callsLeft > pending && runtime.clock.now() < deadline ? plan.steps?.[this.#steps] : undefined
  }

  #ascend(reason: EscalationReason): void {
    const { plan, chain, journal } = this.#journey
    const step = plan.steps?.[this.#steps]
    if (step === undefined) return
    this.#steps += 1
    journal.escalated(reason)
    chain.ascend(step.targets)
  }

  #keep(candidate: Candidate<Answer>): void {
    this.#spare = candidate
    this.#journey.hasSpare = true
  }

  async #objectionTo({ attempt, answer, served }: Candidate<Answer>): Promise<Objection | Error | undefined> {
    const { validate, when } = this.#rule
    const completion = this.#whole(answer)
    if (when.has('empty') && isEmpty(completion)) return { reason: 'empty' }
    if (validate === undefined || !when.has('invalid')) return undefined
    // The vendor has done its part: how long the caller looks at it is not held against anybody.
    attempt.release()
    attempt.permit.settle('success')
    const said = await this.#said(async () => validate(completion))
    if (this.#journey.aborted) return this.#left(attempt, served)
    if (said === true) return undefined
    if (said === false) return { reason: 'invalid' }
    if (typeof said === 'string') return { reason: 'invalid', ...(said !== '' && { detail: said }) }
    return this.#broken({ attempt, served }, said)
  }

  /** The verdict; a `Trouble` where there is none. */
  async #said(validate: () => Promise<unknown>): Promise<boolean | string | Trouble> {
    try {
      const said = await this.#journey.patiently(validate().then((verdict) => ({ verdict })))
      if (said === undefined) return { what: 'was not done within the time of the whole request (clocks.totalMs)' }
      if (typeof said.verdict === 'boolean' || typeof said.verdict === 'string') return said.verdict
      return { what: `must say true, false or why not, got ${said.verdict === null ? 'null' : typeof said.verdict}` }
    } catch (cause) {
      return { what: 'threw', cause }
    }
  }

  /** The caller went while its own function was at work. */
  #left(attempt: Attempt, { account }: Served): Error {
    this.#journey.fail(attempt, undefined, account)
    return this.#journey.cancel()
  }

  /** That the caller's function is broken is no answer's fault: nobody else is asked, and nothing is passed off as good. */
  #broken({ attempt, served }: Omit<Candidate<Answer>, 'answer'>, { what, cause }: Trouble): Error {
    const failure = this.#journey.fail(attempt, unfit(attempt, 'VALIDATOR_FAILED'), served.account)
    this.#journey.hasSpare = false
    const error = new ModelyardError('VALIDATOR_FAILED', `escalate.validate ${what}.`, { field: 'escalate.validate', cause })
    return this.#journey.end(failure, withAttempts(error, this.#journey.journal.failed))
  }
}

/** Why a verdict is none. */
interface Trouble {
  readonly what: string
  readonly cause?: unknown
}

function unfit({ target }: Attempt, code: 'answer_rejected' | 'VALIDATOR_FAILED'): RouterFault {
  return new RouterFault('unfit', `The answer of ${target.id} is not good enough for what the caller has set (escalate).`, { code })
}
