import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { closed, Runtime } from './runtime.ts'
import type { Hosted, Lease, Use } from './runtime.ts'

/** How a pool makes its runtimes. */
export interface PoolOptions {
  readonly start: (secret: Secret) => Promise<Hosted>
  /** Whether every key has a runtime of its own, or all keys share one. */
  readonly isShared: boolean
}

/** More than these are ended once they are idle, the least recently used first: a runtime takes 100 MB and more. */
const most = 8

/** The runtimes of an adapter: one for each key, or one for all. Calls at once start one. */
export class RuntimePool {
  readonly #options: PoolOptions
  readonly #entries = new Map<string, Promise<Runtime>>()
  /** Those that are not ended yet, also where another has taken their place. */
  readonly #living = new Set<Runtime>()
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** A runtime for this key that answers: started on first use, replaced where it has died or is worn out. */
  async lease(secret: Secret, use: Use): Promise<Lease> {
    const name = this.#options.isShared ? '' : secret.fingerprint
    // The second one is new. One that has started and does not answer would not do so for the third time either.
    for (let attempt = 1; attempt <= 2 && !this.#isClosed; attempt += 1) {
      const lease = await this.#tryLease(name, secret, use)
      if (lease !== undefined) return lease
    }
    throw this.#isClosed ? closed() : new AttemptError('network', 'The Copilot runtime does not answer.')
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#entries.values())
    this.#entries.clear()
    await Promise.all([...this.#living].map((runtime) => runtime.close()))
  }

  /** The runtime for this key, in use; `undefined` where it was not fit for another session and has been forgotten. */
  async #tryLease(name: string, secret: Secret, use: Use): Promise<Lease | undefined> {
    const starting = this.#entries.get(name) ?? this.#start(name, secret)
    const runtime = await starting
    const isFit = !runtime.isSpent && (await runtime.answers())
    this.#forget(name, starting)
    if (this.#isClosed || !isFit || runtime.isSpent) {
      runtime.retire()
      return undefined
    }
    // Back to the end: a map keeps the order of insertion, so its first entry is the one that was not used for longest.
    if (!this.#entries.has(name)) this.#entries.set(name, starting)
    return runtime.use(use)
  }

  #start(name: string, secret: Secret): Promise<Runtime> {
    const starting = this.#options.start(secret).then((hosted) => {
      const runtime = new Runtime(hosted, () => this.#living.delete(runtime))
      this.#living.add(runtime)
      return runtime
    })
    this.#entries.set(name, starting)
    // One that does not start is not remembered.
    starting.catch(() => this.#forget(name, starting))
    void this.#thinOut()
    return starting
  }

  #forget(name: string, runtime: Promise<Runtime>): void {
    if (this.#entries.get(name) === runtime) this.#entries.delete(name)
  }

  async #thinOut(): Promise<void> {
    for (const [name, starting] of [...this.#entries].slice(0, -most)) {
      const runtime = await starting.catch(() => undefined)
      if (runtime?.isIdle !== true) continue
      this.#forget(name, starting)
      runtime.retire()
    }
  }
}
