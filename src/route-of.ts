import type { RouteRecord } from './journey.ts'

// Nothing is added to the caller's objects, so what is known of them is kept beside them, as long as they live.
const records = new WeakMap<object, () => RouteRecord | undefined>()

/** Remembers how an answer came about. */
export function rememberRoute(answer: object, record: () => RouteRecord | undefined): void {
  records.set(answer, record)
}

/**
 * How a completion, a stream, or a helper's parsed completion came about: target, model, attempts, cost, decision. For a
 * stream it is final once the stream has ended. `undefined` for what this router did not return.
 */
export function routeOf(answer: object): RouteRecord | undefined {
  return records.get(answer)?.()
}
