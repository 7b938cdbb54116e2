import type { AuditEvent, AuditRecord } from '../../contracts/audit.ts'
import { attemptsOf } from '../../caller-error.ts'
import type { BreakerSnapshot } from '../../contracts/breaker.ts'
import { routeOf } from '../../route-of.ts'
import { at, isObject, listAt } from '../json.ts'
import { storyOfError, storyOfRoute } from './of-answer.ts'
import type { RouteRecord } from './of-answer.ts'
import { storiesOfTrail } from './of-trail.ts'
import type { Story } from './story.ts'

/** What a client's books say of one target. */
export interface TargetSum {
  readonly target: string
  readonly calls: number
  readonly successes: number
}

/** Whatever is asked about its route: one request, several, or the books of a whole client. */
export type Subject =
  | { readonly of: 'requests'; readonly stories: readonly Story[] }
  | { readonly of: 'client'; readonly client: BookedClient; readonly sums: readonly TargetSum[] }

/** What is read of a client made by `createRouter()`. */
export interface BookedClient {
  readonly ledger: {
    totals(options?: { readonly by?: readonly ('provider' | 'model' | 'tier')[] }): readonly {
      readonly provider?: string
      readonly model?: string
      readonly tier?: string
      readonly calls: number
      readonly successes: number
      readonly spentUsd: number
      readonly unpricedCalls: number
    }[]
  }
  readonly breakers: { snapshot(target: string): BreakerSnapshot; list(): readonly BreakerSnapshot[] }
}

const wanted =
  'It takes a completion, a stream or an error of the router, what routeOf() gave, an audit sink in memory or its records, or the client'

/**
 * Finds out what a value can tell about the way of requests.
 *
 * @throws TypeError for what nothing can be read from.
 */
export function subjectOf(value: unknown): Subject {
  const route = routeOf(value) ?? (isRoute(value) ? value : undefined)
  if (route !== undefined) return { of: 'requests', stories: [storyOfRoute(route)] }
  if (value instanceof Error && Array.isArray(Reflect.get(value, 'attempts')))
    return { of: 'requests', stories: [storyOfError(attemptsOf(value))] }
  if (isBookedClient(value)) return { of: 'client', client: value, sums: sumsOf(value) }
  const trail = Array.isArray(value) ? value : at(value, 'records')
  if (isTrail(trail)) return { of: 'requests', stories: writtenStories(trail) }
  throw new TypeError(`${wanted}; this is ${described(value)}.`)
}

/** Of a trail without requests nothing could be said that would be worth saying, not even what did not happen. */
function writtenStories(trail: readonly (AuditRecord | AuditEvent)[]): readonly Story[] {
  const stories = storiesOfTrail(trail)
  if (stories.length > 0) return stories
  throw new TypeError('The trail has no request; what was written just now is there after `await client.flush()`.')
}

/** A client, or a complaint. */
export function clientOf(value: unknown): BookedClient {
  if (isBookedClient(value)) return value
  throw new TypeError(`It takes the client that createRouter() made; this is ${described(value)}.`)
}

/** Says what came in place of a subject; completions that other copies of the package returned look like any others. */
function described(value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it first'
  if (value instanceof Error) return `${value.constructor.name} without a list of attempts: it was not the router who threw it`
  if (isObject(value) && listAt(value, 'choices').length > 0)
    return 'a completion that bears no route: it was made by something else, or copied'
  return value === null ? 'null' : Array.isArray(value) ? 'a list of something else' : `a value of type ${typeof value}`
}

function isRoute(value: unknown): value is RouteRecord {
  return (
    isObject(value) && typeof value['requestId'] === 'string' && isObject(value['decision']) && typeof value['target'] === 'string'
  )
}

function isBookedClient(value: unknown): value is BookedClient {
  return hasMethod(value, 'ledger', 'totals') && hasMethod(value, 'breakers', 'snapshot')
}

/** Looks through the getters of classes, too. */
function hasMethod(value: unknown, part: string, method: string): boolean {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  return typeof found === 'object' && found !== null && typeof Reflect.get(found, method) === 'function'
}

function isTrail(value: unknown): value is readonly (AuditRecord | AuditEvent)[] {
  return Array.isArray(value) && value.every((one) => typeof (at(one, 'event', 'type') ?? at(one, 'type')) === 'string')
}

function sumsOf({ ledger }: BookedClient): readonly TargetSum[] {
  return ledger.totals({ by: ['provider', 'model'] }).map(({ provider = '', model = '', calls, successes }) => ({
    target: `${provider}/${model}`,
    calls,
    successes,
  }))
}
