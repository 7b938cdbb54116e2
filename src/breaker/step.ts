import type { BreakerState, BreakerTransition, Verdict } from '../contracts/breaker.ts'
import { unreachable } from '../errors.ts'
import type { BreakerRule } from './rule.ts'

/** What can happen to a circuit. Reports carry the generation in which their permit was given. */
export type BreakerSignal =
  | { readonly type: 'acquire' | 'lease_expiry' | 'reset' }
  /** The test before its time, since nobody else can be asked. */
  | { readonly type: 'early' }
  | { readonly type: Verdict; readonly generation: number }
  | { readonly type: 'trip'; readonly holdMs: number }
  /** What the circuit has become elsewhere, where several processes share it. */
  | {
      readonly type: 'follow'
      readonly to: BreakerState['name']
      readonly holdMs: number
      readonly reason: BreakerTransition['reason']
    }

/** The circumstances of a signal: everything {@link step} does not find in the state. */
export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number
  readonly rule: Pick<BreakerRule, 'failures' | 'probeLeaseMs'>
  /** How long the circuit stays open if this signal opens it. */
  readonly cooldownMs: number
}

/** What a signal leads to. */
export interface Step {
  readonly state: BreakerState
  /** Whether an attempt may start, and whether it is the test; always `no` for signals other than `acquire` and `early`. */
  readonly pass: 'no' | 'yes' | 'probe'
  readonly transition: Omit<BreakerTransition, 'target'> | undefined
}

/** Where every circuit begins. */
export const initialState: BreakerState = Object.freeze({ name: 'closed', failures: 0, generation: 0 })

/**
 * The circuit breaker: total, pure, and the only code that changes a circuit's state. The generation rises with every
 * transition, with every reset, and when a test's lease runs out, so that whoever held a permit before has no vote after.
 */
export function step(state: BreakerState, signal: BreakerSignal, moment: Moment): Step {
  switch (signal.type) {
    case 'acquire':
      return acquire(withoutExpiredLease(state, moment.now), moment)
    case 'early':
      return early(withoutExpiredLease(state, moment.now), moment)
    case 'success':
    case 'failure':
    case 'neutral':
      return signal.generation === state.generation ? report(state, signal.type, moment) : stay(state)
    case 'lease_expiry':
      return stay(withoutExpiredLease(state, moment.now))
    case 'trip':
      return trip(state, signal.holdMs, moment.now)
    case 'reset':
      return reset(state)
    case 'follow':
      return follow(state, signal, moment.now)
    default:
      return unreachable(signal)
  }
}

/** How long an `acquire` would be refused from `now` on if nothing else happened; 0: it would pass. */
export function heldForMs(state: BreakerState, now: number): number {
  switch (state.name) {
    case 'closed':
      return 0
    case 'open':
      return Math.max(0, state.until - now)
    case 'half_open':
      return state.probeUntil === undefined ? 0 : Math.max(0, state.probeUntil - now)
    default:
      return unreachable(state)
  }
}

function acquire(state: BreakerState, { now, rule }: Moment): Step {
  if (heldForMs(state, now) > 0) return stay(state)
  if (state.name === 'closed') return { state, pass: 'yes', transition: undefined }
  const probeUntil = now + rule.probeLeaseMs
  if (state.name === 'half_open') return { state: { ...state, probeUntil }, pass: 'probe', transition: undefined }
  const tested: BreakerState = { name: 'half_open', generation: state.generation + 1, probeUntil }
  return { ...move(state, tested, 'cooldown'), pass: 'probe' }
}

function early(state: BreakerState, moment: Moment): Step {
  if (state.name !== 'open') return acquire(state, moment)
  const tested: BreakerState = {
    name: 'half_open',
    generation: state.generation + 1,
    probeUntil: moment.now + moment.rule.probeLeaseMs,
  }
  return { ...move(state, tested, 'early'), pass: 'probe' }
}

function report(state: BreakerState, verdict: Verdict, moment: Moment): Step {
  switch (state.name) {
    case 'closed':
      return count(state, verdict, moment)
    case 'open':
      // No permit carries the generation of an open circuit.
      return stay(state)
    case 'half_open':
      return judge(state, verdict, moment)
    default:
      return unreachable(state)
  }
}

function count(state: BreakerState & { readonly name: 'closed' }, verdict: Verdict, moment: Moment): Step {
  if (verdict === 'neutral') return stay(state)
  if (verdict === 'success') return stay(state.failures === 0 ? state : { ...state, failures: 0 })
  const failures = state.failures + 1
  if (failures < moment.rule.failures) return stay({ ...state, failures })
  return move(state, opened(state, moment.now, moment.cooldownMs), 'failures')
}

function judge(state: BreakerState & { readonly name: 'half_open' }, verdict: Verdict, moment: Moment): Step {
  if (state.probeUntil === undefined) return stay(state)
  switch (verdict) {
    case 'neutral':
      return stay({ name: 'half_open', generation: state.generation })
    case 'success':
      return move(state, closed(state), 'probe_succeeded')
    case 'failure':
      return move(state, opened(state, moment.now, moment.cooldownMs), 'probe_failed')
    default:
      return unreachable(verdict)
  }
}

function trip(state: BreakerState, holdMs: number, now: number): Step {
  if (state.name === 'open') return stay({ ...state, until: Math.max(state.until, now + holdMs) })
  return move(state, opened(state, now, holdMs), 'trip')
}

function reset(state: BreakerState): Step {
  return state.name === 'closed' ? stay(closed(state)) : move(state, closed(state), 'reset')
}

/** Goes where the shared circuit went. What it is already it only stays for as long as the others think. */
function follow(state: BreakerState, { to, holdMs, reason }: BreakerSignal & { readonly type: 'follow' }, now: number): Step {
  if (state.name === to) return stay(prolonged(state, now + holdMs))
  switch (to) {
    case 'open':
      return move(state, opened(state, now, holdMs), reason)
    case 'half_open': {
      // Somebody else makes the test.
      const tested: BreakerState = { name: 'half_open', generation: state.generation + 1, probeUntil: now + holdMs }
      return move(state, tested, reason)
    }
    case 'closed':
      return move(state, closed(state), reason)
    default:
      return unreachable(to)
  }
}

function prolonged(state: BreakerState, until: number): BreakerState {
  switch (state.name) {
    case 'closed':
      return state
    case 'open':
      return { ...state, until }
    case 'half_open':
      return { ...state, probeUntil: until }
    default:
      return unreachable(state)
  }
}

// The lease ends only when somebody asks: a test that overran it and still reports first tells something true.
function withoutExpiredLease(state: BreakerState, now: number): BreakerState {
  const expired = state.name === 'half_open' && state.probeUntil !== undefined && now >= state.probeUntil
  return expired ? { name: 'half_open', generation: state.generation + 1 } : state
}

function opened(before: BreakerState, now: number, holdMs: number): BreakerState {
  return { name: 'open', since: now, until: now + holdMs, generation: before.generation + 1 }
}

function closed(before: BreakerState): BreakerState {
  return { name: 'closed', failures: 0, generation: before.generation + 1 }
}

function stay(state: BreakerState): Step {
  return { state, pass: 'no', transition: undefined }
}

function move(from: BreakerState, to: BreakerState, reason: BreakerTransition['reason']): Step {
  return { state: to, pass: 'no', transition: { from: from.name, to: to.name, reason, generation: to.generation } }
}
