import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What the primary of a process does with a call. */
export type Mode = 'answer' | 'fail' | 'hang'

/** What a process is told to do. */
export type Order = { readonly id: number } & (
  | { readonly type: 'call' | 'state' | 'errors' | 'attempts' | 'close' }
  | { readonly type: 'mode'; readonly mode: Mode }
)

/** What it says: the answer to an order, or something that happened. */
export type Report =
  | { readonly id: number; readonly value?: string | undefined; readonly error?: string }
  | { readonly event: string }

type Wish = Order extends infer Each ? (Each extends Order ? Omit<Each, 'id'> : never) : never

/** One process of a fleet, as its parent sees it. */
export class FleetProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<string | undefined>>()
  readonly #events: string[] = []
  readonly #watchers = new Set<() => void>()
  #orders = 0

  constructor(url: string, prefix: string, { library = 'redis', cooldownMs = 400, patienceMs = 50, leaseMs = 600 } = {}) {
    const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
    this.#child = fork(worker, [url, prefix, library, ...[cooldownMs, patienceMs, leaseMs].map(String)], { stdio: 'inherit' })
    this.#child.on('message', (report: Report) => this.#heard(report))
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the process has ended'))
    })
  }

  #heard(report: Report): void {
    if ('event' in report) {
      this.#events.push(report.event)
      for (const watcher of this.#watchers) watcher()
      return
    }
    const waiting = this.#waiting.get(report.id)
    this.#waiting.delete(report.id)
    if (report.error === undefined) waiting?.resolve(report.value)
    else waiting?.reject(new Error(report.error))
  }

  #order(wish: Wish): Promise<string | undefined> {
    const id = ++this.#orders
    const waiting = Promise.withResolvers<string | undefined>()
    this.#waiting.set(id, waiting)
    this.#child.send({ ...wish, id })
    return waiting.promise
  }

  /** Makes a call; resolves with the provider that served it. */
  call(): Promise<string | undefined> {
    return this.#order({ type: 'call' })
  }

  async calls(count: number): Promise<readonly (string | undefined)[]> {
    const served: (string | undefined)[] = []
    for (let made = 0; made < count; made += 1) served.push(await this.call())
    return served
  }

  mode(mode: Mode): Promise<string | undefined> {
    return this.#order({ type: 'mode', mode })
  }

  /** The state of the primary's circuit. */
  state(): Promise<string | undefined> {
    return this.#order({ type: 'state' })
  }

  /** Resolves once the primary's circuit counts so many failures in a row. */
  async counts(failures: number): Promise<void> {
    while ((await this.#order({ type: 'errors' })) !== String(failures));
  }

  /** How often the primary has been called. */
  async attempts(): Promise<number> {
    return Number(await this.#order({ type: 'attempts' }))
  }

  /** Resolves once something has happened so often. */
  happened(event: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.#events.filter((each) => each === event).length < times) return
        this.#watchers.delete(watch)
        resolve()
      }
      this.#watchers.add(watch)
      watch()
    })
  }

  count(event: string): number {
    return this.#events.filter((each) => each === event).length
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#order({ type: 'close' }).catch(() => undefined)
    await gone
  }
}
