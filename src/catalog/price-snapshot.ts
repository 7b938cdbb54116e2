import type { ModelOverride } from '../contracts/catalog.ts'
import { createCatalog } from './catalog.ts'
import { models } from './models.ts'
import { findSnapshot } from './snapshot.ts'
import type { PriceSnapshot } from './snapshot.ts'

/**
 * The price behind a `snapshot` of a cost: its figures, their source and date, and the models that have it. `catalog` as in
 * `createRouter({ catalog })`. `undefined` where this version's catalog does not have it (any more), and for a vendor's bill.
 */
export function priceSnapshot(
  id: string,
  { catalog = [] }: { readonly catalog?: readonly ModelOverride[] } = {},
): PriceSnapshot | undefined {
  return findSnapshot(id, createCatalog(models, catalog).list())
}
