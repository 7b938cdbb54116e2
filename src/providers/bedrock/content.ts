import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { dataOf, isDataUrl } from '../shared/data-url.ts'
import { documentName, documentNames, type DocumentNames } from './documents.ts'
import { extraField, listOf } from '../shared/guards.ts'
import type { Traits } from './models.ts'
import { textOnly, unknownPart, unsupported, type Notes } from '../shared/notes.ts'
import type { Block, CachePoint } from './wire.ts'

/** What the parts of one conversation share. */
export interface ContentContext {
  readonly traits: Traits
  readonly notes: Notes
  readonly names: DocumentNames
}

/** A context for one conversation. */
export function contentContext(traits: Traits, notes: Notes): ContentContext {
  return { traits, notes, names: documentNames() }
}

/** The caller's own cache breakpoint behind a part, message or tool, where the model knows any. */
export function cachePoints(holder: object, { traits }: Pick<ContentContext, 'traits'>): readonly CachePoint[] {
  const given = extraField(holder, 'cache_control')
  const asked = isObject(given) || isObject(extraField(holder, 'prompt_cache_breakpoint'))
  if (!asked || traits.cache === 'none') return []
  const ttl = isObject(given) ? given['ttl'] : undefined
  return [{ cachePoint: { type: 'default', ...((ttl === '5m' || ttl === '1h') && { ttl }) } }]
}

/** Message content as blocks; blank text is left out, because the vendor refuses such blocks. */
export function partBlocks(content: unknown, field: string, context: ContentContext): readonly Block[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ text: content }]
  return listOf(content).flatMap((part, index) => partBlock(part, `${field}[${index}]`, context))
}

/** The text of content that may hold nothing else, and the breakpoints in it. */
export function textBlocks(content: unknown, field: string, context: ContentContext): readonly Block[] {
  return partBlocks(textOnly(content, field), field, context)
}

function partBlock(part: unknown, field: string, context: ContentContext): readonly Block[] {
  if (!isObject(part)) throw unsupported(field, 'a content part must be an object')
  const block = blockOf(part, field, context)
  return block === undefined ? [] : [block, ...cachePoints(part, context)]
}

function blockOf(part: JsonObject, field: string, context: ContentContext): Block | undefined {
  switch (part['type']) {
    case 'text':
      return textBlock(part['text'])
    case 'refusal':
      return textBlock(part['refusal'])
    case 'image_url':
      return image(part['image_url'], `${field}.image_url`, context)
    case 'file':
      return file(part['file'], `${field}.file`, context)
    case 'input_audio':
      return audio(part['input_audio'], `${field}.input_audio`, context)
    default:
      throw unknownPart(part, field)
  }
}

function textBlock(value: unknown): Block | undefined {
  const text = textOf(value) ?? ''
  return text.trim() === '' ? undefined : { text }
}

function image(value: unknown, field: string, { traits, notes }: ContentContext): Block {
  const url = isObject(value) ? textOf(value['url']) : textOf(value)
  if (url === undefined) throw unsupported(field, 'an image needs a url')
  if (!traits.images) throw unsupported(field, 'the model sees no images')
  if (isObject(value) && value['detail'] !== undefined && value['detail'] !== 'auto')
    notes.drop('messages[].content[].image_url.detail')
  if (!isDataUrl(url)) throw unsupported(`${field}.url`, 'the vendor fetches no images; only data URLs can be sent')
  const { mediaType, base64 } = dataOf(url, field)
  const format = imageFormats[mediaType]
  if (format === undefined) throw unsupported(`${field}.url`, `images of type '${mediaType}' are not accepted`)
  return { image: { format, source: { bytes: base64 } } }
}

const imageFormats: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

function file(value: unknown, field: string, context: ContentContext): Block {
  if (!isObject(value)) throw unsupported(field, 'a file must be an object')
  if (value['file_id'] !== undefined) throw unsupported(`${field}.file_id`, 'uploaded files are known to their vendor only')
  const data = textOf(value['file_data'])
  if (data === undefined) throw unsupported(field, 'a file needs file_data')
  const filename = textOf(value['filename']) ?? ''
  const { mediaType, base64 } = dataOf(isDataUrl(data) ? data : `data:;base64,${data}`, field)
  const picture = imageFormats[mediaType]
  if (picture !== undefined && context.traits.images) return { image: { format: picture, source: { bytes: base64 } } }
  if (!context.traits.documents) throw unsupported(field, 'the model reads no documents')
  const format = documentFormat(mediaType, filename)
  if (format === undefined) throw unsupported(`${field}.file_data`, `files of type '${mediaType}' are not accepted`)
  return { document: { format, name: context.names.unique(documentName(filename)), source: { bytes: base64 } } }
}

/** By the declared type, else by the name's ending; a PDF where there is neither, as at OpenAI. */
function documentFormat(mediaType: string, filename: string): string | undefined {
  return documentFormats[mediaType] ?? documentExtensions[extension(filename)] ?? (mediaType === '' ? 'pdf' : undefined)
}

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'text/html': 'html',
  'text/markdown': 'md',
  'text/x-markdown': 'md',
  'text/plain': 'txt',
  'application/json': 'txt',
  'application/xml': 'txt',
  'text/xml': 'txt',
  'application/yaml': 'txt',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}

const documentExtensions: Readonly<Record<string, string>> = {
  pdf: 'pdf',
  csv: 'csv',
  doc: 'doc',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  md: 'md',
  txt: 'txt',
  json: 'txt',
  xml: 'txt',
  yaml: 'txt',
  yml: 'txt',
  log: 'txt',
  xls: 'xls',
  xlsx: 'xlsx',
}

function extension(filename: string): string {
  return filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()
}

function audio(value: unknown, field: string, { traits }: ContentContext): Block {
  if (!traits.audio) throw unsupported(field, 'the model hears no sound')
  const data = isObject(value) ? textOf(value['data']) : undefined
  const format = isObject(value) ? textOf(value['format']) : undefined
  if (data === undefined || format === undefined) throw unsupported(field, 'a sound needs data and format')
  return { audio: { format, source: { bytes: data } } }
}
