import type { VendorLimits } from '../shared/media/with-limits.ts'
import type { VendorMedia } from '../shared/media/with-media.ts'
import { isFetched } from './media.ts'

const imageTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']

/** ai.google.dev/gemini-api/docs/image-understanding and /docs/file-input-methods, read 2026-11. */
export const geminiMedia: VendorMedia = { limits: { images: 3600, imageTypes, totalBytes: 100_000_000 }, fetches: isFetched }

/** cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding, read 2026-11. It fetches addresses itself. */
export const vertexLimits: VendorLimits = { images: 3000, imageTypes }
