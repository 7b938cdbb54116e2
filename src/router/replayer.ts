import { checkRouterOptions } from '../check-options.ts'
import type { Core } from '../core.ts'
import type { RouterOptions } from '../options.ts'
import type { Parts } from './parts.ts'

/** Decides recorded requests anew: `client.replay`, loaded when it is first called. */
export function replayer(options: RouterOptions, parts: Parts, partsOf: (options: RouterOptions) => Parts): Core['replay'] {
  return async (records, other) => {
    const merged = { ...options, ...other }
    checkRouterOptions(merged)
    const { replay } = await import('./replay.ts')
    return replay(records, { own: { options, parts }, other: { options: merged, parts: partsOf(merged) } })
  }
}
