// Keys to be looked for: what they look like, what gives them away, and how vendors repeat them.
import { createHash } from 'node:crypto'
import { codedFormsOf } from '../../src/testing/secrets.ts'

/** What the vendors' keys begin with. */
const prefixes: Readonly<Record<string, string>> = {
  openai: 'sk-proj-',
  anthropic: 'sk-ant-api03-',
  'anthropic-vertex': 'ya29.',
  google: 'AIzaSy',
  bedrock: 'ABSK',
  'anthropic-bedrock': 'ABSK',
  'anthropic-mantle': 'ABSK',
  'm365-copilot': 'eyJ0eXAiOiJKV1QifQ.',
  xai: 'xai-',
  deepseek: 'sk-',
  groq: 'gsk_',
  openrouter: 'sk-or-v1-',
  perplexity: 'pplx-',
  replicate: 'r8_',
}

/** A key that nobody else has. */
export interface Canary {
  readonly key: string
  /** What none of the key's own is left of where none of these can be found. */
  readonly traces: readonly string[]
  /** Everything that a vendor may say in which the key is, or a good part of it. */
  readonly saying: string
}

/** The key for a door: the vendor's prefix, and letters, digits and signs that are the same in every run. */
export function canaryFor(name: string, vendor: string): Canary {
  const prefix = prefixes[vendor] ?? ''
  // Signs that URLs write in another way.
  const own = `${createHash('sha256').update(name).digest('base64url').slice(0, 40)}+/Qz7`
  const key = prefix + own
  const [head, tail] = [own.slice(0, 8), key.slice(-8)]
  const coded = codedFormsOf(key)
  const masked = ['*'.repeat(12), '...', '…'].map((mask) => `${key.slice(0, prefix.length + 8)}${mask}${tail}`)
  return {
    key,
    traces: [key, head, tail, ...coded],
    saying: [
      `Incorrect API key provided: ${key}.`,
      `Refused: {"authorization":"Bearer ${key}"}`,
      `POST https://vendor.example/v1?key=${encodeURIComponent(key)}&alt=sse failed`,
      `Basic ${Buffer.from(`user:${key}`).toString('base64')}`,
      ...masked,
      ...coded,
    ].join(' | '),
  }
}
