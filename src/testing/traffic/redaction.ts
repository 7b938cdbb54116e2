/** Headers whose values may stand in a recording of a request. */
const harmlessRequestHeader = /^(?:accept|content-type|content-encoding|prefer|user-agent|.+-version|.+-beta)$/
/** Names of headers, query parameters and fields that hold secrets. */
const secretName = /key|auth|token(?!s)|cookie|secret|credential|signature|password|^sig$/i
/** Headers of a response that a replay must not repeat: the transport has dealt with them. */
const ofTheTransport = /^(?:content-encoding|content-length|transfer-encoding|connection|keep-alive)$/
/** A value that nobody has written by hand: of a header of whatever name, it may be a key. */
const random = /^(?=.*[a-z])(?=.*\d)[\w.~+/=-]{20,}$/i
/** What stands in place of a secret, where its length does not matter. */
const redacted = '[redacted]'

// What looks like a key: whole, or with stars in its middle, as some vendors repeat it.
const keyLike =
  /\b(?:sk|pk|rk)[-_][\w-]{16,}|\b(?:sk|pk|rk)[-_][\w-]*(?:\*{3,}|\.{3,})[\w*-]*|\bAIza[\w-]{20,}|\b(?:AKIA|ASIA)[A-Z\d]{16}\b|\b(?:gsk|hf|r8|fw|ghp|gho|ghu)_\w{20,}|\b(?:xai|pplx|nvapi|csk)-[\w-]{20,}|\bya29\.[\w-]{10,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g
const secretField =
  /"(?:access_?token|refresh_?token|id_?token|client_?secret|client_?assertion|api_?key|password|secret)"\s*:\s*"((?:[^"\\]|\\.)*)"/gi
const secretParameter =
  /(?:^|&)(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|api_?key|password)=([^&]*)/gi

/** Takes secrets out of what is recorded. What it has seen in headers and addresses it finds in everything that comes later. */
export class Redaction {
  readonly #secrets = new Set<string>()

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) this.#learn(secret)
  }

  /** Takes note of what a request carries where secrets are carried. */
  look(url: string, headers: Headers): void {
    for (const [name, value] of headers) {
      if (isSecretive(name)) for (const secret of secretsIn(name, value)) this.#learn(secret)
      else if (!harmlessRequestHeader.test(name) && random.test(value)) this.#learn(value)
    }
    for (const [name, value] of new URL(url).searchParams) if (secretName.test(name)) this.#learn(value)
  }

  #learn(secret: string): void {
    if (secret.length < 8) return
    this.#secrets.add(secret)
    this.#secrets.add(encodeURIComponent(secret))
    this.#secrets.add(Buffer.from(secret).toString('base64').replace(/=+$/, ''))
    // What a mask leaves: more than a vendor's prefix, and the end.
    if (secret.length >= 24) this.#secrets.add(secret.slice(0, 16)).add(secret.slice(-8))
  }

  /** An address without credentials. */
  url(text: string): string {
    const url = new URL(text)
    url.username = ''
    url.password = ''
    for (const name of new Set(url.searchParams.keys())) if (secretName.test(name)) url.searchParams.set(name, redacted)
    return this.text(url.href)
  }

  /** Of a request's headers those that are harmless, and the names of the secret ones. */
  requestHeaders(headers: Headers): Readonly<Record<string, string>> {
    const kept = [...headers].filter(([name]) => harmlessRequestHeader.test(name) || isSecretive(name))
    return Object.fromEntries(kept.map(([name, value]) => [name, isSecretive(name) ? redacted : this.text(value)]))
  }

  /** The headers of a response, cookies and the like without their values. */
  responseHeaders(headers: Headers): readonly (readonly [string, string])[] {
    const kept = [...headers].filter(([name]) => !ofTheTransport.test(name))
    return kept.map(([name, value]) => [name, isSecretive(name) ? redacted : this.text(value)])
  }

  /** A text without secrets. */
  text(text: string): string {
    return Buffer.from(this.body(Buffer.from(text))).toString()
  }

  /** A body without secrets: the same mark for each, however long it was. */
  body(bytes: Uint8Array): Uint8Array {
    const pieces: Uint8Array[] = []
    let from = 0
    for (const range of this.#ranges(bytes)) {
      pieces.push(bytes.subarray(from, range.from), Buffer.from(redacted))
      from = range.to
    }
    return Buffer.concat([...pieces, bytes.subarray(from)])
  }

  /**
   * A body that came in pieces, with stars over every secret, also over those that lie across the borders: number and
   * lengths of the pieces stay what they were.
   */
  chunks(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
    const clean = Buffer.concat(chunks)
    for (const { from, to } of this.#ranges(clean)) clean.fill('*', from, to)
    let from = 0
    return chunks.map(({ length }) => clean.subarray(from, (from += length)))
  }

  /** Where the secrets are, in order and apart from each other. */
  #ranges(bytes: Uint8Array): readonly Range[] {
    // One letter for each byte: places in the text are places in the bytes.
    const text = Buffer.from(bytes).toString('latin1')
    const found: Range[] = []
    for (const secret of this.#secrets) {
      const needle = Buffer.from(secret).toString('latin1')
      for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1))
        found.push({ from: at, to: at + needle.length })
    }
    for (const { index, 0: whole } of text.matchAll(keyLike)) found.push({ from: index, to: index + whole.length })
    for (const pattern of [secretField, secretParameter]) {
      for (const { index, 0: whole, 1: value = '' } of text.matchAll(pattern)) {
        const from = index + whole.lastIndexOf(value)
        if (value !== '') found.push({ from, to: from + value.length })
      }
    }
    return merged(found)
  }
}

interface Range {
  readonly from: number
  readonly to: number
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const apart: Range[] = []
  for (const range of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = apart.at(-1)
    if (last === undefined || range.from > last.to) apart.push(range)
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return apart
}

/** What is secret in a header: all of it, or what follows its scheme. */
function secretsIn(name: string, value: string): readonly string[] {
  if (/cookie/.test(name)) return value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim())
  const signed = /^AWS4-\S+ Credential=([^/]+)\/.*Signature=(\w+)/.exec(value)
  if (signed !== null) return signed.slice(1)
  const [, scheme = '', token = value] = /^(\w+) +(\S+)$/.exec(value) ?? []
  const basic = /^basic$/i.test(scheme) ? Buffer.from(token, 'base64').toString() : ''
  return [value, token, ...basic.split(':')]
}

function isSecretive(name: string): boolean {
  return secretName.test(name) && !/idempotency/.test(name)
}
