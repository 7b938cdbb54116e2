import type { AsideCaller, AsideResult } from '../aside.ts'
import { Comparison } from '../compare/comparison.ts'
import type { Graded } from '../compare/evidence.ts'
import { likeness, profileOf } from '../compare/likeness.ts'
import type { ComparedPrompt } from '../compare/prompts.ts'
import { hashOf, lastText } from '../compare/prompts.ts'
import { Validators } from '../compare/validators.ts'
import type { KeyOwner } from '../key-presence.ts'
import { ownerFields } from '../key-presence.ts'
import { picoOf } from '../money.ts'
import type { Target } from '../resolve.ts'
import type { Runtime } from '../runtime.ts'
import { DailyAllowance } from './allowance.ts'
import type { Live } from './live.ts'
import type { LeftOut, ShadowAnswer, ShadowOptions, ShadowResult } from './options.ts'
import { shadowReport } from './report.ts'
import type { Mirrored, Totals } from './report.ts'

/** What shadow calls are made with. */
export interface ShadowRunParts {
  readonly runtime: Pick<Runtime, 'clock' | 'holdsKey' | 'forecast' | 'rates'>
  readonly call: AsideCaller
  readonly targets: readonly Target[]
  readonly defaultHeaders: unknown
}

const longestCloseMs = 5000

/** Mirrors requests in the background: a bounded queue, a few calls at a time, a limit of money for the day. */
export class ShadowRun {
  readonly #options: ShadowOptions
  readonly #parts: ShadowRunParts
  readonly #validators: Validators
  readonly #allowance: DailyAllowance
  readonly #stop = new AbortController()
  readonly #queue: Live[] = []
  readonly #kept: Mirrored[] = []
  readonly #totals: Totals
  readonly #idlers: (() => void)[] = []
  #underWay = 0
  #mirrored = 0
  #isClosed = false

  constructor(options: ShadowOptions, parts: ShadowRunParts) {
    const { clock } = parts.runtime
    this.#options = options
    this.#parts = parts
    this.#validators = new Validators(options.validators ?? {})
    this.#allowance = new DailyAllowance(picoOf(options.maxUsdPerDay), clock)
    this.#totals = { since: clock.wall(), made: 0, spent: 0n, unpriced: 0, leftOut: new Map() }
  }

  offer(live: Live): void {
    if (this.#isClosed) this.#leaveOut('closed', this.#parts.targets.length)
    else if (this.#isWanted(live)) this.#enter(live)
  }

  #enter(live: Live): void {
    if (this.#queue.length >= (this.#options.maxQueue ?? 100)) this.#leaveOut('queue_full', this.#parts.targets.length)
    else {
      this.#queue.push(live)
      this.#pump()
    }
  }

  #isWanted({ request }: Live): boolean {
    try {
      return this.#options.filter?.(request) !== false
    } catch {
      this.#leaveOut('filter_threw', this.#parts.targets.length)
      return false
    }
  }

  #leaveOut(reason: LeftOut, calls = 1): void {
    const { leftOut } = this.#totals
    leftOut.set(reason, (leftOut.get(reason) ?? 0) + calls)
  }

  #pump(): void {
    while (this.#underWay < (this.#options.concurrency ?? 2)) {
      const live = this.#queue.shift()
      if (live === undefined) break
      this.#underWay += 1
      void this.#settled(live)
    }
    if (this.#underWay === 0 && this.#queue.length === 0) for (const tell of this.#idlers.splice(0)) tell()
  }

  /** Whatever goes wrong here is nobody's who waits for an answer. */
  async #settled(live: Live): Promise<void> {
    try {
      await this.#mirror(live)
    } catch {
      this.#leaveOut('internal')
    }
    this.#underWay -= 1
    this.#pump()
  }

  idle(): Promise<void> {
    if (this.#underWay === 0 && this.#queue.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idlers.push(resolve))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const { clock } = this.#parts.runtime
    const timer = clock.setTimeout(() => this.#abandon(), longestCloseMs, { hold: true })
    await this.idle()
    timer[Symbol.dispose]()
  }

  #abandon(): void {
    const waiting = this.#queue.splice(0)
    this.#leaveOut('closed', waiting.length * this.#parts.targets.length)
    this.#stop.abort()
  }

  /** Asks every target but the one that has served it, one after the other. */
  async #mirror(live: Live): Promise<void> {
    const prompt: ComparedPrompt = { index: this.#mirrored++, id: live.requestId, messages: live.request.messages }
    const served = await this.#graded(live.result, prompt)
    const kept = this.#keep(live, served)
    const profile = profileOf(live.result.answer ?? '')
    for (const [index, target] of this.#parts.targets.entries()) {
      const result = target.id === live.target ? undefined : await this.#ask(live, target)
      if (result === undefined) continue
      const graded = { ...(await this.#graded(result, prompt)), target: index + 1 }
      const alike = result.answer === null ? undefined : likeness(profile, profileOf(result.answer))
      kept.shadows.push(this.#keeping(graded))
      if (alike !== undefined) kept.likenesses.push({ target: index + 1, likeness: alike })
      this.#tell({ ...resultOf(live, served, { graded, target }), agreement: alike ?? null })
    }
  }

  #keep({ requestId, request }: Live, served: Graded): Mirrored {
    const text = this.#options.content === true ? { text: lastText(request.messages) } : {}
    const mirrored = { id: requestId, hash: hashOf(request), ...text, served: this.#keeping(served), shadows: [], likenesses: [] }
    this.#kept.push(mirrored)
    if (this.#kept.length > (this.#options.keep ?? 1000)) this.#kept.shift()
    return mirrored
  }

  /** What of an answer stays: everything but its text, unless that was asked for. */
  #keeping(graded: Graded): Graded {
    return this.#options.content === true || graded.answer === null || graded.answer === ''
      ? graded
      : { ...graded, answer: '(not kept)' }
  }

  async #graded(result: AsideResult, prompt: ComparedPrompt): Promise<Graded> {
    const { scores, failed } =
      result.answer === null ? { scores: {}, failed: [] } : await this.#validators.judge(result.answer, prompt)
    return { ...result, prompt: 0, repetition: 1, target: 0, scores, unscored: failed }
  }

  /** The shadow's result; nothing where the call was left out. */
  async #ask({ request, agent, tenant }: Live, target: Target): Promise<AsideResult | undefined> {
    const settle = await this.#allowed({ ...request, model: target.id }, target, { agent, tenant })
    if (settle === undefined) return undefined
    const { model: _model, ...body } = request
    const result = await this.#parts.call({
      target,
      body,
      signal: this.#stop.signal,
      routing: ownerFields({ agent, tenant }),
      timeout: 600_000,
      defaultHeaders: this.#parts.defaultHeaders,
    })
    const { cost, isCharged, failure } = result
    settle(cost?.picoUsd ?? (isCharged ? null : 0n))
    this.#totals.spent += cost?.picoUsd ?? 0n
    if (isCharged && cost === null) this.#totals.unpriced += 1
    if (failure === 'all_circuits_open') this.#leaveOut('circuit_open')
    else if (failure === 'aborted') this.#leaveOut('closed')
    else {
      this.#totals.made += 1
      return result
    }
    return undefined
  }

  /** Whether the call may be made now; what it may cost is set aside then. */
  async #allowed(request: Live['request'], target: Target, owner: KeyOwner): Promise<ReturnType<DailyAllowance['take']>> {
    const { holdsKey, forecast, rates } = this.#parts.runtime
    if (this.#stop.signal.aborted) return this.#refused('closed')
    // Also what prices have to be fetched first.
    const isOpen = await holdsKey(target, owner).catch(() => false)
    if (!isOpen) return this.#refused('missing_key')
    const { inputTokens, outputTokens, maxCost } = forecast(request, target)
    if (maxCost === null) return this.#refused('unpriced')
    // What the vendor still takes is the callers'.
    if (rates.hold(target, () => ({ input: inputTokens, output: outputTokens })) !== undefined) return this.#refused('rate_limited')
    return this.#allowance.take(maxCost.picoUsd) ?? this.#refused('daily_cap')
  }

  #refused(reason: LeftOut): undefined {
    this.#leaveOut(reason)
  }

  #tell(result: ShadowResult): void {
    try {
      this.#options.onResult?.(result)
    } catch {
      // Whoever watches must not stop the work.
    }
  }

  async report(): Promise<Comparison> {
    const { clock } = this.#parts.runtime
    const targets = this.#parts.targets.map(({ id }) => id)
    const shown = { options: this.#options, validators: this.#validators.names, targets, now: clock.wall() }
    return new Comparison(await shadowReport(this.#kept, this.#totals, shown))
  }
}

function resultOf(
  live: Live,
  served: Graded,
  { graded, target }: { readonly graded: Graded; readonly target: Target },
): Omit<ShadowResult, 'agreement'> {
  return {
    requestId: live.requestId,
    ...(live.agent !== undefined && { agent: live.agent }),
    request: live.request,
    live: answerOf(served, live.target),
    shadow: answerOf(graded, target.id),
  }
}

function answerOf({ answer, failure, latencyMs, firstTokenMs, cost, usage, scores }: Graded, target: string): ShadowAnswer {
  return { target, answer, failure, latencyMs, firstTokenMs, costUsd: cost?.usd ?? null, usage, scores }
}
