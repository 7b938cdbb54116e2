// What is asked and answered, in the audit trail: personal data taken out, the rest sealed to a key that this process does not have.
// Run it: npm run example examples/18-content-in-the-trail.ts
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, jsonlAudit, memoryKeys } from 'modelyard'
import { auditContent, openContent } from 'modelyard/audit/content'
import { piiRedactor } from 'modelyard/audit/pii'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
simulator.answer('openai', { text: 'Booked. Jane, your seat is 12A; the receipt goes to jane@example.org.' })
const folder = mkdtempSync(join(tmpdir(), 'modelyard-example-'))
const path = join(folder, 'audit.jsonl')
// In earnest: only the public key is here, and whoever may read the trail has the private one.
const { privateKey, publicKey } = generateKeyPairSync('x25519')
const customers = (text: string): string => text.replaceAll(/\bCUST-\d+\b/g, '[customer]')

const file = jsonlAudit({ path })
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any' }),
  audit: {
    sinks: file,
    // Nobody is served whose request could not be written down.
    onFull: 'block',
    content: auditContent({ redact: [piiRedactor(), customers], encryptTo: publicKey }),
  },
})
const content = 'I am CUST-4711, pay with 4111 1111 1111 1111, call me on +49 30 1234567.'
await client.chat.completions.create({ model: 'openai/gpt-6.1-sol', messages: [{ role: 'user', content }] })
console.log(`Lost records: ${await client.close()}`)

const text = readFileSync(path, 'utf8')
console.log(
  `In the file in plain text: ${['CUST-4711', '4111', 'Booked', 'jane@'].filter((word) => text.includes(word)).join() || 'nothing'}`,
)
for await (const record of file.read()) {
  const opened = await openContent(record, privateKey)
  console.log(opened === undefined ? record.event.type : `${record.event.type}: ${opened}`)
}
await file.close()
rmSync(folder, { recursive: true })
