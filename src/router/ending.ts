import type { Trail } from '../audit/trail.ts'
import type { ProviderAdapter } from '../contracts/adapter.ts'
import type { Core } from '../core.ts'
import type { Books } from '../ledger/ledger.ts'
import type { Runtime } from '../runtime.ts'

/** What has to be brought to an end. */
interface EndingParts {
  readonly trail: Trail
  /** Reads the router's state; absent where nobody does. */
  readonly observer: Disposable | undefined
  readonly ledger: Books
  readonly stores: readonly { close(): Promise<void> }[]
  readonly adapters: readonly ProviderAdapter[]
  readonly running: Runtime['running']
}

/** How a router ends. */
interface Ending extends Pick<Core, 'flush' | 'close'> {
  readonly isClosed: () => boolean
  /** What has its end after the requests, and before the books are closed. */
  before(end: () => Promise<void>): void
}

/** The end of a router: what is under way is aborted and written down before anything is closed. */
export function endingOf({ trail, observer, ledger, stores, adapters, running }: EndingParts): Ending {
  let closed = false
  const earlier: (() => Promise<void>)[] = []
  return {
    isClosed: () => closed,
    before: (end) => void earlier.push(end),
    async flush() {
      await Promise.all([ledger.flush(), trail.flush()])
      return trail.dropped
    },
    async close() {
      closed = true
      await abandoned(running)
      await Promise.allSettled(earlier.map((end) => end()))
      const closing = [...stores, ledger].map(async (store) => store.close())
      await Promise.allSettled([...closing, ...adapters.map(async (adapter) => adapter.close?.())])
      await trail.close()
      observer?.[Symbol.dispose]()
      return trail.dropped
    },
  }
}

/** Aborts what is still running, so that each request has its end in the trail before the sinks are closed. */
async function abandoned(running: Runtime['running']): Promise<void> {
  for (const journey of running) journey.abort()
  // They settle in the microtasks that follow.
  await new Promise((resolve) => setImmediate(resolve))
}
