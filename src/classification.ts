import type { Verdict } from './contracts/breaker.ts'
import type { FailureKind } from './contracts/failure.ts'

/** What follows from one kind of failure. */
export interface Consequence {
  /** The numbered statements of the published table (`docs/failover.md`). */
  readonly rule: string
  /** Who has to act. */
  readonly blame: 'provider' | 'account' | 'caller' | 'router'
  /** What the breaker makes of it. */
  readonly breaker: Extract<Verdict, 'failure' | 'neutral'>
  /** Tried again on the same target, if no other is left. */
  readonly same: boolean
  /** The chain goes on to the next target. */
  readonly next: boolean
  /**
   * What becomes of the key, where there are several or a tenant's: it `rests`, or `waits` behind the others; with another one the
   * same target is asked again at once.
   */
  readonly key?: 'rests' | 'waits'
  /** The option that lets the chain go on all the same, where the caller sets it to `switch`. */
  readonly option?: 'onContextLength' | 'onTooLarge' | 'onRefusal'
}

/** The one table that decides what a failure leads to. */
export const classification = {
  network: { rule: 'CL-01', blame: 'provider', breaker: 'failure', same: true, next: true },
  timeout: { rule: 'CL-02', blame: 'provider', breaker: 'failure', same: false, next: true },
  // The caller's own `timeout` says nothing about the provider's health; the OpenAI client retries it, so do we.
  caller_timeout: { rule: 'CL-02', blame: 'caller', breaker: 'neutral', same: true, next: true },
  deadline: { rule: 'CL-03', blame: 'provider', breaker: 'failure', same: false, next: false },
  aborted: { rule: 'CL-04', blame: 'caller', breaker: 'neutral', same: false, next: false },
  outrun: { rule: 'CL-30', blame: 'router', breaker: 'neutral', same: false, next: true },
  redirect: { rule: 'CL-05', blame: 'provider', breaker: 'failure', same: false, next: true },
  invalid_request: { rule: 'CL-06', blame: 'caller', breaker: 'neutral', same: false, next: false },
  context_length: { rule: 'CL-08', blame: 'caller', breaker: 'neutral', same: false, next: false, option: 'onContextLength' },
  content_filter: { rule: 'CL-09', blame: 'caller', breaker: 'neutral', same: false, next: false, option: 'onRefusal' },
  // Another vendor may fetch it by itself, from elsewhere, or take what this one does not.
  media: { rule: 'CL-28', blame: 'caller', breaker: 'neutral', same: false, next: true },
  auth: { rule: 'CL-11', blame: 'account', breaker: 'failure', same: false, next: true, key: 'rests' },
  quota: { rule: 'CL-12', blame: 'account', breaker: 'failure', same: false, next: true, key: 'rests' },
  permission: { rule: 'CL-13', blame: 'account', breaker: 'failure', same: false, next: true, key: 'rests' },
  not_found: { rule: 'CL-14', blame: 'account', breaker: 'failure', same: false, next: true },
  server: { rule: 'CL-15', blame: 'provider', breaker: 'failure', same: true, next: true },
  overloaded: { rule: 'CL-15', blame: 'provider', breaker: 'failure', same: true, next: true },
  conflict: { rule: 'CL-16', blame: 'provider', breaker: 'neutral', same: true, next: true },
  too_large: { rule: 'CL-17', blame: 'caller', breaker: 'neutral', same: false, next: false, option: 'onTooLarge' },
  rate_limit: { rule: 'CL-18', blame: 'account', breaker: 'failure', same: true, next: true, key: 'waits' },
  rejected: { rule: 'CL-19', blame: 'provider', breaker: 'failure', same: false, next: true },
  malformed: { rule: 'CL-20', blame: 'provider', breaker: 'failure', same: false, next: true },
  // A model that breaks its word is no outage: one caller's schema must not open the circuit for everybody.
  mismatch: { rule: 'CL-29', blame: 'provider', breaker: 'neutral', same: false, next: true },
  // It answered: whether that is good enough is the caller's own measure.
  unfit: { rule: 'CL-33', blame: 'provider', breaker: 'neutral', same: false, next: false },
  truncated: { rule: 'CL-23', blame: 'provider', breaker: 'failure', same: true, next: true },
  internal: { rule: 'CL-26', blame: 'router', breaker: 'failure', same: false, next: true },
  unusable: { rule: 'CL-27', blame: 'account', breaker: 'neutral', same: false, next: true },
} as const satisfies Record<FailureKind, Consequence>

/** The kind that a bare HTTP status stands for, where the vendor's own code says nothing better. */
export function kindOfStatus(status: number): FailureKind {
  if (status >= 500 || status === 408 || status === 425) return status === 529 ? 'overloaded' : 'server'
  if (status >= 300 && status < 400) return 'redirect'
  if (status < 400) return 'malformed'
  return statusKinds[status] ?? 'rejected'
}

const statusKinds: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'auth',
  402: 'quota',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  413: 'too_large',
  422: 'invalid_request',
  424: 'server',
  429: 'rate_limit',
}
