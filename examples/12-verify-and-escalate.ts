// A configuration looked through, and answers that are not good enough. Run it: npm run example examples/12-verify-and-escalate.ts
import { createRouter, routeOf } from 'modelyard'
import type { ModelCard, Tier } from 'modelyard'
import { answer, fakeProvider } from 'modelyard/testing'

const card = (provider: string, id: string, tier: Tier): ModelCard => ({
  provider,
  id,
  tier,
  contextWindow: tier === 'simple' ? 32_000 : 200_000,
  input: ['text'],
  features: ['tools', 'json_schema', 'streaming'],
  prices: { input: tier === 'simple' ? 0.1 : 3, output: tier === 'simple' ? 0.4 : 15, source: 'example', asOf: '2026-11-01' },
})

const small = fakeProvider({
  id: 'small',
  models: [card('small', 'mini', 'simple')],
  script: answer('Chairs are nice.', { usage: { prompt_tokens: 40, completion_tokens: 5, total_tokens: 45 } }),
})
const large = fakeProvider({
  id: 'large',
  models: [card('large', 'maxi', 'standard')],
  script: answer('200 chairs are € 9,800.', { usage: { prompt_tokens: 40, completion_tokens: 9, total_tokens: 49 } }),
})

const client = createRouter({
  providers: [small, large],
  tiers: { simple: ['small/mini'], standard: ['large/maxi'] },
  agents: { sales: { primary: 'large/maxi', fallback: ['small/mini'] } },
  escalate: { validate: ({ choices }) => (choices[0]?.message.content ?? '').includes('€') || 'no price in it' },
})

// What would hurt one day, before it does. In a test of yours: expect((await client.verify()).errors).toEqual([])
console.log(`${String(await client.verify())}\n`)

// One question, two models, one answer: both are paid for.
const quote = await client.chat.completions.create({
  model: 'tier:simple',
  messages: [{ role: 'user', content: 'A price for 200 chairs, please.' }],
})
console.log(quote.choices[0]?.message.content)
for (const { target, reason, detail } of routeOf(quote)?.escalation?.rejected ?? [])
  console.log(`  not ${target}: ${reason}, ${detail}`)
for (const { provider, role, spentUsd } of client.ledger.totals({ by: ['provider', 'role'] }))
  console.log(`  ${provider} (${role}): $${spentUsd}`)
