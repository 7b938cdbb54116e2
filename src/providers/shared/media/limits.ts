import type { Support } from '../../../contracts/adapter.ts'
import type { ChatRequest } from '../../../contracts/chat.ts'
import type { Attachment } from './attachments.ts'

/** How many images, files and sounds a vendor takes, and which. What is left out is not limited here: the vendor judges. */
export interface MediaLimits {
  /** Images in one request. */
  readonly images?: number | undefined
  /** Images in one message, or in several of one side in a row: they are sent as one. */
  readonly imagesPerMessage?: number | undefined
  /** Media types of images, `image/png`. */
  readonly imageTypes?: readonly string[] | undefined
  /** Bytes of one image. */
  readonly imageBytes?: number | undefined
  /** Files in one request. */
  readonly files?: number | undefined
  /** Bytes of one file. */
  readonly fileBytes?: number | undefined
  /** Formats of sounds, `wav`. */
  readonly audioFormats?: readonly string[] | undefined
  /** Bytes of everything that stands in one request, images, files and sounds together. */
  readonly totalBytes?: number | undefined
}

/** What nearly every vendor takes. */
export const usualImages: readonly string[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

type No = Extract<Support, { readonly level: 'no' }>

/** The first limit that a request exceeds. Quick: what is told by the bytes' number or their declared type, no more. */
export function limitProblem(request: ChatRequest, attachments: readonly Attachment[], limits: MediaLimits): No | undefined {
  return (
    countProblem(attachments, limits) ??
    perMessageProblem(request, attachments, limits.imagesPerMessage) ??
    attachments.map((attachment) => oneProblem(attachment, limits)).find((problem) => problem !== undefined) ??
    totalProblem(attachments, limits)
  )
}

function no(field: string, reason: string): No {
  return { level: 'no', field, reason }
}

function countProblem(attachments: readonly Attachment[], limits: MediaLimits): No | undefined {
  const images = attachments.filter(({ kind }) => kind === 'image')
  const files = attachments.filter(({ kind }) => kind === 'file')
  if (images.length > (limits.images ?? Infinity))
    return no('messages', `the request has ${images.length} images, at most ${limits.images} are accepted`)
  if (files.length > (limits.files ?? Infinity))
    return no('messages', `the request has ${files.length} files, at most ${limits.files} are accepted`)
  return undefined
}

function perMessageProblem({ messages }: ChatRequest, attachments: readonly Attachment[], most = Infinity): No | undefined {
  const images = attachments.filter(({ kind }) => kind === 'image')
  if (images.length <= most) return undefined
  let count = 0
  for (const [at, { role }] of messages.entries()) {
    if (role === 'assistant') count = 0
    count += images.filter(({ message }) => message === at).length
    if (count > most) return no(`messages[${at}].content`, `it has ${count} images, at most ${most} are accepted in one message`)
  }
  return undefined
}

function oneProblem({ kind, field, mediaType, bytes }: Attachment, limits: MediaLimits): No | undefined {
  if (kind === 'audio') return audioProblem(field, mediaType, limits)
  const most = kind === 'image' ? limits.imageBytes : limits.fileBytes
  if (bytes > (most ?? Infinity)) return no(field, `it has ${size(bytes)}, at most ${size(most ?? 0)} are accepted`)
  const { imageTypes } = limits
  // What calls itself no image at all is the adapter's to judge: some vendors take a PDF in that place.
  if (kind !== 'image' || imageTypes === undefined || !mediaType.startsWith('image/')) return undefined
  return imageTypes.includes(mediaType) ? undefined : no(field, `images of type '${mediaType}' are not accepted`)
}

function audioProblem(field: string, format: string, { audioFormats }: MediaLimits): No | undefined {
  if (audioFormats === undefined || audioFormats.includes(format)) return undefined
  return no(field, `sounds of format '${format.slice(0, 20)}' are not accepted`)
}

function totalProblem(attachments: readonly Attachment[], { totalBytes: most }: MediaLimits): No | undefined {
  if (most === undefined) return undefined
  const total = attachments.reduce((sum, { bytes }) => sum + bytes, 0)
  return total > most ? no('messages', `what is attached has ${size(total)}, at most ${size(most)} are accepted`) : undefined
}

/** A number of bytes in words, rounded up: what is over a limit must not read as if it were not. */
function size(bytes: number): string {
  return bytes < 10_000 ? `${bytes} bytes` : `${Math.ceil(bytes / 10_000) / 100} MB`
}
