// A provider of your own, in about ten lines, and the suite that says whether it keeps the contract.
// Run it: npm run example examples/06-own-adapter.ts
import type { ChatCompletion, ChatCompletionChunk, ProviderAdapter } from 'modelyard'
import { createRouter, memoryKeys } from 'modelyard'
import { openai } from 'modelyard/openai'
import type { AdapterWire } from 'modelyard/testing'
import { adapterChecks } from 'modelyard/testing'

// 1. Something that is no HTTP service at all: here, a function in this process.
const base = { id: 'local-1', created: 0, model: 'shout' }
const shout = (text: unknown): string => String(text).toUpperCase()
const local: ProviderAdapter = {
  id: 'local',
  key: null,
  supports: ({ tools }) =>
    tools === undefined ? { level: 'yes', dropped: [] } : { level: 'no', field: 'tools', reason: 'shout() calls none' },
  complete: ({ request }): Promise<ChatCompletion> => {
    const message = { role: 'assistant' as const, content: shout(request.messages.at(-1)?.content), refusal: null }
    return Promise.resolve({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop', logprobs: null }],
    })
  },
  async *stream({ request }): AsyncGenerator<ChatCompletionChunk> {
    const delta = { role: 'assistant' as const, content: shout(request.messages.at(-1)?.content) }
    yield { ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: 'stop' }] }
  },
  failure: (error) => ({ kind: 'internal', message: error instanceof Error ? error.message : 'no Error', cause: error }),
}

// 2. A vendor that speaks OpenAI's format with a peculiarity of its own: everything else comes from openai().
function acme(wire: AdapterWire = {}): ProviderAdapter {
  const inner = openai({ id: 'acme', key: 'ACME_API_KEY', baseURL: 'https://api.acme.example/v1', ...wire })
  return {
    ...inner,
    supports: (request, card, model) =>
      request.logprobs === true
        ? { level: 'no', field: 'logprobs', reason: 'acme has none' }
        : inner.supports(request, card, model),
  }
}

const client = createRouter({ providers: [local, acme()], keys: memoryKeys({ ACME_API_KEY: 'any' }) })
const completion = await client.chat.completions.create({ model: 'local/shout', messages: [{ role: 'user', content: 'it works' }] })
console.log(`local/shout says: ${completion.choices[0]?.message.content}`)

const { rejected } = await client.with({ fallback: ['acme/large'] }).explain({
  model: 'local/shout',
  messages: [{ role: 'user', content: 'hello' }],
  tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
})
console.log(`with tools the router goes past it: ${rejected.map(({ target, detail }) => `${target} (${detail})`).join()}`)
await client.close()

// The contract as a suite. In a test file this is describeAdapter({ describe, it, ... }) for the runner of your choice.
const checks = adapterChecks({ name: 'acme', wire: 'openai', create: acme, environment: process.env })
const outcomes = await Promise.all(
  checks
    .filter(({ part }) => part === 'answers' || part === 'streams' || part === 'failures')
    .map(({ part, name, run }) =>
      run().then(
        () => `kept    ${part}: ${name}`,
        (error: unknown) => `BROKEN  ${part}: ${name} (${String(error)})`,
      ),
    ),
)
console.log(`\nThe adapter contract, ${outcomes.length} of its ${checks.length} statements:`)
for (const outcome of outcomes) console.log(`  ${outcome}`)
process.exitCode = outcomes.some((outcome) => outcome.startsWith('BROKEN')) ? 1 : 0
