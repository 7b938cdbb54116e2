import { BarChart, type BarChartEventsTypes, type BarDrawEvent } from 'chartist'
import type { ChartData, ChartTarget, Whisker } from '../../src/compare/html/chart-data.ts'
import { usd } from '../../src/compare/html/numbers.ts'
import { axis, drawInterval, extent, hint, narrow, sized, titleBelow, write, writeTick, type Surface } from './drawing.ts'
import { scaleOf } from './scale.ts'

interface Bar {
  readonly target: ChartTarget
  readonly cost: Whisker
}

const rowHeight = 56

/** A bar a target, those of a provider together, the provider with the cheapest target first. */
export function drawCost({ container, width }: Surface, { targets }: ChartData): void {
  const bars = byProvider(targets.flatMap((target): Bar[] => (target.cost === null ? [] : [{ target, cost: target.cost }])))
  // The library counts from the bottom.
  const rows = bars.toReversed()
  const scale = scaleOf(extent(bars.map(({ cost }) => cost)), { format: usd, ticks: width < narrow ? 3 : 7, fromZero: true })
  const chart = new BarChart(
    container,
    { labels: rows.map(({ target }) => target.label), series: [rows.map(({ cost }) => cost.value)] },
    {
      ...sized(width, rows.length * rowHeight + 64),
      chartPadding: { top: 4, right: 28, bottom: 16, left: 28 },
      horizontalBars: true,
      axisX: axis(scale, 40),
      axisY: { offset: 0, showLabel: false, showGrid: false },
    },
  )
  chart.on('draw', (event: BarChartEventsTypes['draw']) => {
    if (event.type === 'grid') writeTick(event, { x: scale })
    const bar = event.type === 'bar' ? rows[event.index] : undefined
    if (event.type === 'bar' && bar !== undefined) drawBar(event, bar)
  })
  chart.on('created', ({ svg, chartRect }: BarChartEventsTypes['created']) => {
    titleBelow(svg, chartRect, 'US dollars for 1,000 calls')
  })
}

function drawBar(event: BarDrawEvent, { target, cost }: Bar): void {
  const { group, chartRect, axisX, x1, x2 } = event
  const y = event.y1 + 10
  event.element.remove()
  const row = group.elem('g', {}, `tone-${target.marker.tone}`)
  const block = row.elem('rect', { x: x1, y: y - 8, width: Math.max(1.5, x2 - x1), height: 16, rx: 2 }, 'bar')
  hint(block, `${target.label}: ${usd(cost.value)} for 1,000 calls`)
  const across = (value: number): number => chartRect.x1 + axisX.projectValue({ x: value, y: 0 })
  drawInterval(row, { from: { x: across(cost.low), y }, to: { x: across(cost.high), y }, cap: 5 })
  row.elem('path', { d: target.marker.path, transform: `translate(${chartRect.x1 + 7},${y - 22})` }, 'form')
  const taken = write(row, { x: chartRect.x2, y: y - 17, text: usd(cost.value), name: 'aside', anchor: 'end' })
  const provider = target.label.startsWith(`${target.provider}/`) ? '' : `${target.provider} / `
  const name = { x: chartRect.x1 + 20, y: y - 17, text: `${provider}${target.label}`, name: 'words strong' }
  write(row, name, chartRect.width() - taken - 36)
}

function byProvider(bars: readonly Bar[]): Bar[] {
  const cheapest = new Map<string, number>()
  for (const { target, cost } of bars)
    cheapest.set(target.provider, Math.min(cost.value, cheapest.get(target.provider) ?? Infinity))
  const rank = ({ target }: Bar): number => cheapest.get(target.provider) ?? Infinity
  return bars.toSorted(
    (a, b) => rank(a) - rank(b) || a.target.provider.localeCompare(b.target.provider) || a.cost.value - b.cost.value,
  )
}
