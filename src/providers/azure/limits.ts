import { usualImages } from '../shared/media/limits.ts'
import type { VendorLimits } from '../shared/media/with-limits.ts'

/** As at OpenAI, but for the number of images, which goes by the model and the API's version here. */
export const limits: VendorLimits = { imageTypes: usualImages, audioFormats: ['wav', 'mp3'] }
