import { usualImages } from '../shared/media/limits.ts'
import type { VendorLimits } from '../shared/media/with-limits.ts'

/** docs.perplexity.ai/guides/image-attachments, read 2026-11: these formats, at most 50 MB each. */
export const limits: VendorLimits = { imageTypes: usualImages, imageBytes: 50_000_000 }
