/** Where in a schema something stands: a step, and the place it was taken from. Put into words only where it is told. */
export interface Place {
  readonly step: string
  readonly from: Place | undefined
}

/** One step further in. */
export function into(from: Place | undefined, step: string | number): Place {
  return { from, step: String(step) }
}

/** `properties.age.minimum`, `anyOf[1].properties["first name"]`; empty for the schema itself. */
export function pathOf(place: Place | undefined): string {
  const steps: string[] = []
  for (let at = place; at !== undefined; at = at.from) steps.push(at.step)
  return steps.toReversed().map(inPath).join('').replace(/^\./, '')
}

function inPath(step: string): string {
  if (/^\d+$/.test(step)) return `[${step}]`
  return /^[\w$-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
