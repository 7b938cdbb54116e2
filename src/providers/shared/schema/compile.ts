import { isObject, type JsonObject } from '../json.ts'
import type { Dialect } from './dialect.ts'
import { examined } from './fault.ts'
import { demands, isEnforced, typing } from './keywords.ts'
import { partsOf, type Part } from './parts.ts'
import { into, type Place } from './place.ts'
import { isStable, leadsBack } from './references.ts'
import { Run, type Loss } from './run.ts'
import { inPlainWords } from './values.ts'
import { holders, type Inner } from './walk.ts'

/** A schema in a vendor's words and what of it the vendor does not see to; or why it cannot be said to that vendor. */
export type Compiled = { readonly schema: JsonObject; readonly losses: readonly Loss[] } | { readonly reason: string }

/**
 * Puts a JSON Schema into the words of a vendor. What keeps to the compiled schema keeps to the given one but for the
 * losses, and the other way round: no answer that the given one allows is made impossible, except for names that objects
 * do not say where the vendor wants them closed. Pure; the schema given is not changed. Looks at each part of it once.
 */
export function compileSchema(schema: unknown, dialect: Dialect): Compiled {
  const given = examined(schema)
  if ('reason' in given) return given
  const reference = referenceProblem(given.schema, given.parts, dialect)
  if (reference !== undefined) return { reason: reference }
  const run = new Run(dialect)
  const said = objectOf(given.schema, undefined, run)
  return run.reason === undefined ? { schema: said, losses: run.losses } : { reason: run.reason }
}

function referenceProblem(schema: JsonObject, inner: readonly Inner[], { recursion, oneOf, allOf }: Dialect): string | undefined {
  if (!inner.some((part) => '$ref' in part.schema)) return undefined
  const parts = inner.map((part) => part.schema)
  if (recursion !== 'allowed' && leadsBack(schema, parts, recursion === 'refused' ? 'all' : 'required'))
    return 'a schema that refers to itself cannot be guaranteed'
  const moves = oneOf === 'as anyOf' || allOf === 'merged'
  if (!moves || parts.every(({ $ref }) => typeof $ref !== 'string' || isStable($ref))) return undefined
  return 'a reference to anything but a definition or a property cannot be kept'
}

function compiled(schema: unknown, place: Place | undefined, run: Run): unknown {
  if (isObject(schema)) return objectOf(schema, place, run)
  if (!run.dialect.untyped || (schema === false && run.dialect.lost === 'described')) run.refuse('a value of any type', place)
  return run.dialect.lost === 'described' ? {} : schema
}

function objectOf(schema: JsonObject, place: Place | undefined, run: Run): JsonObject {
  const { parts, closes } = partsOf(schema, place, run)
  if (!run.dialect.untyped && !parts.some(({ keyword }) => typing.includes(keyword))) run.refuse('a value of any type', place)
  const draft = new Draft(parts, run)
  for (const part of parts) draft.add(part)
  return draft.finish(closes)
}

/** A schema in the making. */
class Draft {
  readonly #run: Run
  readonly #has: ReadonlySet<string>
  readonly #type: unknown
  readonly #out = new Map<string, unknown>()
  readonly #descriptions: string[] = []
  readonly #words: string[] = []

  constructor(parts: readonly Part[], run: Run) {
    this.#run = run
    this.#has = new Set(parts.map(({ keyword }) => keyword))
    this.#type = parts.find(({ keyword }) => keyword === 'type')?.value
  }

  add(part: Part): void {
    const { keyword, value } = part
    if (keyword === 'description' && typeof value === 'string') this.#descriptions.push(value)
    else if (keyword === '$defs' || keyword === 'definitions') this.#set(keyword, this.#inner(part, this.#run))
    else if (demands(keyword, value)) this.#demand(part)
    else this.#note(part)
  }

  /** What demands nothing: said to vendors that read schemas, if only in words. */
  #note({ keyword, value }: Part): void {
    const { lost } = this.#run.dialect
    if (lost === 'sent' || keyword === 'title' || keyword === 'default') this.#set(keyword, value)
    else if (!silent.has(keyword)) this.#words.push(inWords(keyword, value))
  }

  #demand(part: Part): void {
    const { keyword, value, place } = part
    const { dialect } = this.#run
    const plain = dialect.plainValues ? inPlainWords(part, { has: this.#has, type: this.#type }) : undefined
    if (plain !== undefined) for (const [name, said] of plain) this.#set(name, said)
    else if (keyword === 'additionalProperties' && dialect.objects !== 'as they are') this.#others(part)
    else if (keyword === 'oneOf' && dialect.oneOf !== 'lost') this.#oneOf(part)
    else if (isEnforced(keyword, value, dialect) && this.#counts(keyword)) this.#set(keyword, this.#inner(part, this.#run))
    else this.#lose(part, place)
  }

  /** Beside a reference other keywords do not count everywhere. */
  #counts(keyword: string): boolean {
    if (!this.#has.has('$ref')) return true
    return this.#run.dialect.refsAlone ? !(keyword === '$ref' && this.#has.has('anyOf')) : keyword === '$ref'
  }

  #lose(part: Part, place: Place | undefined): void {
    const { keyword, value } = part
    this.#run.lose(keyword, place)
    if (this.#run.dialect.lost === 'described') this.#words.push(inWords(keyword, value))
    // What is in it is put into the vendor's words all the same, and does not count: it is lost as a whole.
    else this.#set(keyword, this.#inner(part, new Run(this.#run.dialect)))
  }

  /** Which names there are besides: none, where the vendor's objects are closed. */
  #others(part: Part): void {
    const { value } = part
    if (this.#run.dialect.objects === 'closed') {
      if (value !== false) this.#words.push(inWords(part.keyword, value))
    } else if (value !== false) this.#lose(part, part.place)
  }

  #oneOf(part: Part): void {
    const { dialect } = this.#run
    const { value, place } = part
    const name = dialect.oneOf === 'as anyOf' ? 'anyOf' : 'oneOf'
    // Two unions side by side cannot both be `anyOf`.
    if ((name === 'anyOf' && this.#has.has('anyOf')) || !this.#counts('oneOf')) return this.#lose(part, place)
    if (Array.isArray(value) && value.length > 1) this.#run.lose('oneOf', place)
    this.#set(name, this.#inner(part, this.#run))
  }

  /** The value of a keyword, with all schemas in it compiled. */
  #inner({ keyword, value, place }: Part, run: Run): unknown {
    const holds = holders.get(keyword)
    if (holds === undefined) return value
    const at = into(place, keyword)
    if (Array.isArray(value)) return value.map((each, index) => compiled(each, into(at, index), run))
    if (holds !== 'map') return compiled(value, at, run)
    const named = Object.entries(isObject(value) ? value : {})
    const { objects } = run.dialect
    return Object.fromEntries(
      named
        // A name that must not be there is not there in an object without other names.
        .filter(([, schema]) => !(keyword === 'properties' && objects === 'closed' && schema === false))
        .map(([name, schema]) => [name, Array.isArray(schema) ? schema : compiled(schema, into(at, name), run)]),
    )
  }

  #set(keyword: string, value: unknown): void {
    const before = this.#out.get(keyword)
    if (keyword === 'properties' && isObject(before) && isObject(value))
      this.#out.set(keyword, Object.fromEntries([...Object.entries(before), ...Object.entries(value)]))
    else if (keyword === 'required' && Array.isArray(before) && Array.isArray(value))
      this.#out.set(keyword, [...new Set<unknown>([...before, ...value])])
    else if (!(this.#out.has(keyword) && keyword === 'title')) this.#out.set(keyword, value)
  }

  finish(closes: boolean): JsonObject {
    if (closes) {
      if (!this.#out.has('type')) this.#out.set('type', 'object')
      this.#out.set('additionalProperties', false)
    }
    const described = [this.#descriptions.join('\n\n'), this.#words.length === 0 ? '' : `{${this.#words.join(', ')}}`]
    const description = described.filter((text) => text !== '').join('\n\n')
    if (description !== '' || this.#has.has('description')) this.#out.set('description', description)
    if (this.#run.dialect.refsAlone) this.#wrapReference()
    return Object.fromEntries(this.#out)
  }

  /** A union of one is the same as that one, and may have company. */
  #wrapReference(): void {
    const reference = this.#out.get('$ref')
    const isAlone = [...this.#out.keys()].every((keyword) => keyword.startsWith('$'))
    if (reference === undefined || isAlone || this.#out.has('anyOf')) return
    this.#out.delete('$ref')
    this.#out.set('anyOf', [{ $ref: reference }])
  }
}

/** Notes that no model needs. */
const silent: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', '$anchor', 'description'])

function inWords(keyword: string, value: unknown): string {
  return `${keyword}: ${JSON.stringify(value)}`
}
