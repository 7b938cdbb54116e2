import type { ChartData } from '../../src/compare/html/chart-data.ts'
import { drawCost } from './cost-chart.ts'
import type { Surface } from './drawing.ts'
import { drawLatency } from './latency-chart.ts'
import { drawQuality } from './quality-chart.ts'
import { makeSortable } from './sort.ts'

/** What the report page does in a browser: it draws the charts, anew when their width changes, and sorts tables. */
const data: ChartData = JSON.parse(document.getElementById('chart-data')?.textContent ?? '')

const charts: Readonly<Record<string, (surface: Surface, data: ChartData) => void>> = {
  quality: drawQuality,
  latency: drawLatency,
  cost: drawCost,
}

for (const [id, draw] of Object.entries(charts)) {
  const container = document.getElementById(id)
  if (container !== null) drawAtEachWidth(container, (width) => draw({ container, width }, data))
}

const status = document.getElementById('status')
for (const table of document.querySelectorAll<HTMLTableElement>('table:has(th[data-sort])'))
  makeSortable(table, (words) => status?.replaceChildren(words))

function drawAtEachWidth(container: HTMLElement, draw: (width: number) => void): void {
  let drawn = 0
  new ResizeObserver(() => {
    const width = Math.round(container.clientWidth)
    if (width === 0 || width === drawn) return
    drawn = width
    draw(width)
  }).observe(container)
}
