import type { ProviderAdapter } from '../../../contracts/adapter.ts'
import type { ModelCard } from '../../../contracts/catalog.ts'
import { attachmentsOf } from './attachments.ts'
import { limitProblem, type MediaLimits } from './limits.ts'
import type { MediaOptions } from './options.ts'

/** A model, and what is known of it. */
export interface MediaTarget {
  readonly model: string
  readonly card: ModelCard | undefined
}

/** What a vendor takes of images, files and sounds: the same for all of its models, or by model. */
export type VendorLimits = MediaLimits | ((target: MediaTarget) => MediaLimits)

/** What holds for a model: the vendor's limits under the user's own. */
export function limitsFor(limits: VendorLimits, { limits: own }: MediaOptions): (target: MediaTarget) => MediaLimits {
  return (target) => ({ ...(typeof limits === 'function' ? limits(target) : limits), ...own })
}

/** The adapter with its vendor's limits on images, files and sounds. */
export function withLimits(adapter: ProviderAdapter, limits: VendorLimits, options: MediaOptions = {}): ProviderAdapter {
  const limitsOf = limitsFor(limits, options)
  return {
    ...adapter,
    supports(request, card, model) {
      const attachments = attachmentsOf(request)
      const problem = attachments.length === 0 ? undefined : limitProblem(request, attachments, limitsOf({ model, card }))
      return problem ?? adapter.supports(request, card, model)
    },
  }
}
