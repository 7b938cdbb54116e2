import type { ChatRequest } from './contracts/chat.ts'
import type { Clocks } from './options.ts'
import { defaultClocks, reasoningClocks } from './options.ts'
import type { Target } from './resolve.ts'

/** The limits that one layer of options sets. */
export type ClockLayer = Partial<Clocks> | undefined

const names = ['attemptMs', 'firstTokenMs', 'idleMs', 'totalMs'] as const satisfies readonly (keyof Clocks)[]

const nothingSet: Partial<Clocks> = Object.freeze({})

/**
 * What router, agent, call and target set, together: of each limit the shortest, so that nobody inside can loosen what was set
 * outside. One that is there but `undefined` is not given.
 */
export function tightest(...layers: readonly ClockLayer[]): Partial<Clocks> {
  // The usual case, for every call.
  if (layers.every((layer) => layer === undefined)) return nothingSet
  const set: { -readonly [Name in keyof Clocks]?: number } = {}
  for (const layer of layers) {
    if (layer === undefined) continue
    for (const name of names) {
      const ms = layer[name]
      if (ms !== undefined) set[name] = Math.min(ms, set[name] ?? Infinity)
    }
  }
  return set
}

/**
 * The limits for each target: longer where its model may think before it speaks, and is not told to do without; what is set
 * takes their place.
 */
export function clocksFor(
  request: ChatRequest | undefined,
  set: Partial<Clocks>,
  ofTargets: ReadonlyMap<string, Partial<Clocks>>,
): (target: Target) => Clocks {
  const effort = request?.reasoning_effort
  const mayReason = effort !== 'none' && effort !== 'minimal'
  return ({ id, card }) => {
    const base = mayReason && card?.features.includes('reasoning') === true ? reasoningClocks : defaultClocks
    const own = ofTargets.get(id)
    if (own === undefined && set === nothingSet) return base
    return { ...base, ...(own === undefined ? set : tightest(set, own)) }
  }
}
