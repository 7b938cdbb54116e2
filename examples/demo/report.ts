import type { AuditRecord, BreakerPanel, Ledger, RouteRecord } from 'modelyard'
import type { Call } from './run.ts'
import { count, cut, dollars, heading, indented, paint, table, time, wrapped } from './table.ts'

const tiers = ['simple', 'standard', 'complex'] as const

// As wide as a terminal of 80 columns lets the name of a target be.
const longestName = 34

/** One row per tier and target: what it answered, how fast, and for how much. */
export function targetTable(calls: readonly Call[], records: readonly AuditRecord[]): string {
  const durations = durationsByRequest(records)
  const byTier = Map.groupBy(routesOf(calls), ({ decision }) => decision.tier ?? '-')
  const rows = [...tiers, '-' as const].flatMap((tier) => {
    const targets = [...Map.groupBy(byTier.get(tier) ?? [], ({ target }) => target)].toSorted(([one], [other]) =>
      one < other ? -1 : 1,
    )
    const answered = targets.map(([target, routes]) => rowOf(`  ${target}`, routes, durations))
    return answered.length === 0 ? [] : [[tier], ...answered]
  })
  const total = rowOf('all', routesOf(calls), durations)
  const columns = [
    { title: 'tier and target' },
    ...['calls', 'p50', 'input', 'output', 'cost'].map((title) => ({ title, align: 'right' as const })),
  ]
  return `${heading('Who answered, with how many tokens')}\n${table(columns, [...rows, total], 1)}`
}

function rowOf(name: string, routes: readonly RouteRecord[], durations: ReadonlyMap<string, number>): readonly string[] {
  const waits = routes.flatMap(({ requestId }) => durations.get(requestId) ?? []).toSorted((one, other) => one - other)
  const middle = waits[Math.floor((waits.length - 1) / 2)]
  const tokens = (
    buckets: readonly (
      | 'input'
      | 'cached'
      | 'cacheWrite'
      | 'cacheWrite1h'
      | 'audioInput'
      | 'output'
      | 'reasoning'
      | 'audioOutput'
    )[],
  ) => count(sum(routes.flatMap(({ usage }) => (usage === null ? [] : buckets.map((bucket) => usage[bucket])))))
  return [
    cut(name, longestName),
    count(routes.length),
    middle === undefined ? '-' : time(middle),
    tokens(['input', 'cached', 'cacheWrite', 'cacheWrite1h', 'audioInput']),
    tokens(['output', 'reasoning', 'audioOutput']),
    dollars(routes.some(({ costUsd }) => costUsd === null) ? null : sum(routes.map(({ costUsd }) => costUsd ?? 0))),
  ]
}

/** How long the attempt took that answered each request. */
function durationsByRequest(records: readonly AuditRecord[]): ReadonlyMap<string, number> {
  return new Map(
    records.flatMap(({ requestId = '', event }) =>
      event.type === 'attempt.succeeded' ? [[requestId, event.durationMs] as const] : [],
    ),
  )
}

/** What the classifier made of the calls, beside what the author of the prompts takes them for. */
export function tierMix(calls: readonly Call[]): string {
  const routes = routesOf(calls)
  const rows = tiers.map((tier) => {
    const judged = routes.filter(({ decision }) => decision.tier === tier)
    const sure = judged.flatMap(({ decision: { complexity } }) => complexity?.confidence ?? [])
    return [
      tier,
      count(judged.length),
      `${Math.round((judged.length / Math.max(1, routes.length)) * 100)} %`,
      sure.length === 0 ? '-' : (sum(sure) / sure.length).toFixed(2),
    ]
  })
  const columns = [{ title: 'tier' }, ...['calls', 'share', 'confidence'].map((title) => ({ title, align: 'right' as const }))]
  const labelled = calls.flatMap(({ label, route }) =>
    label !== undefined && route?.decision.complexity !== undefined ? [{ label, tier: route.decision.tier }] : [],
  )
  const agreed = labelled.filter(({ label, tier }) => label === tier).length
  const note = wrapped(
    `The author of the prompts would have put ${agreed} of ${labelled.length} into the same tier (docs/tiers.md has measurements).`,
    2,
  )
  return [heading('What the classifier made of them'), table(columns, rows), ...(labelled.length > 0 ? [note] : [])].join('\n')
}

/** What was spent, and the saving against the baseline. */
export function bill(ledger: Ledger, { live }: { readonly live: boolean }): string {
  const { baseline, spentUsd, baselineUsd, savedUsd, savedShare, pricedCalls, unpricedCalls } = ledger.saving()
  const source = live ? "The vendors' token counts" : "The simulator's token counts of real requests and simulated answers"
  const lines = [
    `${'spent'.padEnd(42)}${dollars(spentUsd)}`,
    `${`the same on ${baseline ?? 'no baseline'}`.padEnd(42)}${dollars(baselineUsd)}`,
    paint(savedUsd > 0 ? 'green' : 'yellow', `${'saved'.padEnd(42)}${dollars(savedUsd)}  (${(savedShare * 100).toFixed(1)} %)`),
  ]
  const notes = [
    `${source}, at list prices; ${pricedCalls} calls compared, ${unpricedCalls} left out for want of a price.`,
    'The same tokens are assumed at the baseline; whether the answers are as good is not measured here.',
  ]
  return [heading('The bill'), indented(lines), ...notes.map((note) => wrapped(note, 2))].join('\n')
}

/** What the router did differently from what was asked. */
export function warnings(calls: readonly Call[]): string {
  const given = Map.groupBy(
    routesOf(calls).flatMap(({ decision }) => decision.warnings),
    (text) => text,
  )
  const lines = [...given].map(([text, all]) => wrapped(`${count(all.length)} × ${text}`, 2, 6))
  return [heading('Warnings'), ...(lines.length === 0 ? ['  none'] : lines)].join('\n')
}

/** How every circuit ended. */
export function circuits(breakers: BreakerPanel): string {
  const lines = breakers
    .list()
    .map(
      ({ target, state, retryInMs }) =>
        `${target.padEnd(32)} ${state}${retryInMs === undefined ? '' : `, next test in ${time(retryInMs)}`}`,
    )
  return `${heading('Circuit breakers at the end')}\n${indented(lines)}`
}

function routesOf(calls: readonly Call[]): readonly RouteRecord[] {
  return calls.flatMap(({ route }) => route ?? [])
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
