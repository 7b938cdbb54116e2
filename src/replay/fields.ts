import type { Tier } from '../contracts/catalog.ts'
import type { Usage } from '../contracts/usage.ts'
import { tierNames } from '../resolve.ts'
import { noTokens } from '../contracts/usage.ts'

/** A record from outside: every field is checked when it is read, and an error names the field, not what it holds. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${name} is no object`)
  return { ...value }
}

export function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} is ${value === undefined ? 'missing' : 'no text'}`)
  return value
}

export function textsIn(fields: Fields, name: string): readonly string[] {
  const value = fields[name]
  if (!Array.isArray(value)) throw new TypeError(`${name} is no list`)
  return value.map((item: unknown) => {
    if (typeof item !== 'string') throw new TypeError(`${name} is no list of texts`)
    return item
  })
}

/** Finite and not negative. */
export function numberIn(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${name} is no number`)
  if (value < 0) throw new TypeError(`${name} is negative`)
  return value
}

export function tierIn(fields: Fields, name: string): Tier | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const tier = tierNames.find((each) => each === value)
  if (tier === undefined) throw new TypeError(`${name} is no tier`)
  return tier
}

/** Counts by bucket; buckets that a record does not have are empty. */
export function usageIn(fields: Fields, name: string): Usage | null {
  const value = fields[name]
  if (value === null || value === undefined) return null
  const given = fieldsOf(value, name)
  const counts = Object.fromEntries(
    Object.entries(given)
      .filter(([, count]) => typeof count !== 'string')
      .map(([bucket]) => [bucket, numberIn(given, bucket)]),
  )
  const words = Object.fromEntries(Object.entries(given).filter(([, word]) => typeof word === 'string'))
  return { ...noTokens, ...counts, ...words }
}
