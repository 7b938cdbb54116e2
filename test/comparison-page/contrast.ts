import type { Shown } from './in-page.ts'

/** The texts that WCAG 2 calls too faint (AA: 4.5 to 1, large text 3 to 1), each with its contrast. */
export function tooFaint(texts: readonly Shown[]): string[] {
  return texts.flatMap(({ text, color, behind, size, weight }) => {
    const background = behind.map(parse).find(({ alpha }) => alpha === 1) ?? { red: 255, green: 255, blue: 255, alpha: 1 }
    const ratio = contrast(luminance(parse(color)), luminance(background))
    const large = size >= 24 || (size >= 18.66 && weight >= 700)
    return ratio >= (large ? 3 : 4.5) ? [] : [`${ratio.toFixed(2)} ${text}`]
  })
}

interface Rgba {
  readonly red: number
  readonly green: number
  readonly blue: number
  readonly alpha: number
}

function parse(color: string): Rgba {
  const [red, green, blue, alpha = 1] = (/^rgba?\((.*)\)$/.exec(color)?.[1] ?? '').split(',').map(Number)
  if (red === undefined || green === undefined || blue === undefined) throw new Error(`not a colour: ${color}`)
  return { red, green, blue, alpha }
}

function luminance({ red, green, blue }: Rgba): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function linear(part: number): number {
  const share = part / 255
  return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}
