import * as z from 'zod/mini'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { AuditSink } from './contracts/audit.ts'
import type { ModelCard, Tier } from './contracts/catalog.ts'
import type { Clock } from './contracts/clock.ts'
import type { KeyStore } from './contracts/keys.ts'
import type { Classifier } from './contracts/policy.ts'
import { ModelyardError } from './errors.ts'

/**
 * The limits of one request, in milliseconds; `Infinity` switches one off. Each starts when its attempt is made, `totalMs`
 * when the call is made. Keep-alive bytes do not count as content, and no limit runs while the caller works on a chunk.
 */
export interface Clocks {
  /** A unary attempt, from the call to the complete answer. Default 120,000; 600,000 where the model reasons. */
  readonly attemptMs: number
  /** A streamed attempt, from the call to the first content, tool call or reasoning. Default 60,000; 300,000 where the model reasons. */
  readonly firstTokenMs: number
  /** Between two pieces of content of a stream. Default 60,000; 120,000 where the model reasons. */
  readonly idleMs: number
  /** The whole logical request: every attempt, wait and switch. Default 600,000. */
  readonly totalMs: number
}

/** A named caller with its own chain and constraints. */
export interface AgentOptions {
  /** A model string: `provider/model`, a model name, an alias, `auto`, `tier:simple`. Serves `model: 'auto'` of this agent. */
  readonly primary: string
  /** Model strings tried in order when the primary, or whatever model the call names, fails. Default none. */
  readonly fallback?: readonly string[]
  /** Only targets that declare this region. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. */
  readonly strict?: boolean
  readonly clocks?: Partial<Clocks>
  /** Vendor-only parameters by provider id. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** When a circuit opens and for how long. */
export interface BreakerOptions {
  /** Consecutive failures that open it. Default 5. */
  readonly failures?: number
  /** Milliseconds until one request tests an open circuit. Default 30,000. */
  readonly cooldownMs?: number
  /** What shares a circuit: targets with the same word do. Default `provider/model`; one provider id has one credential. */
  readonly key?: (target: { readonly provider: string; readonly model: string }) => string
}

/** What `createRouter()` takes. Everything is optional. */
export interface RouterOptions {
  /** The adapters, in order of preference. Default: every built-in one whose key the key store holds. */
  readonly providers?: readonly ProviderAdapter[]
  /** Names of your own for models: one model string, or several in order of preference. */
  readonly models?: Readonly<Record<string, string | readonly string[]>>
  /** The models of each tier in order of preference. A tier left out has the catalog's defaults. */
  readonly tiers?: Partial<Readonly<Record<Tier, readonly string[]>>>
  readonly agents?: Readonly<Record<string, AgentOptions>>
  /** Where keys come from. Default: the environment. */
  readonly keys?: KeyStore
  /** Where audit records go. Default: nowhere. */
  readonly audit?: AuditSink | readonly AuditSink[]
  /** Decides the tier of `model: 'auto'`. Default: the built-in one. */
  readonly classifier?: Classifier
  /** Cards that extend the catalog or replace its own by provider and id. */
  readonly catalog?: readonly ModelCard[]
  readonly breaker?: BreakerOptions
  readonly clocks?: Partial<Clocks>
  /** Only targets that declare this region. Default: any. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. Default false. */
  readonly strict?: boolean
  /** The model that the ledger compares with. Default: the dearest reachable model of the complex tier. */
  readonly baseline?: string
  /** Time. Default: the machine's. */
  readonly clock?: Clock
  /** `false` sends every call through the OpenAI client's own request path and JSON: slower, less dependent on its inside. Default true. */
  readonly fastPath?: boolean
  /** As in the OpenAI client: tries again on the last target of a chain. Default 2. */
  readonly maxRetries?: number
  /** As in the OpenAI client: milliseconds an attempt may take. Default 600,000. */
  readonly timeout?: number
  /** As in the OpenAI client: headers that every provider call carries. */
  readonly defaultHeaders?: Readonly<Record<string, string | null | undefined>>
}

/** Limits of models and requests that do not reason. */
export const defaultClocks: Clocks = { attemptMs: 120_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 }

/** Limits where the model may think before it speaks. */
export const reasoningClocks: Clocks = { attemptMs: 600_000, firstTokenMs: 300_000, idleMs: 120_000, totalMs: 600_000 }

const text = z.string().check(z.minLength(1))
const texts = z.array(text)
const limit = z.number().check(z.positive())
const flag = z.boolean()
const record = z.record(z.string(), z.unknown())
const having = (...names: readonly string[]) =>
  z.custom(
    (value) => typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function'),
  )

const clocks = z.strictObject({
  attemptMs: z.optional(limit),
  firstTokenMs: z.optional(limit),
  idleMs: z.optional(limit),
  totalMs: z.optional(limit),
})

const agent = z.strictObject({
  primary: text,
  fallback: z.optional(texts),
  region: z.optional(text),
  strict: z.optional(flag),
  clocks: z.optional(clocks),
  providerOptions: z.optional(z.record(z.string(), record)),
})

const sink = having('write')

const routerOptions = z.strictObject({
  providers: z.optional(z.array(having('complete', 'stream', 'supports', 'failure')).check(z.minLength(1))),
  models: z.optional(z.record(text, z.union([text, texts.check(z.minLength(1))]))),
  tiers: z.optional(z.strictObject({ simple: z.optional(texts), standard: z.optional(texts), complex: z.optional(texts) })),
  agents: z.optional(z.record(text, agent)),
  keys: z.optional(having('get')),
  audit: z.optional(z.union([z.array(sink), sink])),
  classifier: z.optional(having('classify')),
  catalog: z.optional(z.array(z.looseObject({ provider: text, id: text, tier: z.enum(['simple', 'standard', 'complex']) }))),
  breaker: z.optional(
    z.strictObject({
      failures: z.optional(z.int().check(z.positive())),
      cooldownMs: z.optional(z.number().check(z.nonnegative(), z.maximum(2 ** 31 - 1))),
      key: z.optional(z.custom((value) => typeof value === 'function')),
    }),
  ),
  clocks: z.optional(clocks),
  region: z.optional(text),
  strict: z.optional(flag),
  baseline: z.optional(text),
  clock: z.optional(having('now', 'wall', 'setTimeout')),
  fastPath: z.optional(flag),
  maxRetries: z.optional(z.int().check(z.nonnegative())),
  timeout: z.optional(limit),
  defaultHeaders: z.optional(z.record(z.string(), z.union([z.string(), z.null(), z.undefined()]))),
})

const routingOptions = z.strictObject({
  agent: z.optional(text),
  fallback: z.optional(texts),
  region: z.optional(text),
  strict: z.optional(flag),
  clocks: z.optional(clocks),
  providerOptions: z.optional(z.record(z.string(), record)),
})

/** What one call, or one view of the client made by `with()`, may say about its routing. */
export interface RoutingOptions {
  readonly agent?: string
  /** Model strings tried in order after the model that the call names. */
  readonly fallback?: readonly string[]
  readonly region?: string
  readonly strict?: boolean
  readonly clocks?: Partial<Clocks>
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** @throws ModelyardError `BAD_OPTION` naming the field, what came, and what is expected. */
export function checkRouterOptions(options: RouterOptions): void {
  check(routerOptions, options, 'createRouter')
}

/** @throws ModelyardError `BAD_OPTION` naming the field, what came, and what is expected. */
export function checkRoutingOptions(options: RoutingOptions): void {
  check(routingOptions, options, 'with')
}

function check(schema: z.ZodMiniType, options: unknown, where: string): void {
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

/** A union reports its members' complaints inside; the one that came furthest is the one to tell. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [issue] = issues
  if (issue === undefined) throw new TypeError('a failed check without an issue')
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flat().filter((nested) => nested.path.length > 0)
  const [first] = inner
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
    case 'invalid_union':
      return 'of another type'
    default:
      return expectations[String(issue.path.find((step) => typeof step === 'string'))] ?? 'valid'
  }
}

const expectations: Readonly<Record<string, string>> = {
  providers: 'a provider adapter such as openai()',
  keys: 'a key store with get(name)',
  audit: 'an audit sink with write(record), or an array of them',
  classifier: 'a classifier with classify(request)',
  clock: 'a clock with now(), wall() and setTimeout()',
}

/** The known name that is at most three edits away, if any. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.min(4, Math.ceil(name.length / 2) + 1)
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted))
    }
    row = next
  }
  return row[to.length] ?? 0
}
