import type { Attempt } from './attempt.ts'
import type { Failure } from './contracts/failure.ts'
import type { Journey } from './journey.ts'

/** One of two attempts that run side by side. */
export interface Lane<Value> {
  readonly attempt: Attempt
  /** Makes the wire call; resolves with what wins the race. */
  run(): Promise<Value>
  /** Settles the attempt as failed, and says how. */
  fail(error: unknown): Failure
  /** Settles the attempt that was stopped because the other one was quicker. */
  lose(): void
}

/** How a race ends: one has won, or the last one has failed and is settled. */
export type Finish<Value, Runner extends Lane<Value>> =
  | { readonly lane: Runner; readonly value: Value }
  | { readonly lane: Runner; readonly failure: Failure }

type Outcome<Value, Runner> = { readonly lane: Runner; readonly value: Value } | { readonly lane: Runner; readonly error: unknown }

/**
 * Runs an attempt and, where it takes longer than its target nearly always does, a second one at the next target beside it.
 * Whoever has something first wins, the other is stopped. A failure ends the race only where it is one that every target would
 * share; otherwise the other one runs on.
 */
export async function raced<Value, Runner extends Lane<Value>>(
  journey: Journey,
  first: Runner,
  rivalOf: () => Promise<Runner | undefined>,
): Promise<Finish<Value, Runner>> {
  const lead = outcomeOf<Value, Runner>(first)
  const early = await beforeLong(journey, first.attempt, lead)
  if (early !== undefined) return settled(early)
  let second: Runner | undefined
  const rival = rivalOf().then((lane) => {
    second = lane
    return lane === undefined ? undefined : outcomeOf<Value, Runner>(lane)
  })
  const end = await Promise.race([lead, rival])
  // Nobody could be asked.
  if (end === undefined) return settled(await lead)
  const other = end.lane === first ? second : first
  const finish = settled<Value, Runner>(end)
  if ('value' in finish || !journey.chain.leaves(finish.failure.kind)) {
    if (other === undefined) journey.recallRival()
    else stop(journey, other, other === first)
    return finish
  }
  const rest = await (end.lane === first ? rival : lead)
  return rest === undefined ? finish : settled(rest)
}

async function outcomeOf<Value, Runner extends Lane<Value>>(lane: Runner): Promise<Outcome<Value, Runner>> {
  try {
    return { lane, value: await lane.run() }
  } catch (error) {
    return { lane, error }
  }
}

function settled<Value, Runner extends Lane<Value>>(outcome: Outcome<Value, Runner>): Finish<Value, Runner> {
  return 'error' in outcome ? { lane: outcome.lane, failure: outcome.lane.fail(outcome.error) } : outcome
}

/** What comes of the first attempt, or nothing where that takes long; only where a second one may then be made. */
async function beforeLong<Result>(journey: Journey, attempt: Attempt, lead: Promise<Result>): Promise<Result | undefined> {
  const patienceMs = journey.options.hedge?.patienceMs(attempt.target)
  if (patienceMs === undefined) return lead
  const { promise: long, resolve } = Promise.withResolvers<undefined>()
  const timer = journey.runtime.clock.setTimeout(() => resolve(undefined), Math.max(0, patienceMs - attempt.elapsed()), {
    hold: true,
  })
  try {
    return await Promise.race([lead, long])
  } finally {
    timer[Symbol.dispose]()
  }
}

function stop<Value>({ options }: Journey, lane: Lane<Value>, isFirst: boolean): void {
  const { attempt } = lane
  // Left out, what takes long would never be measured, and the measure would shrink with every race.
  if (isFirst) options.hedge?.outrun(attempt.target, attempt.elapsed())
  attempt.stop({ kind: 'outrun', message: 'Another target was quicker.' })
  lane.lose()
}
