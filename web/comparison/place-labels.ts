/** A rectangle in the units of a drawing. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Labelled {
  /** The middle of the symbol. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const gap = 11

/** A label may cover this share of itself with other things; one that would cover more is left out. */
const mostCovered = 0.1

/**
 * A place for each label beside its symbol: the one that covers least of lines, symbols and other labels and stays in the frame.
 * `null` where a label would hide more than it says; the symbol alone then stands for its target.
 */
export function placeLabels(labels: readonly Labelled[], frame: Box, lines: readonly Box[]): (Box | null)[] {
  const taken: Box[] = [...lines, ...labels.map(({ x, y }) => ({ x: x - 8, y: y - 8, width: 16, height: 16 }))]
  return labels.map((label) => {
    const best = places(label)
      .map((box, index) => ({ box, hidden: covered(box, taken) + outside(box, frame) * 4, index }))
      .reduce((one, other) => (other.hidden + other.index < one.hidden + one.index ? other : one))
    if (best.hidden > mostCovered * label.width * label.height) return null
    taken.push(best.box)
    return best.box
  })
}

/** Right, left, above and below, then the corners: in the order in which they read best. */
function places({ x, y, width, height }: Labelled): Box[] {
  const [right, left, centre] = [x + gap, x - gap - width, x - width / 2]
  const [middle, above, below] = [y - height / 2, y - gap - height + 2, y + gap - 2]
  const corners = [
    [right, middle],
    [left, middle],
    [centre, above],
    [centre, below],
    [right - 4, above],
    [right - 4, below],
    [left + 4, above],
    [left + 4, below],
  ] as const
  return corners.map(([boxX, boxY]) => ({ x: boxX, y: boxY, width, height }))
}

function covered(box: Box, taken: readonly Box[]): number {
  return taken.reduce((sum, other) => sum + overlap(box, other), 0)
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return width > 0 && height > 0 ? width * height : 0
}

function outside(box: Box, frame: Box): number {
  return box.width * box.height - overlap(box, frame)
}
