// Tiers: where a request would go and why, without calling anyone. Run it: npm run example examples/02-tiers-and-explain.ts
import { createRouter, memoryKeys } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'

const client = createRouter({
  providers: [openai(), anthropic({ region: 'eu' }), google()],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any', GEMINI_API_KEY: 'any' }),
  // A tier that is left out has the catalog's defaults.
  tiers: { simple: ['google/gemini-3.5-flash-lite', 'openai/gpt-6-luna'] },
  models: { house: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6.1-terra'] },
})

const prompts = [
  'Translate into German: good morning',
  'Summarise the main arguments for and against remote work.',
  'Prove that the square root of 2 is irrational, step by step, and design a proof checker for it.',
]

console.log("model: 'auto'")
for (const content of prompts) {
  const { tier, complexity, chain } = await client.explain({ model: 'auto', messages: [{ role: 'user', content }] })
  console.log(`\n  ${content}`)
  console.log(`    ${tier}, confidence ${complexity?.confidence.toFixed(2)}: ${complexity?.signals.join('; ')}`)
  console.log(`    ${chain.map(({ target }) => target).join(' -> ')}`)
}

// In words, with the likely cost of each target.
console.log(`\n${String(await client.explain({ model: 'auto', messages: [{ role: 'user', content: prompts[1] ?? '' }] }))}`)

// An alias is a name of your own for one or several models.
const messages = [{ role: 'user' as const, content: 'Hello' }]
const house = await client.explain({ model: 'house', messages })
console.log(`\nmodel: 'house'\n    ${house.chain.map(({ target }) => target).join(' -> ')}`)

// Constraints: only targets that declare the region, and everyone else with the reason why not.
const inEurope = await client.with({ region: 'eu' }).explain({ model: 'tier:standard', messages })
console.log(`\nmodel: 'tier:standard' with region 'eu'\n    ${inEurope.chain.map(({ target }) => target).join(' -> ')}`)
for (const { target, reason, detail } of inEurope.rejected) console.log(`    not ${target}: ${reason}, ${detail}`)

// A parameter that only tunes and that a target lacks is left out with a warning; with `strict` it is an error instead.
const tuned = await client.explain({ model: 'tier:standard', messages, seed: 7, frequency_penalty: 0.3 })
console.log("\nmodel: 'tier:standard' with seed and frequency_penalty")
for (const warning of tuned.warnings) console.log(`    ${warning}`)

await client.close()
