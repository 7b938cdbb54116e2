import type { Comparison } from '../compare/comparison.ts'
import { randomOf } from '../compare/random.ts'
import type { Audience, Live } from './live.ts'
import type { ShadowOptions } from './options.ts'
import type { ShadowRun, ShadowRunParts } from './run.ts'

/** What the mirrored traffic has shown so far. */
export interface ShadowPanel {
  /**
   * The targets against what served the live requests, which goes first as `live`: paired differences with intervals, agreement,
   * validators by McNemar's exact test. What was left out is flagged.
   */
  report(): Promise<Comparison>
  /** Resolves when nothing waits to be mirrored and no shadow call is under way. */
  idle(): Promise<void>
}

/** The shadow of one router, or of one agent. What takes more than drawing is loaded with the first request that is drawn. */
export class Shadow implements Audience, ShadowPanel {
  readonly #share: number
  readonly #random: () => number
  readonly #make: () => Promise<ShadowRun>
  #run: Promise<ShadowRun> | undefined
  /** Requests on their way into the run. */
  #arriving = 0

  constructor(options: ShadowOptions, parts: ShadowRunParts) {
    this.#share = options.share
    this.#random = options.seed === undefined ? Math.random : randomOf(options.seed)
    this.#make = async () => {
      const run = await import('./run.ts')
      return new run.ShadowRun(options, parts)
    }
  }

  draws(): boolean {
    return this.#random() < this.#share
  }

  show(live: Live): void {
    this.#arriving += 1
    // Whoever waits for the answer goes first.
    setImmediate(() => void this.#offer(live))
  }

  async #offer(live: Live): Promise<void> {
    try {
      const run = await this.#loaded()
      run.offer(live)
    } catch {
      // A part of the package that cannot be loaded is told by report(), and by nothing that a caller waits for.
    } finally {
      this.#arriving -= 1
    }
  }

  #loaded(): Promise<ShadowRun> {
    this.#run ??= this.#make()
    return this.#run
  }

  async report(): Promise<Comparison> {
    const run = await this.#loaded()
    return run.report()
  }

  async idle(): Promise<void> {
    while (this.#arriving > 0) await new Promise((resolve) => setImmediate(resolve))
    await (await this.#run)?.idle()
  }

  /** Waits for what is under way, 5 s at most; later requests are left out. */
  async close(): Promise<void> {
    while (this.#arriving > 0) await new Promise((resolve) => setImmediate(resolve))
    await (await this.#run)?.close()
  }
}
