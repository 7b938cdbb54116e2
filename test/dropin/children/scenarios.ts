import type OpenAI from 'openai'
import type { SharedOptions } from '../subjects.ts'

type Scenario = (create: (options?: SharedOptions) => OpenAI) => Promise<void>

const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hi.' }] }

const streaming = { ...ask, stream: true } as const

async function abandon(client: OpenAI, signal: AbortSignal): Promise<void> {
  for await (const item of await client.chat.completions.create(streaming, { signal })) if (item.id !== '') break
}

async function swallow(call: PromiseLike<unknown>): Promise<void> {
  try {
    await call
  } catch {
    // That it fails is the scenario.
  }
}

/** The bytes that stay after collecting garbage until no more goes. */
async function heapBytes(): Promise<number> {
  for (let round = 0; round < 6; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

/** Prints how much the heap grows over `count` steps, after as much warm-up as a tenth of them. */
async function growth(count: number, step: () => Promise<unknown>): Promise<void> {
  const repeat = async (times: number) => {
    for (let done = 0; done < times; done += 1) await step()
  }
  await repeat(Math.max(count / 5, 100))
  const before = await heapBytes()
  await repeat(count)
  process.stdout.write(String((await heapBytes()) - before))
}

/** What a process may do. Each ends without `process.exit` and without closing the client. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  everything: async (create) => {
    const client = create({ maxRetries: 1 })
    const { signal } = new AbortController()
    await client.chat.completions.create(ask, { signal })
    for await (const item of await client.chat.completions.create(streaming)) void item
    await abandon(client, signal)
    await client.chat.completions.create(streaming)
    await client.chat.completions.parse(ask)
    await client.chat.completions.stream(ask).done()
    await client.models.list()
    await swallow(client.chat.completions.create(ask, { headers: { 'x-answer': 'failure' } }))
    await swallow(client.chat.completions.create(ask, { headers: { 'x-answer': 'silence' }, timeout: 20, maxRetries: 0 }))
    await swallow(client.chat.completions.create(ask, { signal: AbortSignal.abort() }))
    await swallow(create().chat.completions.create(ask, { headers: { 'x-answer': 'malformed' } }))
  },
  calls: async (create) => {
    const client = create()
    const { signal } = new AbortController()
    await growth(3000, async () => await client.chat.completions.create(ask, { signal }))
  },
  abandoned: async (create) => {
    const client = create()
    const { signal } = new AbortController()
    await growth(500, async () => await abandon(client, signal))
  },
}
