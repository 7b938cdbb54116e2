import type { FullReply, Reply } from './reply.ts'
import type { Turn, WireRequest } from './turn.ts'

/** A call whose answer, or whose events, later requests ask for. */
export interface BegunCall {
  /** By which those requests name it. */
  readonly id: string
  readonly turn: Turn
  /** The answer as it was ordered. */
  readonly given: Reply
  readonly reply: FullReply
  /** Where the client sees the vendor: scheme, host and prefix. */
  readonly base: string
  /** When it was begun, in seconds since 1970. */
  readonly created: number
}

/** How far a call has come. */
export type CallState = 'running' | 'done' | 'cancelled'

/** A request that belongs to a call which an earlier one has begun. */
export interface Sequel {
  /** The call's id. */
  readonly call: string
  readonly wants: 'events' | 'state' | 'cancellation'
}

/** How a vendor speaks whose answers are not always in the response to the request that asked for them. */
export interface Sequels {
  /** The call that a request belongs to, and what it wants; `undefined` where it begins a call of its own. */
  read(request: WireRequest): Sequel | undefined
  /** For how many ms the response to the first request may be held back until the answer is there; 0: not at all. */
  patienceMs(request: WireRequest): number
  /** What the vendor says of a call: to the request that begins it, and to those that ask for its state. */
  state(call: BegunCall, state: CallState): unknown
}
