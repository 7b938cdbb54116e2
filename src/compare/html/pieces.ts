import type { Estimate } from '../report.ts'
import { markup, type Child, type Markup } from './markup.ts'
import type { Format } from './numbers.ts'
import { markerOf } from './shapes.ts'

/** A part of the page under a heading of its own. */
export function card({ id, title, body }: { readonly id: string; readonly title: Child; readonly body: Child }): Markup {
  return markup`<section class="card" id="${id}-card" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`
}

/** The name of a target, which may break behind its provider. */
export function nameOf(target: string): Markup {
  const [provider = '', ...model] = target.split('/')
  return markup`<bdi class="name">${provider}${model.length > 0 && markup`/<wbr><span>${model.join('/')}</span>`}</bdi>`
}

/** The symbol that stands for a target in every chart. */
export function symbol(index: number): Markup {
  const { path, tone } = markerOf(index)
  return markup`<svg class="symbol tone-${tone}" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true" focusable="false"><path d="${path}"/></svg>`
}

/** The number that a cell is about. */
export function figure(words: Child): Markup {
  return markup`<span class="number">${words}</span>`
}

/** Smaller, on a line of its own. */
export function below(words: Child): Markup {
  return markup`<span class="below">${words}</span>`
}

/** A number with its interval below it, as it stands in tables. */
export function estimate(value: Estimate | null, format: Format): Markup {
  if (value === null) return none
  return markup`${figure(format(value.value))}${value.low !== value.high && interval(value, format)}`
}

/** A dash to those who see it, words to those who listen; the unit once where both ends have the same. */
function interval(value: Estimate, format: Format): Markup {
  const [low, high] = [format(value.low), format(value.high)]
  const unit = /\D*$/.exec(high)?.[0] ?? ''
  const start = unit !== '' && low.endsWith(unit) ? low.slice(0, -unit.length) : low
  const dash = /^\d/.test(high) && start !== low ? '–' : ' – '
  const to = markup`<span aria-hidden="true">${dash}</span><span class="unseen"> to </span>`
  return markup`<span class="interval"><span class="unseen">, 95% interval </span>${start}${to}${high}</span>`
}

/** Not measured, or not known. */
export const none = markup`<span class="none"><span aria-hidden="true">–</span><span class="unseen">unknown</span></span>`

/** `2026-11-22 21:50 UTC` */
export function moment(iso: string): Markup {
  const words = iso.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}).*Z$/, '$1 $2 UTC')
  return markup`<time datetime="${iso}">${words}</time>`
}
