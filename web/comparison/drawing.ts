import { FixedScaleAxis, type AxesDrawEvent, type AxisOptions, type ChartRect, type Svg } from 'chartist'
import type { Whisker } from '../../src/compare/html/chart-data.ts'
import type { Scale } from './scale.ts'

/** The place of a chart in the page, and how wide that is now. */
export interface Surface {
  readonly container: HTMLElement
  readonly width: number
}

/** Where the width of a phone begins. */
export const narrow = 560

/**
 * The drawing has its own units, one for each pixel at the time of drawing. Where the page then changes its width, as on paper,
 * it is scaled and nothing is cut.
 */
export function sized(width: number, height: number): { viewBox: { width: number; height: number } } {
  return { viewBox: { width, height } }
}

/** An axis with just the ticks of the scale. The words beside them are ours: the library's would be HTML within the drawing. */
export function axis(scale: Scale, offset: number): AxisOptions {
  const { low, high, ticks } = scale
  return { type: FixedScaleAxis, low, high, ticks: ticks.map(({ at }) => at), offset, showLabel: false }
}

/** Writes the words of a tick when its line of the grid is drawn. */
export function writeTick(event: AxesDrawEvent, scales: { readonly x: Scale; readonly y?: Scale }): void {
  if (event.type !== 'grid') return
  const across = event.axis.units.pos === 'x'
  const text = (across ? scales.x : scales.y)?.ticks[event.index]?.words ?? ''
  if (across) write(event.group, { x: event.x1, y: event.y2 + 18, text, name: 'tick', anchor: 'middle' })
  else write(event.group, { x: event.x1 - 8, y: event.y1 + 4, text, name: 'tick', anchor: 'end' })
}

/** What the axis along the bottom measures. */
export function titleBelow(svg: Svg, { x1, x2, y1 }: ChartRect, text: string): void {
  write(svg, { x: (x1 + x2) / 2, y: y1 + 40, text, name: 'axis-title', anchor: 'middle' })
}

/** Text in a drawing. */
export interface Words {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly name: string
  readonly anchor?: 'start' | 'middle' | 'end'
}

/** Writes text, cut with an ellipsis where it would be wider than `width`, and says how wide it is. To the browser it is never markup. */
export function write(parent: Svg, { x, y, text, name, anchor = 'start' }: Words, width = Infinity): number {
  const node = parent.elem('text', { x, y, 'text-anchor': anchor }, name).getNode<SVGTextElement>()
  node.textContent = text
  const letters = Array.from(new Intl.Segmenter('en').segment(text), ({ segment }) => segment)
  while (letters.length > 1 && node.getComputedTextLength() > width) {
    letters.splice(-Math.max(1, Math.floor(letters.length / 12)))
    node.textContent = `${letters.join('').trimEnd()}…`
  }
  return node.getComputedTextLength()
}

/** What a mouse finds where it rests. */
export function hint(element: Svg, text: string): void {
  const title = element.elem('title').getNode()
  title.textContent = text
}

/** A line from one end of an interval to the other with a stroke across each end; nothing where there is no interval. */
export function drawInterval(parent: Svg, ends: { readonly from: Place; readonly to: Place; readonly cap?: number }): void {
  const { from, to, cap = 4 } = ends
  if (Math.hypot(to.x - from.x, to.y - from.y) < 0.5) return
  const [dx, dy] = from.y === to.y ? [0, cap] : [cap, 0]
  const stroke = (a: Place, b: Place): string => `M${a.x},${a.y}L${b.x},${b.y}`
  const capOf = ({ x, y }: Place): string => stroke({ x: x - dx, y: y - dy }, { x: x + dx, y: y + dy })
  parent.elem('path', { d: `${stroke(from, to)}${capOf(from)}${capOf(to)}` }, 'interval-line')
}

interface Place {
  readonly x: number
  readonly y: number
}

/** All numbers that an axis must have room for. */
export function extent(whiskers: readonly (Whisker | null)[]): number[] {
  return whiskers.flatMap((whisker) => (whisker === null ? [] : [whisker.low, whisker.value, whisker.high]))
}
