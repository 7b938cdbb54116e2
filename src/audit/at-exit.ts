/** What has something to finish when the process has nothing else left to do. */
export interface Drainable {
  /** Resolves when nothing is left. Called again whenever that has kept the process busy: then nothing is to be done at once. */
  readonly drain: () => Promise<void>
}

// On the listener itself, so that however many routers and builds of this package there are, the process has one.
const key = Symbol.for('modelyard.audit.drainables')

/** Drains it when the process has come to its end by itself, unless it was disposed or collected before. Keeps nothing alive. */
export function drainAtExit(drainable: Drainable): Disposable {
  const all = registered() ?? listening()
  for (const each of all) if (each instanceof WeakRef && each.deref() === undefined) all.delete(each)
  const reference = new WeakRef(drainable)
  all.add(reference)
  return {
    [Symbol.dispose]() {
      all.delete(reference)
      if (all.size > 0) return
      for (const listener of process.listeners('beforeExit')) {
        if (Reflect.get(listener, key) === all) process.removeListener('beforeExit', listener)
      }
    },
  }
}

function registered(): Set<unknown> | undefined {
  for (const listener of process.listeners('beforeExit')) {
    const all: unknown = Reflect.get(listener, key)
    if (all instanceof Set) return all
  }
  return undefined
}

function listening(): Set<unknown> {
  const all = new Set<unknown>()
  const listener = (): void => {
    for (const each of all) void drained(each)
  }
  process.on('beforeExit', Object.assign(listener, { [key]: all }))
  return all
}

async function drained(reference: unknown): Promise<void> {
  const target: unknown = reference instanceof WeakRef ? reference.deref() : undefined
  if (typeof target === 'object' && target !== null && 'drain' in target && typeof target.drain === 'function') await target.drain()
}
