import type { BreakerSnapshot } from '../../contracts/breaker.ts'
import type { SkipReason } from '../../contracts/audit.ts'
import type { Tier } from '../../contracts/catalog.ts'
import type { FailureKind } from '../../contracts/failure.ts'
import { clientOf, subjectOf } from './subject.ts'
import type { BookedClient, Subject, TargetSum } from './subject.ts'
import { attemptsIn, shownUsd, told } from './story.ts'
import type { AttemptStep, Step, Story } from './story.ts'

/** Whether a statement is true, how it would be said, and what really happened. */
export interface Verdict {
  readonly pass: boolean
  /** Ends the sentence `expected ...`: `to be served by 'a/b'`. */
  readonly statement: string
  readonly happened: string
}

/** One wire call as a test expects it: a target, or a target and what came of it. */
export type ExpectedAttempt =
  | string
  | { readonly target: string; readonly kind?: FailureKind | 'answered'; readonly status?: number }

/** Which switch is meant; what is left out may be anything. */
export interface ExpectedSwitch {
  readonly from?: string
  readonly to?: string
  readonly reason?: FailureKind | SkipReason
}

/** Every request was answered, and by this target. */
export function servedBy(value: unknown, target: string): Verdict {
  const subject = subjectOf(value)
  const servers =
    subject.of === 'client'
      ? subject.sums.filter(({ successes }) => successes > 0).map((sum) => sum.target)
      : subject.stories.map((story) => story.servedBy)
  const pass = servers.length > 0 && servers.every((server) => server === target)
  return { pass, statement: `to be served by '${target}'`, happened: happened(subject) }
}

/** A wire call was made to the target, or exactly so many. */
export function routedTo(value: unknown, target: string, times: number | undefined): Verdict {
  const subject = subjectOf(value)
  const calls =
    subject.of === 'client'
      ? (subject.sums.find((sum) => sum.target === target)?.calls ?? 0)
      : attemptsIn(subject.stories).filter((step) => step.target === target).length
  const statement = `to have been routed to '${target}'${times === undefined ? '' : ` ${counted(times, 'time')}`}`
  return { pass: times === undefined ? calls > 0 : calls === times, statement, happened: happened(subject) }
}

/** These wire calls were made, in this order, and no others. */
export function attempted(value: unknown, expected: readonly ExpectedAttempt[]): Verdict {
  const stories = storiesOf(value)
  const attempts = attemptsIn(stories)
  const pass = attempts.length === expected.length && expected.every((one, index) => isMet(one, attempts[index]))
  const list = expected.length === 0 ? 'none' : expected.map(shownExpectation).join(', ')
  return { pass, statement: `to have made these attempts: ${list}`, happened: told(stories) }
}

function isMet(expected: ExpectedAttempt, attempt: AttemptStep | undefined): boolean {
  if (attempt === undefined) return false
  if (typeof expected === 'string') return attempt.target === expected
  const kind = attempt.did === 'failed' ? attempt.kind : attempt.did
  const status = attempt.did === 'failed' ? attempt.status : undefined
  return (
    attempt.target === expected.target &&
    (expected.kind === undefined || expected.kind === kind) &&
    (expected.status === undefined || expected.status === status)
  )
}

function shownExpectation(expected: ExpectedAttempt): string {
  if (typeof expected === 'string') return expected
  const details = [expected.kind, expected.status].filter((detail) => detail !== undefined)
  return details.length === 0 ? expected.target : `${expected.target} (${details.join(', ')})`
}

/** The route went from one target to another. */
export function switched(value: unknown, { from, to, reason }: ExpectedSwitch): Verdict {
  const stories = storiesOf(value)
  const fits = (step: Step): boolean =>
    step.did === 'switched' &&
    (from === undefined || step.from === from) &&
    (to === undefined || step.to === to) &&
    (reason === undefined || step.reason === reason)
  const words = [from && `from '${from}'`, to && `to '${to}'`, reason && `because of ${reason}`].filter(Boolean)
  const statement = ['to have switched', ...words].join(' ')
  return { pass: stories.some(({ steps }) => steps.some(fits)), statement, happened: told(stories) }
}

/** The target's circuit is in this state. */
export function circuit(value: unknown, target: string, state: BreakerSnapshot['state']): Verdict {
  const { breakers } = clientOf(value)
  const known = breakers.list()
  const pass = breakers.snapshot(target).state === state
  return { pass, statement: `to have the circuit of '${target}' ${state}`, happened: toldCircuits(known) }
}

function toldCircuits(snapshots: readonly BreakerSnapshot[]): string {
  return snapshots.length === 0 ? 'no circuit has been used' : snapshots.map(toldCircuit).join('\n')
}

function toldCircuit({ target, state, consecutiveErrors, retryInMs }: BreakerSnapshot): string {
  const held = retryInMs === undefined ? '' : `, held back for ${retryInMs} ms`
  return `circuit of ${target}: ${state}, ${counted(consecutiveErrors, 'failure')}${held}`
}

/** All attempts together cost no more than so many dollars, and the price of each is known. */
export function costAtMost(value: unknown, usd: number): Verdict {
  const subject = subjectOf(value)
  const spent = subject.of === 'client' ? spentBy(subject.client) : sumOf(subject.stories.map(({ costUsd }) => costUsd))
  const statement = `to cost at most ${shownUsd(usd)}`
  const cost = `it cost ${spent === null ? 'an unknown amount' : shownUsd(spent)}`
  // A sum of decimal fractions may be off by its last bit.
  const pass = spent !== null && spent <= usd * (1 + Number.EPSILON * 8)
  return { pass, statement, happened: `${cost}\n${happened(subject)}` }
}

function spentBy({ ledger }: BookedClient): number | null {
  const [row] = ledger.totals()
  if (row === undefined) return 0
  return row.unpricedCalls > 0 ? null : row.spentUsd
}

function sumOf(costs: readonly (number | null)[]): number | null {
  return costs.reduce<number | null>((total, cost) => (total === null || cost === null ? null : total + cost), 0)
}

/** Every request went to this tier. */
export function tier(value: unknown, expected: Tier): Verdict {
  const subject = subjectOf(value)
  const tiers =
    subject.of === 'client'
      ? subject.client.ledger.totals({ by: ['tier'] }).map((row) => row.tier)
      : subject.stories.map((one) => one.tier)
  const pass = tiers.length > 0 && tiers.every((one) => one === expected)
  return { pass, statement: `to have the tier '${expected}'`, happened: happened(subject) }
}

function storiesOf(value: unknown): readonly Story[] {
  const subject = subjectOf(value)
  if (subject.of === 'requests') return subject.stories
  throw new TypeError('A client keeps no order of its calls: take the completion, the error, or an audit sink.')
}

function happened(subject: Subject): string {
  return subject.of === 'client' ? toldSums(subject.sums) : told(subject.stories)
}

function toldSums(sums: readonly TargetSum[]): string {
  return sums.length === 0 ? 'the client has called nobody' : sums.map(toldSum).join('\n')
}

function toldSum({ target, calls, successes }: TargetSum): string {
  return `${target}: ${counted(calls, 'call')}, ${successes} answered`
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
