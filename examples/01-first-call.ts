// The first call: the OpenAI client's own methods and types, served by whichever vendor the model string names.
// Run it: npm run example examples/01-first-call.ts. The vendors are simulated on this machine, so no key is needed.
import OpenAI from 'openai'
import { createRouter, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()

// With real vendors this is createRouter() and nothing else: keys come from the environment, base URLs are the vendors'.
const client = createRouter({
  providers: [
    openai({ baseURL: simulator.openai.baseURL }),
    anthropic({ baseURL: simulator.anthropic.baseURL }),
    google({ baseURL: simulator.google.baseURL }),
  ],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any', GEMINI_API_KEY: 'any' }),
})

console.log('An OpenAI client:', client instanceof OpenAI)

const messages = [{ role: 'user' as const, content: 'Is a whale a fish? Answer yes or no.' }]
for (const model of ['gpt-4o', 'anthropic/claude-sonnet-5-5', 'gemini-3.8-flash', 'tier:complex', 'auto']) {
  const completion = await client.chat.completions.create({ model, messages })
  const route = routeOf(completion)
  console.log(`\nmodel: '${model}' was answered by ${route?.target} for $${route?.costUsd?.toFixed(7)}`)
  console.log(' ', completion.choices[0]?.message.content)
}

// What routeOf() says also stands in the headers of withResponse().
const { response } = await client.chat.completions.create({ model: 'auto', messages }).withResponse()
console.log('\nHeaders:')
for (const [name, value] of response.headers) if (name.startsWith('x-modelyard')) console.log(`  ${name}: ${value}`)

await client.close()
