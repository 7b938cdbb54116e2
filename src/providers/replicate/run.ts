import { setTimeout as sleep } from 'node:timers/promises'
import type { AdapterCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { bodyText } from '../shared/body-text.ts'
import { redact } from '../shared/http.ts'
import type { Caller, Desk } from './client.ts'
import { isOver, predictionIn, type Prediction } from './prediction.ts'
import type { Translation } from './request.ts'
import { predictionURL } from './urls.ts'

/** One call, on its way through the vendor's API. */
export interface Job {
  readonly desk: Desk
  readonly call: AdapterCall
  readonly translation: Translation
  /** Time between two looks at a prediction. */
  readonly pollMs: number
}

/** Creates the prediction. `waitSeconds`: for so long the vendor may hold back its response until there is an answer in it. */
export async function create({ desk, call, translation }: Job, waitSeconds?: number): Promise<Prediction> {
  const headers = waitSeconds === undefined ? {} : { Prefer: `wait=${waitSeconds}` }
  const response = await desk.send(call, { method: 'POST', to: translation.path, body: translation.body, headers })
  return predictionOf(response, call)
}

/** What has become of a prediction. */
export async function look({ desk, call }: Job, prediction: Prediction, signal = call.signal): Promise<Prediction> {
  const own = { ...quietly(call), signal }
  const response = await desk.send(own, { method: 'GET', to: predictionURL(prediction, 'get', desk.base) })
  return predictionOf(response, own)
}

/** A call for another request than its first: the vendor has accepted it, and whoever made it has heard so. */
export function quietly({ secret, headers, signal }: AdapterCall): Caller {
  return { secret, signal, ...(headers !== undefined && { headers }) }
}

/** A prediction says what its model said, and some models repeat what they were given. */
async function predictionOf(response: Response, call: Caller): Promise<Prediction> {
  return predictionIn(redact(await bodyText(response, call.signal), call.secret))
}

/** How many looks in a row may fail before the prediction is given up. */
const patience = 3

/**
 * The prediction each time that it was looked at, from the first to the one that is over. A look that fails for a passing
 * reason is made again: the prediction goes on, and costs, whether anybody looks or not.
 */
export async function* lookedAt(job: Job, first: Prediction, signal = job.call.signal): AsyncGenerator<Prediction, void> {
  let prediction = first
  let failures = 0
  yield prediction
  while (!isOver(prediction)) {
    await sleep(job.pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    try {
      prediction = await look(job, prediction, signal)
      failures = 0
    } catch (error) {
      failures += 1
      if (failures >= patience || !isPassing(error)) throw error
      continue
    }
    yield prediction
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof AttemptError && passing.has(error.failure.kind)
}

const passing: ReadonlySet<string> = new Set(['network', 'server', 'overloaded', 'rate_limit'])

/** Waits until a prediction is over. */
export async function finished(job: Job, first: Prediction, signal = job.call.signal): Promise<Prediction> {
  let last = first
  for await (const prediction of lookedAt(job, first, signal)) last = prediction
  return last
}

/** Watches over a prediction that costs as long as it runs. */
export interface Watch {
  /** It needs no canceling any more. */
  readonly over: () => void
  /** Nobody wants it any more: cancels it, unless it is over. */
  readonly end: () => void
}

/** How long the vendor may take to hear that a prediction is canceled. */
const cancelMs = 10_000

/** Cancels the prediction when the call's signal fires, or with {@link Watch.end}. Nobody waits for that, and it may fail. */
export function watch({ desk, call }: Job, prediction: Prediction): Watch {
  let running = !isOver(prediction)
  const cancel = async (): Promise<void> => {
    const own = { ...quietly(call), signal: AbortSignal.timeout(cancelMs) }
    const response = await desk.send(own, { method: 'POST', to: predictionURL(prediction, 'cancel', desk.base) })
    await response.body?.cancel()
  }
  const end = (): void => {
    call.signal.removeEventListener('abort', end)
    if (running) cancel().catch(() => undefined)
    running = false
  }
  if (running) call.signal.addEventListener('abort', end)
  return {
    over() {
      running = false
      end()
    },
    end,
  }
}
