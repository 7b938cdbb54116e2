import type { Secret } from './contracts/secret.ts'
import { cleanHeaders, withoutEach } from './key-traces.ts'

/** A vendor's response headers, as they may leave the router: without a credential, should whoever answered have repeated it. */
export class VendorHeaders {
  readonly #headers: Headers
  readonly #secrets: readonly Secret[]

  constructor(headers: Headers, secrets: readonly Secret[]) {
    this.#headers = headers
    this.#secrets = secrets
  }

  /** The vendor's own id of the call, from whichever header it uses. */
  get requestId(): string | null {
    const id = requestIdIn(this.#headers)
    return id === null ? null : withoutEach(this.#secrets)(id)
  }

  /** All of them. */
  all(): Headers {
    return cleanHeaders(this.#headers, withoutEach(this.#secrets))
  }
}

/** The id of a call, by the name that a vendor has for it. */
export function requestIdIn(headers: Headers): string | null {
  return headers.get('x-request-id') ?? headers.get('request-id')
}
