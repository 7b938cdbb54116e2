import type Anthropic from '@anthropic-ai/sdk'
import { isObject, textOf } from '../shared/json.ts'
import { dataOf } from '../shared/data-url.ts'
import { extraField, listOf } from '../shared/guards.ts'
import { unsupported, type Notes } from '../shared/notes.ts'

/** A content block that is sent back exactly as it came. */
export interface VerbatimBlock {
  readonly type: string
}

/** Any block of a message to send. */
export type Block = Anthropic.ContentBlockParam | VerbatimBlock

/** The blocks that OpenAI's content parts become. */
export type PartBlock = Anthropic.TextBlockParam | Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam

/** Where a part stands, for messages: `messages[2].content`. */
interface Place {
  readonly field: string
  readonly notes: Notes
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
export function partBlocks(content: unknown, { field, notes }: Place): PartBlock[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ type: 'text', text: content }]
  return listOf(content).flatMap((part, index) => partBlock(part, { field: `${field}[${index}]`, notes }))
}

/** The text of content that may hold nothing else. */
export function textBlocks(content: unknown, place: Place): Anthropic.TextBlockParam[] {
  return partBlocks(content, place).map((block) => {
    if (block.type !== 'text') throw unsupported(place.field, `only text is accepted here, not a part of type '${block.type}'`)
    return block
  })
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
      return [{ ...document(part['file'], `${place.field}.file`), ...cacheControl(part) }]
    default:
      throw unsupported(place.field, `a part of type '${String(part['type'])}' cannot be sent to this provider`)
  }
}

function textPart(part: object, text = ''): Anthropic.TextBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheControl(part) }]
}

function image(value: unknown, { field, notes }: Place): Anthropic.ImageBlockParam {
  const url = isObject(value) ? textOf(value['url']) : textOf(value)
  if (url === undefined) throw unsupported(field, 'an image needs a url')
  if (isObject(value) && value['detail'] !== undefined && value['detail'] !== 'auto') notes.drop('image_url.detail')
  if (!url.startsWith('data:')) {
    if (!/^https?:/i.test(url)) throw unsupported(`${field}.url`, 'only http(s) and data URLs can be sent')
    return { type: 'image', source: { type: 'url', url } }
  }
  const { mediaType, base64 } = dataOf(url, field)
  const known = imageTypes[mediaType]
  if (known === undefined) throw unsupported(`${field}.url`, `images of type '${mediaType}' are not accepted`)
  return { type: 'image', source: { type: 'base64', media_type: known, data: base64 } }
}

const imageTypes: Readonly<Record<string, Anthropic.Base64ImageSource['media_type']>> = {
  'image/jpeg': 'image/jpeg',
  'image/jpg': 'image/jpeg',
  'image/png': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
}

function document(value: unknown, field: string): Anthropic.DocumentBlockParam | Anthropic.ImageBlockParam {
  if (!isObject(value)) throw unsupported(field, 'a file must be an object')
  const title = textOf(value['filename'])
  const titled = title === undefined ? {} : { title }
  const id = textOf(value['file_id'])
  if (id !== undefined) {
    // Ids of that form are OpenAI's own; they mean nothing to another vendor.
    if (id.startsWith('file-')) throw unsupported(`${field}.file_id`, 'the file was uploaded to another provider')
    return { type: 'document', source: { type: 'file', file_id: id }, ...titled }
  }
  const data = textOf(value['file_data'])
  if (data === undefined) throw unsupported(field, 'a file needs file_data or file_id')
  const { mediaType, base64 } = dataOf(data.startsWith('data:') ? data : `data:${typeOfName(title)};base64,${data}`, field)
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

function typeOfName(name = ''): string {
  return /\.(txt|md|csv|json|xml|html?|ya?ml|toml|log)$/i.test(name) ? 'text/plain' : 'application/pdf'
}
