import { badRequest } from './body.ts'

type Collected = Record<string, string | null>

// The router's own credentials and framing: what a caller says about these never reaches a provider.
const reserved =
  /^(?:authorization|proxy-authorization|cookie|host|connection|content-length|content-type|transfer-encoding|accept|accept-encoding|user-agent|x-stainless-.*|.*api-key)$/

/**
 * The caller's headers for a provider call: per request over default, `null` removes, names in lower case. Credentials and
 * framing headers stay out. `undefined` where there are none, which is the usual case.
 *
 * @throws BadRequestError naming a header that could not be sent.
 */
export function callerHeaders(defaults: unknown, perCall: unknown): Readonly<Collected> | undefined {
  if (defaults === undefined && perCall === undefined) return undefined
  const collected: Collected = {}
  collect(defaults, collected)
  collect(perCall, collected)
  return Object.keys(collected).length === 0 ? undefined : collected
}

/** Takes every form of headers that the OpenAI client takes. */
function collect(headers: unknown, into: Collected): void {
  if (typeof headers !== 'object' || headers === null) return
  const nulls: unknown = 'nulls' in headers ? headers.nulls : undefined
  if (nulls instanceof Set && 'values' in headers) {
    collect(headers.values, into)
    for (const name of nulls) put(into, String(name), null)
    return
  }
  const entries: Iterable<unknown> = headers instanceof Headers || Array.isArray(headers) ? headers : Object.entries(headers)
  for (const entry of entries) if (Array.isArray(entry)) put(into, String(entry[0]), entry[1])
}

function put(into: Collected, name: string, value: unknown): void {
  const key = name.toLowerCase()
  if (!isSendable(value) || reserved.test(key)) return
  const text = value === null ? null : trimmed(textOf(value))
  const fault = headerFault(name, text)
  if (fault !== undefined) throw badRequest('invalid_body', `The header ${JSON.stringify(name.slice(0, 80))} ${fault}.`, 'headers')
  // oxlint-disable-next-line no-param-reassign -- `into` is the result in the making
  into[key] = text
}

/** As JSON has it: functions and symbols are nothing. */
function isSendable(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol' && typeof value !== 'bigint'
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.join(', ') : JSON.stringify(value)
}

/** As `fetch` does: white space around a value is not part of it. */
function trimmed(value: string): string {
  return value.replaceAll(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
}

/** Why a header cannot be sent, if it cannot (RFC 9110, 5.1 and 5.5). The value is not repeated: it may be a secret. */
export function headerFault(name: string, value: string | null): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'has a name that no header can have; use letters, digits and dashes'
  const strange = value === null ? null : /[^\t\u0020-\u007e\u0080-\u00ff]/.exec(value)
  if (strange === null) return undefined
  const unit = strange[0].charCodeAt(0)
  if (unit < 0x80) return 'has a line break or another control character in its value; take it out'
  return 'has a character in its value that headers cannot carry; encode it, for example with encodeURIComponent()'
}
