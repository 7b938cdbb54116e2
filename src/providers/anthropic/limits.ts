import { usualImages } from '../shared/media/limits.ts'
import type { VendorLimits } from '../shared/media/with-limits.ts'

/** platform.claude.com/docs/en/build-with-claude/vision, read 2026-11; the types are those of @anthropic-ai/sdk 1.12 too. */
export const limits: VendorLimits = ({ card }) => ({
  images: (card?.contextWindow ?? Infinity) <= 200_000 ? 100 : 600,
  imageTypes: usualImages,
})
