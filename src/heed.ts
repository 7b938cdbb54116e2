import type { Failure } from './contracts/failure.ts'
import type { Target } from './resolve.ts'
import { longestHoldMs } from './retry.ts'
import type { Runtime } from './runtime.ts'

/** Heeds what a vendor says with a failure: how long to leave it alone, and what is left of its limits. */
export function heed({ retryAfterMs, headers }: Failure, target: Target, { breakers, rates }: Runtime): void {
  if (headers !== undefined) rates.observe(target, headers)
  if (retryAfterMs !== undefined) breakers.gate(target.circuit, Math.min(retryAfterMs, longestHoldMs))
}
