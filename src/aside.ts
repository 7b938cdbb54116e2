import { APIUserAbortError } from 'openai'
import { Admission } from './admission.ts'
import { Answered } from './answered.ts'
import { attemptsOf } from './caller-error.ts'
import type { Breakers, Permit } from './contracts/breaker.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Cost, Usage, UsageSource } from './contracts/usage.ts'
import { Dispatcher } from './dispatch.ts'
import type { Call } from './call.ts'
import type { DispatcherParts } from './dispatch.ts'
import type { RoutingOptions } from './options.ts'
import type { Target } from './resolve.ts'
import { RetryBudget } from './retry-budget.ts'
import type { Entry, Runtime } from './runtime.ts'
import { nothingSpent } from './runtime.ts'

/** Why a call is made that no caller waits for. */
export type AsideRole = 'compare' | 'shadow' | 'probe'

/** A call to one target and no other. */
export interface Aside {
  readonly target: Target
  /** Without `model`; that is the target's. `stream` says how it is asked. */
  readonly body: Omit<ChatRequest, 'model'>
  readonly signal?: AbortSignal
  readonly routing: RoutingOptions
  /** Milliseconds the attempt may take, as the OpenAI client's option. */
  readonly timeout: number
  readonly defaultHeaders: unknown
}

/** What came of it. */
export interface AsideResult {
  /** The text; where there is none, the tool calls as JSON. `null` where the call failed. */
  readonly answer: string | null
  /** What went wrong: a `FailureKind`, or the code of the error that stopped the call before it was made. */
  readonly failure: string | null
  readonly status: number | null
  readonly finish: string | null
  /** The model that the vendor says has answered. */
  readonly served: string | null
  readonly latencyMs: number
  /** Streams only. */
  readonly firstTokenMs: number | null
  readonly usage: Usage | null
  readonly usageSource: UsageSource
  readonly cost: Cost | null
  /** Whether the vendor may charge for it: a call that never left, or that was refused, costs nothing. */
  readonly isCharged: boolean
}

/** How calls are made aside. */
export interface AsideOptions {
  readonly role: AsideRole
  /** Their own circuits. Default: nothing holds them back. */
  readonly breakers?: Breakers
  /** Where they are listed while they run. Default: with the live requests, which `close()` aborts. */
  readonly running?: Runtime['running']
  /** Default: with the router. */
  readonly isClosed?: () => boolean
}

/** Makes one call aside. Never rejects. */
export type AsideCaller = (aside: Aside) => Promise<AsideResult>

/**
 * Makes calls aside from the live traffic: to one target each, without fallback, retry or hedge. They are booked and audited
 * like any other, and count where a vendor limits how often it is asked. But no live circuit, queue, budget or measurement sees
 * them, and none of these holds them back.
 */
export function asideCaller(parts: DispatcherParts, { role, breakers = unguarded, ...apart }: AsideOptions): AsideCaller {
  const { runtime } = parts
  const admission = new Admission({ breakers, clock: runtime.clock, limits: new Map(), traffic: undefined })
  const { running = runtime.running, isClosed = parts.isClosed } = apart
  const rates: Runtime['rates'] = {
    hold: () => undefined,
    take: (target, need) => runtime.rates.take(target, need),
    observe: (target, headers) => runtime.rates.observe(target, headers),
  }
  const shared: Runtime = {
    ...runtime,
    breakers,
    admission,
    rates,
    running,
    affinity: { departed() {} },
    retries: new RetryBudget(),
  }
  const layers = { budgets: { of: () => undefined }, isClosed }
  const agents = Object.fromEntries(Object.entries(parts.agents).map(([name, agent]) => [name, { ...agent, ...alone }]))
  return async (aside) => {
    let entry: Entry | undefined
    const own: Runtime = {
      ...shared,
      emit:
        runtime.emit &&
        ((event, ...rest) => runtime.emit?.(event.type === 'request.accepted' ? { ...event, aside: role } : event, ...rest)),
      record(booked) {
        entry = { ...booked, role }
        runtime.record(entry)
      },
    }
    const dispatcher = new Dispatcher({ ...parts, ...layers, runtime: own, agents })
    const startedAt = runtime.clock.now()
    const answered = new Answered()
    let failed: { readonly error: unknown } | undefined
    try {
      await ask(dispatcher, aside, answered)
    } catch (error) {
      failed = { error }
    }
    return resultOf({ entry, answered, failed, elapsedMs: runtime.clock.now() - startedAt })
  }
}

/** What an agent's options must not do to a call that is meant for one target. */
const alone = { fallback: [], hedge: false, affinity: false, escalate: false } as const

async function ask(dispatcher: Dispatcher, aside: Aside, answered: Answered): Promise<void> {
  const call = callOf(aside)
  if (aside.body.stream === true) {
    for await (const chunk of await dispatcher.stream(call)) answered.addChunk(chunk)
  } else {
    const { answer } = await dispatcher.complete(call)
    answered.addWhole(answer)
  }
}

function callOf({ target, body, signal, routing, timeout, defaultHeaders }: Aside): Call {
  return {
    body: { ...body, model: target.id },
    signal,
    timeout,
    maxRetries: 0,
    defaultHeaders,
    headers: undefined,
    isHelper: false,
    routing: { ...routing, fallback: [], hedge: false, escalate: false, afterCommit: 'fail', maxAttempts: 1, onRefusal: 'return' },
  }
}

interface Ending {
  /** Absent where no wire call was made. */
  readonly entry: Entry | undefined
  readonly answered: Answered
  readonly failed: { readonly error: unknown } | undefined
  readonly elapsedMs: number
}

function resultOf({ entry, answered: { text, finish, model }, failed, elapsedMs }: Ending): AsideResult {
  const {
    durationMs,
    firstTokenMs = null,
    usage,
    source,
    cost,
  } = entry ?? { durationMs: elapsedMs, firstTokenMs: undefined, ...nothingSpent }
  const ending = failed === undefined ? { answer: text, failure: null, status: null } : { answer: null, ...failureOf(failed.error) }
  const isCharged = entry !== undefined && (failed === undefined || usage !== null)
  return { ...ending, finish, served: model, latencyMs: durationMs, firstTokenMs, usage, usageSource: source, cost, isCharged }
}

/** By kind, status and code: messages may repeat what was asked. */
function failureOf(error: unknown): Pick<AsideResult, 'failure' | 'status'> {
  const attempt = attemptsOf(error).at(-1)
  if (attempt !== undefined) return { failure: attempt.kind, status: attempt.status ?? null }
  if (error instanceof APIUserAbortError) return { failure: 'aborted', status: null }
  const { code, status }: { readonly code?: unknown; readonly status?: unknown } = { ...(typeof error === 'object' && error) }
  return { failure: typeof code === 'string' ? code : 'internal', status: typeof status === 'number' ? status : null }
}

const freePermit: Permit = { probe: false, settle() {}, [Symbol.dispose]() {} }

/** Circuits that let everything through and remember nothing. */
const unguarded: Breakers = { acquire: () => freePermit, acquireEarly: () => freePermit, peek: () => undefined, gate() {} }
