/** Bytes that stand in the URL itself. */
export interface InlineData {
  readonly mimeType: string
  /** Base64. */
  readonly data: string
}

/** Reads a `data:` URL (RFC 2397); `undefined` for any other string. */
export function parseDataUrl(url: string): InlineData | undefined {
  if (!/^data:/i.test(url)) return undefined
  const comma = url.indexOf(',')
  if (comma === -1) return undefined
  const [type = '', ...parameters] = url.slice(5, comma).split(';')
  const data = url.slice(comma + 1)
  const mimeType = type === '' ? 'text/plain' : type.toLowerCase()
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64')) return { mimeType, data }
  return { mimeType, data: Buffer.from(decoded(data)).toString('base64') }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  gif: 'image/gif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mov: 'video/mov',
  webm: 'video/webm',
}

/** The media type that a file name or URL ends in. */
export function typeOfName(name: string): string | undefined {
  const extension = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(name)?.[1]?.toLowerCase()
  return extension === undefined ? undefined : types[extension]
}
