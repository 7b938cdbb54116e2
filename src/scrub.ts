import type { Failure } from './contracts/failure.ts'
import type { Secret } from './contracts/secret.ts'
import { ModelyardError } from './errors.ts'
import type { Clean } from './key-traces.ts'
import { cleanHeaders, withoutKeys } from './key-traces.ts'

/** The failure without the credentials that it was made with and without anything that looks like one: message, body, headers, cause. */
export function scrubbed(failure: Failure, secrets: readonly Secret[]): Failure {
  const clean = withoutKeys(secrets)
  const { body, headers, cause, code, type, param, requestId } = failure
  return {
    ...failure,
    message: clean(failure.message),
    ...(body !== undefined && { body: cleanDeep(body, clean) }),
    ...(headers !== undefined && { headers: cleanHeaders(headers, clean) }),
    ...cleanWords({ code, type, param, requestId }, clean),
    ...(cause !== undefined && { cause: cleanCause(cause, clean) }),
  }
}

function cleanWords(words: Readonly<Record<string, string | null | undefined>>, clean: Clean): Partial<Failure> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([name, word]) => (typeof word === 'string' ? [[name, clean(word)]] : [])),
  )
}

function cleanDeep(value: unknown, clean: Clean): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => cleanDeep(item, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [clean(name), cleanDeep(item, clean)]))
}

// What Node's own errors have. An error with anything else may carry the request that it is about, key and prompt included.
const harmlessFields = new Set<PropertyKey>([
  'message',
  'stack',
  'name',
  'code',
  'errno',
  'syscall',
  'hostname',
  'address',
  'port',
  'cause',
  'failure',
])
const deepestCause = 5

/** An error of code that is not ours, such as a store's: what broke, and nothing that may hold a request or a credential. */
export function harmlessCause(cause: unknown): unknown {
  return cleanCause(cause, withoutKeys([]))
}

/** The cause itself where it tells nothing but what broke, else a copy that does. */
function cleanCause(cause: unknown, clean: Clean, depth = 0): unknown {
  // Our own say what to do, and hold nothing else.
  if (ModelyardError.is(cause)) return cause
  if (!(cause instanceof Error)) return typeof cause === 'string' ? clean(cause) : undefined
  const inner = depth >= deepestCause ? undefined : cleanCause(cause.cause, clean, depth + 1)
  const tells = Reflect.ownKeys(cause).every((field) => harmlessFields.has(field))
  if (
    tells &&
    !('failure' in cause) &&
    inner === cause.cause &&
    clean(cause.message) === cause.message &&
    clean(cause.stack ?? '') === cause.stack
  )
    return cause
  return copyOf(cause, clean, inner)
}

/** An error of the same class and name that holds what {@link harmlessFields} allows. */
function copyOf(error: Error, clean: Clean, cause: unknown): Error {
  const copy = new Error(clean(error.message), cause === undefined ? undefined : { cause })
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error))
  for (const field of ['code', 'errno', 'syscall']) {
    const value: unknown = Reflect.get(error, field)
    if (typeof value === 'string' || typeof value === 'number')
      Object.defineProperty(copy, field, { value, enumerable: true, configurable: true, writable: true })
  }
  Object.defineProperty(copy, 'stack', { value: clean(error.stack ?? ''), configurable: true, writable: true })
  return copy
}
