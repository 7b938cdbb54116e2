import type { Clock } from './contracts/clock.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { Decision, Stay } from './decision.ts'
import type { Target } from './resolve.ts'
import type { Entry } from './runtime.ts'
import { noTokens } from './contracts/usage.ts'

/** Who has served the beginning of a conversation before, and what is known of that. */
export interface Warmth {
  /** The target's id. */
  readonly target: string
  /** The part of the prompt that it has seen, by estimate. */
  readonly cachedTokens: number
  readonly promptTokens: number
  /** Of its last answer in this conversation: what the next one is likely to have. */
  readonly outputTokens: number
}

/** Below this no vendor's cache keeps a prompt. */
const leastCachedTokens = 1024
const mostConversations = 10_000
/** A turn adds a few messages, a loop of tool calls some more. */
const longestTurn = 64

interface Seen {
  readonly target: string
  readonly at: number
  readonly outputTokens: number
}

/** A request's conversation: the fingerprint of all its messages last, those of its beginnings before. */
interface Trace {
  readonly prints: readonly string[]
  /** How many messages the first of them covers. */
  readonly from: number
}

/**
 * Remembers which target has served which conversation. A conversation is known by fingerprints of its beginnings, salted anew
 * in every process; nothing of its content is kept. Bounded: the longest unused are forgotten.
 */
export class Affinity {
  readonly #clock: Clock
  readonly #estimateTokens: (request: ChatRequest) => number
  readonly #salt = crypto.randomUUID()
  readonly #seen = new Map<string, Seen>()
  readonly #traces = new WeakMap<ChatRequest, Trace>()
  /** The conversation that a decision was made for. */
  readonly #departed = new WeakMap<Decision, string>()

  constructor(clock: Clock, estimateTokens: (request: ChatRequest) => number) {
    this.#clock = clock
    this.#estimateTokens = estimateTokens
  }

  /** Who served the longest beginning of this conversation, not longer than `ttlMs` ago. */
  warmth(request: ChatRequest, ttlMs: number): Warmth | undefined {
    const { prints, from } = this.#trace(request)
    for (let index = prints.length - 1; index >= 0; index--) {
      const seen = this.#seen.get(prints[index] ?? '')
      if (seen === undefined) continue
      if (this.#clock.now() - seen.at > ttlMs) return undefined
      const beginning = { ...request, messages: request.messages.slice(0, from + index) }
      const { target, outputTokens } = seen
      const [cachedTokens, promptTokens] = [this.#estimateTokens(beginning), this.#estimateTokens(request)]
      return cachedTokens < leastCachedTokens ? undefined : { target, cachedTokens, promptTokens, outputTokens }
    }
    return undefined
  }

  /** A request has set out by this decision: whoever serves it will have its messages in its cache. */
  departed(decision: Decision, request: ChatRequest): void {
    const print = this.#trace(request).prints.at(-1)
    if (print !== undefined) this.#departed.set(decision, print)
  }

  /** Takes note of who has served a request. */
  observe({ decision, target, outcome, usage }: Pick<Entry, 'decision' | 'target' | 'outcome' | 'usage'>): void {
    const print = outcome === 'success' ? this.#departed.get(decision) : undefined
    if (print === undefined) return
    this.#seen.delete(print)
    this.#seen.set(print, {
      target: target.id,
      at: this.#clock.now(),
      outputTokens: usage === null ? 0 : usage.output + usage.reasoning,
    })
    if (this.#seen.size <= mostConversations) return
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest)
      return
    }
  }

  #trace(request: ChatRequest): Trace {
    const known = this.#traces.get(request)
    if (known !== undefined) return known
    const trace = this.#fingerprintsOf(request)
    this.#traces.set(request, trace)
    return trace
  }

  #fingerprintsOf(request: ChatRequest): Trace {
    try {
      return this.#fingerprints(request)
    } catch {
      // A body that JSON cannot hold: only its vendor's adapter knows what to make of it.
      return { prints: [], from: 0 }
    }
  }

  /** Vendors cache what comes first, and the tools come before the messages. */
  #fingerprints({ messages, tools }: ChatRequest): Trace {
    const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
    hash.update(`${this.#salt}${JSON.stringify(tools ?? [])}`)
    const from = Math.max(1, messages.length - longestTurn)
    const prints: string[] = []
    for (const [index, message] of messages.entries()) {
      hash.update(`\n${JSON.stringify(message)}`)
      if (index + 1 >= from) prints.push(hash.copy().digest('base64'))
    }
    return { prints, from }
  }
}

/** Whether the conversation stays where it is warm, although `first` would come first: while the cache saves more than that costs. */
export function stayOf(
  { target: id, cachedTokens, promptTokens, outputTokens }: Warmth,
  {
    warm,
    first,
    cost,
  }: { readonly warm: Target; readonly first: Target; readonly cost: (usage: Usage, target: Target) => Cost | null },
): Stay {
  const cold: Usage = { ...noTokens, input: promptTokens, output: outputTokens }
  const there = cost(cold, first)
  const here = cost(cold, warm)
  const cached = cost({ ...cold, input: promptTokens - cachedTokens, cached: cachedTokens }, warm)
  if (there === null || here === null || cached === null)
    return { target: id, stays: warm.id === first.id, savingUsd: null, extraUsd: null }
  const saving = here.picoUsd - cached.picoUsd
  const extra = here.picoUsd - there.picoUsd
  return {
    target: id,
    stays: warm.id === first.id || (saving > 0n && saving > extra),
    savingUsd: dollars(saving),
    extraUsd: dollars(extra),
  }
}

function dollars(picoUsd: bigint): number {
  return Number(picoUsd) / 1e12
}
