/** How bad a finding is: something cannot work, will hurt one day, or is worth knowing. */
export type Severity = 'error' | 'warning' | 'note'

/** Everything that `verify()` may find. `docs/verify.md` lists the same codes. */
export const findingTable = {
  missing_key: { severity: 'error', meaning: 'A provider has no key in the key store.' },
  key_store_failed: { severity: 'error', meaning: 'The key store failed, or did not answer within 5 s.' },
  missing_sdk: {
    severity: 'error',
    meaning: "A provider's SDK, or the package that content of the audit trail needs, is not installed.",
  },
  adapter_failed: { severity: 'error', meaning: 'The code of an adapter could not be loaded.' },
  model_retired: { severity: 'error', meaning: 'A model is shut down.' },
  region_empty: { severity: 'error', meaning: 'No target of a chain is in the region that it is bound to.' },
  budget_too_small: { severity: 'error', meaning: 'A budget does not cover one ordinary call.' },
  model_retiring: { severity: 'warning', meaning: 'A model is shut down within 90 days.' },
  fallback_window: {
    severity: 'warning',
    meaning: 'A fallback has a context window more than 5 % smaller than the model that it stands in for.',
  },
  fallback_output: {
    severity: 'warning',
    meaning: 'A fallback can write less, by more than 5 %, than the model that it stands in for.',
  },
  fallback_feature: { severity: 'warning', meaning: 'A fallback cannot do what the model that it stands in for can.' },
  fallback_modality: { severity: 'warning', meaning: 'A fallback cannot take what the model that it stands in for can.' },
  shared_outage: { severity: 'warning', meaning: 'All targets of a chain, or two of them, go down together.' },
  single_target: { severity: 'warning', meaning: 'A chain has one target: there is nobody to go on to.' },
  tier_one_vendor: { severity: 'warning', meaning: 'All models of a tier go down together.' },
  duplicate_target: { severity: 'warning', meaning: 'A chain names a target twice; the second time is without effect.' },
  unreachable_alias: { severity: 'warning', meaning: 'No target of an alias can be called.' },
  missing_price: { severity: 'warning', meaning: 'The price of a model is not known: its calls cost `null`.' },
  hedge_unpriced: { severity: 'warning', meaning: 'Hedging never asks a target whose price is not known.' },
  affinity_unpriced: { severity: 'warning', meaning: 'Affinity cannot weigh what a prompt cache saves without a price.' },
  budget_blocks_long: {
    severity: 'warning',
    meaning: 'A budget reserves more for a call without a token limit than it has: such calls are refused.',
  },
  clock_order: { severity: 'warning', meaning: 'A limit is longer than one that ends the request before it.' },
  escalation_nowhere: { severity: 'warning', meaning: 'Escalation has no step to go to.' },
  key_used_twice: { severity: 'warning', meaning: 'Two providers of different vendors share the name of a key.' },
  no_baseline: { severity: 'note', meaning: 'The ledger has no baseline, since no model of the complex tier has a price.' },
  check_failed: { severity: 'note', meaning: 'A check could not be made.' },
  probe_auth: { severity: 'error', meaning: 'A live probe was refused for its key.' },
  probe_not_found: { severity: 'error', meaning: 'A live probe was told that the model is not there.' },
  probe_quota: { severity: 'error', meaning: 'A live probe was told that the account has used up its money or quota.' },
  probe_failed: { severity: 'warning', meaning: 'A live probe failed.' },
  probe_skipped: { severity: 'note', meaning: 'A live probe was not made.' },
} as const satisfies Record<string, { readonly severity: Severity; readonly meaning: string }>

/** The code of a finding. */
export type FindingCode = keyof typeof findingTable

/** One thing that is wrong with a configuration. No key, no content. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** The option that it is about: `agents.support.fallback[1]`. */
  readonly where: string
  /** One sentence: what is so. */
  readonly message: string
  /** One sentence: what to do. */
  readonly fix: string
}

/** A finding of its code's severity. */
export function finding(code: FindingCode, where: string, { message, fix }: Pick<Finding, 'message' | 'fix'>): Finding {
  return Object.freeze({ code, severity: findingTable[code].severity, where, message, fix })
}
