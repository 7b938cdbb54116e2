/** The value where it is a finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/**
 * A count of a vendor's: 0 where it says nothing. What is no count stays wrong (`NaN`, a negative number), so that the sum it goes
 * into is flagged and not silently smaller.
 */
export function tokensOf(value: unknown): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'number' && value >= 0 ? value : Number.NaN
}

/** The value where it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A field that the types do not know (`cache_control`), read without trusting it. */
export function extraField(holder: object, name: string): unknown {
  return Reflect.get(holder, name)
}
