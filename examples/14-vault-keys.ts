// Keys in an encrypted file whose master key Vault's transit engine holds: what the file keeps is opened by Vault alone.
// Run it: npm run example examples/14-vault-keys.ts
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MasterKeySource } from 'modelyard'
import { createRouter } from 'modelyard'
import { fileKeys } from 'modelyard/keys/file'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

interface TransitData {
  readonly plaintext?: string
  readonly ciphertext?: string
}

/** With a transit key that was made with `derived=true` the data key of one store opens in no other. */
const contextOf = (store: string) => Buffer.from(store).toString('base64')

/** The two calls of the transit engine that envelope encryption takes; the policy of the token needs no others. */
function vaultTransit({ address, token, key }: { address: string; token: string; key: string }): MasterKeySource {
  const call = async (path: string, body: object): Promise<TransitData> => {
    const response = await fetch(`${address}/v1/transit/${path}/${key}`, {
      method: 'POST',
      headers: { 'x-vault-token': token, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`Vault answered ${response.status}`)
    const { data }: { data: TransitData } = JSON.parse(await response.text())
    return data
  }
  return {
    kind: 'vault',
    keepMs: 300_000,
    async create(store) {
      const { plaintext = '', ciphertext = '' } = await call('datakey/plaintext', { context: contextOf(store), bits: 256 })
      return { key: Buffer.from(plaintext, 'base64'), record: ciphertext }
    },
    async open(record, store) {
      const { plaintext = '' } = await call('decrypt', { ciphertext: record, context: contextOf(store) })
      return Buffer.from(plaintext, 'base64')
    },
  }
}

await using vault = await fakeVault('example-token')
await using simulator = await vendorSimulator({ keys: { openai: ['sk-example-first', 'sk-example-second'] } })
const folder = mkdtempSync(join(tmpdir(), 'modelyard-example-'))
const path = join(folder, 'keys.jwe')
const masterKey = vaultTransit({ address: vault.address, token: 'example-token', key: 'modelyard' })

// One process serves, another one, of whoever looks after the keys, writes.
const keys = fileKeys({ path, masterKey })
const office = fileKeys({ path, masterKey: vaultTransit({ address: vault.address, token: 'example-token', key: 'modelyard' }) })

await office.set('OPENAI_API_KEY', 'sk-example-first')
const client = createRouter({ providers: [openai({ baseURL: simulator.openai.baseURL })], keys })
const ask = () => client.chat.completions.create({ model: 'gpt-6-luna', messages: [{ role: 'user', content: 'Hello' }] })
await ask()

const expiresAt = new Date(Date.now() + 90 * 86_400_000)
await office.set('OPENAI_API_KEY', 'sk-example-second', { expiresAt, keepPrevious: true })
await ask()
console.log(`The key was changed: the vendor saw ${simulator.requests.map((request) => request.key).join(', ')}`)

console.table((await office.list()).map((key) => ({ name: key.name, fingerprint: key.fingerprint, previous: key.previous })))

// A new data key from Vault, and everything sealed anew with it.
await office.rotate()
await ask()
console.log(`Vault was asked: ${vault.asked.join(', ')}`)

await client.close()
rmSync(folder, { recursive: true })

/** Stands in for Vault: the transit engine with one key, on loopback. */
async function fakeVault(token: string) {
  const key = randomBytes(32)
  const asked: string[] = []
  const seal = (plain: Buffer, context: string): string => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
    return `vault:v1:${Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64')}`
  }
  const unseal = (ciphertext: string, context: string): Buffer => {
    const bytes = Buffer.from(ciphertext.replace('vault:v1:', ''), 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(-16))
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
  }
  const answerTo = (url: string, body: { context: string; ciphertext?: string }) => {
    if (url.startsWith('/v1/transit/decrypt/')) return { plaintext: unseal(body.ciphertext ?? '', body.context).toString('base64') }
    const plain = randomBytes(32)
    return { plaintext: plain.toString('base64'), ciphertext: seal(plain, body.context) }
  }
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      if (request.headers['x-vault-token'] !== token) return response.writeHead(403).end()
      asked.push(request.url?.split('/').slice(3, -1).join('/') ?? '')
      return response.end(JSON.stringify({ data: answerTo(request.url ?? '', JSON.parse(text)) }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listening = server.address()
  const port = typeof listening === 'object' && listening !== null ? listening.port : 0
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
