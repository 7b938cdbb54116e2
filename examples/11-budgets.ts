// Budgets: what may be spent, what happens near the limit and at it, and what a single request may cost.
// Run it: npm run example examples/11-budgets.ts
import { BudgetExceededError, createRouter, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' }),
  tiers: { complex: ['anthropic/claude-opus-5-5'], standard: ['openai/gpt-6.1-terra'], simple: ['openai/gpt-6-luna'] },
  agents: {
    research: {
      primary: 'tier:complex',
      // From half of it on, calls of tier complex go to tier standard; at the limit they are refused.
      budget: { usd: { perDay: 0.02 }, onLimit: 'downgrade', downgradeAt: 0.5 },
    },
  },
})

const research = client.agent('research')
const question = { role: 'user' as const, content: 'Compare the two contracts clause by clause.' }
// The longest answer is what is reserved, so it pays to say how long it may be.
const body = { model: 'auto', messages: [question], max_completion_tokens: 300 }
// So that answers cost as much as they may.
simulator.answer('anthropic', { text: 'A long comparison.', usage: { output: 300 } })
simulator.answer('openai', { text: 'A long comparison.', usage: { output: 300 } })

for (let call = 1; call <= 20; call += 1) {
  try {
    const route = routeOf(await research.chat.completions.create(body))
    console.log(`call ${call}: ${route?.target}, $${route?.costUsd?.toFixed(5)}`)
    if (route?.decision.warnings[0] !== undefined) console.log(`  ${route.decision.warnings[0]}`)
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error
    console.log(`call ${call}: refused, ${error.spent} of ${error.limit} ${error.unit} per ${error.window} are spent`)
    break
  }
}
console.log(`\n${String(client.budgets)}\n`)

// What one request may cost at most, all its attempts together: dearer targets are not in its chain.
const frugal = client.with({ maxCostUsd: 0.001 })
const { chain, rejected } = await frugal.explain({ ...body, model: 'claude-opus-5-5' })
console.log(chain.length === 0 ? `nobody: ${rejected[0]?.detail}` : chain.map(({ target }) => target).join(', '))
await client.close()
