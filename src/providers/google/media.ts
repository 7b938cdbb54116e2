import type OpenAI from 'openai'
import { unreachable } from '../../errors.ts'
import { parseDataUrl } from '../shared/data-url.ts'
import { typeOfName } from './file-types.ts'
import type { Dialect, Part } from './wire.ts'

type ContentPart = OpenAI.ChatCompletionContentPart
type Backend = Dialect['backend']

/** A part in the vendor's words (`undefined`: nothing to send), or why there is none, and which of its fields says so. */
export type Translated = { readonly part: Part | undefined } | { readonly reason: string; readonly field: string }

/** One part of a user message. */
export function toPart(part: ContentPart, backend: Backend): Translated {
  switch (part.type) {
    case 'text':
      // Empty text is refused.
      return { part: part.text === '' ? undefined : { text: part.text } }
    case 'image_url':
      return fromUrl({ url: part.image_url.url, field: 'image_url.url' }, backend)
    case 'input_audio':
      return inline(`audio/${part.input_audio.format}`, part.input_audio.data)
    case 'file':
      return fromFile(part.file, backend)
    default:
      return other(part)
  }
}

/** The type is closed for the compiler only: what arrives is JSON. */
function other(part: never): Translated {
  const kind: unknown = typeof part === 'object' && part !== null && 'type' in part ? part['type'] : part
  return {
    reason: typeof kind === 'string' ? `parts of type '${kind.slice(0, 40)}' are not supported` : unreachable(part),
    field: 'type',
  }
}

function fromFile(
  { file_data: data, file_id: id, filename }: OpenAI.ChatCompletionContentPart.File['file'],
  backend: Backend,
): Translated {
  if (data !== undefined) {
    const parsed = parseDataUrl(data)
    return parsed === undefined
      ? inline(typeOfName(filename ?? '') ?? 'application/pdf', data)
      : inline(parsed.mediaType || (typeOfName(filename ?? '') ?? 'application/pdf'), parsed.base64)
  }
  if (id === undefined) return { reason: 'the file has neither file_data nor file_id', field: 'file' }
  const url = backend === 'gemini' && id.startsWith('files/') ? `${filesApi}${id.slice('files/'.length)}` : id
  return fromUrl({ url, field: 'file.file_id', name: filename }, backend)
}

const filesApi = 'https://generativelanguage.googleapis.com/v1beta/files/'

/** The Gemini API fetches nothing but its own files and YouTube; Vertex also fetches the web and Cloud Storage. */
function fromUrl({ url, field, name = url }: Address, backend: Backend): Translated {
  const data = parseDataUrl(url)
  // Base64 without a type, whose bytes tell none either, is taken for a photo.
  if (data !== undefined) return inline(data.mediaType || 'image/jpeg', data.base64)
  if (isYouTube(url)) return file(url, backend === 'vertex' ? 'video/mp4' : undefined)
  if (backend === 'vertex') {
    // Vertex demands a media type; a URL without an extension is most often a photo.
    if (/^(?:https?|gs):\/\//i.test(url)) return file(url, typeOfName(name) ?? 'image/jpeg')
    return { reason: 'Vertex takes data:, https:// and gs:// URLs only', field }
  }
  if (isFetched(url)) return file(url, typeOfName(name))
  return { reason: 'the Gemini API fetches no URLs but YouTube and its own Files API; send the bytes as a data: URL', field }
}

interface Address {
  readonly url: string
  /** The field that holds it. */
  readonly field: string
  readonly name?: string | undefined
}

/** Whether the Gemini API itself fetches what is at this address. */
export function isFetched(url: string): boolean {
  return isYouTube(url) || url.startsWith('https://generativelanguage.googleapis.com/')
}

function isYouTube(url: string): boolean {
  return /^https:\/\/(?:(?:www\.|m\.)?youtube\.com\/(?:watch|shorts|live|embed)|youtu\.be\/)/i.test(url)
}

function inline(mimeType: string, data: string): Translated {
  return { part: { inlineData: { mimeType, data } } }
}

function file(fileUri: string, mimeType: string | undefined): Translated {
  return { part: { fileData: { fileUri, ...(mimeType === undefined ? {} : { mimeType }) } } }
}
