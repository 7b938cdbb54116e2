import { typeOfBytes } from './media/sniff.ts'
import { unsupported } from './notes.ts'

/** Bytes that stand in a URL itself. */
export interface InlineData {
  /** Lower case; `image/jpg`, which is none, as `image/jpeg`. Where none is given, what the bytes tell, else empty. */
  readonly mediaType: string
  readonly base64: string
}

/** Reads a `data:` URL (RFC 2397); `undefined` for any other text. The payload can be many megabytes: it is cut, not matched. */
export function parseDataUrl(url: string): InlineData | undefined {
  if (!isDataUrl(url)) return undefined
  const comma = url.indexOf(',')
  if (comma === -1) return undefined
  const [type = '', ...parameters] = url.slice('data:'.length, comma).toLowerCase().split(';')
  const payload = url.slice(comma + 1)
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64')
  const declared = type.trim() === 'image/jpg' ? 'image/jpeg' : type.trim()
  if (!isBase64) return { mediaType: declared || 'text/plain', base64: Buffer.from(percentDecoded(payload)).toString('base64') }
  const base64 = payload.includes('%') ? percentDecoded(payload) : payload
  return { mediaType: declared || told(base64), base64 }
}

/** Whether it is a `data:` URL, readable or not. */
export function isDataUrl(text: string): boolean {
  return /^data:/i.test(text)
}

function told(base64: string): string {
  return typeOfBytes(Buffer.from(base64.slice(0, 400), 'base64')) ?? ''
}

/** Takes a `data:` URL apart that must be one. */
export function dataOf(url: string, field: string): InlineData {
  const data = parseDataUrl(url)
  if (data === undefined) throw unsupported(field, 'the data URL has no data')
  return data
}

function percentDecoded(payload: string): string {
  try {
    return decodeURIComponent(payload)
  } catch {
    // A stray percent sign: then the text is not encoded.
    return payload
  }
}
