import { describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import * as vendors from '../../src/providers/family/index.ts'
import { describeAdapter, dialects } from '../../src/testing/index.ts'
import type { Dialect } from '../../src/testing/index.ts'

const { openaiCompatible, cohere, ...rows } = vendors

/** OpenAI's wire at whatever path, with the one field that a row adds. */
const compatible: Dialect = {
  ...dialects.openai,
  vendor: 'compatible',
  read: (request) =>
    dialects.openai.read({ ...request, path: request.path.replace(/^.*(?=\/(?:chat\/completions|embeddings)$)/, '/v1') }),
  check(request, turn) {
    const { body } = request
    if (typeof body !== 'object' || body === null) return dialects.openai.check(request, turn)
    const { usage: _, ...rest } = { usage: undefined, ...body }
    return dialects.openai.check({ ...request, body: rest }, turn)
  },
}

/** Vendors whose compatible door makes no embeddings, or not as OpenAI does. */
const without = new Set(['xai', 'deepseek', 'groq', 'cerebras', 'cohere', 'huggingface', 'moonshot', 'zai', 'acme'])
const leftOut: string[] = []

function check(name: string, create: (options: vendors.CompatibleOptions) => ProviderAdapter): void {
  describeAdapter({
    describe,
    it: Object.assign((sentence: string, run: () => Promise<void>) => it(sentence, run), {
      skip: (sentence: string) => leftOut.push(`${name} ${sentence}`),
    }),
    name,
    wire: compatible,
    // With a key even where none is needed, for the suite looks for it on the wire.
    create: (options) => create({ ...options, key: 'KEY' }),
    environment: process.env,
    ...(without.has(name) && { skip: { embeddings: 'it has none' } }),
  })
}

for (const [name, create] of Object.entries(rows)) check(name, create)
check('cohere', (options) => cohere({ ...options, profile: { wire: 'openai' } }))
check('acme', ({ baseURL = 'https://api.acme.example/v1', ...rest }) => openaiCompatible({ ...rest, id: 'acme', baseURL }))

it('leaves out nothing of the contract but embeddings where there are none', () => {
  expect(leftOut).toHaveLength(without.size)
  expect(leftOut.every((sentence) => sentence.includes('embeddings'))).toBe(true)
})
