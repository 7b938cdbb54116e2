import type { BreakerSnapshot } from '../contracts/breaker.ts'
import type { Tier } from '../contracts/catalog.ts'
import { messageOf, secretsIn } from './assertions.ts'
import { attempted, circuit, costAtMost, routedTo, servedBy, switched, tier } from './stories/checks.ts'
import type { ExpectedAttempt, ExpectedSwitch, Verdict } from './stories/checks.ts'

/**
 * The assertions of this kit as matchers, by the names under which `expect()` gets them. `modelyard/testing/vitest` declares
 * them for vitest; for other runners: `interface Matchers<R> extends RouteMatchers<R> {}`, wherever the runner has it.
 */
export interface RouteMatchers<Result> {
  /** The target gave the answer; of several requests, all of them. */
  toBeServedBy(target: string): Result
  /** The target was called, or exactly `times` times, whatever came of it. Takes the client, too. */
  toHaveRoutedTo(target: string, times?: number): Result
  /** Exactly these wire calls were made, in this order. */
  toHaveAttempted(expected: readonly ExpectedAttempt[]): Result
  /** The route went from one target to another, for a reason. */
  toHaveSwitched(expected?: ExpectedSwitch): Result
  /** A target's circuit is closed, open or half-open. Takes the client. */
  toHaveCircuit(target: string, state: BreakerSnapshot['state']): Result
  /** No more than so many US dollars were spent, and no price was unknown. Takes the client, too. */
  toCostAtMost(usd: number): Result
  /** Requests went to this tier. */
  toHaveTier(tier: Tier): Result
  /** A secret, or a telling part of one, can be reached from a value; meant for `.not`. */
  toContainSecret(...secrets: string[]): Result
}

/** What `expect.extend()` takes of a matcher, in vitest as in jest. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

type Matcher<Name extends keyof RouteMatchers<void>> = (
  received: unknown,
  ...expected: Parameters<RouteMatchers<void>[Name]>
) => MatcherResult

/**
 * Matchers for `expect.extend(matchers)`. What can be asked about: see {@link RouteSubject}.
 *
 * @example
 * ```ts
 * expect.extend(matchers)
 * expect(completion).toBeServedBy('acme/large')
 * ```
 */
export const matchers: { readonly [Name in keyof RouteMatchers<void>]: Matcher<Name> } = {
  toBeServedBy: (received, target) => result(servedBy(received, target)),
  toHaveRoutedTo: (received, target, times) => result(routedTo(received, target, times)),
  toHaveAttempted: (received, expected) => result(attempted(received, expected)),
  toHaveSwitched: (received, expected = {}) => result(switched(received, expected)),
  toHaveCircuit: (received, target, state) => result(circuit(received, target, state)),
  toCostAtMost: (received, usd) => result(costAtMost(received, usd)),
  toHaveTier: (received, expected) => result(tier(received, expected)),
  toContainSecret: (received, ...secrets) => result(secretsIn(received, secrets)),
}

function result(verdict: Verdict): MatcherResult {
  return { pass: verdict.pass, message: () => messageOf(verdict, verdict.pass) }
}
