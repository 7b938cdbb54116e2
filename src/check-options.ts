import * as z from 'zod/mini'
import { hasSinks } from './audit-options.ts'
import { headerFault } from './caller-headers.ts'
import { ModelyardError } from './errors.ts'
import { jsonFault } from './json-safe.ts'
import { nearest } from './nearest.ts'
import { schemas } from './option-schemas.ts'
import type { RouterOptions, RoutingOptions } from './options.ts'
import { overrideFault } from './contracts/check-card.ts'
import { tenantRule } from './contracts/tenant.ts'

/** @throws ModelyardError `BAD_OPTION` naming the field, what came, and what is expected. */
export function checkRouterOptions(options: RouterOptions): void {
  checkShape(schemas().router, options, 'createRouter')
  const { agents = {}, audit, catalog = [], defaultHeaders = {} } = options
  if (audit !== undefined && hasSinks(audit)) checkShape(schemas().audit, { audit }, 'createRouter')
  for (const [name, { providerOptions }] of Object.entries(agents)) checkJson(providerOptions, `agents.${name}`, 'createRouter')
  for (const [name, value] of Object.entries(defaultHeaders)) {
    const problem = headerFault(name, value ?? null)
    if (problem !== undefined) throw bad('createRouter', `defaultHeaders.${name}`, problem)
  }
  for (const [index, card] of catalog.entries()) {
    const fault = overrideFault(card)
    if (fault !== undefined) throw bad('createRouter', `catalog[${index}]${fault.path}`, fault.problem)
  }
}

/**
 * What `with()` makes of a view's options.
 *
 * @throws ModelyardError `BAD_OPTION` naming the field, what came, and what is expected.
 */
export function routingOver(before: RoutingOptions, options: RoutingOptions): RoutingOptions {
  checkShape(schemas().routing, options, 'with')
  checkJson(options.providerOptions, '', 'with')
  return { ...before, ...options }
}

/** These go into a vendor's body as they are: what JSON cannot hold would fail every request. */
function checkJson(providerOptions: RoutingOptions['providerOptions'], place: string, where: string): void {
  const fault = jsonFault(providerOptions)
  if (fault === undefined) return
  throw bad(where, `${place === '' ? '' : `${place}.`}providerOptions${fault.path}`, fault.problem)
}

function bad(where: string, field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${where}(): ${field} ${problem}`, { field })
}

/** @throws ModelyardError `BAD_OPTION` where options of the function `where` are not as the schema, one of zod's, has them. */
export function checkShape(schema: object, options: unknown, where: string): void {
  if (!(schema instanceof z.ZodMiniType)) throw new TypeError('not a schema')
  const result = z.safeParse(schema, options)
  if (result.success) return
  const issue = deepest(result.error.issues)
  const field = fieldName(issue.path)
  if (issue.code === 'unrecognized_keys') throw unknownOption(schema, issue, where)
  throw new ModelyardError(
    'BAD_OPTION',
    `${where}(): ${field === '' ? 'the options' : field} must be ${expected(issue)}, got ${shown(valueAt(options, issue.path))}`,
    {
      field,
    },
  )
}

/**
 * The complaint to tell. A union reports its members' complaints inside; the one that came furthest counts. An unknown name
 * goes first: it is why the right one is missing.
 */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const all = issues.map(furthest)
  const issue = all.find(({ code }) => code === 'unrecognized_keys') ?? all[0]
  if (issue === undefined) throw new TypeError('a failed check without an issue')
  return issue
}

function furthest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const [first] = issue.errors.flat().filter((nested) => nested.path.length > 0)
  return first === undefined ? issue : { ...first, path: [...issue.path, ...first.path] }
}

function unknownOption(schema: z.ZodMiniType, issue: z.core.$ZodIssueUnrecognizedKeys, where: string): ModelyardError {
  const [key = ''] = issue.keys
  const known = knownKeys(schema, issue.path)
  const near = nearest(key, known)
  const field = fieldName([...issue.path, key])
  return new ModelyardError(
    'BAD_OPTION',
    `${where}(): unknown option ${field}; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`}`,
    { field },
  )
}

function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema
  for (const step of [...path, undefined]) {
    while (at instanceof z.ZodMiniOptional) at = at.def.innerType
    if (step === undefined) break
    if (at instanceof z.ZodMiniObject) at = Reflect.get(at.def.shape, step)
    else if (at instanceof z.ZodMiniRecord) at = at.def.valueType
  }
  return at instanceof z.ZodMiniObject ? Object.keys(at.def.shape) : []
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`)).join('')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined
  return at
}

/** Values of options can be keys that landed in the wrong field: strings are described, not repeated. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value)
  return Array.isArray(value)
    ? value.length === 0
      ? 'an empty array'
      : 'an array'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
    case 'too_small':
      if (issue.origin === 'string') return 'a non-empty string'
      if (issue.origin === 'array') return 'a non-empty array'
      return `${issue.inclusive === true ? 'at least' : 'above'} ${String(issue.minimum)}`
    case 'too_big':
      return `at most ${String(issue.maximum)}`
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    default:
      return expectationOf(issue.path) ?? (issue.code === 'invalid_union' ? 'of another type' : 'valid')
  }
}

/** What is said of the innermost option that something is said of. */
function expectationOf(path: readonly PropertyKey[]): string | undefined {
  return expectations[String(path.findLast((step) => Object.hasOwn(expectations, step)))]
}

const expectations: Readonly<Record<string, string>> = {
  providers: 'a provider adapter such as openai()',
  keys: 'a key store with get(name)',
  serviceKeys: 'service keys, as serviceKeys() makes them',
  audit: 'an audit sink with write(record), an array of them, or { sinks }',
  sinks: 'an audit sink with write(record), or an array of them',
  content: 'what auditContent() of modelyard/audit/content makes',
  pepper: 'a text of at least 16 characters',
  from: "'safety_identifier', 'user' or a function",
  telemetry: 'telemetry with event(event, about, details) such as openTelemetry() makes, or an array of it',
  logger: 'a logger with debug() and warn(), such as pino() or console',
  classifier: 'a classifier with classify(request)',
  tokenizer: 'a function such as gptTokenizer(), from a text and a model to a number of tokens',
  clocks: 'a number of milliseconds above 0, or Infinity',
  store: 'a store of that kind, such as redisBreakers(), redisBudgets() or postgresLedger() make',
  tenant: tenantRule,
  timeZone: 'an IANA time zone such as Europe/Berlin',
  answerLength: 'two numbers above 0, the smaller one first',
  clock: 'a clock with now(), wall() and setTimeout()',
  validate: 'a function that says true, false or why not',
  afterCommit: "'fail', 'buffer', 'restart' or { continueWith: a function }",
  validators: "a function, a regular expression, { contains }, { jsonSchema } or 'expected'",
  signal: 'an AbortSignal',
  prompts: 'an array of prompts, or the path of a file of them',
}
