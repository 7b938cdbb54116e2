import type { ChatRequest } from '../../../contracts/chat.ts'
import { parseDataUrl } from '../data-url.ts'
import { isObject, textOf, type JsonObject } from '../json.ts'
import { listOf } from '../guards.ts'

/** An image, a file or a sound of a request. */
export interface Attachment {
  readonly kind: 'image' | 'file' | 'audio'
  /** The message's position. */
  readonly message: number
  /** The part's position in the message. */
  readonly part: number
  /** Where its data or address stands: `messages[0].content[1].image_url.url`. */
  readonly field: string
  /** Where it is, if the request does not hold it: an address of the web. */
  readonly url: string | undefined
  /** As it is declared, lower case; of a sound its format. Empty where nothing is said. */
  readonly mediaType: string
  /** How many bytes of it stand in the request. */
  readonly bytes: number
}

/** Everything attached to a request's messages, in order. */
export function attachmentsOf({ messages }: ChatRequest): readonly Attachment[] {
  let found: Attachment[] | undefined
  for (const [message, { content }] of messages.entries()) {
    if (!Array.isArray(content)) continue
    for (const [part, value] of listOf(content).entries()) {
      const attachment = isObject(value) ? attachmentOf(value, { message, part }) : undefined
      if (attachment !== undefined) (found ??= []).push(attachment)
    }
  }
  return found ?? none
}

const none: readonly Attachment[] = []

type Place = Pick<Attachment, 'message' | 'part'>

function attachmentOf(part: JsonObject, place: Place): Attachment | undefined {
  const at = `messages[${place.message}].content[${place.part}]`
  switch (part['type']) {
    case 'image_url':
      return held('image', inner(part, 'image_url', 'url'), { ...place, field: `${at}.image_url.url` })
    case 'file':
      return held('file', inner(part, 'file', 'file_data'), { ...place, field: `${at}.file.file_data` })
    case 'input_audio': {
      const data = inner(part, 'input_audio', 'data')
      const mediaType = inner(part, 'input_audio', 'format')?.toLowerCase() ?? ''
      const field = `${at}.input_audio.format`
      return data === undefined
        ? undefined
        : { ...place, kind: 'audio', field, url: undefined, mediaType, bytes: bytesOfBase64(data) }
    }
    default:
      return undefined
  }
}

function inner(part: JsonObject, name: string, field: string): string | undefined {
  const payload = part[name]
  return isObject(payload) ? textOf(payload[field]) : undefined
}

function held(
  kind: 'image' | 'file',
  given: string | undefined,
  where: Place & { readonly field: string },
): Attachment | undefined {
  if (given === undefined) return undefined
  if (isWebAddress(given)) return { ...where, kind, url: given, mediaType: '', bytes: 0 }
  const data = parseDataUrl(given)
  if (data === undefined) {
    // A file may come as bare base64; an image that is neither data nor a web address is the vendor's own.
    return { ...where, kind, url: undefined, mediaType: '', bytes: kind === 'file' ? bytesOfBase64(given) : 0 }
  }
  const { mediaType, base64 } = data
  // What calls itself an image is one, wherever it stands.
  const isImage = kind === 'image' || mediaType.startsWith('image/')
  return { ...where, kind: isImage ? 'image' : 'file', url: undefined, mediaType, bytes: bytesOfBase64(base64) }
}

/** Whether it is an address of the web. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** How many bytes a text of base64 stands for, as near as its length tells. */
function bytesOfBase64({ length }: string): number {
  return Math.floor((length * 3) / 4)
}
