import { usualImages } from '../shared/media/limits.ts'
import type { VendorLimits } from '../shared/media/with-limits.ts'

/** platform.openai.com/docs/guides/images-vision, read 2026-11; the sounds are those of openai 7.57. */
export const limits: VendorLimits = { images: 500, imageTypes: usualImages, audioFormats: ['wav', 'mp3'] }
