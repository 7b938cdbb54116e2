import type { ProviderAdapter, Support } from '../contracts/adapter.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Rejection } from '../contracts/policy.ts'
import type { RouterOptions } from '../options.ts'
import type { PlanContext } from '../plan-context.ts'
import type { ModelNames, Target } from '../resolve.ts'
import type { Runtime } from '../runtime.ts'

/** What a configuration is looked at with. Nothing in here calls a vendor. */
export interface VerifyParts {
  readonly options: RouterOptions
  readonly adapters: readonly ProviderAdapter[]
  readonly names: ModelNames
  readonly clock: Clock
  /** Loads the adapters that are loaded late. */
  readonly prepare: () => Promise<void> | undefined
  readonly hasKey: (adapter: ProviderAdapter) => Promise<boolean>
  /** Loads prices from elsewhere, where the router has such a source. */
  readonly loadPrices: () => Promise<void>
  readonly retirement: PlanContext['retirement']
  readonly constrain: (request: ChatRequest) => (target: Target, support: Support) => Rejection | undefined
  readonly forecast: Runtime['forecast']
  readonly hasBaseline: () => boolean
}
