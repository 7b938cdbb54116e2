import type { ComparisonReport, PairedValidator, PairSummary } from '../report.ts'
import { markup, type Markup } from './markup.ts'
import { count, duration, percent, probability, signed, usd } from './numbers.ts'
import { below, card, estimate, figure, nameOf, none } from './pieces.ts'
import { table, type Column } from './table.ts'

/** Each two targets on the same prompts. */
export function pairSection({ pairs, judge, validators }: ComparisonReport): Markup | null {
  if (pairs.length === 0) return null
  const columns = [...always, ...(judge === null ? [] : [judged]), ...validators.map(validatorColumn)]
  const body = markup`<p class="guide">Differences on the same prompts, the second target minus the first. p is the probability of a split
at least as uneven if both were equally good.</p>
${table({ caption: 'Differences between each two targets', rows: pairs, columns })}`
  return card({ id: 'pairs', title: 'Pair by pair', body })
}

const always: readonly Column<PairSummary>[] = [
  {
    head: 'Second, and first',
    text: true,
    cell: ({ first, second }) => [nameOf(second), below(markup`and ${nameOf(first)}`)],
  },
  { head: 'Both answered', cell: ({ n }) => count(n), sort: ({ n }) => n },
  {
    head: 'Cost of a call',
    cell: ({ costUsd }) => estimate(costUsd, signed(usd)),
    sort: ({ costUsd }) => costUsd?.value ?? null,
  },
  {
    head: 'Latency',
    cell: ({ latencyMs }) => estimate(latencyMs, signed(duration)),
    sort: ({ latencyMs }) => latencyMs?.value ?? null,
  },
  {
    head: 'Agreement',
    cell: ({ agreement }) => estimate(agreement, percent),
    sort: ({ agreement }) => agreement?.value ?? null,
  },
]

const judged: Column<PairSummary> = {
  head: 'Judged',
  cell: ({ judged: verdicts }) =>
    verdicts === null
      ? none
      : [
          figure(`${count(verdicts.secondWins)} to ${count(verdicts.firstWins)}`),
          below(`${count(verdicts.ties)} tied, p ${likely(verdicts.pValue)}`),
        ],
  sort: ({ judged: verdicts }) => (verdicts === null ? null : verdicts.secondWins - verdicts.firstWins),
}

function validatorColumn(validator: string): Column<PairSummary> {
  const of = ({ validators }: PairSummary): PairedValidator | undefined => validators.find(({ name }) => name === validator)
  return {
    head: markup`Only one passed <bdi>${validator}</bdi>`,
    cell: (pair) => split(of(pair)),
    sort: (pair) => {
      const result = of(pair)
      return result === undefined ? null : result.onlySecond - result.onlyFirst
    },
  }
}

function split(result: PairedValidator | undefined): Markup[] {
  if (result === undefined) return [none]
  return [figure(`${count(result.onlySecond)} to ${count(result.onlyFirst)}`), below(`p ${likely(result.pValue)}`)]
}

function likely(pValue: number): string {
  return pValue < 0.001 ? probability(pValue) : `= ${probability(pValue)}`
}
