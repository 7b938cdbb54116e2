/** What the tests find out inside the page: each function is sent there alone, and so may use nothing from around it. */

/** Text as it is shown. Colours are CSS's `rgb()`; `behind` has those of the elements around it, from inside out. */
export interface Shown {
  readonly text: string
  readonly color: string
  readonly behind: readonly string[]
  readonly size: number
  readonly weight: number
}

/** All text that can be seen, that of the drawings too. */
export function shownTexts(): Shown[] {
  const found: Shown[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (text === '' || element === null || element.closest('script, style, title, .unseen') !== null) continue
    if (!element.checkVisibility()) continue
    const { color, fill, fontSize, fontWeight } = getComputedStyle(element)
    const behind: string[] = []
    for (let at: Element | null = element; at !== null; at = at.parentElement) behind.push(getComputedStyle(at).backgroundColor)
    const painted = element instanceof SVGElement ? fill : color
    found.push({ text, color: painted, behind, size: Number.parseFloat(fontSize), weight: Number(fontWeight) })
  }
  return found
}

/** How far anything that doesn't scroll by itself stands out of the page, in pixels. */
export function overflow(): number {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth
}

/** Texts of the drawings that reach out of them, and drawings that reach out of the page. */
export function cutOff(): string[] {
  const found: string[] = []
  for (const svg of document.querySelectorAll<SVGSVGElement>('.chart > svg')) {
    const frame = svg.getBoundingClientRect()
    if (frame.left < 0 || frame.right > document.documentElement.clientWidth + 1) found.push(svg.parentElement?.id ?? '')
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect()
      const out =
        box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
      if (out) found.push(text.textContent ?? '')
    }
  }
  return found
}

/** How many of each thing a chart shows. */
export function drawn(chart: string): Record<string, number> {
  const count = (selector: string): number => document.querySelectorAll(`#${chart} ${selector}`).length
  return {
    symbols: count('path.form'),
    beaten: count('path.beaten'),
    intervals: count('.interval-line'),
    dots: count('circle.dot'),
    medians: count('.median'),
    bars: count('rect.bar'),
    fronts: count('.front path'),
  }
}

/** How many colours a picture has. */
export async function colours(picture: string): Promise<number> {
  const image = new Image()
  image.src = picture
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d')
  context?.drawImage(image, 0, 0)
  const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] }
  const found = new Set<number>()
  for (let at = 0; at < data.length; at += 4) found.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0))
  return found.size
}
