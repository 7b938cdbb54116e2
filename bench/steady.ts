// npm run bench:steady: what must not grow. A request past an open circuit against a direct call to the fallback, and the heap
// over 100,000 unary calls and 10,000 streams.
import { setImmediate } from 'node:timers/promises'
import { createRouter, memoryKeys, type RouterClient } from 'modelyard'
import { openai } from 'modelyard/openai'
import { compare, sideBySide, type Contender } from './measure.ts'
import { chunkCount, messages, transport } from './wire.ts'

const quick = process.argv.includes('--quick')
const keys = memoryKeys({ OPENAI_API_KEY: 'sk-x' })

function router(): RouterClient {
  return createRouter({
    providers: [openai({ id: 'first', fetch: transport }), openai({ id: 'second', fetch: transport })],
    keys,
    agents: { a: { primary: 'first/gpt-4o', fallback: ['second/gpt-4o'] } },
  })
}

const body = { messages: messages(700) }

function contender(name: string, client: RouterClient, model: string): Contender {
  return {
    name,
    run: async () => {
      const answer = await client.chat.completions.create({ ...body, model })
      if (answer.choices.length !== 1) throw new Error(`${name} gave no answer`)
    },
  }
}

/** What it costs to go past a primary whose circuit is open. */
async function pastOpenCircuit(): Promise<boolean> {
  const client = router()
  client.breakers.trip('first/gpt-4o', 2 ** 31 - 1)
  const plan = { rounds: quick ? 7 : 31, batch: 1500, warmUp: 6000 }
  const [past, direct] = await sideBySide(
    [contender('past', client.agent('a'), 'auto'), contender('direct', client, 'second/gpt-4o')],
    plan,
  )
  if (past === undefined || direct === undefined) throw new Error('two contenders are needed')
  const { value, spread } = compare(past, direct, (one, other) => one / other)
  const isKept = value <= 1.05
  console.log(
    `past an open circuit / straight to the fallback   ${value.toFixed(3)} ± ${(spread / 2).toFixed(3)}   <= 1.050  ${word(isKept)}`,
  )
  return isKept
}

/** Megabytes in use after a collection. */
async function heapMb(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  for (let count = 0; count < 5; count += 1) {
    await setImmediate()
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** How much the heap has grown between a tenth of the calls and all of them. */
async function growth(what: string, calls: number, run: () => Promise<void>): Promise<boolean> {
  for (let count = 0; count < calls / 10; count += 1) await run()
  const before = await heapMb()
  for (let count = 0; count < calls; count += 1) await run()
  const after = await heapMb()
  const isKept = after - before < 1
  console.log(`heap after ${calls} ${what}: ${before.toFixed(1)} -> ${after.toFixed(1)} MB   < +1 MB  ${word(isKept)}`)
  return isKept
}

function word(isKept: boolean): string {
  return isKept ? 'ok' : 'MISSED'
}

async function main(): Promise<void> {
  const client = router()
  const kept = [
    await pastOpenCircuit(),
    await growth('unary calls', quick ? 10_000 : 100_000, contender('unary', client.agent('a'), 'auto').run),
    await growth('streams', quick ? 1000 : 10_000, async () => {
      let count = 0
      for await (const chunk of await client.agent('a').chat.completions.create({ ...body, model: 'auto', stream: true }))
        count += chunk.choices.length
      if (count !== chunkCount) throw new Error(`${count} chunks`)
    }),
  ]
  if (kept.includes(false)) process.exitCode = 1
}

await main()
