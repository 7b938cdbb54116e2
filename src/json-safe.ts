import type { Fault } from './body-fault.ts'
import { under } from './body-fault.ts'

/** Values deeper than this would be refused in a body too. */
const deepest = 200

/**
 * What in a value JSON has no word for, and where: options that go into a body are checked when they are given, so that no
 * request fails over them. `undefined` fields are fine, JSON leaves them out.
 */
export function jsonFault(value: unknown): Fault | undefined {
  return faultIn(value, [])
}

function faultIn(value: unknown, path: object[]): Fault | undefined {
  switch (typeof value) {
    case 'bigint':
    case 'function':
    case 'symbol':
      return { path: '', problem: `must be something that JSON can hold, got a ${typeof value}` }
    case 'number':
      return Number.isFinite(value) ? undefined : { path: '', problem: `must be a finite number, got ${value}` }
    case 'object':
      return value === null || 'toJSON' in value ? undefined : faultInside(value, path)
    default:
      return undefined
  }
}

function faultInside(value: object, path: object[]): Fault | undefined {
  if (path.includes(value)) return { path: '', problem: 'leads back to an object that holds it, which JSON cannot' }
  if (path.length >= deepest) return { path: '', problem: `is nested deeper than ${deepest} levels` }
  path.push(value)
  for (const [name, inner] of Object.entries(value)) {
    const fault = faultIn(inner, path)
    if (fault !== undefined) return under(Array.isArray(value) ? `[${name}]` : `.${name}`, fault)
  }
  path.pop()
  return undefined
}
