import { putIntoWords } from './decision-text.ts'
import type { RouteRecord } from './runtime.ts'

/** A base class whose instance is the object it is given. */
// oxlint-disable-next-line typescript/no-extraneous-class -- only a base class can do that
class Itself {
  constructor(object: object) {
    // oxlint-disable-next-line no-constructor-return -- this is what lets a private field sit on an object of another class
    return object
  }
}

/**
 * Keeps an answer's route in a private field on the answer itself: no key, no enumeration, no printing shows it. A WeakMap
 * would do the same, but its entries cost the garbage collector as much as the rest of the call's way through the router.
 */
class Routed extends Itself {
  #record: () => RouteRecord | undefined

  constructor(answer: object, record: () => RouteRecord | undefined) {
    super(answer)
    this.#record = record
  }

  static remember(answer: object, record: () => RouteRecord | undefined): void {
    // oxlint-disable-next-line no-param-reassign, no-new -- the field on the object is the point
    if (#record in answer) answer.#record = record
    else void new Routed(answer, record)
  }

  static isOf(answer: object, record: () => RouteRecord | undefined): boolean {
    return !(#record in answer) || answer.#record === record
  }

  static recall(answer: unknown): RouteRecord | undefined {
    return typeof answer === 'object' && answer !== null && #record in answer ? answer.#record() : undefined
  }
}

/** Remembers how an answer came about. */
export function rememberRoute(answer: object, record: () => RouteRecord | undefined): void {
  Routed.remember(answer, record)
}

/** Whether an answer may bear this route: it bears none yet, or this one. */
export function mayBear(answer: object, record: () => RouteRecord | undefined): boolean {
  return Routed.isOf(answer, record)
}

/**
 * How a completion, a stream, a completion of `parse()`, embeddings or a moderation came about: target, model, attempts, cost,
 * decision. For a stream it is final once the stream has ended. `undefined` for what this router did not return itself: the
 * runners that `stream()` and `runTools()` return put their answers together on their own, and what is handed on as it is
 * belongs to the vendor.
 */
export function routeOf(answer: unknown): RouteRecord | undefined {
  const record = Routed.recall(answer)
  if (record !== undefined) putIntoWords(record.decision)
  return record
}
