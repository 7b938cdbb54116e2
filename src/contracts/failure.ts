/**
 * What went wrong with one attempt, in our own words. What follows from a kind (does the breaker count it, is it tried
 * again, does the chain go on) stands in one table: `src/classification.ts`.
 */
export type FailureKind =
  /** DNS, refused, reset, closed, TLS, unreadable HTTP. */
  | 'network'
  /** One of the router's own clocks: connect, attempt, first token, idle. */
  | 'timeout'
  /** The limit that the caller gave with `timeout`. */
  | 'caller_timeout'
  /** The limit of the whole logical request. */
  | 'deadline'
  /** The caller's signal, or the caller left the stream. */
  | 'aborted'
  /** Another target that was asked beside it was quicker. */
  | 'outrun'
  /** A 3xx answer; never followed. */
  | 'redirect'
  /** 400 or 422 about the request itself. */
  | 'invalid_request'
  | 'context_length'
  | 'content_filter'
  /** What an address in the request leads to cannot be had, or is nothing that this vendor takes. */
  | 'media'
  /** 401, or a 400 that says the key is wrong. */
  | 'auth'
  /** 402, used-up quota, spend limit, balance. */
  | 'quota'
  | 'permission'
  /** 404, 410, or a 400 that says the model is gone. */
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'rate_limit'
  | 'overloaded'
  /** 408, 425, 5xx. */
  | 'server'
  /** Any other 4xx. */
  | 'rejected'
  /** A 2xx that is no answer: empty, HTML, no choices, an error object, cut JSON. */
  | 'malformed'
  /** An answer, but not in the JSON that was asked for. */
  | 'mismatch'
  /** An answer, but not one that the caller's `escalate` accepts. */
  | 'unfit'
  /** A stream that ended or broke without its finish reason. */
  | 'truncated'
  /** An exception inside an SDK or adapter. */
  | 'internal'
  /** The target cannot serve at all: no key, SDK not installed. */
  | 'unusable'

/** One classified vendor error. Plain data; `message` and `body` hold the vendor's words, without any key. */
export interface Failure {
  readonly kind: FailureKind
  /** The vendor's own message, or ours where there is none. */
  readonly message: string
  /** HTTP status; absent for transport errors and errors inside a stream. */
  readonly status?: number
  readonly code?: string | null
  readonly type?: string | null
  readonly param?: string | null
  /** The vendor's request id. */
  readonly requestId?: string | null
  /** How long the vendor asks to be left alone, in ms. */
  readonly retryAfterMs?: number
  /** The vendor's explicit word on retrying (`x-should-retry`). */
  readonly shouldRetry?: boolean
  /** Response headers, as received. */
  readonly headers?: Headers
  /** The vendor's error object, as `APIError.error` carries it. */
  readonly body?: unknown
  readonly cause?: unknown
}
