import { LineChart, Svg, type ChartRect, type LineChartEventsTypes } from 'chartist'
import type { ChartData, ChartTarget } from '../../src/compare/html/chart-data.ts'
import { duration } from '../../src/compare/html/numbers.ts'
import { quantile } from '../../src/compare/html/quantile.ts'
import { axis, drawInterval, extent, hint, narrow, sized, titleBelow, write, writeTick, type Surface } from './drawing.ts'
import { scaleOf, type Scale } from './scale.ts'

type Latency = NonNullable<ChartTarget['latency']>

interface Row {
  readonly target: ChartTarget
  readonly latency: Latency
}

const rowHeight = 74

/** The share of a row that the dots may use, and how far its middle line lies below the row's. */
const spread = 0.34
const below = 0.16

/** One row a target: every call as a dot, the middle half as a box, median and 95th percentile with their intervals. */
export function drawLatency({ container, width }: Surface, { targets }: ChartData): void {
  const rows = targets.flatMap((target): Row[] => (target.latency === null ? [] : [{ target, latency: target.latency }]))
  const scale = scaleOf(
    rows.flatMap(({ latency }) => [...latency.samples, ...extent([latency.median, latency.slow])]),
    { format: duration, ticks: width < narrow ? 5 : 8 },
  )
  const middleOf = (index: number): number => rows.length - index - 0.5 - below
  const chart = new LineChart(
    container,
    {
      series: rows.map(({ target, latency }, index) => ({
        className: `tone-${target.marker.tone}`,
        data: latency.samples.map((sample, place) => ({ x: scale.at(sample), y: middleOf(index) + scattered(place) })),
      })),
    },
    {
      ...sized(width, rows.length * rowHeight + 64),
      chartPadding: { top: 4, right: 28, bottom: 16, left: 28 },
      axisX: axis(scale, 40),
      axisY: axis({ logarithmic: false, low: 0, high: rows.length, at: (value) => value, ticks: [] }, 0),
      showLine: false,
    },
  )
  chart.on('draw', (event: LineChartEventsTypes['draw']) => {
    if (event.type === 'grid') writeTick(event, { x: scale })
    if (event.type === 'point') event.element.replace(new Svg('circle', { cx: event.x, cy: event.y, r: 2.6 }, 'dot'))
  })
  chart.on('created', ({ svg, chartRect }: LineChartEventsTypes['created']) => {
    titleBelow(svg, chartRect, scale.logarithmic ? 'Time to the end of the answer, logarithmic' : 'Time to the end of the answer')
    for (const [index, row] of rows.entries()) {
      const group = svg.elem('g', {}, `row tone-${row.target.marker.tone}`)
      const y = chartRect.y1 - (middleOf(index) / rows.length) * chartRect.height()
      drawSummary(group, row, { y, place: (value) => placed(chartRect, scale, value) })
      writeHead(group, row, { y: y - 28, chartRect })
    }
  })
}

/** Dots beside each other, not on each other: the golden section spreads any number of them evenly, and the same way each time. */
function scattered(place: number): number {
  return ((place * 0.618_033_988_75) % 1) * spread - spread / 2
}

function placed(chartRect: ChartRect, scale: Scale, value: number): number {
  return chartRect.x1 + ((scale.at(value) - scale.low) / (scale.high - scale.low)) * chartRect.width()
}

interface Line {
  readonly y: number
  readonly place: (value: number) => number
}

function drawSummary(group: Svg, { target, latency }: Row, { y, place }: Line): void {
  const { samples, median, slow } = latency
  const [lower, upper] = [place(quantile(samples, 0.25) ?? median.value), place(quantile(samples, 0.75) ?? median.value)]
  group.elem('rect', { x: lower, y: y - 15, width: Math.max(1, upper - lower), height: 30, rx: 4 }, 'box')
  const [from, to] = [place(median.low), place(median.high)]
  group.elem('rect', { x: from, y: y - 15, width: Math.max(0, to - from), height: 30 }, 'band')
  const middle = group.elem('line', { x1: place(median.value), x2: place(median.value), y1: y - 17, y2: y + 17 }, 'median')
  hint(middle, `${target.label}: median ${duration(median.value)}`)
  if (slow === null) return
  drawInterval(group, { from: { x: place(slow.low), y }, to: { x: place(slow.high), y }, cap: 5 })
  const mark = group.elem('path', { d: 'M0,7L-6,-5H6Z', transform: `translate(${place(slow.value)},${y - 14})` }, 'slow')
  hint(mark, `${target.label}: 95th percentile ${duration(slow.value)}`)
}

function writeHead(
  group: Svg,
  { target, latency }: Row,
  { y, chartRect }: { readonly y: number; readonly chartRect: ChartRect },
): void {
  group.elem('path', { d: target.marker.path, transform: `translate(${chartRect.x1 + 7},${y - 4})` }, 'form')
  const slow = latency.slow === null || chartRect.width() < 480 ? '' : `, 95% ${duration(latency.slow.value)}`
  const text = `median ${duration(latency.median.value)}${slow}`
  const taken = write(group, { x: chartRect.x2, y, text, name: 'aside', anchor: 'end' })
  write(group, { x: chartRect.x1 + 20, y, text: target.label, name: 'words strong' }, chartRect.width() - taken - 36)
}
