import { at, isObject, listAt, textAt } from '../json.ts'
import { bedrockInvalid } from './bedrock-errors.ts'
import type { VendorError } from './dialect.ts'

type Problem = VendorError | undefined

const imageFormats = new Set<unknown>(['jpeg', 'png', 'gif', 'webp'])
const documentFormats = new Set<unknown>(['csv', 'doc', 'docx', 'html', 'md', 'pdf', 'txt', 'xls', 'xlsx'])

/** What images and documents must be like. */
export function checkMedia(block: unknown, path: string): Problem {
  const image = at(block, 'image')
  if (image !== undefined && !(imageFormats.has(at(image, 'format')) && isSource(at(image, 'source')))) {
    return bedrockInvalid(`The image at ${path} is not valid.`)
  }
  const document = at(block, 'document')
  if (document === undefined) return undefined
  if (!documentFormats.has(at(document, 'format')) || !isSource(at(document, 'source'))) {
    return bedrockInvalid(`The document at ${path} is not valid.`)
  }
  const isNamed = /^[a-zA-Z0-9\-()[\]]+(?: [a-zA-Z0-9\-()[\]]+)*$/.test(textAt(document, 'name') ?? '')
  return isNamed
    ? undefined
    : bedrockInvalid(
        'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can not contain more than one consecutive whitespace character.',
      )
}

/** Bytes, a place in S3, or, for documents, text. */
function isSource(source: unknown): boolean {
  if (!isObject(source)) return false
  const { bytes } = source
  if (bytes === undefined) return ['s3Location', 'text', 'content'].some((member) => source[member] !== undefined)
  return typeof bytes === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(bytes)
}

/** How many documents there may be, and under which names. */
export function checkDocuments(messages: readonly unknown[]): Problem {
  const names: unknown[] = []
  for (const message of messages) {
    const content = listAt(message, 'content')
    const documents = content.filter((block) => at(block, 'document') !== undefined)
    if (documents.length > 0 && !content.some((block) => at(block, 'text') !== undefined)) {
      return bedrockInvalid('A text block must be included with a document.')
    }
    names.push(...documents.map((block) => at(block, 'document', 'name')))
  }
  if (names.length > 5) return bedrockInvalid('too many documents')
  return new Set(names).size === names.length ? undefined : bedrockInvalid('Messages contain duplicate document names.')
}
