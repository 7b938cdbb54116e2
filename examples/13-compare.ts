// Three models on prompts of one's own: what they cost, how fast they are, how good; and the next one in the shadow of the first.
// Run it: npm run example examples/13-compare.ts
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, memoryKeys } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator({
  latency: (_turn, vendor) => ({
    headersMs: vendor === 'google' ? 5 : 20,
    firstTokenMs: 10,
    tokenMs: vendor === 'anthropic' ? 4 : 2,
  }),
})
simulator.answer('openai', { text: 'The invoice is in your account, under Billing.' })
simulator.answer('anthropic', { text: 'You find the invoice in your account, under Billing, Invoices.' })
simulator.answer('google', { text: 'Please ask support.' })

const folder = await mkdtemp(join(tmpdir(), 'modelyard-example-'))
const client = createRouter({
  providers: [
    openai({ baseURL: simulator.openai.baseURL }),
    anthropic({ baseURL: simulator.anthropic.baseURL }),
    google({ baseURL: simulator.google.baseURL }),
  ],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any', GEMINI_API_KEY: 'any' }),
  // Every fourth request, at most a dollar a day; its answers go to nobody.
  shadow: { share: 0.25, seed: 1, targets: ['google/gemini-3.5-flash-lite'], maxUsdPerDay: 1 },
})

const prompts = join(folder, 'prompts.csv')
await writeFile(prompts, 'id,prompt\ninvoice,"Where is my invoice, please?"\nlost,"I lost my invoice.\nWhat now?"\n')

const comparison = await client.compare({
  name: 'support',
  prompts,
  targets: ['openai/gpt-6-luna', 'anthropic/claude-haiku-4-5', 'google/gemini-3.5-flash-lite'],
  repetitions: 5,
  params: { max_completion_tokens: 200 },
  validators: { 'says where': { contains: 'Billing' }, brief: (text) => text.length < 60 },
  maxUsd: 0.5,
  resume: join(folder, 'run.jsonl'),
  onProgress: ({ done, total }) => done === total && console.log(`${done} calls\n`),
})
console.log(`${String(comparison)}\n`)

// The same again pays for nothing: the journal has every result.
const again = await client.compare({
  prompts,
  targets: ['openai/gpt-6-luna', 'anthropic/claude-haiku-4-5', 'google/gemini-3.5-flash-lite'],
  repetitions: 5,
  params: { max_completion_tokens: 200 },
  resume: join(folder, 'run.jsonl'),
})
console.log(`again: ${again.report.calls.resumed} results from the journal, ${again.report.calls.made} calls\n`)

// One page for those who decide, with charts, without a network.
await comparison.writeTo(join(folder, 'report.html'))

for (let call = 0; call < 20; call++) {
  await client.chat.completions.create({ model: 'openai/gpt-6-luna', messages: [{ role: 'user', content: `Question ${call}` }] })
}
await client.shadow?.idle()
console.log(String(await client.shadow?.report()))
await client.close()
await rm(folder, { recursive: true })
