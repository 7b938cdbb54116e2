import type Anthropic from '@anthropic-ai/sdk'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { dataOf, isDataUrl } from '../shared/data-url.ts'
import { extraField, listOf } from '../shared/guards.ts'
import { isWebAddress } from '../shared/media/attachments.ts'
import { textOnly, unknownPart, unsupported, type Notes } from '../shared/notes.ts'
import type { Door } from './door.ts'

/** A content block that is sent back exactly as it came. */
export interface VerbatimBlock {
  readonly type: string
}

/** Any block of a message to send. */
export type Block = Anthropic.ContentBlockParam | VerbatimBlock

/** The blocks that OpenAI's content parts become. */
export type PartBlock = Anthropic.TextBlockParam | Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam

/** Where a part stands, for messages: `messages[2].content`; and where it goes. */
export interface Place {
  readonly field: string
  readonly notes: Notes
  readonly door: Pick<Door, 'fetches'>
}

/** The caller's own cache breakpoint on a part, message or tool. */
export function cacheControl(holder: object): { readonly cache_control?: Anthropic.CacheControlEphemeral } {
  const given = extraField(holder, 'cache_control')
  if (isObject(given)) {
    const { ttl } = given
    return { cache_control: { type: 'ephemeral', ...((ttl === '5m' || ttl === '1h') && { ttl }) } }
  }
  return isObject(extraField(holder, 'prompt_cache_breakpoint')) ? { cache_control: { type: 'ephemeral' } } : {}
}

/** Message content as blocks; blank text is left out, because the vendor refuses such blocks. */
export function partBlocks(content: unknown, place: Place): PartBlock[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ type: 'text', text: content }]
  return listOf(content).flatMap((part, index) => partBlock(part, { ...place, field: `${place.field}[${index}]` }))
}

/** The text of content that may hold nothing else. */
export function textBlocks(content: unknown, place: Place): Anthropic.TextBlockParam[] {
  return partBlocks(textOnly(content, place.field), place).filter((block) => block.type === 'text')
}

function partBlock(part: unknown, place: Place): PartBlock[] {
  if (!isObject(part)) throw unsupported(place.field, 'a content part must be an object')
  switch (part['type']) {
    case 'text':
      return textPart(part, textOf(part['text']))
    case 'refusal':
      return textPart(part, textOf(part['refusal']))
    case 'image_url':
      return [{ ...image(part['image_url'], { ...place, field: `${place.field}.image_url` }), ...cacheControl(part) }]
    case 'file':
      return [{ ...document(part['file'], { ...place, field: `${place.field}.file` }), ...cacheControl(part) }]
    default:
      throw unknownPart(part, place.field)
  }
}

function textPart(part: object, text = ''): Anthropic.TextBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheControl(part) }]
}

function image(value: unknown, { field, notes, door }: Place): Anthropic.ImageBlockParam {
  const url = isObject(value) ? textOf(value['url']) : textOf(value)
  if (url === undefined) throw unsupported(field, 'an image needs a url')
  if (isObject(value) && value['detail'] !== undefined && value['detail'] !== 'auto')
    notes.drop('messages[].content[].image_url.detail')
  if (!isDataUrl(url)) {
    if (!door.fetches) throw unsupported(`${field}.url`, fetchesNothing)
    if (!/^https?:/i.test(url)) throw unsupported(`${field}.url`, 'only http(s) and data URLs can be sent')
    return { type: 'image', source: { type: 'url', url } }
  }
  const { mediaType, base64 } = dataOf(url, field)
  const known = imageTypes[mediaType]
  if (known === undefined) throw unsupported(`${field}.url`, `images of type '${mediaType}' are not accepted`)
  return { type: 'image', source: { type: 'base64', media_type: known, data: base64 } }
}

const fetchesNothing = 'the vendor fetches nothing; only data URLs can be sent'

const imageTypes: Readonly<Record<string, Anthropic.Base64ImageSource['media_type']>> = {
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
}

function document(value: unknown, { field, door }: Place): Anthropic.DocumentBlockParam | Anthropic.ImageBlockParam {
  if (!isObject(value)) throw unsupported(field, 'a file must be an object')
  const title = textOf(value['filename'])
  const titled = title === undefined ? {} : { title }
  const elsewhere = remoteDocument(value, { field, door })
  if (elsewhere !== undefined) return { type: 'document', source: elsewhere, ...titled }
  const data = textOf(value['file_data'])
  if (data === undefined) throw unsupported(field, 'a file needs file_data or file_id')
  const { mediaType, base64 } = dataOf(isDataUrl(data) ? data : `data:${typeOfName(title)};base64,${data}`, field)
  const picture = imageTypes[mediaType]
  if (picture !== undefined) return { type: 'image', source: { type: 'base64', media_type: picture, data: base64 } }
  if (mediaType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mediaType, data: base64 }, ...titled }
  }
  if (!/^text\/|^application\/(json|xml|x-yaml|yaml|toml)$/.test(mediaType)) {
    throw unsupported(`${field}.file_data`, `files of type '${mediaType}' are not accepted`)
  }
  const text = Buffer.from(base64, 'base64').toString('utf8')
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...titled }
}

/** The source of a document that the vendor already has, or fetches. */
function remoteDocument(
  file: JsonObject,
  { field, door }: Omit<Place, 'notes'>,
): Anthropic.FileDocumentSource | Anthropic.URLPDFSource | undefined {
  const id = textOf(file['file_id'])
  if (id !== undefined) {
    // Ids of that form are OpenAI's own; they mean nothing to another vendor.
    if (id.startsWith('file-')) throw unsupported(`${field}.file_id`, 'the file was uploaded to another provider')
    if (!door.fetches) throw unsupported(`${field}.file_id`, 'uploaded files are known to their vendor only')
    return { type: 'file', file_id: id }
  }
  const url = textOf(file['file_data'])
  if (url === undefined || !isWebAddress(url)) return undefined
  if (!door.fetches) throw unsupported(`${field}.file_data`, fetchesNothing)
  return { type: 'url', url }
}

function typeOfName(name = ''): string {
  return /\.(txt|md|csv|json|xml|html?|ya?ml|toml|log)$/i.test(name) ? 'text/plain' : 'application/pdf'
}
