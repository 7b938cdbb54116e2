import type { ModelCard } from '../../contracts/catalog.ts'
import type { Secret } from '../../contracts/secret.ts'
import { ModelyardError } from '../../errors.ts'
import { cardFault } from '../../contracts/check-card.ts'

/** The transport: `fetch` or anything that behaves like it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What every adapter factory takes. `Client` is the vendor SDK's client class. */
export interface AdapterOptions<Client = unknown> {
  /** The provider's id in model strings. Give another one to configure the same vendor twice. */
  readonly id?: string | undefined
  /** The name of its key in the key store, or of several: the first that nothing is known against is used. */
  readonly key?: string | readonly string[] | undefined
  readonly baseURL?: string | undefined
  /** Sent with every request; `null` removes one of the SDK's own. */
  readonly headers?: Readonly<Record<string, string | null>> | undefined
  /** The transport for every byte to and from the vendor. Default: the global `fetch` at the time of the call. */
  readonly fetch?: Fetch | undefined
  /** An SDK client of your own, or what builds one for a key. It must not retry. */
  readonly client?: Client | ((secret: Secret) => Client | Promise<Client>) | undefined
  /** Models that the catalog does not know. */
  readonly models?: readonly ModelCard[] | undefined
  /** Where it processes data, for residency rules. Default: not declared. */
  readonly region?: string | undefined
  /** Allows a `baseURL` with plain http that is not on this machine. Default: false. */
  readonly allowInsecureHttp?: boolean | undefined
}

const commonOptions = ['id', 'key', 'baseURL', 'headers', 'fetch', 'client', 'models', 'region', 'allowInsecureHttp'] as const

/** What an option must be, in words that follow "must be", and whether a value is that. */
export interface OptionCheck {
  readonly wanted: string
  readonly holds: (value: unknown) => boolean
}

/** A name: text that is not empty, of the letters that it may have. */
export function aName(letters: RegExp = /./): OptionCheck {
  return { wanted: 'a name', holds: (value) => typeof value === 'string' && value !== '' && letters.test(value) }
}

/** A function. */
export const aFunction: OptionCheck = { wanted: 'a function', holds: (value) => typeof value === 'function' }
/** An object, no list and not null. */
export const anObject: OptionCheck = {
  wanted: 'an object',
  holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

const checks: Readonly<Record<string, OptionCheck>> = {
  id: {
    wanted: 'a name without "/", ":" or white space, and not "auto"',
    holds: (value) => typeof value === 'string' && /^[^/:\s]+$/.test(value) && value !== 'auto',
  },
  key: {
    wanted: 'the name of a key in the key store, or a list of different ones',
    holds: (value) => isKeyName(value) || (Array.isArray(value) && isList(value, isKeyName)),
  },
  baseURL: { wanted: 'a URL', holds: (value) => typeof value === 'string' && URL.canParse(value) },
  headers: { wanted: 'an object of strings and nulls', holds: isHeaders },
  fetch: aFunction,
  client: { wanted: 'an SDK client or a function', holds: (value) => value !== null && /^(object|function)$/.test(typeof value) },
  models: { wanted: 'a list of model cards', holds: Array.isArray },
  region: aName(),
  allowInsecureHttp: { wanted: 'true or false', holds: (value) => typeof value === 'boolean' },
}

function isKeyName(value: unknown): boolean {
  return typeof value === 'string' && /^[!-~]{1,200}$/.test(value)
}

function isList(values: readonly unknown[], isItem: (value: unknown) => boolean): boolean {
  return values.length > 0 && values.every(isItem) && new Set(values).size === values.length
}

function isHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((header) => header === null || typeof header === 'string')
}

/**
 * Checks an adapter factory's options: unknown or misspelt names, wrong types, a base URL that would send the key in
 * clear. `own` are the options that this adapter has beyond {@link AdapterOptions}, with what they must be where that is
 * told here.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`openai.baseURL`).
 */
export function checkOptions(factory: string, options: unknown, own: OwnOptions = []): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw badOption(factory, `${factory}() takes an object of options, got ${shown(options)}.`)
  const given: Readonly<Record<string, unknown>> = { ...options }
  checkEach(factory, given, own)
  const { key, models, baseURL, allowInsecureHttp } = given
  if ([key].flat().some(looksLikeKey)) throw keyInPlaceOfName(factory)
  if (Array.isArray(models)) checkCards(factory, models)
  if (typeof baseURL === 'string' && allowInsecureHttp !== true) checkScheme(factory, baseURL)
}

type OwnOptions = readonly string[] | Readonly<Record<string, OptionCheck | undefined>>

function isNames(own: OwnOptions): own is readonly string[] {
  return Array.isArray(own)
}

function checkEach(factory: string, given: Readonly<Record<string, unknown>>, own: OwnOptions): void {
  const known = [...commonOptions, ...(isNames(own) ? own : Object.keys(own))]
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) throw unknownOption({ factory, name, known })
    const check = (isNames(own) ? undefined : own[name]) ?? checks[name]
    if (value === undefined || check === undefined || check.holds(value)) continue
    throw badOption(`${factory}.${name}`, `${factory}({ ${name} }) must be ${check.wanted}, got ${shown(value)}.`)
  }
}

/** Prefixes that vendors give their keys. */
const keyPrefix = /^(?:sk-|sk_|pk_|rk_|gsk_|xai-|pplx-|hf_|r8_|nvapi-|csk-|fw_|tgp_|AIza|AKIA|ya29\.|Bearer\b)/
/** Long runs of hexadecimal digits, or of mixed letters and digits: names that people give have words in them. */
const longHex = /^[\da-f]{32,}$/i
const longMixed = /^(?=.*[a-z])(?=.*[A-Z])(?=(?:.*\d){3})[\w-]{30,}$/

function looksLikeKey(value: unknown): boolean {
  return typeof value === 'string' && (keyPrefix.test(value) || longHex.test(value) || longMixed.test(value))
}

/** Does not say what came: it is a secret. */
function keyInPlaceOfName(factory: string): ModelyardError {
  const fix = "Put the key into the environment or into memoryKeys({ NAME: '…' }), and give its name here."
  return badOption(
    `${factory}.key`,
    `${factory}({ key }) is the name under which the key store holds the key; what came looks like a key itself. ${fix}`,
  )
}

function checkCards(factory: string, cards: readonly unknown[]): void {
  for (const [index, card] of cards.entries()) {
    const fault = cardFault(card)
    if (fault === undefined) continue
    const field = `models[${index}]${fault.path}`
    throw badOption(`${factory}.${field}`, `${factory}(): ${field} ${fault.problem}.`)
  }
}

function checkScheme(factory: string, baseURL: string): void {
  const { protocol, hostname, origin } = new URL(baseURL)
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return
  const fix = 'Use https, or set allowInsecureHttp: true if the network between is yours.'
  throw badOption(`${factory}.baseURL`, `${factory}({ baseURL }) would send the key unencrypted to ${origin}. ${fix}`)
}

/** Whether a host name means this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.endsWith('.localhost') || /^127(\.\d+){3}$/.test(hostname)
}

function unknownOption({ factory, name, known }: { factory: string; name: string; known: readonly string[] }): ModelyardError {
  const near = nearest(name, known)
  const hint = near === undefined ? `It takes ${known.join(', ')}.` : `Did you mean '${near}'?`
  return badOption(`${factory}.${name}`, `${factory}() has no option '${name}'. ${hint}`)
}

function badOption(field: string, message: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', message, { field })
}

/** A value as an error may show it: a string could be a key at the wrong place, so only its kind is told. */
function shown(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** The known name that is at most a third of its letters away from `name`, if there is one. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase())
    if (away >= least || away > Math.max(1, candidate.length / 3)) continue
    best = candidate
    least = away
  }
  return best
}

/** Levenshtein distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let left = 0; left < from.length; left += 1) {
    const next = [left + 1]
    for (let right = 0; right < to.length; right += 1) {
      const swap = (row[right] ?? 0) + (from[left] === to[right] ? 0 : 1)
      next.push(Math.min(swap, (row[right + 1] ?? 0) + 1, (next[right] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
