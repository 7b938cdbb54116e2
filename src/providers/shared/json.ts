/** A JSON object whose fields are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields, no list and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The field's text; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/**
 * Reads a JSON answer as leniently as is safe: with a byte order mark, blank lines before it (keep-alive of slow models),
 * or something behind a complete object. `undefined` where there is no JSON value.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return salvage(text.startsWith('\uFEFF') ? text.slice(1) : text)
  }
}

function salvage(text: string): unknown {
  const end = objectEnd(text)
  if (end === 0) return undefined
  try {
    return JSON.parse(text.slice(0, end))
  } catch {
    return undefined
  }
}

/** Where the first object of the text ends; 0 where the text begins with no object, or with one that is cut. */
function objectEnd(text: string): number {
  if (!/^\s*\{/.test(text)) return 0
  let depth = 0
  // Each character is looked at once, also where a string never ends.
  for (let index = text.indexOf('{'); index < text.length; index += 1) {
    const token = text[index]
    if (token === '"') index = stringEnd(text, index)
    else if (token === '{') depth += 1
    else if (token === '}') depth -= 1
    if (depth === 0) return index + 1
  }
  return 0
}

/** Where the string ends that begins at `start`: the index of its quotation mark. */
function stringEnd(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1
  return index
}
