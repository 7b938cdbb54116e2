import type { Aside, AsideResult } from '../aside.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast } from '../contracts/forecast.ts'
import { formatUsd, usdOf } from '../money.ts'
import type { Target } from '../resolve.ts'
import type { RunJournal } from './journal-file.ts'
import { isInterrupted } from './journal-file.ts'
import { hashOf } from './prompts.ts'
import type { Interruption } from './report.ts'
import type { Reservation } from './spending.ts'
import { Spending } from './spending.ts'

/** A call that a comparison pays for. */
export interface PaidCall {
  readonly target: Target
  readonly body: Omit<ChatRequest, 'model'>
  /** Tells calls apart that send the same. */
  readonly turn: readonly (string | number)[]
}

/** What calls are made and paid with. */
export interface PaidCallParts {
  readonly ask: (call: Pick<Aside, 'target' | 'body' | 'signal'>) => Promise<AsideResult>
  readonly forecast: (request: ChatRequest, target: Target) => Forecast
  /** Pico-dollars; absent without a limit. */
  readonly cap: bigint | undefined
  readonly journal: RunJournal | undefined
  readonly signal: AbortSignal | undefined
}

/** What was spent, pico-dollars. */
export interface Spent {
  readonly pico: bigint
  readonly unpriced: number
}

/** Makes each call once, be it in this run or in one before, within what may be spent. */
export class PaidCalls {
  /** Why no more calls are made; nothing while they are. */
  stopped: Interruption | undefined
  made = 0
  resumed = 0
  readonly #parts: PaidCallParts
  /** Of earlier runs, pico-dollars. */
  readonly earlier: bigint
  readonly #spending: Spending
  #spent = 0n
  #unpriced: number

  constructor(parts: PaidCallParts) {
    this.#parts = parts
    const { journal, signal } = parts
    this.earlier = journal?.paid ?? 0n
    this.#unpriced = journal?.unpriced ?? 0
    // Of a call whose end is not told nobody knows what it cost: as far as the limit goes, the most.
    this.#spending = new Spending(parts.cap, this.earlier + (journal?.atRisk ?? 0n))
    if (signal?.aborted === true) this.handleEvent()
    else signal?.addEventListener('abort', this, { once: true })
  }

  /** The signal has fired. */
  handleEvent(): void {
    this.stop('aborted', 'The signal was aborted.')
  }

  /** Lets go of the signal. */
  close(): void {
    this.#parts.signal?.removeEventListener('abort', this)
  }

  /** Of this run and earlier ones. */
  get spent(): Spent {
    return { pico: this.#spent + this.earlier, unpriced: this.#unpriced }
  }

  stop(reason: Interruption['reason'], message: string): void {
    this.stopped ??= { reason, message }
  }

  keyOf({ target, body, turn }: PaidCall): string {
    return hashOf({ target: target.id, body, turn })
  }

  /** The call's result; nothing where it was not made or came to no end. */
  async make(call: PaidCall): Promise<AsideResult | undefined> {
    const { journal } = this.#parts
    const key = journal === undefined ? '' : this.keyOf(call)
    const past = journal?.result(key)
    if (past !== undefined) {
      this.resumed += 1
      return past
    }
    const most = this.#mostOf(call)
    const reservation = await this.#spending.reserve(most)
    if (reservation === undefined) this.stop('cap', capMessage(call.target, most, this.#parts.cap))
    if (reservation === undefined || this.stopped !== undefined || !(await this.#write(journal?.begun(key, most)))) {
      reservation?.settle(0n)
      return undefined
    }
    return this.#asked(call, key, reservation)
  }

  async #asked({ target, body }: PaidCall, key: string, reservation: Reservation): Promise<AsideResult | undefined> {
    const { ask, journal, signal } = this.#parts
    const result = await ask({ target, body, ...(signal !== undefined && { signal }) })
    reservation.settle(this.#paid(result))
    await this.#write(journal?.ended(key, result))
    // Without the caller's doing, only closing the router ends a call like that.
    if (isInterrupted(result)) this.stop('closed', 'The router was closed.')
    else this.made += 1
    return isInterrupted(result) ? undefined : result
  }

  /** Pico-dollars; `null` where nobody knows. */
  #paid({ cost, isCharged }: AsideResult): bigint | null {
    if (cost === null) this.#unpriced += isCharged ? 1 : 0
    else this.#spent += cost.picoUsd
    return cost?.picoUsd ?? (isCharged ? null : 0n)
  }

  /** The most that a call can cost. What cannot be estimated was refused before, where there is a limit. */
  #mostOf({ target, body }: PaidCall): bigint {
    const { cap, journal, forecast } = this.#parts
    if (cap === undefined && journal === undefined) return 0n
    try {
      return forecast({ ...body, model: target.id }, target).maxCost?.picoUsd ?? 0n
    } catch (error) {
      if (cap === undefined) return 0n
      throw error
    }
  }

  /** False where the journal cannot be written: what is not written down would be paid for twice. */
  async #write(writing: Promise<void> | undefined): Promise<boolean> {
    try {
      await writing
      return true
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      this.stop('journal', `The journal could not be written${code}: what is not written down would be paid for twice.`)
      return false
    }
  }
}

function capMessage({ id }: Target, most: bigint, cap: bigint | undefined): string {
  const [need, limit] = [formatUsd(usdOf(most)), formatUsd(usdOf(cap ?? 0n))]
  return `The next call to ${id} may cost up to ${need}, which is more than is left of ${limit} (maxUsd). A limit of the answer's length, max_completion_tokens in \`params\`, lowers what a call may cost.`
}
