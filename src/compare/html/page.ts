import { createHash } from 'node:crypto'
import type { ComparisonReport } from '../report.ts'
import { chartData } from './chart-data.ts'
import { figures } from './figures.ts'
import { finding } from './finding.ts'
import { flaggedSection } from './flagged.ts'
import { markup, jsonScript, verbatim, type Markup } from './markup.ts'
import { colophon, methodSection } from './method.ts'
import { overview } from './overview.ts'
import { pageScript, pageStyle } from './page-assets.ts'
import { pairSection } from './pairs.ts'
import { moment } from './pieces.ts'
import { promptSection } from './prompts.ts'
import { targetSection, validatorSection } from './targets.ts'

/** The whole page. */
export function page(report: ComparisonReport): Markup {
  return markup`<!doctype html>
<html lang="en">
${head(report)}
<body>
<a class="skip" href="#main">Skip to the results</a>
${banner(report)}
<main id="main" tabindex="-1">
${overview(report)}
${targetSection(report)}${figures(report)}${validatorSection(report)}${pairSection(report)}${flaggedSection(report)}${promptSection(report)}
${methodSection(report)}</main>
${colophon(report)}<p class="unseen" role="status" id="status"></p>
<script type="application/json" id="chart-data">${jsonScript(chartData(report))}</script>
<script>${verbatim(pageScript)}</script>
</body>
</html>
`
}

function head({ name }: ComparisonReport): Markup {
  return markup`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${name} – model comparison</title>
<link rel="icon" href="data:,">
<style>${verbatim(pageStyle)}</style>
</head>`
}

function banner(report: ComparisonReport): Markup {
  const { sentence, grounds } = finding(report)
  const dot = markup` <span aria-hidden="true">·</span> `
  const kind = report.kind === 'shadow' ? 'Shadow comparison' : 'Model comparison'
  return markup`<header>
<p class="overline">${kind}${dot}<bdi>${report.name}</bdi>${dot}${moment(report.finishedAt)}</p>
<h1>${sentence}</h1>
${grounds !== null && markup`<p class="grounds">${grounds}</p>`}
</header>`
}

/** The one style attribute that the charting library writes, always with these letters. */
const chartStyle = 'width: 100%; height: 100%;'

/** Nothing is loaded, and nothing runs but the one script and style that are built in. */
function policy(): string {
  return [
    "default-src 'none'",
    'img-src data:',
    `script-src ${hash(pageScript)}`,
    `style-src ${hash(pageStyle)}`,
    `style-src-attr 'unsafe-hashes' ${hash(chartStyle)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
