import type { Clock } from './contracts/clock.ts'

/** How long something is waited for. */
export interface Patience {
  readonly clock: Clock
  readonly ms: number
  readonly signal: AbortSignal | null | undefined
}

/** `work`, or nothing once the time is up or the caller has gone: what comes next then does without. */
export async function within<Result>(work: Promise<Result>, { clock, ms, signal }: Patience): Promise<Result | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>()
  const giveUp = (): void => resolve(undefined)
  const timer = clock.setTimeout(giveUp, ms, { hold: true })
  signal?.addEventListener('abort', giveUp, { once: true })
  if (signal?.aborted === true) giveUp()
  work.then(resolve, reject)
  try {
    return await promise
  } finally {
    timer[Symbol.dispose]()
    signal?.removeEventListener('abort', giveUp)
  }
}
