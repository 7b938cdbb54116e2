/** How a target is drawn in every chart and table: a form and a tone, so that nobody has to tell colours apart. */
export interface Marker {
  /** The path of the form around 0,0, within 6 units. */
  readonly path: string
  /** Names a colour of the style sheet, 0 to 7. */
  readonly tone: number
}

const paths: readonly string[] = [
  'M0,-5.2A5.2,5.2,0,1,1,0,5.2A5.2,5.2,0,1,1,0,-5.2Z',
  'M-4.7,-4.7H4.7V4.7H-4.7Z',
  'M0,-6L5.6,4.2H-5.6Z',
  'M0,-6.2L6.2,0L0,6.2L-6.2,0Z',
  'M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z',
  'M0,6L5.6,-4.2H-5.6Z',
  'M0,-6.2L1.7,-1.9H6L2.6,1L3.9,5.6L0,2.9L-3.9,5.6L-2.6,1L-6,-1.9H-1.7Z',
  'M-5.4,-3.1L0,-6.2L5.4,-3.1V3.1L0,6.2L-5.4,3.1Z',
]

const tones = 8

/** The marker of the target with this number: no two of the first 64 are alike. */
export function markerOf(index: number): Marker {
  const round = Math.floor(index / paths.length)
  return { path: paths[index % paths.length] ?? '', tone: (index + round) % tones }
}
