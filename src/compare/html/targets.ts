import type { ComparisonReport, TargetSummary, ValidatorSummary } from '../report.ts'
import { qualityNames } from './chart-data.ts'
import { markup, type Child, type Markup } from './markup.ts'
import { count, duration, percent, plain, quantity, usd } from './numbers.ts'
import { below, card, estimate, figure, nameOf, none, symbol } from './pieces.ts'
import { table, type Column } from './table.ts'

/** The targets side by side: what most readers came for. */
export function targetSection(report: ComparisonReport): Markup {
  const columns = [nameColumn, ...qualityColumns(report), ...measures]
  const body = table({ caption: 'Targets side by side', rows: report.targets, columns })
  return card({ id: 'targets', title: 'Targets side by side', body })
}

export const nameColumn: Column<TargetSummary> = {
  head: 'Target',
  text: true,
  cell: ({ target, servedModels, onFront }, index) => [
    markup`<span class="target">${symbol(index)}${nameOf(target)}</span>`,
    onFront && markup`<span class="badge">Pareto front</span>`,
    othersServed(target, servedModels),
  ],
  sort: ({ target }) => target,
}

function othersServed(target: string, servedModels: readonly string[]): Markup | null {
  const others = servedModels.filter((model) => !target.endsWith(`/${model}`))
  if (others.length === 0) return null
  return below(markup`answered by ${others.map((model, place) => markup`${place > 0 && ', '}<bdi>${model}</bdi>`)}`)
}

function qualityColumns({ quality, targets }: ComparisonReport): Column<TargetSummary>[] {
  const rated: Column<TargetSummary> = {
    head: quality === null ? 'Quality' : qualityNames[quality],
    cell: (target) => estimate(target.quality, percent),
    sort: (target) => target.quality?.value ?? null,
  }
  const agreeing = quality !== 'agreement' && targets.some(({ agreement }) => agreement !== null)
  return [...(quality === null ? [] : [rated]), ...(agreeing ? [agreementColumn] : [])]
}

const agreementColumn: Column<TargetSummary> = {
  head: 'Agreement',
  cell: ({ agreement }) => estimate(agreement, percent),
  sort: ({ agreement }) => agreement?.value ?? null,
}

const measures: readonly Column<TargetSummary>[] = [
  {
    head: 'Cost of 1,000 calls',
    cell: ({ cost }) => [
      estimate(cost.perThousandUsd, usd),
      cost.unpricedCalls > 0 && below(`${quantity(cost.unpricedCalls, 'call')} without a price`),
    ],
    sort: ({ cost }) => cost.perThousandUsd?.value ?? null,
  },
  {
    head: 'Median latency',
    cell: ({ latencyMs }) => estimate(latencyMs.p50, duration),
    sort: ({ latencyMs }) => latencyMs.p50?.value ?? null,
  },
  {
    head: '95% within',
    cell: ({ latencyMs }) => estimate(latencyMs.p95, duration),
    sort: ({ latencyMs }) => latencyMs.p95?.value ?? null,
  },
  {
    head: 'First token',
    cell: ({ firstTokenMs }) => estimate(firstTokenMs.p50, duration),
    sort: ({ firstTokenMs }) => firstTokenMs.p50?.value ?? null,
  },
  {
    head: 'Tokens per second',
    cell: ({ tokensPerSecond }) => estimate(tokensPerSecond, plain),
    sort: ({ tokensPerSecond }) => tokensPerSecond?.value ?? null,
  },
  {
    head: 'Failed calls',
    cell: failures,
    sort: ({ errorRate }) => errorRate?.value ?? null,
  },
]

function failures({ calls, succeeded, errors }: TargetSummary): Child {
  const kinds = Object.entries(errors).map(([kind, times]) => `${count(times)} ${kind}`)
  return [calls === 0 ? none : figure(percent(1 - succeeded / calls)), kinds.length > 0 && below(kinds.join(', '))]
}

/** What each validator said, where there is more than the one that the summary shows. */
export function validatorSection({ quality, targets, validators }: ComparisonReport): Markup | null {
  if (validators.length === 0 || (validators.length === 1 && quality === 'validators')) return null
  const columns = [nameColumn, ...validators.map(validatorColumn)]
  const body = markup`<p class="guide">Mean score of the answers that each of them has judged.</p>
${table({ caption: 'Mean score by validator', rows: targets, columns })}`
  return card({ id: 'validators', title: 'Validator by validator', body })
}

function validatorColumn(validator: string): Column<TargetSummary> {
  const of = (target: TargetSummary): ValidatorSummary | undefined => target.validators.find(({ name }) => name === validator)
  return {
    head: markup`<bdi>${validator}</bdi>`,
    cell: (target) => validated(of(target)),
    sort: (target) => of(target)?.rate?.value ?? null,
  }
}

function validated(summary: ValidatorSummary | undefined): Markup[] {
  if (summary === undefined) return [none]
  return [estimate(summary.rate, percent), below(`${count(summary.passed)} of ${count(summary.checked)} passed`)]
}
