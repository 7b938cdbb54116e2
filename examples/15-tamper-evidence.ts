// An audit trail that shows what was done to it: chained, signed, verified; and a user who is erased from it without a trace.
// Run it: npm run example examples/15-tamper-evidence.ts
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditSubject, createRouter, jsonlAudit, memoryKeys } from 'modelyard'
import { chained, verifyAudit } from 'modelyard/audit/chain'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const folder = mkdtempSync(join(tmpdir(), 'modelyard-example-'))
const path = join(folder, 'audit.jsonl')
// In earnest: a file that only the service can read, or a secret of its platform.
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const pepper = 'a secret that makes hashes of users'

const file = jsonlAudit({ path })
const chain = chained(file, { sign: { privateKey } })
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any' }),
  audit: { sinks: chain, subject: { pepper } },
})

for (const user of ['ada', 'grace', 'ada'])
  await client.chat.completions.create({ model: 'openai/gpt-6.1-sol', messages: [{ role: 'user', content: 'Hello' }], user })
await client.close()
// Kept elsewhere, it shows that nothing was cut off.
const expect = chain.head === undefined ? [] : [chain.head]
const verify = async (): Promise<string> =>
  String(await verifyAudit(path, { publicKeys: [publicKey], expect })).replaceAll(folder, '')

console.log('As it was written:')
console.log(await verify())

const written = readFileSync(path, 'utf8')
const lines = written.split('\n')
writeFileSync(path, written.replace('"type":"request.completed"', '"type":"request.cancelled"'))
console.log('\nOne word was changed:')
console.log(await verify())

writeFileSync(path, lines.toSpliced(3, 2).join('\n'))
console.log('\nTwo records were taken out:')
console.log(await verify())

writeFileSync(path, lines.slice(0, -4).join('\n'))
console.log('\nThe end was cut off:')
console.log(await verify())

writeFileSync(path, written)
const ada = auditSubject('ada', pepper)
console.log(`\nAda wants to be forgotten: erased from ${await file.deleteSubject(ada)} records.`)
console.log(`Her hash is ${readFileSync(path, 'utf8').includes(ada) ? 'still' : 'no longer'} in the file.`)
console.log(await verify())
await file.close()
rmSync(folder, { recursive: true })
