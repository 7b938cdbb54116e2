import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { dataOf, isDataUrl } from '../shared/data-url.ts'
import { listOf } from '../shared/guards.ts'
import { isWebAddress } from '../shared/media/attachments.ts'
import { textOnly, unknownPart, unsupported, type Notes } from '../shared/notes.ts'

/** Where a part stands, for messages: `messages[2].content`. */
export interface Place {
  readonly field: string
  readonly notes: Notes
}

/** Message content in the vendor's words: a text stays a text, parts become chunks. */
export function contentOf(content: unknown, { field, notes }: Place): string | readonly JsonObject[] {
  if (typeof content === 'string') return content
  return listOf(content).map((part, index) => chunkOf(part, { field: `${field}[${index}]`, notes }))
}

/** The same for content that may hold text only. */
export function textContent(content: unknown, place: Place): string | readonly JsonObject[] {
  return contentOf(textOnly(content, place.field), place)
}

function chunkOf(part: unknown, place: Place): JsonObject {
  if (!isObject(part)) throw unsupported(place.field, 'a content part must be an object')
  switch (part['type']) {
    case 'text':
      return { type: 'text', text: textOf(part['text']) ?? '' }
    case 'refusal':
      return { type: 'text', text: textOf(part['refusal']) ?? '' }
    case 'image_url':
      return image(part['image_url'], { ...place, field: `${place.field}.image_url` })
    case 'input_audio':
      return audio(part['input_audio'], `${place.field}.input_audio`)
    case 'file':
      return file(part['file'], { ...place, field: `${place.field}.file` })
    default:
      throw unknownPart(part, place.field)
  }
}

function image(value: unknown, { field, notes }: Place): JsonObject {
  const url = isObject(value) ? textOf(value['url']) : textOf(value)
  if (url === undefined) throw unsupported(field, 'an image needs a url')
  if (!/^(?:https?:\/\/|data:)/i.test(url)) throw unsupported(`${field}.url`, 'only http(s) and data URLs can be sent')
  const detail = isObject(value) ? value['detail'] : undefined
  if (detail === undefined || detail === null) return { type: 'image_url', image_url: { url } }
  if (detail === 'auto' || detail === 'low' || detail === 'high') return { type: 'image_url', image_url: { url, detail } }
  notes.drop('messages[].content[].image_url.detail')
  return { type: 'image_url', image_url: { url } }
}

/** The vendor takes the sound alone and finds out its format. */
function audio(value: unknown, field: string): JsonObject {
  const data = isObject(value) ? textOf(value['data']) : undefined
  if (data === undefined) throw unsupported(field, 'audio needs data')
  return { type: 'input_audio', input_audio: data }
}

function file(value: unknown, { field, notes }: Place): JsonObject {
  if (!isObject(value)) throw unsupported(field, 'a file must be an object')
  const name = textOf(value['filename'])
  const id = textOf(value['file_id'])
  if (id !== undefined) {
    // Ids of that form are OpenAI's own; they mean nothing to another vendor.
    if (id.startsWith('file-')) throw unsupported(`${field}.file_id`, 'the file was uploaded to another provider')
    return { type: 'file', file_id: id }
  }
  const data = textOf(value['file_data'])
  if (data === undefined) throw unsupported(field, 'a file needs file_data or file_id')
  if (isWebAddress(data)) return { type: 'document_url', document_url: data, ...(name !== undefined && { document_name: name }) }
  const url = isDataUrl(data) ? data : `data:${typeOfName(name)};base64,${data}`
  const { mediaType, base64 } = dataOf(url, field)
  if (mediaType.startsWith('image/')) return { type: 'image_url', image_url: { url } }
  if (!mediaType.startsWith('text/')) {
    return { type: 'document_url', document_url: url, ...(name !== undefined && { document_name: name }) }
  }
  // A text needs no reading by machine, which is what the vendor does with documents.
  notes.emulate()
  return { type: 'text', text: Buffer.from(base64, 'base64').toString('utf8') }
}

function typeOfName(name = ''): string {
  return /\.(?:txt|md|csv|json|xml|ya?ml|toml|log)$/i.test(name) ? 'text/plain' : 'application/pdf'
}
