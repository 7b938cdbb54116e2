import { isObject } from './json.ts'

/** Inline images, audio and files: their base64 says nothing about their price, so each counts as this many tokens. */
const attachmentTokens = 800
const charactersPerToken = 4

/**
 * How many tokens a part of a request stands for: one per four characters of all its text, names inside schemas included,
 * and 800 for each inline attachment. A rule of thumb that no vendor shares exactly, but the same on every run.
 */
export function estimateTokens(value: unknown): number {
  return Math.ceil(charactersOf(value, '') / charactersPerToken)
}

function charactersOf(value: unknown, key: string): number {
  if (typeof value === 'string') {
    if (value.startsWith('data:') || inlineKeys.has(key)) return attachmentTokens * charactersPerToken
    return envelope.has(key) && key !== 'text' && key !== 'content' ? 0 : value.length
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).length
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + charactersOf(item, key), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce(
    (sum, [name, item]) => sum + (envelope.has(name) ? 0 : name.length) + charactersOf(item, name),
    0,
  )
}

const inlineKeys = new Set(['data', 'file_data'])

// Keys that a vendor's envelope brings along and no model reads.
const envelope = new Set([
  'role',
  'content',
  'type',
  'text',
  'parts',
  'image_url',
  'url',
  'detail',
  'source',
  'media_type',
  'mimeType',
])
