import type { Clock } from '../../contracts/clock.ts'
import { durationMs, finalReply } from './answers.ts'
import type { Asked } from './answers.ts'
import { json } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import type { Strike } from './outages.ts'
import type { BegunCall, CallState, Sequels } from './sequels.ts'
import type { WireRequest } from './turn.ts'

/** A call that was begun, and what has become of it. */
export interface OpenCall extends BegunCall {
  /** When its answer is there, on the simulator's clock. */
  readonly readyAt: number
  /** The fault that bends its events; it strikes where they are asked for. */
  readonly strike: Strike | undefined
  /** Whether its events have been asked for: then it ends with them. */
  followed: boolean
  cancelled: boolean
}

/** The calls of one vendor that later requests may ask for. */
export class Calls {
  readonly #clock: Clock
  readonly #calls = new Map<string, OpenCall>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  find(id: string): OpenCall | undefined {
    return this.#calls.get(id)
  }

  /** Begins a call. The response has its answer if the client waits long enough for it. */
  begin(request: WireRequest, asked: Asked, { sequels, strike }: { sequels: Sequels; strike: Strike | undefined }): Exchange {
    const { turn, around } = asked
    const given = around.reply(turn)
    const reply = finalReply(given, { turn, around })
    const tookMs = durationMs(given, { turn, around, deltas: reply.deltas.length })
    const call: OpenCall = {
      id: around.stamp.id(''),
      turn,
      given,
      reply,
      base: request.base,
      created: around.stamp.seconds,
      readyAt: this.#clock.now() + tookMs,
      strike,
      followed: false,
      cancelled: false,
    }
    this.#calls.set(call.id, call)
    const patience = sequels.patienceMs(request)
    const state = patience > 0 && tookMs <= patience ? 'done' : 'running'
    return {
      ...json(201, given.body ?? sequels.state(call, state), given.headers),
      headMs: Math.min(tookMs, patience),
      chunking: given.chunking ?? 'events',
    }
  }

  /** How far a call has come by now. */
  stateOf({ readyAt, followed, cancelled }: OpenCall): CallState {
    if (cancelled) return 'cancelled'
    return followed || this.#clock.now() >= readyAt ? 'done' : 'running'
  }
}
