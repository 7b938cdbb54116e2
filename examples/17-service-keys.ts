// Service keys: an agent's key, with models, a budget and a time of its own, from its making to its end.
// Run it: npm run example examples/17-service-keys.ts
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { APIError } from 'openai'
import { createRouter, memoryAudit, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import { serviceKeys } from 'modelyard/service-keys'
import { fileServiceKeys } from 'modelyard/service-keys/file'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const folder = mkdtempSync(join(tmpdir(), 'modelyard-example-'))
const path = join(folder, 'service-keys.json')
const audit = memoryAudit()

const keys = serviceKeys({ store: fileServiceKeys({ path }) })
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' }),
  agents: { support: { primary: 'openai/gpt-6-luna' } },
  serviceKeys: keys,
  audit,
})

// Made once, shown once: this is the moment to hand it over.
const { key, id } = await keys.create({
  agent: 'support',
  models: ['openai/gpt-6-*'],
  budget: { requests: { perDay: 2 } },
  expiresAt: new Date(Date.now() + 90 * 86_400_000),
  label: 'the help desk',
})
console.log(`a key of ${key.length} characters, ${key.slice(0, 7)}…, with the id ${id}`)

// Whoever has it gets a client of the agent: an OpenAI client like any other.
const theirs = await client.forServiceKey(key)
const ask = (model: string) => theirs.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] })

/** What comes of a call, in a line. */
async function tell(what: string, call: Promise<object>): Promise<void> {
  try {
    console.log(`${what}: served by ${routeOf(await call)?.target}`)
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    console.log(`${what}: ${error.status} ${error.code}`)
  }
}

await tell('the first call', ask('auto'))
await tell('another model', ask('claude-opus-5-5'))
await tell('another agent', ask('agent:research'))
await tell('the second call', ask('gpt-6-sol'))
await tell('the third call', ask('auto'))

// Another process, of whoever looks after the keys, takes it back: it ends with the next call.
await serviceKeys({ store: fileServiceKeys({ path }) }).revoke(id)
await tell('after its end', ask('auto'))

const about = audit.records.filter(({ serviceKey }) => serviceKey === id)
console.log(`the trail has ${about.length} records of it, the last one ${about.at(-1)?.event.type}`)

await client.close()
rmSync(folder, { recursive: true })
