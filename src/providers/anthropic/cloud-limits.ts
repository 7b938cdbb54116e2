import { usualImages } from '../shared/media/limits.ts'
import type { VendorMedia } from '../shared/media/with-media.ts'

/*
 * A request may have 20 MB at Bedrock and 30 MB at Vertex AI, and neither fetches anything: the vendor's pages "Claude on
 * Amazon Bedrock" and "Claude on Google Cloud", read November 2026. Base64 takes a third more than what it holds.
 */

/** Images and documents of Claude's on Bedrock. */
export const bedrockMedia: VendorMedia = cloudMedia(20_000_000)

/** The same on Vertex AI. */
export const vertexMedia: VendorMedia = cloudMedia(30_000_000)

function cloudMedia(payload: number): VendorMedia {
  return { limits: { imageTypes: usualImages, totalBytes: payload * 0.75 }, fetches: () => false }
}
