import type { Telemetry, TelemetryAbout } from './contracts/telemetry.ts'

/** Telemetry that never throws, and of which every part is there. */
export interface GuardedTelemetry extends Pick<Telemetry, 'event'>, Pick<Required<Telemetry>, 'observe'> {
  /** What `run` gives or throws; it is run exactly once. */
  within<Result>(about: TelemetryAbout, attempt: number, run: () => Result): Result
}

/** Makes what is told to be as in a record of the trail: frozen, short, without anything that looks like a key. */
export type Trimmed = <Value extends object>(value: Value) => Readonly<Value>

/** Several as one, which are told of events as `trimmed` makes them; nothing where there is none. */
export function guarded(all: readonly Telemetry[], trimmed: Trimmed): GuardedTelemetry | undefined {
  if (all.length === 0) return undefined
  return {
    event(event, about, details) {
      quietly(() => {
        const [told, toldBesides] = [trimmed(event), trimmed(details)]
        for (const each of all) quietly(() => each.event(told, about, toldBesides))
      })
    },
    within: (about, attempt, run) =>
      all.reduceRight((inner, each) => () => entered(inner, (enter) => each.within?.(about, attempt, enter)), run)(),
    observe(read) {
      const observers: Disposable[] = []
      for (const each of all) {
        quietly(() => {
          const observer = each.observe?.(read)
          if (observer !== undefined) observers.push(observer)
          return observer
        })
      }
      return {
        [Symbol.dispose]() {
          for (const each of observers.splice(0)) quietly(() => each[Symbol.dispose]())
        },
      }
    },
  }
}

/** Runs `work` by way of `enter`, or without it where that does not run it before it returns. */
function entered<Result>(work: () => Result, enter: (run: () => void) => void): Result {
  const held: { outcome?: { readonly value: Result } | { readonly error: unknown } } = {}
  const run = (): void => {
    if (held.outcome === undefined) held.outcome = outcomeOf(work)
  }
  quietly(() => enter(run))
  const outcome = held.outcome ?? outcomeOf(work)
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

function outcomeOf<Result>(work: () => Result): { readonly value: Result } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

/** What fails in telemetry is its own affair, at once or later: no caller could do anything about it. */
export function quietly(run: () => unknown): void {
  try {
    const given = run()
    // Of a function that is async, where none is expected: its rejection would end the process.
    if (given instanceof Promise) given.catch(nobodyToTell)
  } catch {
    nobodyToTell()
  }
}

function nobodyToTell(): void {
  // Whoever has handed in what fails.
}
