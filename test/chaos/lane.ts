// One process of a chaos run: `node lane.ts SEED RUNS LANE LANES`. Prints a line of JSON for every bad run, and one at the end.
import { createRouter, memoryKeys } from '../../src/index.ts'
import { doors } from '../every-vendor.ts'
import { run } from './run.ts'
import { seedOf } from './seeds.ts'
import { nothing, sumOf } from './tally.ts'
import { World } from './world.ts'

const [seed = 1, runs = 1, lane = 0, lanes = 1] = process.argv.slice(2).map(Number)
const workers = 6
const stray: string[] = []
for (const event of ['unhandledRejection', 'uncaughtException', 'warning'] as const) {
  process.on(
    event,
    (reason: unknown) => void stray.push(`around this run, ${event}: ${reason instanceof Error ? reason.stack : String(reason)}`),
  )
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
let tally = nothing
let next = lane

/** Runs wait most of the time for bytes and for time: several go on at once, each in a world of its own. */
async function worker(): Promise<void> {
  await using world = await World.open()
  for (let index = next; index < runs; index = next) {
    next += lanes
    const verdict = await run(seedOf(seed, index), world)
    // A rejection that nobody handles is reported a moment later, with the run that is over by then.
    await new Promise((resolve) => setImmediate(resolve))
    const problems = [...verdict.problems, ...stray.splice(0)]
    tally = sumOf(tally, verdict.tally)
    if (problems.length > 0) say({ seed: verdict.seed, problems })
  }
}

/** Every SDK is loaded before time is looked at: a module that is being read from disk looks like rest. */
async function warmUp(): Promise<void> {
  await using world = await World.open()
  for (const door of doors) {
    const adapter = door.create(world.simulator.door(door.vendor))
    const client = createRouter({ providers: [adapter], keys: memoryKeys({ [String(adapter.key)]: 'a-key-of-the-chaos' }) })
    await client.chat.completions.create({ model: `${adapter.id}/${door.model}`, messages: [{ role: 'user', content: 'Hello' }] })
    await client.close()
  }
}

await warmUp()
await Promise.all(Array.from({ length: workers }, worker))
say({ done: true, tally })
