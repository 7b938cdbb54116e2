import type { Core } from '../core.ts'
import type { DispatcherParts } from '../dispatch.ts'
import { hasKey } from '../key-presence.ts'
import type { Usage } from '../contracts/usage.ts'
import type { RouterOptions } from '../options.ts'
import { ownerOf } from '../routing.ts'
import { noTokens } from '../contracts/usage.ts'
import type { Parts } from './parts.ts'

/** Looks the router's configuration through; the code for it is loaded with the first look. */
export function verifier(options: RouterOptions, parts: Parts, dispatching: DispatcherParts): Core['verify'] {
  const { adapters, names, clock, keys, prices } = parts
  const { runtime, context, prepare } = dispatching
  return async (asked, view) => {
    const { verify } = await import('../verify/run.ts')
    return verify(asked, {
      ...view,
      dispatching,
      parts: {
        options,
        adapters,
        names,
        clock,
        prepare,
        hasKey: (adapter) => hasKey(keys, adapter, ownerOf(view.routing, options.agents ?? {})),
        loadPrices: async () => prices?.load?.(),
        retirement: context.retirement,
        constrain: context.constrain,
        forecast: runtime.forecast,
        hasBaseline: () =>
          options.baseline !== undefined || names.tier('complex').some((target) => runtime.cost(sample, target) !== null),
      },
    })
  }
}

const sample: Usage = { ...noTokens, input: 1000, output: 1000 }
