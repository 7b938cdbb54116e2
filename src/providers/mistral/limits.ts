import { usualImages } from '../shared/media/limits.ts'
import type { VendorLimits } from '../shared/media/with-limits.ts'

/** docs.mistral.ai/capabilities/vision, read 2026-11. How many images a request may have it does not say for all models. */
export const limits: VendorLimits = { imageTypes: usualImages }
