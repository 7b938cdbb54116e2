// Failover: an agent with a primary and a fallback, a vendor that dies, a breaker that opens, and what the caller sees.
// Run it: npm run example examples/03-failover.ts
import { InternalServerError } from 'openai'
import { attemptsOf, createRouter, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' }),
  agents: { support: { primary: 'openai/gpt-6.1-sol', fallback: ['anthropic/claude-sonnet-5-5'] } },
  breaker: { failures: 3, cooldownMs: 200 },
})
client.breakers.subscribe(({ target, from, to, reason }) => console.log(`    breaker of ${target}: ${from} -> ${to} (${reason})`))

const support = client.agent('support')
async function ask(): Promise<void> {
  const messages = [{ role: 'user' as const, content: 'My invoice is missing.' }]
  const completion = await support.chat.completions.create({ model: 'auto', messages })
  const route = routeOf(completion)
  const failed = route?.failed.map(({ target, kind, status }) => `${target} failed: ${kind} ${status}`) ?? []
  console.log(`  answered by ${route?.target} ${failed.length > 0 ? `after ${failed.join(', ')}` : 'at once'}`)
}

console.log('All is well:')
await ask()

console.log('\nThe primary answers 503. Three failures open its breaker; then it is not even asked:')
const outage = simulator.fail('openai', 'http-503')
for (let call = 0; call < 5; call++) await ask()

console.log('\nThe primary is back. After the cooldown one request tests it:')
outage.heal()
await new Promise((resolve) => setTimeout(resolve, 250))
await ask()

console.log('\nBoth vendors fail. The caller gets the class of the openai package that it knows, with every attempt listed:')
simulator.fail('*', 'http-503')
try {
  await support.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'Anyone?' }] }, { maxRetries: 0 })
} catch (error) {
  if (!(error instanceof InternalServerError)) throw error
  console.log(`  ${error.constructor.name}, status ${error.status}`)
  for (const { target, kind, status } of attemptsOf(error)) console.log(`    ${target}: ${kind} ${status}`)
}

await client.close()
