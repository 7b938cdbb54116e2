import type { Clock } from '../contracts/clock.ts'

/** The system's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** Waits on a clock; rejects with the signal's reason as soon as it fires. */
export async function wait(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  signal.throwIfAborted()
  if (ms <= 0) return
  await new Promise<void>((resolve, reject) => {
    const timer = Number.isFinite(ms) ? clock.setTimeout(() => end(resolve), ms) : undefined
    const leave = (): void => end(() => reject(signal.reason))
    const end = (settle: () => void): void => {
      timer?.[Symbol.dispose]()
      signal.removeEventListener('abort', leave)
      settle()
    }
    signal.addEventListener('abort', leave, { once: true })
  })
}

/** Waits for nothing but the signal. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  await wait(Infinity, signal, systemClock)
  throw new Error('a wait without end has ended')
}
