import { usualImages } from '../shared/media/limits.ts'
import type { VendorMedia } from '../shared/media/with-media.ts'

/** The documentation of `Message.content`, and `AudioFormat`, in @aws-sdk/client-bedrock-runtime 3.1164. */
export const media: VendorMedia = {
  limits: {
    imagesPerMessage: 20,
    imageTypes: usualImages,
    imageBytes: 3.75 * 2 ** 20,
    files: 5,
    fileBytes: 4.5 * 2 ** 20,
    audioFormats: 'aac flac m4a mka mkv mp3 mp4 mpeg mpga ogg opus pcm wav webm x-aac'.split(' '),
  },
  // Besides bytes there are only objects in S3.
  fetches: () => false,
}
