import type { Clock } from '../../contracts/clock.ts'
import { streamed, whole } from './answers.ts'
import type { Answering, Asked } from './answers.ts'
import type { Calls } from './calls.ts'
import type { Dialect, ProblemContext, VendorError } from './dialect.ts'
import { turnOf } from './dialect.ts'
import { resource } from './resource.ts'
import type { Turn, WireRequest } from './turn.ts'
import { json } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { refusal, retryMs } from './fault.ts'
import type { BendingFault, FaultContext } from './fault.ts'
import type { Strike } from './outages.ts'

/** What the simulator knows when it answers. */
export interface Surroundings extends Answering {
  readonly clock: Clock
  readonly elsewhere: string
  /** `undefined`: any. */
  readonly models: readonly string[] | undefined
  /** `undefined`: any but none. */
  readonly keys: readonly string[] | undefined
  readonly validate: boolean
  /** Whether a request without a key is answered: `fetch` takes the key off when it follows to another origin. */
  readonly keyless: boolean
  readonly strike: (turn: Turn) => Strike | undefined
  /** What was begun at this vendor. */
  readonly calls: Calls
}

/** A response, and what it came from. */
export interface Response {
  readonly exchange: Exchange
  readonly turn: Turn | undefined
  readonly fault: string | undefined
}

/** A request that the vendor knows: what strikes it, and how it is answered where nothing does. */
interface Known {
  readonly turn: Turn
  readonly strike: Strike | undefined
  readonly healthy: () => Exchange
}

/** Decides what a request is answered with. Faults come before everything: a server that is down checks no keys. */
export function respond(request: WireRequest, dialect: Dialect, around: Surroundings): Response {
  const headers = dialect.headers(around.stamp)
  const known = sequel(request, dialect, around) ?? first(request, dialect, around)
  const context = problemContext(request, known?.turn, dialect)
  if (known === undefined) {
    const error = dialect.status(404, { ...context, message: `Invalid URL (${request.method} ${request.path})` })
    return { exchange: headed(refusal({ parameters: {} }, error), headers), turn: undefined, fault: undefined }
  }
  const { turn, strike, healthy } = known
  if (strike === undefined) return { exchange: headed(healthy(), headers), turn, fault: undefined }
  const { fault, name, parameters } = strike
  const spoiling: FaultContext = {
    dialect,
    turn,
    parameters,
    problem: { ...context, message: parameters.message, code: parameters.code, retryAfterMs: retryMs(parameters.retryAfter) },
    elsewhere: `${around.elsewhere}/${dialect.vendor}${request.path}`,
    unary: () => headed(whole({ dialect, turn, around }), headers),
  }
  const exchange = 'replace' in fault ? fault.replace(spoiling) : bent(fault, headed(healthy(), headers), spoiling)
  return { exchange: headed(exchange, { ...headers, ...parameters.headers }), turn, fault: name }
}

function bent(fault: BendingFault, healthy: Exchange, spoiling: FaultContext): Exchange {
  return fault.bend?.(healthy, spoiling) ?? healthy
}

/** What the simulator knows, once a fault has a say in what is answered. */
function rewriting(around: Surroundings, strike: Strike | undefined): Surroundings {
  if (strike === undefined || 'replace' in strike.fault) return around
  const { rewrite } = strike.fault
  return rewrite === undefined ? around : { ...around, rewrite: (reply) => rewrite(reply, strike.parameters) }
}

/** A request that begins a call, which for most vendors is all of it. */
function first(request: WireRequest, dialect: Dialect, plain: Surroundings): Known | undefined {
  const turn = turnOf(dialect, request)
  if (turn === undefined) return undefined
  const strike = plain.strike(turn)
  const around = rewriting(plain, strike)
  const asked = { dialect, turn, around }
  const { sequels } = dialect
  if (sequels === undefined || turn.operation !== 'chat')
    return { turn, strike, healthy: () => refused(request, asked) ?? answered(request, asked) }
  // What bends a stream has to wait for the request that asks for the stream.
  const later = turn.stream && strike !== undefined && !('replace' in strike.fault) ? strike : undefined
  return {
    turn,
    strike: later === undefined ? strike : undefined,
    healthy: () => refused(request, asked) ?? around.calls.begin(request, asked, { sequels, strike: later }),
  }
}

/** A request that belongs to a call which was begun earlier. */
function sequel(request: WireRequest, dialect: Dialect, plain: Surroundings): Known | undefined {
  const { sequels } = dialect
  const wanted = sequels?.read(request)
  const call = wanted === undefined ? undefined : plain.calls.find(wanted.call)
  if (sequels === undefined || wanted === undefined || call === undefined) return undefined
  const { wants } = wanted
  const turn: Turn = { ...call.turn, operation: 'sequel', stream: wants === 'events' }
  const strike = plain.strike(turn) ?? (wants === 'events' ? call.strike : undefined)
  const around = rewriting(plain, strike)
  if (wants === 'events') {
    call.followed = true
    return { turn, strike, healthy: () => streamed(request, { dialect, turn, around }, call.given) }
  }
  const state = (): Exchange => {
    if (wants === 'cancellation' && around.calls.stateOf(call) === 'running') call.cancelled = true
    return json(200, sequels.state(call, around.calls.stateOf(call)))
  }
  return { turn, strike, healthy: () => refused(request, { dialect, turn, around }) ?? state() }
}

function problemContext(request: WireRequest, turn: Turn | undefined, dialect: Dialect): ProblemContext {
  return { model: turn?.model ?? '', key: dialect.key(request) ?? '', promptTokens: turn?.promptTokens ?? 0 }
}

/** A request, and all that the simulator knows. */
interface Served extends Asked {
  readonly around: Surroundings
}

function refused(request: WireRequest, asked: Served): Exchange | undefined {
  const { dialect, turn, around } = asked
  const context = problemContext(request, turn, dialect)
  const error =
    context.key === '' && !around.keyless
      ? dialect.problem('no-key', context)
      : around.keys?.includes(context.key) === false
        ? dialect.problem('bad-key', context)
        : turn.operation === 'sequel'
          ? undefined
          : unfit(request, asked, context)
  return error === undefined ? undefined : refusal({ parameters: {} }, error)
}

function unfit(request: WireRequest, { dialect, turn, around }: Served, context: ProblemContext): VendorError | undefined {
  const problem = around.validate ? dialect.check(request, turn) : undefined
  const isNamed = turn.operation !== 'models' && (turn.operation === 'chat' || turn.model !== '')
  const unknown = isNamed && around.models?.includes(turn.model) === false
  return problem ?? (unknown ? dialect.problem('model-not-found', context) : undefined)
}

function answered(request: WireRequest, asked: Served): Exchange {
  const { turn } = asked
  switch (turn.operation) {
    case 'models':
    case 'model':
    case 'embeddings':
    case 'moderations':
      return json(200, facts(asked) ?? {})
    case 'resource':
      return resource(request, asked)
    case 'chat':
      return turn.stream ? streamed(request, asked) : whole(asked)
    case 'prelude':
      return prepared(request, asked)
    case 'sequel':
      // Never read as one: only what has begun can have a sequel.
      return json(404, {})
  }
}

/** What is no answer of a model's. */
function facts({ dialect, turn, around }: Served): unknown {
  if (turn.operation === 'models') return dialect.models?.(around.models ?? ['simulated-model'])
  if (turn.operation === 'embeddings') return dialect.embeddings?.(turn)
  if (turn.operation === 'moderations') return dialect.moderations?.(turn, around.stamp)
  const { model: id } = turn
  return { id, name: `models/${id}`, object: 'model', type: 'model', created: 1_767_225_600, owned_by: 'system' }
}

/** What a call asks for first. */
function prepared(request: WireRequest, { dialect, around }: Asked): Exchange {
  const { status, body } = dialect.prelude?.(request, around.stamp) ?? { status: 200, body: {} }
  return json(status, body)
}

function headed(exchange: Exchange, headers: Readonly<Record<string, string>>): Exchange {
  return exchange.head === null
    ? exchange
    : { ...exchange, head: { ...exchange.head, headers: { ...headers, ...exchange.head.headers } } }
}
