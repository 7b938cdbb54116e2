import type { Part } from './parts.ts'

/** What else the schema says. */
interface Beside {
  readonly has: ReadonlySet<string>
  readonly type: unknown
}

/** A keyword in keywords that say exactly the same and that more vendors know; `undefined` where there are none. */
export function inPlainWords({ keyword, value }: Part, { has, type }: Beside): ReadonlyMap<string, unknown> | undefined {
  if (keyword === 'const' && (typeof value === 'string' || typeof value === 'number') && !has.has('enum'))
    return new Map<string, unknown>([['enum', [value]], ...(has.has('type') ? [] : [['type', typeof value] as const])])
  const inclusive = bounds[keyword]
  if (inclusive === undefined || type !== 'integer' || typeof value !== 'number' || has.has(inclusive.name)) return undefined
  // `exclusiveMinimum: 0` of a whole number is `minimum: 1`.
  const bound = value + inclusive.step
  return Number.isSafeInteger(bound) ? new Map([[inclusive.name, bound]]) : undefined
}

const bounds: Readonly<Record<string, { readonly name: string; readonly step: number } | undefined>> = {
  exclusiveMinimum: { name: 'minimum', step: 1 },
  exclusiveMaximum: { name: 'maximum', step: -1 },
}
