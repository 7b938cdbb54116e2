// One of several processes that write to one ledger: makes its calls, says what they cost, and ends.
import { Pool } from 'pg'
import { createRouter } from '../../src/index.ts'
import type { ModelCard } from '../../src/index.ts'
import { postgresLedger } from '../../src/ledger/postgres/index.ts'
import { answer, fail, fakeProvider } from '../../src/testing/index.ts'

/** What a process has booked itself. */
export interface Told {
  readonly calls: number
  readonly failures: number
  readonly spentPicoUsd: string
  readonly dropped: number
}

const [, , url = '', table = '', name = '', requests = '0', isKilled = ''] = process.argv

const card = (id: string, input: number): ModelCard => ({
  provider: 'priced',
  id,
  tier: 'standard',
  input: ['text'],
  features: ['streaming'],
  prices: { input, output: 3 * input, source: 'test', asOf: '2026-11-22' },
})

const pool = new Pool({ connectionString: url, max: 2 })
const store = postgresLedger({ pool, table })
await store.migrate()
// Prices whose sums no double would hold exactly.
const models = [card('cheap', 0.123457), card('dear', 7.654321)]
const client = createRouter({
  providers: [
    fakeProvider({
      id: 'priced',
      models,
      script: ({ number }) =>
        number % 7 === 0
          ? fail({ status: 400 })
          : answer('x', { usage: { prompt_tokens: 1000 + number, completion_tokens: number, total_tokens: 1000 + 2 * number } }),
    }),
  ],
  agents: { [name]: { primary: 'priced/cheap' } },
  baseline: 'priced/dear',
  ledger: { store },
})

const calls = Array.from({ length: Number(requests) }, async (_, at) => {
  const body = { model: at % 3 === 0 ? 'priced/dear' : 'auto', messages: [{ role: 'user' as const, content: 'Hi' }] }
  await client
    .agent(name)
    .chat.completions.create(body)
    .catch(() => undefined)
})
await Promise.all(calls)
await client.flush()
const [total] = client.ledger.totals()
const { calls: booked = 0, failures = 0, spentPicoUsd = '0' } = total ?? {}
process.send?.({ calls: booked, failures, spentPicoUsd, dropped: client.ledger.waiting + client.ledger.dropped } satisfies Told)
// Without a word: what is flushed must be there all the same.
if (isKilled === 'killed') process.kill(process.pid, 'SIGKILL')
await client.close()
await pool.end()
process.disconnect()
