import { AssertionError } from 'node:assert'
import type { BreakerSnapshot } from '../contracts/breaker.ts'
import type { Tier } from '../contracts/catalog.ts'
import { findSecrets } from './secrets.ts'
import { attempted, circuit, costAtMost, routedTo, servedBy, switched, tier } from './stories/checks.ts'
import type { ExpectedAttempt, ExpectedSwitch, Verdict } from './stories/checks.ts'

/**
 * What assertions about routes are made of: a completion or a stream of the router, an error that it threw, what `routeOf()`
 * gave, an audit sink in memory (after `await client.flush()`), its records, or the client itself, which knows its books.
 */
export type RouteSubject = object

/** Asserts that the target (`provider/model`) gave the answer; of several requests, that it gave all of them. */
export function assertServedBy(subject: RouteSubject, target: string): void {
  assertVerdict(servedBy(subject, target), assertServedBy)
}

/** Asserts that the target was called at all, or exactly `times` times, whatever came of it. */
export function assertRoutedTo(subject: RouteSubject, target: string, times?: number): void {
  assertVerdict(routedTo(subject, target, times), assertRoutedTo)
}

/** Asserts that exactly these wire calls were made, in this order: `['a/large', { target: 'b/small', kind: 'timeout' }]`. */
export function assertAttempts(subject: RouteSubject, expected: readonly ExpectedAttempt[]): void {
  assertVerdict(attempted(subject, expected), assertAttempts)
}

/** Asserts that the route went from one target to another, for a reason. */
export function assertSwitched(subject: RouteSubject, expected: ExpectedSwitch = {}): void {
  assertVerdict(switched(subject, expected), assertSwitched)
}

/** Asserts that a target's circuit is closed, open or half-open. Takes the client. */
export function assertCircuit(client: RouteSubject, target: string, state: BreakerSnapshot['state']): void {
  assertVerdict(circuit(client, target, state), assertCircuit)
}

/** Asserts that no more than so many US dollars were spent, and that no price was unknown. */
export function assertCostAtMost(subject: RouteSubject, usd: number): void {
  assertVerdict(costAtMost(subject, usd), assertCostAtMost)
}

/** Asserts that requests for `auto` or `tier:…` went to this tier. */
export function assertTier(subject: RouteSubject, expected: Tier): void {
  assertVerdict(tier(subject, expected), assertTier)
}

/** Asserts that no secret, and no telling part of one, can be reached from a value: an error, a log, audit records. See {@link findSecrets}. */
export function assertNoSecrets(value: unknown, ...secrets: readonly string[]): void {
  assertVerdict(negated(secretsIn(value, secrets)), assertNoSecrets)
}

/** Whether a secret is there. Its message names places, not the secret. */
export function secretsIn(value: unknown, secrets: readonly string[]): Verdict {
  const places = findSecrets(value, secrets)
  return {
    pass: places.length > 0,
    statement: 'to contain a secret',
    happened: places.length === 0 ? 'no secret was found' : `it is at ${places.join(', ')}`,
  }
}

/** The sentence that says what was expected, and what happened. */
export function messageOf({ statement, happened }: Verdict, isNot: boolean): string {
  return `expected ${isNot ? 'not ' : ''}${statement}\n${happened}`
}

function negated({ pass, statement, happened }: Verdict): Verdict {
  return { pass: !pass, statement: `not ${statement}`, happened }
}

function assertVerdict(verdict: Verdict, asserted: (...values: never) => void): void {
  if (!verdict.pass) throw new AssertionError({ message: messageOf(verdict, false), stackStartFn: asserted })
}
