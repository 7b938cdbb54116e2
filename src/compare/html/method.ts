import type { ComparisonReport } from '../report.ts'
import { markup, type Markup } from './markup.ts'
import { count, quantity, usd } from './numbers.ts'
import { card, moment, nameOf } from './pieces.ts'

/** How the numbers came about. */
export function methodSection(report: ComparisonReport): Markup {
  const { quality, kind, seed, spend, calls } = report
  const lines = [
    kind === 'shadow' ? mirrored : asked,
    quality === null ? 'Nothing measured the quality of the answers.' : meanings[quality],
    judging(report),
    `95% intervals are those of a bootstrap over the prompts, with seed ${seed}.`,
    'Latency, speed and the cost of 1,000 calls are those of calls that succeeded; what was spent includes the others.',
    'Costs are exact, from the vendors’ counts of tokens unless flagged otherwise.',
    calls.resumed > 0 &&
      `${quantity(calls.resumed, 'result')} came from the journal of an earlier run, which had paid ${usd(spend.earlier.usd)} for them.`,
  ]
  const shown = lines.filter((line) => line !== false)
  return card({
    id: 'method',
    title: 'How this was measured',
    body: markup`<ul class="method">${shown.map((line) => markup`<li>${line}</li>\n`)}</ul>`,
  })
}

const asked = 'Every target was asked every prompt, in mixed order, so that the time of day favours none; no retries, no fallbacks.'
const mirrored = 'A share of live requests was sent to the other targets too, after their answers had gone out.'

function judging({ judge, spend }: ComparisonReport): Markup | false {
  if (judge === null) return false
  return markup`${nameOf(judge.model)} was the judge and did not see the targets’ names. Each pair was shown twice with positions swapped;
a verdict that turned with the positions counts as a tie. ${quantity(judge.calls, 'call')}, ${usd(spend.judge.usd)},
${count(judge.unclear)} without a readable verdict.`
}

const meanings: Readonly<Record<NonNullable<ComparisonReport['quality']>, string>> = {
  wins: 'Quality is the share of the judge’s verdicts that a target has won, a tie counting one half.',
  validators: 'Quality is the mean score of the validators, from 0 to 100%.',
  agreement:
    'Quality is agreement: how alike a target’s answers are to those of the others. Agreeing is not the same as being right.',
}

/** When it ran, with what, at which prices. */
export function colophon({ startedAt, finishedAt, targets, v }: ComparisonReport): Markup {
  const snapshots = [...new Set(targets.flatMap(({ cost }) => cost.snapshots))].toSorted()
  const listed = snapshots.map((snapshot, index) => markup`${index > 0 && ', '}<bdi>${snapshot}</bdi>`)
  return markup`<footer>
<p>Begun ${moment(startedAt)}, finished ${moment(finishedAt)}.</p>
<p>${snapshots.length === 0 ? 'No price was used.' : markup`Prices: ${listed}.`}</p>
<p>Made by modelyard, report version ${v}. This page needs no network. Charts: Chartist, MIT licence.</p>
</footer>
`
}
