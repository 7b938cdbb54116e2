import { agentOf, call } from './caller.ts'
import type { Caller } from './caller.ts'
import { planOf } from './plan.ts'
import type { RunPlan } from './plan.ts'
import { nothing } from './tally.ts'
import type { Tally } from './tally.ts'
import { verify, wrongTexts } from './verify.ts'
import type { Done } from './verify.ts'
import { clocks } from './world.ts'
import type { World } from './world.ts'

/** What came of a run. */
export interface Verdict {
  readonly seed: number
  readonly tally: Tally
  readonly problems: readonly string[]
}

/** Makes the run of a seed, and says what is wrong with it. */
export async function run(seed: number, world: World): Promise<Verdict> {
  const plan = planOf(seed)
  try {
    return { seed, ...(await made(plan, world)) }
  } catch (error) {
    await world.client?.close()
    return { seed, tally: nothing, problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }
  }
}

async function made(plan: RunPlan, world: World): Promise<Omit<Verdict, 'seed'>> {
  const client = world.begin(plan)
  const callers: Caller[] = []
  for (const round of plan.rounds) {
    const begun = round.calls.map((planned) => call(client, planned, { policy: plan.policy, now: () => world.clock.now() }))
    callers.push(...begun)
    await over(
      begun.filter(({ plan: { manner } }) => manner !== 'lingers'),
      world,
    )
    await world.until(() => begun.every((caller) => caller.over || caller.chunks > 0), begun)
    world.clock.advance(round.pauseMs)
  }
  // Their verdicts come in another era than the one in which they began, as often as not.
  for (const caller of callers) caller.release()
  await over(callers, world)
  const all = await Promise.all(callers.map(done))
  const problems = verify(plan, world, all)
  const tally = counted(plan, world, all)
  await client.close()
  return { tally, problems: [...problems, ...(await leftOpen(world))] }
}

function counted(plan: RunPlan, { simulator }: World, all: readonly Done[]): Tally {
  const left = all.filter(({ heard }) => heard.left).length
  const failed = all.filter(({ heard }) => !heard.left && heard.error !== undefined).length
  return {
    calls: all.length,
    faults: simulator.requests.filter(({ fault }) => fault !== undefined).length,
    answered: all.length - left - failed,
    failed,
    left,
    wrongTexts: wrongTexts(plan, all),
  }
}

async function done({ plan, heard, listeners, rested }: Caller): Promise<Done> {
  return { plan, heard: await heard, listeners: listeners(), rested }
}

/** Waits until calls are over, for the caller and in the trail: there a stream ends that nobody reads. */
async function over(callers: readonly Caller[], world: World): Promise<void> {
  const names = new Set(callers.map(({ plan: { number } }) => agentOf(number)))
  const begunAt = world.clock.now()
  await world.until(() => callers.every((caller) => caller.over) && endsOf(world, names) === callers.length, callers)
  const tookMs = world.clock.now() - begunAt
  if (tookMs > clocks.totalMs + 1)
    throw new Error(`the calls took ${tookMs} ms, and all of them were to end within ${clocks.totalMs}`)
}

/** How many of the callers' requests have ended in the trail; a stream that nobody reads ends there alone. */
function endsOf({ records }: World, names: ReadonlySet<string>): number {
  return records.filter(
    ({ agent, event }) => names.has(agent ?? '') && /^request\.(?:completed|failed|cancelled)$/.test(event.type),
  ).length
}

/** Nothing may be left: no request at a vendor, no timer. */
async function leftOpen(world: World): Promise<readonly string[]> {
  const since = performance.now()
  while (world.simulator.open > 0 && performance.now() - since < 2000) await new Promise((resolve) => setImmediate(resolve))
  return [
    ...(world.simulator.open === 0 ? [] : [`${world.simulator.open} requests are still open`]),
    ...(world.clock.pending === 0 ? [] : [`${world.clock.pending} timers are left`]),
  ]
}
