import { unsupported } from './notes.ts'

/** Takes a data URL apart. The payload can be many megabytes: it is cut, not matched. */
export function dataOf(url: string, field: string): { readonly mediaType: string; readonly base64: string } {
  const comma = url.indexOf(',')
  if (comma === -1) throw unsupported(field, 'the data URL has no data')
  const [mediaType = '', ...parameters] = url.slice('data:'.length, comma).toLowerCase().split(';')
  const payload = url.slice(comma + 1)
  if (parameters.some((parameter) => parameter.trim() === 'base64')) return { mediaType: mediaType.trim(), base64: payload }
  return { mediaType: mediaType.trim() || 'text/plain', base64: Buffer.from(percentDecoded(payload)).toString('base64') }
}

function percentDecoded(payload: string): string {
  try {
    return decodeURIComponent(payload)
  } catch {
    // A stray percent sign: then the text is not encoded.
    return payload
  }
}
