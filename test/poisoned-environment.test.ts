import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { Secret } from '../src/contracts/secret.ts'
import * as family from '../src/providers/family/index.ts'
import { dialects, vendorSimulator } from '../src/testing/index.ts'
import type { SimulatedVendor, VendorSimulator } from '../src/testing/index.ts'
import { doors } from './every-vendor.ts'
import { poisonedFiles, poisonFor, variablesOfSdks } from './poison/variables.ts'

const { cohere: _, openaiCompatible: __, ...rows } = family

/** Everybody who can be reached: each door, and each row of the compatible vendors, whose wire is OpenAI's where it has none. */
interface Reached {
  readonly name: string
  readonly vendor: SimulatedVendor
  readonly model: string
  readonly create: (wire: { readonly baseURL: string }) => ProviderAdapter
}

const known = new Set(doors.map(({ name }) => name))
const reached: readonly Reached[] = [
  ...doors,
  ...Object.entries(rows)
    .filter(([name]) => !known.has(name))
    .map(([name, create]) => ({
      name,
      vendor: 'openai' as const,
      model: 'gpt-4o',
      create: ({ baseURL }: { readonly baseURL: string }) => create({ baseURL, key: 'KEY' }),
    })),
]

/** What Google's SDK says whatever it is told, and does not do: keys and projects of the environment are not used. */
const unquiet = new Set([
  'Both GOOGLE_API_KEY and GEMINI_API_KEY are set. Using GOOGLE_API_KEY.',
  'The user provided Vertex AI API key will take precedence over the project/location from the environment variables.',
])

const home = mkdtempSync(join(tmpdir(), 'modelyard-poison-'))
const found = variablesOfSdks()
const before = { ...process.env }
const prints = (['log', 'info', 'debug', 'warn', 'error', 'trace'] as const).map((method) => vi.spyOn(console, method))
let simulator: VendorSimulator

beforeAll(async () => {
  simulator = await vendorSimulator()
  const { elsewhere } = simulator
  for (const [file, content] of Object.entries(poisonedFiles(elsewhere))) {
    mkdirSync(dirname(join(home, file)), { recursive: true })
    writeFileSync(join(home, file), content)
  }
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']
  for (const name of [...found, ...proxies]) if (isPoisonable(name)) process.env[name] = poisonFor(name, { elsewhere, home })
  for (const { environment } of Object.values(dialects)) Object.assign(process.env, environment(elsewhere))
})

afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, before)
  for (const print of prints) print.mockRestore()
  rmSync(home, { recursive: true })
  await simulator.close()
})

/** Not what the machine itself runs by, nor words that only look like variables. */
function isPoisonable(name: string): boolean {
  return /^[A-Za-z]+(?:_[A-Za-z0-9]+)+$|^(?:HOME|USERPROFILE|APPDATA)$/.test(name) && !/^(?:NODE|VITEST)_/.test(name)
}

it('knows the variables of the SDKs', () => {
  for (const name of ['OPENAI_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'GOOGLE_VERTEX_BASE_URL', 'AWS_ENDPOINT_URL', 'MISTRAL_API_KEY']) {
    expect(found).toContain(name)
  }
  expect(found.size).toBeGreaterThan(100)
})

describe('SE-04 with every variable of every SDK set to harm, at once', () => {
  it.each(reached)('$name goes where it is told, with the key that it is given', async ({ vendor, model, create }) => {
    simulator.reset()
    const adapter = create({ baseURL: simulator.door(vendor).baseURL })
    const request = { model, messages: [{ role: 'user' as const, content: 'Hi' }] }
    const secret = new Secret('key-of-the-store')
    const call = { model, card: undefined, request, secret, signal: new AbortController().signal }
    const { choices } = await adapter.complete(call)
    expect(choices).toHaveLength(1)
    for await (const { choices: parts } of adapter.stream({ ...call, request: { ...request, stream: true } })) {
      expect(parts.length).toBeLessThanOrEqual(1)
    }
    await adapter.close?.()
    const requests = simulator.requests.filter(({ operation }) => operation === 'chat')
    expect(requests.map(({ key }) => key)).toEqual([secret.reveal(), secret.reveal()])
    expect(JSON.stringify(simulator.requests.map(({ url, headers, body }) => [url, headers, body]))).not.toContain('poison')
    expect(simulator.strayRequests).toEqual([])
    const printed = prints.flatMap(({ mock }) => mock.calls.map(([first]) => String(first)))
    expect(printed.filter((line) => !unquiet.has(line))).toEqual([])
  })
})
