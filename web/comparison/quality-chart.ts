import { Interpolation, LineChart, type LineChartEventsTypes, type PointDrawEvent } from 'chartist'
import type { ChartData, ChartTarget, Whisker } from '../../src/compare/html/chart-data.ts'
import { percent, usd } from '../../src/compare/html/numbers.ts'
import { axis, drawInterval, extent, hint, narrow, sized, titleBelow, write, writeTick, type Surface } from './drawing.ts'
import { placeLabels } from './place-labels.ts'
import { scaleOf, type Scale } from './scale.ts'

interface Point {
  readonly target: ChartTarget
  readonly cost: Whisker
  readonly quality: Whisker
}

interface Scales {
  readonly x: Scale
  readonly y: Scale
}

/** Cost to the right, quality upwards, and the Pareto front as a staircase. */
export function drawQuality({ container, width }: Surface, { targets, quality }: ChartData): void {
  const points = targets.flatMap(({ cost, quality: reached, ...target }): Point[] =>
    cost === null || reached === null ? [] : [{ target: { ...target, cost, quality: reached }, cost, quality: reached }],
  )
  const scales = scalesOf(points, width)
  const place = (point: Point): { x: number; y: number } => ({
    x: scales.x.at(point.cost.value),
    y: scales.y.at(point.quality.value),
  })
  const front = points.filter(({ target }) => target.onFront).toSorted((a, b) => a.cost.value - b.cost.value)
  const chart = new LineChart(
    container,
    {
      series: [
        { name: 'front', className: 'front', data: front.map(place) },
        ...points.map((point) => ({ className: `tone-${point.target.marker.tone}`, data: [place(point)] })),
      ],
    },
    {
      ...sized(width, width < narrow ? 360 + 12 * points.length : 440),
      chartPadding: { top: 36, right: 24, bottom: 16, left: 8 },
      axisX: axis(scales.x, 36),
      axisY: axis(scales.y, 44),
      showLine: false,
      series: { front: { showLine: true, showPoint: false, lineSmooth: Interpolation.step({ postpone: true }) } },
    },
  )
  chart.on('draw', (event: LineChartEventsTypes['draw']) => {
    if (event.type === 'grid') writeTick(event, scales)
    const point = event.type === 'point' ? points[event.seriesIndex - 1] : undefined
    if (event.type === 'point' && point !== undefined) drawPoint(event, point, scales)
  })
  chart.on('created', (event: LineChartEventsTypes['created']) => {
    const { svg, chartRect } = event
    titleBelow(svg, chartRect, scales.x.logarithmic ? 'US dollars for 1,000 calls, logarithmic' : 'US dollars for 1,000 calls')
    write(svg, { x: 4, y: 16, text: `${quality ?? 'Quality'}, more is better`, name: 'axis-title' })
    writeLabels(event, points, { scales, width })
  })
}

/** Beside each symbol its name, where there is room for it. */
function writeLabels(
  event: LineChartEventsTypes['created'],
  points: readonly Point[],
  drawn: { scales: Scales; width: number },
): void {
  const { svg, chartRect } = event
  const { scales, width } = drawn
  const { across, up } = projection(event, scales)
  // Those on the front come first: where it is crowded, they are the ones to be named.
  const named = points.toSorted((a, b) => Number(b.target.onFront) - Number(a.target.onFront))
  const labels = named.map(({ target, cost, quality }) => {
    const words = svg.elem('g', {}, 'label')
    const wide = write(words, { x: 0, y: 0, text: target.label, name: 'words' }, width < narrow ? 120 : 220)
    return { words, x: across(cost.value), y: up(quality.value), width: wide, height: 16 }
  })
  const whiskers = points.flatMap(({ cost, quality }) => [
    { x: across(cost.low), y: up(quality.value) - 1, width: across(cost.high) - across(cost.low), height: 2 },
    { x: across(cost.value) - 1, y: up(quality.high), width: 2, height: up(quality.low) - up(quality.high) },
  ])
  const frame = { x: chartRect.x1, y: chartRect.y2 - 10, width: width - chartRect.x1 - 2, height: chartRect.height() + 10 }
  for (const [index, box] of placeLabels(labels, frame, whiskers).entries()) {
    if (box === null) labels[index]?.words.remove()
    else labels[index]?.words.attr({ transform: `translate(${box.x},${box.y + 12})` })
  }
}

type Axes = Pick<LineChartEventsTypes['created'], 'chartRect' | 'axisX' | 'axisY'>

/** Where dollars and shares stand in the drawing. */
function projection({ chartRect, axisX, axisY }: Axes, scales: Scales): Record<'across' | 'up', (value: number) => number> {
  return {
    across: (value) => chartRect.x1 + axisX.projectValue({ x: scales.x.at(value), y: 0 }),
    up: (value) => chartRect.y1 - axisY.projectValue({ x: 0, y: scales.y.at(value) }),
  }
}

function scalesOf(points: readonly Point[], width: number): Scales {
  return {
    x: scaleOf(extent(points.map(({ cost }) => cost)), { format: usd, ticks: width < narrow ? 5 : 8 }),
    y: scaleOf(extent(points.map(({ quality }) => quality)), { format: percent, ticks: 6, limit: 1 }),
  }
}

function drawPoint(event: PointDrawEvent, { target, cost, quality }: Point, scales: Scales): void {
  const { element, group, x, y } = event
  const { across, up } = projection(event, scales)
  element.remove()
  drawInterval(group, { from: { x: across(cost.low), y }, to: { x: across(cost.high), y } })
  drawInterval(group, { from: { x, y: up(quality.low) }, to: { x, y: up(quality.high) } })
  const form = { d: target.marker.path, transform: `translate(${x},${y}) scale(1.25)` }
  const symbol = group.elem('path', form, target.onFront ? 'form' : 'form beaten')
  hint(symbol, `${target.label}: ${percent(quality.value)}, ${usd(cost.value)} for 1,000 calls`)
}
