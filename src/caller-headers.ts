type Collected = Record<string, string | null>

// The router's own credentials and framing: what a caller says about these never reaches a provider.
const reserved =
  /^(?:authorization|proxy-authorization|cookie|host|connection|content-length|content-type|transfer-encoding|accept|accept-encoding|user-agent|x-stainless-.*|.*api-key)$/

/**
 * The caller's headers for a provider call: per request over default, `null` removes, names in lower case. Credentials and
 * framing headers stay out. `undefined` where there are none, which is the usual case.
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
  if (value === undefined || reserved.test(key)) return
  // oxlint-disable-next-line no-param-reassign -- `into` is the result in the making
  into[key] =
    value === null ? null : typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value)
}
