import type { RouterOptions } from '../options.ts'

/** What `replay()` puts in place of the router's own options; each replaces the whole option of its name. */
export type ReplayOptions = Pick<
  RouterOptions,
  'agents' | 'catalog' | 'keys' | 'maxCostUsd' | 'models' | 'order' | 'prices' | 'providers' | 'region' | 'strict' | 'tiers'
>
