/** The seed of a run: the first run has the seed that was given, so that any of them can be made again alone. */
export function seedOf(first: number, index: number): number {
  return (first + Math.imul(index, 0x9e3779b9)) >>> 0
}
