import { inspect } from 'node:util'

/**
 * Every place from which one of the needles can be reached: own properties of any kind, symbols and getters, what the
 * class's getters give, entries of maps, sets and headers, and what `inspect` and `JSON.stringify` print.
 */
export function placesOf(needles: readonly string[], haystack: unknown): readonly string[] {
  const found = new Set<string>()
  const look = (text: string, path: string): void => {
    if (needles.some((needle) => text.includes(needle))) found.add(path)
  }
  const seen = new Set<object>()
  const queue: { readonly value: unknown; readonly path: string }[] = [{ value: haystack, path: '' }]
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    const { value, path } = item
    if (typeof value === 'string') look(value, path === '' ? 'the text itself' : path)
    if (!isObject(value) || seen.has(value)) continue
    seen.add(value)
    for (const [name, inner] of reachable(value)) {
      look(name, `${path} (a name)`)
      queue.push({ value: inner, path: `${path}.${name}` })
    }
  }
  look(inspect(haystack, { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }), 'inspect()')
  look(printed(haystack), 'JSON.stringify()')
  return [...found]
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function* reachable(value: object): Generator<readonly [string, unknown]> {
  if (value instanceof Headers || value instanceof Map) {
    for (const [name, inner] of value) yield [typeof name === 'string' ? name : '?', inner]
  }
  if (value instanceof Set) for (const inner of value) yield ['?', inner]
  for (const name of Reflect.ownKeys(value)) yield [String(name), valueAt(value, name)]
  for (let type = parentOf(value); type !== undefined; type = parentOf(type)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (descriptor.get !== undefined && name !== '__proto__') yield [`get ${name}`, valueAt(value, name)]
    }
  }
}

function parentOf(value: object): object | undefined {
  const parent: unknown = Object.getPrototypeOf(value)
  return isObject(parent) && parent !== Object.prototype && parent !== Function.prototype ? parent : undefined
}

/** Some getters throw, or only work on other objects. */
function valueAt(value: object, name: string | symbol): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}

function printed(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
