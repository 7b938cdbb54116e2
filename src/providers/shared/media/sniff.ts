/** The bytes that files of a type begin with, from `at` on. The first row that fits counts. */
const signatures: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF87a'],
  ['image/gif', 0, 'GIF89a'],
  ['image/webp', 8, 'WEBP'],
  ['audio/wav', 8, 'WAVE'],
  ['image/avif', 4, 'ftypavif'],
  ['image/heic', 4, 'ftypheic'],
  ['image/heic', 4, 'ftypheix'],
  ['image/heif', 4, 'ftypmif1'],
  ['image/heif', 4, 'ftypmsf1'],
  ['video/mp4', 4, 'ftyp'],
  ['image/bmp', 0, 'BM'],
  ['image/tiff', 0, 'II*\0'],
  ['image/tiff', 0, 'MM\0*'],
  ['image/x-icon', 0, '\0\0\x01\0'],
  ['application/pdf', 0, '%PDF-'],
  ['audio/mpeg', 0, 'ID3'],
  ['audio/mpeg', 0, '\xff\xfb'],
  ['audio/mpeg', 0, '\xff\xf3'],
  ['audio/flac', 0, 'fLaC'],
  ['audio/ogg', 0, 'OggS'],
  ['video/webm', 0, '\x1a\x45\xdf\xa3'],
  ['application/zip', 0, 'PK\x03\x04'],
  ['application/x-ole-storage', 0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
]

/** The media type that the bytes themselves tell; `undefined` where they tell none. */
export function typeOfBytes(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1')
  // Of RIFF, a container, the eighth byte on says what is in it.
  const found = signatures.find(([, at, start]) => head.startsWith(start, at) && (at !== 8 || head.startsWith('RIFF')))
  if (found !== undefined) return found[0]
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart()
  if (/^(?:<!doctype html|<html|<head|<body)/i.test(text)) return 'text/html'
  return /^(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?(?:<!doctype svg[^>]*>\s*)?<svg[\s>]/i.test(text) ? 'image/svg+xml' : undefined
}

/** Whether these bytes could be a text: UTF-8 without NUL. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Containers whose bytes do not tell what is in them: there the declared type says more. */
const containers: ReadonlySet<string> = new Set(['application/zip', 'application/x-ole-storage', 'video/mp4', 'video/webm'])
/** What a container may be declared to hold. */
const contained = /^(?:application\/(?:vnd\.openxmlformats-|vnd\.ms-|msword|vnd\.oasis\.)|audio\/|video\/)/

/**
 * The media type of what came. The bytes decide; the declared type is heard only where they do not tell: of a text which
 * kind it is, of a container what is in it.
 */
export function mediaTypeOf(bytes: Uint8Array, declared: string | undefined): string | undefined {
  const type = declared?.split(';')[0]?.trim().toLowerCase()
  const told = typeOfBytes(bytes)
  if (told !== undefined) return containers.has(told) && type !== undefined && contained.test(type) ? type : told
  if (!isText(bytes)) return type?.startsWith('audio/') === true ? type : undefined
  const isKind = type !== undefined && /^(?:text\/[\w.+-]+|application\/(?:json|xml|yaml|x-yaml|toml))$/.test(type)
  return isKind ? type : 'text/plain'
}
