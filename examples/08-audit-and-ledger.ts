// The audit trail and the ledger: what happened and why, what it cost, and what was saved.
// Run it: npm run example examples/08-audit-and-ledger.ts
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSink } from 'modelyard'
import { createRouter, jsonlAudit, memoryAudit, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const folder = mkdtempSync(join(tmpdir(), 'modelyard-example-'))
const path = join(folder, 'audit.jsonl')
const memory = memoryAudit()
// A sink is anything with write(); one that throws or hangs changes nothing for the caller.
const alarm: AuditSink = {
  write({ event }) {
    if (event.type === 'attempt.failed' && event.severity === 'high') console.log(`ALARM: ${event.target} rejects our key\n`)
  },
}

const client = createRouter({
  providers: [
    openai({ baseURL: simulator.openai.baseURL }),
    anthropic({ baseURL: simulator.anthropic.baseURL }),
    google({ baseURL: simulator.google.baseURL }),
  ],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any', GEMINI_API_KEY: 'any' }),
  agents: { support: { primary: 'tier:simple' }, research: { primary: 'tier:complex', fallback: ['google/gemini-3.8-flash'] } },
  baseline: 'anthropic/claude-opus-5-5',
  // With `store: postgresLedger({ pool })` of modelyard/ledger/postgres these books outlive the process.
  ledger: { timeZone: 'Europe/Berlin' },
  audit: [memory, jsonlAudit({ path }), alarm],
})

simulator.failOnce('openai', 'bad-key')
const asked = [
  ['support', 'Where is my invoice?'],
  ['support', 'How do I reset my password?'],
  ['research', 'Compare three designs of a distributed lock and prove the safety of one.'],
] as const
let last: object = {}
for (const [agent, content] of asked)
  last = await client.agent(agent).chat.completions.create({ model: 'auto', messages: [{ role: 'user', content }] })
await client.flush()

console.log('The records of the last request:')
for (const { seq, event } of memory.of(routeOf(last)?.requestId ?? '')) console.log(`  ${seq} ${event.type}`)

console.log('\nOne line of the file:')
console.log(`  ${readFileSync(path, 'utf8').split('\n')[1]}`)

console.log('\nBy agent:')
for (const { agent, calls, successes, spentUsd } of client.ledger.totals({ by: ['agent'] }))
  console.log(`  ${String(agent).padEnd(9)} ${successes} of ${calls} attempts answered, $${spentUsd.toFixed(6)}`)

console.log('\nThe whole ledger:\n')
console.log(String(client.ledger))

const { evenAt } = client.ledger.saving().answerLength
const even = evenAt === null ? 'any length of its answers' : `answers of more than ${evenAt.toFixed(2)} times the tokens`
console.log(`\nThe saving holds for ${even}.`)

console.log('\nAs CSV, by day and model:\n')
for (const line of client.ledger.toCSV({ by: ['day', 'model'] }).split('\r\n', 3)) console.log(`  ${line.slice(0, 100)}...`)

console.log('\nThe same requests, had research had another primary:\n')
const agents = { support: { primary: 'tier:simple' }, research: { primary: 'google/gemini-3.8-flash' } }
console.log(String(await client.replay(readFileSync(path, 'utf8'), { agents })))

await client.close()
rmSync(folder, { recursive: true })
