import type { Permit } from './contracts/breaker.ts'
import type { Failure } from './contracts/failure.ts'
import type { Journal } from './journal.ts'
import type { Target } from './resolve.ts'
import type { CallOptions, Runtime } from './runtime.ts'

/** A target that may be called now. */
export interface Turn {
  readonly target: Target
  readonly permit: Permit
}

/** The last wire call that failed, and where in the chain. */
export interface Tried {
  readonly failure: Failure
  readonly position: number
}

/** What a chain works with. */
export interface ChainParts {
  readonly options: CallOptions
  readonly runtime: Runtime
  readonly journal: Journal
  /** When the whole request must be done, in clock milliseconds. */
  readonly deadline: number
}
