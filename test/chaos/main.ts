// npm run test:chaos -- [--seed N] [--runs N] [--lanes N]: random runs of the router against simulated vendors that fail in
// every way. A run that breaks an invariant is printed with its seed; `--seed SEED --runs 1` makes it again.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nothing, sumOf } from './tally.ts'
import type { Tally } from './tally.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string', default: '10000' }, lanes: { type: 'string' } },
})
const seed = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed)
const runs = Number(values.runs)
const lanes = Math.min(runs, values.lanes === undefined ? Math.min(4, availableParallelism()) : Number(values.lanes))
if (![seed, runs, lanes].every((number) => Number.isSafeInteger(number) && number >= 0) || lanes === 0) {
  throw new RangeError('--seed, --runs and --lanes are whole numbers')
}

/** How long a lane may take to end once it has said that it is done. */
const graceMs = 5000

interface Report {
  readonly bad: number
  readonly tally: Tally
  readonly problem?: string
}

/** One process: its bad runs are printed as they come, and it must end by itself. */
async function laneReport(lane: number): Promise<Report> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lane.ts'), ...[seed, runs, lane, lanes].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  let bad = 0
  let tally: Tally | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { seed?: number; problems?: readonly string[]; done?: boolean; tally?: Tally } = JSON.parse(line)
    if (said.done === true) {
      tally = said.tally ?? nothing
      break
    }
    bad += 1
    console.log(`seed ${said.seed} (npm run test:chaos -- --seed ${said.seed} --runs 1)`)
    for (const problem of said.problems ?? []) console.log(`  ${problem}`)
  }
  const timer = new Promise<'late'>((resolve) => void setTimeout(resolve, graceMs, 'late').unref())
  const code = await Promise.race([exited, timer])
  if (code === 'late') child.kill()
  if (tally === undefined) return { bad, tally: nothing, problem: `lane ${lane} ended before it was done (${code})` }
  return { bad, tally, ...(code !== 0 && { problem: `lane ${lane} was done and did not end by itself (${code})` }) }
}

const started = performance.now()
console.log(`${runs} runs from seed ${seed}, in ${lanes} lanes`)
const reports = await Promise.all(Array.from({ length: lanes }, (_, lane) => laneReport(lane)))
const bad = reports.reduce((sum, report) => sum + report.bad, 0)
const { calls, faults, answered, failed, left, wrongTexts } = reports.map(({ tally }) => tally).reduce(sumOf)
for (const { problem } of reports) if (problem !== undefined) console.log(problem)
console.log(
  `${faults} faults; ${answered} calls answered, ${failed} with an error, ${left} left by the caller; ${wrongTexts} wrong texts`,
)
console.log(`${runs - bad} passed, ${bad} failed: ${calls} calls in ${Math.round((performance.now() - started) / 1000)} s`)
process.exitCode = bad > 0 || reports.some(({ problem }) => problem !== undefined) ? 1 : 0
