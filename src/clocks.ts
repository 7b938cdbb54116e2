import type { ChatRequest } from './contracts/chat.ts'
import type { Clocks } from './options.ts'
import { defaultClocks, reasoningClocks } from './options.ts'
import type { Target } from './resolve.ts'

/** An option that is there but `undefined` is one that is not given. */
export function given(clocks: Partial<Clocks> | undefined): Partial<Clocks> {
  return Object.fromEntries(Object.entries(clocks ?? {}).filter(([, value]) => value !== undefined))
}

/** The limits for each target: longer where its model may think before it speaks, and is not told to do without. */
export function clocksFor(request: ChatRequest | undefined, set: Partial<Clocks>): (target: Target) => Clocks {
  const effort = request?.reasoning_effort
  const mayReason = effort !== 'none' && effort !== 'minimal'
  return ({ card }) => {
    const base = mayReason && card?.features.includes('reasoning') === true ? reasoningClocks : defaultClocks
    return Object.keys(set).length === 0 ? base : { ...base, ...set }
  }
}
