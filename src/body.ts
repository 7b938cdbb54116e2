import { BadRequestError } from 'openai'
import type { ErrorCode } from './errors.ts'

/** Objects of a body deeper than this are refused: no vendor takes them, and a copy must not exhaust the stack. */
const deepest = 200

/**
 * A private copy of what the caller passed, in the shape JSON would give it: `undefined`, functions and symbols fall
 * away (in arrays they become `null`), `toJSON` is honoured, strings are shared. Whatever the caller does to its objects
 * afterwards, every target of the chain sees the same request.
 *
 * @throws TypeError on a circular structure or a bigint, as `JSON.stringify` does.
 */
export function jsonCopy(value: unknown): unknown {
  return copyValue(value, '', [])
}

function copyValue(value: unknown, key: string, path: object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'object':
      return value === null ? null : copyObject(value, key, path)
    case 'bigint':
      throw new TypeError(`Do not know how to serialize a BigInt${key === '' ? '' : ` (field "${key}")`}`)
    default:
      return undefined
  }
}

function copyObject(value: object, key: string, path: object[]): unknown {
  if (!('toJSON' in value) || typeof value.toJSON !== 'function') return copyStructure(value, key, path)
  const replaced: unknown = value.toJSON(key)
  // As in JSON.stringify, what toJSON gives is not asked for its own toJSON again.
  return typeof replaced === 'object' && replaced !== null ? copyStructure(replaced, key, path) : copyValue(replaced, key, path)
}

function copyStructure(value: object, key: string, path: object[]): unknown {
  if (path.includes(value))
    throw new TypeError(`Converting circular structure to JSON: field "${key}" leads back to an object that holds it`)
  if (path.length >= deepest) throw new TypeError(`the body is nested deeper than ${deepest} levels at field "${key}"`)
  path.push(value)
  const copy = Array.isArray(value) ? copyArray(value, path) : copyRecord(value, path)
  path.pop()
  // Every target of a chain sees this copy: none may change it for the next one.
  return Object.freeze(copy)
}

function copyArray(items: readonly unknown[], path: object[]): readonly unknown[] {
  const copy: unknown[] = []
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    copy.push(typeof item === 'string' ? item : (copyValue(item, '', path) ?? null))
  }
  return copy
}

function copyRecord(record: object, path: object[]): unknown {
  if (isBoxed(record)) return copyValue(record.valueOf(), '', path)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(record)) {
    const value: unknown = Reflect.get(record, key)
    const copied = typeof value === 'string' ? value : copyValue(value, key, path)
    if (copied === undefined) continue
    // A plain assignment to `__proto__` would change the copy's prototype instead of adding a field.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: copied, enumerable: true, writable: true, configurable: true })
    else copy[key] = copied
  }
  return copy
}

/** A primitive in an object, of this realm or another: JSON takes it for the primitive. */
function isBoxed(record: object): boolean {
  // Nearly every object is a plain one of this realm: that is told in no time.
  if (Object.getPrototypeOf(record) === Object.prototype) return false
  return /^\[object (?:String|Number|Boolean)\]$/.test(Object.prototype.toString.call(record))
}

/** A 400 of our own: thrown before anything is sent, in the class that a provider's 400 has. */
export function badRequest(code: ErrorCode, message: string, param: string): BadRequestError {
  return new BadRequestError(400, { message, type: 'invalid_request_error', param, code }, undefined, new Headers())
}
