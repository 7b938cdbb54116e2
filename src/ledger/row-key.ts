import type { LedgerKey, LedgerRowKey } from '../contracts/ledger.ts'

/** The names alone, of whatever has them; what is not known is left out. */
export function rowKeyOf(names: { readonly [name in LedgerKey]?: LedgerRowKey[name] | undefined }): LedgerRowKey {
  const { agent, provider, model, tier, role, day } = names
  return {
    ...(agent !== undefined && { agent }),
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(tier !== undefined && { tier }),
    ...(role !== undefined && { role }),
    ...(day !== undefined && { day }),
  }
}
