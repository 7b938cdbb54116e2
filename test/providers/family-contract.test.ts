import { describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import * as vendors from '../../src/providers/family/index.ts'
import { describeAdapter, dialects } from '../../src/testing/index.ts'
import type { Dialect } from '../../src/testing/index.ts'

const { openaiCompatible, cohere, ...rows } = vendors

/** OpenAI's wire at whatever path, with the fields that a row adds: to the body, and to a turn of its own. */
const compatible: Dialect = {
  ...dialects.openai,
  vendor: 'compatible',
  read: (request) =>
    dialects.openai.read({ ...request, path: request.path.replace(/^.*(?=\/(?:chat\/completions|embeddings)$)/, '/v1') }),
  check: (request, turn) => {
    const body: unknown = JSON.parse(JSON.stringify(request.body ?? null), (name, value: unknown) =>
      name === 'usage' || name === 'reasoning_content' ? undefined : value,
    )
    return dialects.openai.check({ ...request, body }, turn)
  },
}

/** Those of whose own ways the simulator knows enough. */
const own: ReadonlyMap<string, Dialect> = new Map(
  [dialects.xai, dialects.deepseek, dialects.groq, dialects.openrouter].map((one) => [one.vendor, one]),
)

/** Vendors whose compatible door makes no embeddings, or not as OpenAI does. */
const without = new Set(['xai', 'deepseek', 'groq', 'cerebras', 'cohere', 'huggingface', 'moonshot', 'zai'])
const leftOut: string[] = []

function check(name: string, create: (options: vendors.CompatibleOptions) => ProviderAdapter): void {
  describeAdapter({
    describe,
    it: Object.assign((sentence: string, run: () => Promise<void>) => it(sentence, run), {
      skip: (sentence: string) => leftOut.push(`${name} ${sentence}`),
    }),
    name,
    wire: own.get(name) ?? compatible,
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
