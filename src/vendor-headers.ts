import type { Secret } from './contracts/secret.ts'
import { cleanHeaders, withoutKey } from './key-traces.ts'

/** A vendor's response headers, as they may leave the router: without the key, should whoever answered have repeated it. */
export class VendorHeaders {
  readonly #headers: Headers
  readonly #secret: Secret

  constructor(headers: Headers, secret: Secret) {
    this.#headers = headers
    this.#secret = secret
  }

  /** The vendor's own id of the call, from whichever header it uses. */
  get requestId(): string | null {
    const id = requestIdIn(this.#headers)
    return id === null ? null : withoutKey(this.#secret)(id)
  }

  /** All of them. */
  all(): Headers {
    return cleanHeaders(this.#headers, withoutKey(this.#secret))
  }
}

/** The id of a call, by the name that a vendor has for it. */
export function requestIdIn(headers: Headers): string | null {
  return headers.get('x-request-id') ?? headers.get('request-id')
}
