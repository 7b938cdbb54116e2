import { AssertionError } from 'node:assert'
import type { AdapterCall } from '../contracts/adapter.ts'
import { ModelyardError } from '../errors.ts'
import type { FakeRequest, FakeStep } from './fake-steps.ts'

/** A step, or a function that looks at the call and gives one. */
export type FakeScriptStep = FakeStep | ((call: FakeRequest) => FakeStep)

/** What a fake provider was asked. Frozen, except that `aborted` tells the present state. */
export interface FakeCall extends FakeRequest {
  /** The caller's own headers. */
  readonly headers: Readonly<Record<string, string | null>>
  /** Names the key that was used. */
  readonly fingerprint: string
  readonly providerOptions: Readonly<Record<string, unknown>>
  /** The call's signal fired, or the consumer left the stream before its end. */
  readonly aborted: boolean
}

/** A call, what it is to be answered with, and how to say that it is over. */
export interface FakeTurn {
  readonly record: FakeCall
  readonly step: FakeStep
  readonly settle: (how?: { readonly left: boolean }) => void
}

/** The steps of a fake provider and the calls that used them. */
export class FakeScript {
  readonly calls: FakeCall[] = []
  readonly #id: string
  readonly #steps: readonly FakeScriptStep[] | FakeScriptStep

  constructor(id: string, steps: readonly FakeScriptStep[] | FakeScriptStep) {
    this.#id = id
    this.#steps = steps
  }

  /** Records the call and gives it its step; throws when there is none. */
  next(call: AdapterCall, streamedCall: boolean): FakeTurn {
    let over = false
    let left = false
    const record: FakeCall = Object.freeze({
      model: call.model,
      request: call.request,
      streamed: streamedCall,
      number: this.calls.length + 1,
      headers: Object.freeze({ ...call.headers }),
      fingerprint: call.secret.fingerprint,
      providerOptions: Object.freeze({ ...call.providerOptions }),
      get aborted() {
        return left || (!over && call.signal.aborted)
      },
    })
    this.calls.push(record)
    const settle = ({ left: byConsumer }: { left: boolean } = { left: false }): void => {
      if (over) return
      left = byConsumer || call.signal.aborted
      over = true
    }
    return { record, step: this.#stepFor(record), settle }
  }

  /** Steps that have not been used. */
  get remaining(): number {
    return isList(this.#steps) ? Math.max(0, this.#steps.length - this.calls.length) : 0
  }

  /** Throws unless every step was used, and none was missing. */
  assertDone(): void {
    if (!isList(this.#steps) || this.calls.length === this.#steps.length) return
    const problem =
      this.calls.length > this.#steps.length
        ? `was asked ${this.calls.length} times, but its script has ${counted(this.#steps.length)}`
        : `was asked ${this.calls.length} times and has ${counted(this.remaining)} left`
    throw new AssertionError({ message: `fake provider '${this.#id}' ${problem}:\n${this.#table()}` })
  }

  #stepFor(record: FakeCall): FakeStep {
    const step = isList(this.#steps) ? this.#steps[record.number - 1] : this.#steps
    if (step !== undefined) return typeof step === 'function' ? step(record) : step
    const length = isList(this.#steps) ? this.#steps.length : 0
    throw new ModelyardError(
      'FAKE_EXHAUSTED',
      `fake provider '${this.#id}' was asked ${record.number} times, but its script has ${counted(length)} (model '${record.model}')`,
      { field: 'script' },
    )
  }

  #table(): string {
    const steps = isList(this.#steps) ? this.#steps : []
    const rows = Array.from({ length: Math.max(steps.length, this.calls.length) }, (_, index) => {
      const call = this.calls[index]
      const asked =
        call === undefined ? 'never asked' : `${call.model}${call.streamed ? ', streamed' : ''}${call.aborted ? ', aborted' : ''}`
      return `  ${String(index + 1).padStart(3)}  ${described(steps[index]).padEnd(36)}  ${asked}`
    })
    return [`    #  ${'step'.padEnd(36)}  call`, ...rows].join('\n')
  }
}

function isList(steps: readonly FakeScriptStep[] | FakeScriptStep): steps is readonly FakeScriptStep[] {
  return Array.isArray(steps)
}

function counted(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`
}

function described(step: FakeScriptStep | undefined): string {
  if (step === undefined) return '(no step)'
  if (typeof step === 'function') return 'a function'
  if (step.step === 'fail') return `fail: ${step.failure.kind}${step.failure.status === undefined ? '' : ` ${step.failure.status}`}`
  if (step.step !== 'answer') return step.step
  const calls = step.details.toolCalls?.map(({ name }) => name).join(', ')
  return calls === undefined ? `answer: ${JSON.stringify(step.chunks.join('').slice(0, 24))}` : `tool calls: ${calls}`
}
