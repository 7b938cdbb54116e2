// npm run demo: a mixed workload over several vendors, one of which fails on the way. `--help` lists the options.
import type { AuditRecord, RouterOptions } from 'modelyard'
import { ModelyardError, createRouter, jsonlAudit, memoryAudit } from 'modelyard'
import type { Arguments } from './arguments.ts'
import { UsageError, readArguments, usage } from './arguments.ts'
import type { AuditFile } from './audit-file.ts'
import { auditFile } from './audit-file.ts'
import { Progress } from './progress.ts'
import type { Prompt } from './prompt.ts'
import { readPrompts } from './prompt.ts'
import { bill, circuits, targetTable, tierMix, warnings } from './report.ts'
import { run } from './run.ts'
import { count, paint, wrapped } from './table.ts'
import { timeline } from './timeline.ts'
import type { Vendors } from './vendors.ts'
import { liveVendors, simulatedVendors } from './vendors.ts'
import { workload } from './workload.ts'

// The built-in breaker opens after 5 failures and tests after 30 s: too slow to be watched.
const watchable = { failures: 3, cooldownMs: 1200 } as const
const quickly = 10

/** Runs the demo; gives the exit code. */
async function main(options: Arguments): Promise<number> {
  const prompts = options.prompts === undefined ? workload() : readPrompts(options.prompts)
  const speed = options.quick ? quickly : 1
  const vendors = options.live ? liveVendors() : await simulatedVendors(prompts, speed)
  try {
    return await show(options, prompts, vendors, watchable.cooldownMs / speed)
  } finally {
    await vendors.close()
  }
}

async function show(options: Arguments, prompts: readonly Prompt[], vendors: Vendors, cooldownMs: number): Promise<number> {
  const file = auditFile(options.audit)
  const audit = memoryAudit({ limit: 100_000 })
  const { providers, keys, outage } = vendors
  const breaker: Pick<RouterOptions, 'breaker'> =
    outage === undefined ? {} : { breaker: { failures: watchable.failures, cooldownMs } }
  const client = createRouter({
    providers,
    keys,
    ...(options.baseline !== undefined && { baseline: options.baseline }),
    audit: [audit, jsonlAudit({ path: file.path })],
    ...breaker,
  })
  console.log(introduction(options, prompts, { providers: vendors.providers, cooldownMs }))
  const progress = new Progress(prompts.length)
  const startedAt = Date.now()
  const { calls, outageLog } = await run(client, prompts, { outage, progress })
  progress.end()
  await client.flush()
  const { records } = audit
  console.log(targetTable(calls, records))
  console.log(tierMix(calls))
  console.log(timeline({ records, calls, startedAt, outage, outageLog }))
  console.log(circuits(client.breakers))
  console.log(bill(client.ledger, options))
  console.log(warnings(calls))
  await client.close()
  const isWritten = reportTrail(file, records)
  return isWritten && calls.every(({ error }) => error === undefined) ? 0 : 1
}

/** Says where the trail is, having looked whether it is there. */
function reportTrail(file: AuditFile, records: readonly AuditRecord[]): boolean {
  const written = file.holds(records)
  const isWritten = written === records.length
  const verdict = isWritten ? `${count(written)} records` : `INCOMPLETE: ${count(written)} of ${count(records.length)} records`
  console.log(`\n${paint(isWritten ? 'green' : 'red', `Audit trail: ${verdict}, no content, no keys`)}\n  ${file.path}`)
  return isWritten
}

function introduction(
  { live, prompts: file }: Arguments,
  prompts: readonly Prompt[],
  { providers, cooldownMs }: Pick<Vendors, 'providers'> & { readonly cooldownMs: number },
): string {
  const names = providers.map(({ id }) => id).join(', ')
  const where = file === undefined ? "made of this repository's own files" : `of ${file}`
  const what = `${prompts.length} ${prompts.length === 1 ? 'request' : 'requests'} ${where}, through the official SDKs of ${names}.`
  if (live) {
    const keys = providers.map(({ key }) => key).join(', ')
    return [paint('yellow', wrapped(`LIVE: real vendors with ${keys}. This costs money.`)), wrapped(what), ''].join('\n')
  }
  return [
    paint(
      'yellow',
      wrapped(
        'SIMULATED: the vendors are simulated on this machine; their answers are filler text. No key is needed, nothing is sent.',
      ),
    ),
    wrapped(what),
    wrapped(
      `So that all of it can be watched, the breaker opens after ${watchable.failures} failures and tests after ${cooldownMs} ms here; usually it is 5 and 30 s.`,
    ),
    '',
  ].join('\n')
}

try {
  const options = readArguments(process.argv.slice(2))
  if (options.help) console.log(usage)
  else process.exitCode = await main(options)
} catch (error) {
  // What the reader can put right is told without a stack.
  if (!(error instanceof UsageError) && !ModelyardError.is(error)) throw error
  console.error(error.message)
  process.exitCode = 2
}
