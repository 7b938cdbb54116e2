/** What is wrong with a value, and in which of its fields: `.prices.input`. */
export interface Fault {
  readonly path: string
  readonly problem: string
}

/** `undefined`: nothing is wrong. */
export type Check = (value: unknown) => Fault | undefined

/** One field of an object. */
export interface Field {
  readonly check: Check
  readonly optional?: true
}

/** The checks for every field of a type. */
export type Fields<Shape> = { readonly [Name in keyof Required<Shape>]: Field }

/** An object with these fields and no others. */
export function shape(fields: Readonly<Record<string, Field>>): Check {
  return (value) => {
    if (!isRecord(value)) return wrong('an object', value)
    const known = Object.keys(fields)
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) return { path: `.${name}`, problem: `is no field of it; known are ${known.join(', ')}` }
    }
    for (const [name, { check, optional: mayLack = false }] of Object.entries(fields)) {
      const fault = mayLack && value[name] === undefined ? undefined : check(value[name])
      if (fault !== undefined) return { ...fault, path: `.${name}${fault.path}` }
    }
    return undefined
  }
}

/** A field that may be left out. */
export function optional(check: Check): Field {
  return { check, optional: true }
}

export const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : wrong('a non-empty string', value))
export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : wrong('true or false', value))
export const day: Check = (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : wrong('a date YYYY-MM-DD', value)

/** One of these words. */
export function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): Check {
  const known = Object.keys(words)
  return (value) => (typeof value === 'string' && known.includes(value) ? undefined : wrong(`one of ${known.join(', ')}`, value))
}

/** An array of such values. */
export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return wrong('an array', value)
    let index = 0
    for (const item of value) {
      const fault = check(item)
      if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` }
      index++
    }
    return undefined
  }
}

/** An object with such values under any names. */
export function recordOf(check: Check): Check {
  return (value) => {
    if (!isRecord(value)) return wrong('an object', value)
    for (const [name, inner] of Object.entries(value)) {
      const fault = check(inner)
      if (fault !== undefined) return { ...fault, path: `.${name}${fault.path}` }
    }
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** That something else was expected. */
export function wrong(wanted: string, got: unknown): Fault {
  return { path: '', problem: `must be ${wanted}, got ${shown(got)}` }
}

function shown(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
