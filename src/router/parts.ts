import type { ProviderAdapter } from '../contracts/adapter.ts'
import type { Catalog, PriceSource } from '../contracts/catalog.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Tokenizer } from '../contracts/forecast.ts'
import type { KeyStore } from '../contracts/keys.ts'
import type { ModelNames } from '../resolve.ts'

/** What a router is made of, as its options give it. */
export interface Parts {
  readonly adapters: readonly ProviderAdapter[]
  readonly catalog: Catalog
  /** Asked for prices that the catalog does not have. */
  readonly prices: PriceSource | undefined
  readonly names: ModelNames
  readonly clock: Clock
  readonly keys: KeyStore
  readonly fastPath: boolean
  readonly tokenizer: Tokenizer | undefined
}
