import { at, isObject, listAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { hashOf } from '../random.ts'
import { estimateTokens } from '../tokens.ts'
import type { Turn } from './turn.ts'
import type { Reply } from './reply.ts'

/**
 * An answer of believable size to a request that nobody scripted: the same for the same request, marked as simulated, a
 * call where the request forces one, JSON of the right shape where it asks for JSON, cut where it limits the tokens.
 */
export function plausibleReply(turn: Turn): Reply {
  if (turn.mustCall !== undefined) {
    const example = exampleOf(turn.mustCall.schema)
    return { toolCalls: [{ name: turn.mustCall.name, arguments: isObject(example) ? example : {} }] }
  }
  const text = turn.schema === undefined ? prose(turn) : JSON.stringify(exampleOf(turn.schema) ?? {})
  const limit = turn.maxTokens ?? Infinity
  return estimateTokens(text) > limit ? { text: text.slice(0, limit * 4), finish: 'length' } : { text }
}

function prose({ lastText, promptTokens }: Turn): string {
  const seed = hashOf(lastText)
  const count = 1 + (seed % 4) + Math.min(8, Math.floor(promptTokens / 250))
  const chosen = Array.from({ length: count }, (_, index) => sentences[(seed + index * 7) % sentences.length])
  return `[simulated] ${chosen.join(' ')}`
}

const sentences = [
  'The request is clear, and the short answer is yes.',
  'Three parts of the input decide the outcome, and the first weighs most.',
  'Nothing in the material contradicts that reading.',
  'The second part repeats what the first one says in other words.',
  'A small example shows it: change one value, and the rest follows.',
  'Where the input is silent, the usual default applies.',
  'Two cases remain open, and both are rare.',
  'It is best done in small steps, each with its own check.',
  'The order matters only where one step reads what another wrote.',
  'Taken together, this covers every point that was raised.',
  'A shorter form would lose the reason behind the choice.',
  'The figures agree with each other to the last digit.',
] as const

/** The smallest value that a JSON schema plainly describes. */
function exampleOf(schema: JsonObject, root: JsonObject = schema, depth = 0): unknown {
  if (depth > 12) return null
  const next = (inner: unknown): unknown => (isObject(inner) ? exampleOf(inner, root, depth + 1) : null)
  const reference = at(schema, '$ref')
  if (typeof reference === 'string') return next(at(root, ...reference.replace(/^#\//, '').split('/')))
  if (Object.hasOwn(schema, 'const')) return at(schema, 'const')
  const [first] = ['enum', 'anyOf', 'oneOf', 'allOf']
    .map((key) => ({ key, value: at(schema, key, 0) }))
    .filter(({ value }) => value !== undefined)
  if (first !== undefined) return first.key === 'enum' ? first.value : next(first.value)
  return exampleOfType(schema, next)
}

function exampleOfType(schema: JsonObject, next: (inner: unknown) => unknown): unknown {
  const declared = at(schema, 'type')
  const type = Array.isArray(declared) ? declared[0] : (declared ?? 'object')
  switch (String(type).toLowerCase()) {
    case 'string':
      return exampleString(schema)
    case 'integer':
    case 'number':
      return at(schema, 'minimum') ?? 1
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return Array.from({ length: Math.max(1, Number(at(schema, 'minItems') ?? 1)) }, () => next(at(schema, 'items')))
    default:
      return exampleObject(schema, next)
  }
}

function exampleObject(schema: JsonObject, next: (inner: unknown) => unknown): JsonObject {
  const properties = at(schema, 'properties')
  const required = listAt(schema, 'required')
  const entries = isObject(properties) ? Object.entries(properties) : []
  const wanted = required.length === 0 ? entries : entries.filter(([name]) => required.includes(name))
  return Object.fromEntries(wanted.map(([name, inner]) => [name, next(inner)]))
}

function exampleString(schema: JsonObject): string {
  const format = at(schema, 'format')
  return (typeof format === 'string' ? formats[format] : undefined) ?? 'simulated'
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  email: 'simulated@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}
