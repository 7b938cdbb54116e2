import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cohere, deepseek, groq } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { WireFetch } from '../src/testing/index.ts'
import { unseen } from './corpus/unseen.ts'
import type { Unseen } from './corpus/unseen.ts'

// Recorded vendor traffic lies beside the project, not in it: a clone elsewhere has none of it.
const corpus = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const present = existsSync(`${corpus}open/requests.json`)

/** Whatever is on the web, it is this image. */
const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)
const media = { download: { fetch: async () => new Response(image, { headers: { 'content-type': 'image/png' } }) } }

const vendors: Readonly<
  Record<keyof typeof unseen, { readonly model: string; readonly create: (fetch: WireFetch) => ProviderAdapter }>
> = {
  openai: { model: 'gpt-4o-mini', create: (fetch) => openai({ fetch }) },
  anthropic: { model: 'claude-haiku-4-5', create: (fetch) => anthropic({ fetch }) },
  google: { model: 'gemini-2.5-flash', create: (fetch) => google({ fetch, media }) },
  mistral: { model: 'mistral-small-latest', create: (fetch) => mistral({ fetch }) },
  bedrock: {
    model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    create: (fetch) => bedrock({ fetch, media, region: 'us-east-1' }),
  },
  deepseek: { model: 'deepseek-chat', create: (fetch) => deepseek({ fetch }) },
  cohere: { model: 'command-a-03-2025', create: (fetch) => cohere({ fetch }) },
  groq: { model: 'openai/gpt-oss-120b', create: (fetch) => groq({ fetch }) },
}

function parsed(file: string): unknown {
  return JSON.parse(readFileSync(corpus + file, 'utf8'))
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (here, name) => (typeof here === 'object' && here !== null ? Reflect.get(here, name) : undefined),
    value,
  )
}

/** Below these names stands what callers or vendors put there freely. */
const free = new Set(
  `properties parameters input_schema inputSchema schema json arguments input args responseSchema responseJsonSchema
  response_schema $defs metadata additionalModelRequestFields`.split(/\s+/),
)
/** Fields whose values are words of the vendor's. */
const wordy = new Set(
  `type role effort reasoning_effort mode responseMimeType thinkingLevel media_type mimeType toolChoice tool_choice`.split(/\s+/),
)

/** The paths of a body, and the words at those that hold words. */
function* pathsOf(value: unknown, path = ''): Generator<{ readonly path: string; readonly word?: string }> {
  if (Array.isArray(value)) {
    for (const each of value) yield* pathsOf(each, `${path}[]`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    const here = `${path}.${name}`
    yield { path: here, ...(wordy.has(name) && typeof inner === 'string' && { word: inner }) }
    if (!free.has(name)) yield* pathsOf(inner, here)
  }
}

/** What of a body no accepted request to the vendor ever had. */
function strangersIn(body: unknown, accepted: unknown): readonly string[] {
  return [...pathsOf(body)].flatMap(({ path, word }) => {
    const seen = at(accepted, path)
    if (seen === undefined) return path
    const values = at(seen, 'values')
    // Of a field with many values not every one was recorded.
    const listed = typeof values === 'object' && values !== null && Object.keys(values).length < 12
    return listed && word !== undefined && !Object.hasOwn(values, word) ? `${path}=${word}` : []
  })
}

/** The bodies that a vendor is sent for every recorded OpenAI request, and how many are refused beforehand. */
async function sentTo(vendor: keyof typeof unseen): Promise<{ readonly bodies: readonly unknown[]; readonly refused: number }> {
  const bodies: unknown[] = []
  const { model, create } = vendors[vendor]
  const adapter = create(async (input, init) => {
    const bytes = await new Response(input instanceof Request ? input.body : init?.body).text()
    bodies.push(JSON.parse(bytes))
    return Response.json({ error: { message: 'read, and not answered' } }, { status: 400 })
  })
  const keys = memoryKeys({ [String(adapter.key)]: 'sk-of-the-corpus-0001' })
  const client = createRouter({ providers: [adapter], keys, maxRetries: 0 })
  const requests = parsed('open/requests.json')
  let count = 0
  for (const recorded of Array.isArray(requests) ? requests : []) {
    const request = at(recorded, 'request')
    const {
      stream: _,
      stream_options: __,
      ...rest
    } = typeof request === 'object' && request !== null ? { ...request, stream: 0, stream_options: 0 } : {}
    await client.post('/chat/completions', { body: { ...rest, model: `${adapter.id}/${model}` } }).catch(() => undefined)
    count += 1
  }
  await client.close()
  return { bodies, refused: count - bodies.length }
}

const below = (path: string, listed: string): boolean => listed.endsWith('*') && path.startsWith(listed.slice(0, -1))

if (present) {
  describe('recorded OpenAI requests, as every vendor gets them', () => {
    const names = Object.keys(unseen).filter((name): name is keyof typeof unseen => Object.hasOwn(unseen, name))
    it.each(names)('%s is sent nothing that it never accepted, unless its SDK or its reference says so', async (vendor) => {
      const accepted = at(parsed('accepted-requests.json'), vendor, 'paths')
      const { bodies, refused } = await sentTo(vendor)
      expect(bodies.length).toBeGreaterThan(95)
      expect(refused).toBeLessThan(20)
      const strangers = new Set(bodies.flatMap((body) => strangersIn(body, accepted)))
      const listed: Unseen = unseen[vendor]
      const isListed = (path: string) => Object.keys(listed).some((one) => one === path || below(path, one))
      expect([...strangers].filter((path) => !isListed(path))).toEqual([])
      // What is not sent any more, or has been recorded since, needs no reason.
      const idle = Object.keys(listed).filter((one) => ![...strangers].some((path) => one === path || below(path, one)))
      expect(idle).toEqual([])
    })
  })
} else {
  it('recorded OpenAI requests are not beside this clone: none was sent', () => {
    expect(present).toBe(false)
  })
}
