import { getEventListeners } from 'node:events'
import type OpenAI from 'openai'
import { isRestart } from '../../src/index.ts'
import type { RouterClient } from '../../src/index.ts'
import type { PlannedCall } from './plan.ts'
import type { Policy } from './policies.ts'

/** What a caller has in its hands when its call is over. */
export interface Heard {
  /** What stands of the text. */
  readonly text: string
  /** What restarts have made void, in order. */
  readonly voided: readonly string[]
  readonly finish: string | undefined
  readonly error: unknown
  /** The caller has gone before the end: of its own will, there is nothing more to hear. */
  readonly left: boolean
}

/** A call under way. */
export interface Caller {
  readonly plan: PlannedCall
  /** How many chunks have been read. */
  readonly chunks: number
  readonly heard: Promise<Heard>
  /** Whether there is no more to hear. */
  readonly over: boolean
  /** Lets a caller that lingers read on. */
  readonly release: () => void
  /** From when to when, on the clock, it did not read although there was something to read. */
  readonly rested: readonly [from: number, to: number]
  /** Listeners that are still on the caller's signal. */
  readonly listeners: () => number
}

/** The name under which a call appears in the trail. */
export const agentOf = (number: number): string => `call-${number}`

/** What a vendor is asked, and by what it knows the call. */
export const questionOf = (number: number): string => `This is call ${number}, please.`

/** The call that a request belongs to. */
export function numberOf(text: string): number {
  return Number(/This is call (\d+), please/.exec(text)?.[1] ?? Number.NaN)
}

type Mutable<Value> = { -readonly [key in keyof Value]: Value[key] }

/** Makes a call as it was planned. */
export function call(client: RouterClient, plan: PlannedCall, { policy, now }: { policy: Policy; now: () => number }): Caller {
  const controller = new AbortController()
  let over = false
  const rested: [number, number] = [Infinity, Infinity]
  const { promise: released, resolve: resume } = Promise.withResolvers<void>()
  const voided: string[] = []
  const state: Mutable<Heard> & { chunks: number } = {
    text: '',
    voided,
    finish: undefined,
    error: undefined,
    left: false,
    chunks: 0,
  }
  const body = { model: 'auto', messages: [{ role: 'user' as const, content: questionOf(plan.number) }] }
  const options = {
    signal: controller.signal,
    maxRetries: plan.maxRetries,
    ...(plan.timeoutMs !== undefined && { timeout: plan.timeoutMs }),
  }
  const leave = (): void => {
    state.left = true
    controller.abort(new Error('the caller has gone'))
  }
  const rest = (until: Promise<void>): Promise<void> => {
    rested[0] = Math.min(rested[0], now())
    return until
  }
  const agent = client.with({ agent: agentOf(plan.number), ...policy.routing })

  const ask = async (): Promise<void> => {
    const asked = agent.chat.completions.create(body, options)
    if (plan.manner === 'aborts') setImmediate(leave)
    const [choice] = (await asked).choices
    state.text = choice?.message.content ?? ''
    state.finish = choice?.finish_reason
  }
  const note = (chunk: OpenAI.ChatCompletionChunk): void => {
    const [choice] = chunk.choices
    if (isRestart(chunk)) {
      voided.push(state.text)
      state.text = ''
    }
    state.text += choice?.delta.content ?? ''
    state.finish = choice?.finish_reason ?? state.finish
    state.chunks += 1
  }
  const read = async (): Promise<void> => {
    const asked = agent.chat.completions.create({ ...body, stream: true }, options)
    if (plan.manner === 'aborts' && plan.afterChunks === 0) setImmediate(leave)
    const stream = await asked
    if (plan.manner === 'never reads') {
      state.left = true
      void rest(released)
      return
    }
    for await (const chunk of stream) {
      note(chunk)
      if (plan.manner === 'lingers') await rest(released)
      if (state.chunks < plan.afterChunks) continue
      if (plan.manner === 'breaks') {
        state.left = true
        break
      }
      if (plan.manner === 'aborts') leave()
    }
  }
  const heard = (plan.stream ? read() : ask()).then(
    () => undefined,
    (error: unknown) => {
      state.error = error
    },
  )
  return {
    plan,
    get chunks() {
      return state.chunks
    },
    heard: heard.then((): Heard => {
      over = true
      return state
    }),
    get over() {
      return over
    },
    release() {
      if (plan.manner === 'lingers') rested[1] = now()
      resume()
    },
    rested,
    listeners: () => getEventListeners(controller.signal, 'abort').length,
  }
}
