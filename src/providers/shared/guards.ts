/** The value where it is a finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The value where it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A field that the types do not know (`cache_control`), read without trusting it. */
export function extraField(holder: object, name: string): unknown {
  return Reflect.get(holder, name)
}
