import type { ComparisonReport } from '../report.ts'
import { markup, type Child, type Markup } from './markup.ts'
import { count, percent, quantity, usd } from './numbers.ts'
import { below, nameOf } from './pieces.ts'

/** The numbers at the top, and what stands between them and the truth. */
export function overview(report: ComparisonReport): Markup {
  return markup`<dl class="tiles">
${tiles(report).map(([name, value, more]) => markup`<div><dt>${name}</dt><dd>${value}${below(more)}</dd></div>\n`)}</dl>
${noticesOf(report).map((words) => markup`<p class="notice" role="note">${words}</p>\n`)}`
}

function tiles({ targets, prompts, repetitions, calls, spend, flaggedTotal }: ComparisonReport): [string, Child, Child][] {
  const cap = spend.capUsd === null ? 'no limit was set' : `of at most ${usd(spend.capUsd)}`
  const judge = spend.judge.picoUsd === '0' ? '' : `, ${usd(spend.judge.usd)} for the judge`
  const asked = repetitions === 1 ? 'each asked once' : `each asked ${count(repetitions)} times`
  return [
    ['Targets', count(targets.length), quantity(new Set(targets.map(({ target }) => target.split('/')[0])).size, 'provider')],
    ['Prompts', count(prompts.length), asked],
    [
      'Calls',
      count(calls.made + calls.resumed),
      calls.missing === 0 ? 'all of those planned' : `of ${count(calls.planned)} planned`,
    ],
    ['Spent', usd(spend.total.usd), cap + judge],
    ['Flagged', count(flaggedTotal), flaggedTotal === 0 ? 'nothing to look at twice' : markup`<a href="#flagged-card">see why</a>`],
  ]
}

function noticesOf({ interrupted, calls, spend, targets }: ComparisonReport): Markup[] {
  const found: Markup[] = []
  if (interrupted !== null)
    found.push(
      markup`<strong>Not complete:</strong> ${interrupted.message} ${quantity(calls.missing, 'call')} of ${count(calls.planned)}
        missing.`,
    )
  if (spend.unpricedCalls > 0)
    found.push(
      markup`<strong>Not all costs are known:</strong> ${quantity(spend.unpricedCalls, 'call')} had no price and are in no sum here.`,
    )
  const failing = targets.filter(({ calls: made, succeeded }) => made > 0 && succeeded / made < 0.9)
  for (const { target, calls: made, succeeded } of failing)
    found.push(
      markup`<strong>Many failures:</strong> ${nameOf(target)} failed in ${percent(1 - succeeded / made)} of its calls; its other
        numbers are those of the rest.`,
    )
  return found
}
