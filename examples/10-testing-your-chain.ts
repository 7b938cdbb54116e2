// Tests of your own chain: who is asked, who answers, what nobody may notice. Assertions that tell what happened, every fault
// of the list, and wire traffic that is recorded once and replayed.
// Run it: npm run example examples/10-testing-your-chain.ts
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { APIError } from 'openai'
import { createRouter, memoryKeys } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import {
  assertAttempts,
  assertCircuit,
  assertCostAtMost,
  assertNoSecrets,
  assertServedBy,
  assertSwitched,
  faults,
  recordTraffic,
  replayTraffic,
  vendorSimulator,
} from 'modelyard/testing'
import type { WireFetch } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const key = 'sk-the-key-of-these-tests-0123456789'
const [first, second] = ['openai/gpt-6-luna', 'anthropic/claude-haiku-5-5'] as const

/** The chain under test, over vendors that are simulated on loopback. A door has a `fetch` in which connections can fail. */
function chain(fetch?: WireFetch) {
  return createRouter({
    providers: [openai({ ...simulator.openai, ...(fetch !== undefined && { fetch }) }), anthropic(simulator.anthropic)],
    keys: memoryKeys({ OPENAI_API_KEY: key, ANTHROPIC_API_KEY: key }),
    agents: { support: { primary: first, fallback: [second] } },
    breaker: { failures: 3 },
    maxRetries: 0,
  })
}

const ask = (client: ReturnType<typeof chain>) =>
  client.agent('support').chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'Where is my parcel?' }] })

await test('the second vendor answers while the first one is busy, and for a fraction of a cent', async () => {
  const client = chain()
  using _ = simulator.fail('openai', 'rate-limit', { retryAfter: { seconds: 20 } })
  const completion = await ask(client)
  assertServedBy(completion, second)
  assertSwitched(completion, { from: first, to: second, reason: 'rate_limit' })
  assertCostAtMost(completion, 0.001)
  assertAttempts(await ask(client), [second]) // held back for 20 s: not even asked
})

await test('a dead vendor is left alone after three failures', async () => {
  const client = chain()
  using outage = simulator.fail('openai', 'connection-refused')
  for (let call = 0; call < 5; call++) assertServedBy(await ask(client), second)
  assertCircuit(client, first, 'open')
  assert.equal(outage.hits, 3)
})

/** Those that strike answers in one piece; who waits for a silent vendor needs a clock that a test can move. */
const names = Object.keys(faults).filter((name): name is keyof typeof faults => !name.startsWith('stall'))

await test('whatever goes wrong at the first vendor, the second one answers, unless the request itself is to blame', async () => {
  const blamed: string[] = []
  for (const name of names.filter((each) => faults[each].spoils !== 'streams')) {
    using _ = simulator.fail('openai', name, { bytes: 1000 })
    try {
      const completion = await ask(chain())
      if ('harmless' in faults[name]) assertServedBy(completion, first)
    } catch (error) {
      assert.ok(error instanceof APIError && error.status !== undefined, name)
      assertNoSecrets(error, key)
      blamed.push(name)
    }
  }
  assert.deepEqual(blamed, ['too-large', 'context-length', 'content-filter', 'invalid-request'])
})

await test('what a vendor said once is enough for every later run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'traffic-'))
  const path = join(folder, 'parcel.jsonl')
  const recorder = recordTraffic({ path })
  const recorded = await ask(chain(recorder.fetch))
  recorder.close()
  assertNoSecrets(await readFile(path, 'utf8'), key)
  const replay = replayTraffic(path)
  assert.deepEqual(await ask(chain(replay.fetch)), recorded)
  replay.assertDone()
  await rm(folder, { recursive: true })
})
