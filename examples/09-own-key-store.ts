// A key store of your own: keys from wherever you keep them, rotated while the router runs, and never shown.
// Run it: npm run example examples/09-own-key-store.ts
import type { KeyStore } from 'modelyard'
import { Secret, createRouter, firstOf, memoryAudit, memoryKeys } from 'modelyard'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

/** Stands in for a vault, a database, a cloud's secret manager. */
const vault = new Map([['OPENAI_API_KEY', 'sk-example-first']])
let reads = 0

/** Asked before every call, so it keeps what it has read for a while. */
function vaultKeys({ keepMs }: { readonly keepMs: number }): KeyStore {
  const kept = new Map<string, { readonly secret: Secret | undefined; readonly until: number }>()
  return {
    get(name) {
      const known = kept.get(name)
      if (known !== undefined && known.until > performance.now()) return Promise.resolve(known.secret)
      reads += 1
      const key = vault.get(name)
      const secret = key === undefined ? undefined : new Secret(key)
      kept.set(name, { secret, until: performance.now() + keepMs })
      return Promise.resolve(secret)
    },
  }
}

await using simulator = await vendorSimulator({ keys: { openai: ['sk-example-first', 'sk-example-second'] } })
const audit = memoryAudit()
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL })],
  // The first store that has the name wins.
  keys: firstOf(vaultKeys({ keepMs: 50 }), memoryKeys()),
  audit,
})
const ask = () => client.chat.completions.create({ model: 'gpt-6-luna', messages: [{ role: 'user', content: 'Hello' }] })

await ask()
await ask()
console.log(`Two calls, ${reads} read of the vault`)

vault.set('OPENAI_API_KEY', 'sk-example-second')
await new Promise((resolve) => setTimeout(resolve, 60))
await ask()
console.log(`The key was changed in the vault: the vendor saw ${simulator.requests.map(({ key }) => key).join(', ')}`)

await client.flush()
console.log('\nThe trail names keys by fingerprint:')
for (const { event } of audit.records) if (event.type === 'key.used') console.log(`  ${event.key} ${event.fingerprint}`)

const secret = new Secret('sk-example-third')
console.log(`\nA Secret does not show itself: ${String(secret)} ${JSON.stringify({ secret })}`, secret)

vault.delete('OPENAI_API_KEY')
await new Promise((resolve) => setTimeout(resolve, 60))
try {
  await ask()
} catch (error) {
  console.log(`\nWithout a key: ${error instanceof Error ? error.message : String(error)}`)
}

await client.close()
