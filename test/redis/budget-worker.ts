// One process of several that share a budget in Redis. Makes the calls it is told to, all at once, and says how many were covered.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { BudgetExceededError, createRouter } from '../../src/index.ts'
import { redisBudgets } from '../../src/redis/index.ts'
import { answer, fakeProvider } from '../../src/testing/index.ts'

const [, , url = '', prefix = '', library = 'redis', calls = '0', perMonth = '0'] = process.argv

async function connected() {
  if (library === 'ioredis') return new Redis(url)
  const client = createClient({ url })
  await client.connect()
  return client
}

const client = await connected()
const usage = { prompt_tokens: 0, completion_tokens: 500, total_tokens: 500 }
const router = createRouter({
  providers: [
    fakeProvider({
      id: 'shop',
      models: [
        {
          provider: 'shop',
          id: 'model',
          tier: 'standard',
          input: ['text'],
          features: [],
          prices: { input: 0, output: 10, source: 'test', asOf: '2026-01-01' },
        },
      ],
      script: ({ request }) => answer('ok', { usage, delayMs: Number(request.user) % 7 }),
    }),
  ],
  tiers: { simple: ['shop/model'], standard: ['shop/model'], complex: ['shop/model'] },
  // Patient: a loaded machine is no reason to go on alone.
  budget: { usd: { perMonth: Number(perMonth) }, store: redisBudgets({ client, prefix, patienceMs: 20_000 }) },
})

process.once('message', () => void work())
process.send?.('ready')

async function work(): Promise<void> {
  const made = Array.from({ length: Number(calls) }, (_, user) =>
    router.chat.completions
      .create({ model: 'shop/model', messages: [{ role: 'user', content: 'Hi' }], max_completion_tokens: 1000, user: String(user) })
      .then(
        () => 'covered',
        (error: unknown) => (error instanceof BudgetExceededError ? 'refused' : String(error)),
      ),
  )
  const outcomes = await Promise.all(made)
  await router.close()
  process.send?.(outcomes)
  if (client instanceof Redis) await client.quit()
  else await client.close()
  process.disconnect()
}
