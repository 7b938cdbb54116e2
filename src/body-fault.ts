/** What is wrong with a value of a body, and the way to it from where it was looked for: `.content[0].text`. */
export interface Fault {
  readonly path: string
  /** What was expected, what came (its kind, never its content), and the fix. */
  readonly problem: string
}

/** Says what is wrong with a value, if anything. */
export type Check = (value: unknown) => Fault | undefined

/** Whether a value is an object with fields, no list and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value of the wrong kind. `fix` says what to write instead, where that is not plain. */
export function wrong(wanted: string, got: unknown, fix?: string): Fault {
  return { path: '', problem: `must be ${wanted}, got ${kindOf(got)}${fix === undefined ? '' : `; ${fix}`}` }
}

/** The same fault, seen from further up. Paths are only put together once something is wrong. */
export function under(step: string, fault: Fault): Fault {
  return { ...fault, path: `${step}${fault.path}` }
}

/** What is wrong with a field of an object. */
export function inField(record: Readonly<Record<string, unknown>>, name: string, check: Check): Fault | undefined {
  const fault = check(record[name])
  return fault && under(`.${name}`, fault)
}

/** What is wrong with the first bad item of a list. */
export function inItems(items: readonly unknown[], check: Check): Fault | undefined {
  let index = 0
  for (const item of items) {
    const fault = check(item)
    if (fault !== undefined) return under(`[${index}]`, fault)
    index++
  }
  return undefined
}

/** A value that may be left out, or be null, which means the same. */
export function optional(check: Check): Check {
  return (value) => (value === undefined || value === null ? undefined : check(value))
}

/** A list of such items. */
export function listOf(check: Check, wanted = 'an array'): Check {
  return (value) => (Array.isArray(value) ? inItems(value, check) : wrong(wanted, value))
}

export const isText: Check = (value) => (typeof value === 'string' ? undefined : wrong('a string', value))

/** The kind of a value in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (value === '') return 'an empty string'
  return Array.isArray(value) ? 'an array' : `a${typeof value === 'object' ? 'n' : ''} ${typeof value}`
}
