import { OpenAIError } from 'openai'
import type { Failure, FailureKind } from './contracts/failure.ts'

/**
 * Every error of our own. Upper-case codes are faults of set-up, thrown as {@link ModelyardError} (with a status, as the
 * `openai` class of it, which `ModelyardError.is` knows too); lower-case codes are faults of one request, thrown as the `openai`
 * class of their status. `docs/errors.md` lists the same codes.
 */
export const errorTable = {
  BAD_OPTION: { status: null, meaning: 'An option of createRouter(), a provider or a store is unknown, misspelt or out of range.' },
  UNKNOWN_PROVIDER: { status: null, meaning: 'A chain, tier, agent or alias names a provider that is not configured.' },
  UNKNOWN_MODEL: { status: null, meaning: 'A chain, tier, agent or alias names a model that nothing serves.' },
  UNKNOWN_AGENT: { status: null, meaning: 'An agent of that name is not configured.' },
  EMPTY_TIER: { status: null, meaning: 'A tier has no model that a configured provider could serve.' },
  MISSING_KEY: { status: null, meaning: 'The key store holds no key of that name.' },
  MISSING_SDK: { status: null, meaning: "The vendor's SDK, an optional peer dependency, is not installed." },
  UNSUPPORTED_ENDPOINT: { status: 404, meaning: 'No configured provider has this endpoint of the OpenAI API.' },
  VALIDATOR_FAILED: {
    status: null,
    meaning: 'The `validate` of `escalate` threw, took too long, or said something that is no verdict.',
  },
  CLOSED: { status: null, meaning: 'The router was closed.' },
  BAD_PROMPTS: { status: null, meaning: 'A prompt of a comparison, or its file, cannot be used; the message names the line.' },
  WRITE_FAILED: { status: null, meaning: 'A file of a comparison, its journal or its report, could not be written.' },
  KEY_STORE_FAILED: { status: null, meaning: 'An encrypted key store could not be read or written; `kind` says why.' },
  SERVICE_KEY_STORE_FAILED: { status: null, meaning: 'A store of service keys could not be read or written.' },
  NOT_FOR_SERVICE_KEYS: { status: null, meaning: "What belongs to the whole router was asked of a service key's client." },
  NO_TABLE: { status: null, meaning: 'The table of a store in PostgreSQL was never made.' },
  FAKE_EXHAUSTED: { status: null, meaning: 'A fake provider was asked more often than its script has answers.' },
  invalid_body: { status: 400, meaning: "The body's shape is wrong; the message names the field." },
  orphan_tool_result: { status: 400, meaning: 'A tool message answers a tool call that no earlier assistant message made.' },
  invalid_api_key: { status: 401, meaning: 'The service key is unknown, wrong, revoked or expired.' },
  model_not_allowed: { status: 403, meaning: 'The service key is not for this model.' },
  agent_not_allowed: { status: 403, meaning: 'The service key is not for this agent.' },
  endpoint_not_allowed: { status: 403, meaning: 'A service key is not for this endpoint of the OpenAI API.' },
  service_keys_unavailable: { status: 503, meaning: 'The store of the service keys is away, and no key holds without it.' },
  unsupported_parameter: { status: 400, meaning: 'No target of the chain can serve a field of this request.' },
  image_unreachable: { status: 400, meaning: 'An image at a web address could not be fetched for the provider, or may not be.' },
  file_unreachable: { status: 400, meaning: 'A file at a web address could not be fetched for the provider, or may not be.' },
  unsupported_media: {
    status: 400,
    meaning: 'What was fetched from a web address is too large, or nothing that the provider takes.',
  },
  parameter_dropped: { status: 400, meaning: 'With `strict`, a tuning field would have been left out for a target.' },
  model_not_found: { status: 404, meaning: 'Nothing configured serves a model of that name.' },
  model_retired: {
    status: 404,
    meaning: 'The vendor has shut the model down and `strict` forbids its replacement, or there is none.',
  },
  context_length_exceeded: { status: 400, meaning: "The request is larger than every target's context window." },
  region_unavailable: { status: 400, meaning: 'No target declares the region that was asked for.' },
  price_cap_exceeded: { status: 400, meaning: 'No target is sure to stay within the `maxCostUsd` of the request.' },
  price_unknown: { status: 400, meaning: 'A budget or a cap in dollars allows no target whose price is not known.' },
  malformed_response: { status: null, meaning: 'The provider answered with something that is no answer.' },
  schema_mismatch: { status: null, meaning: "The model's answer breaks the JSON schema or format that was asked for." },
  answer_rejected: { status: null, meaning: 'No model gave an answer that the `escalate` of the caller accepts.' },
  stream_interrupted: { status: null, meaning: 'The stream broke after its first content had been handed over.' },
  unrecorded_request: { status: 400, meaning: 'A replay of recorded traffic has no answer for this request.' },
  queue_full: { status: 429, meaning: 'Every target has as many calls under way as it may have, and as many requests waiting.' },
  queue_timeout: { status: 429, meaning: 'No target that may take no more calls at a time had one free within `queueMs`.' },
  budget_exceeded: { status: 429, meaning: 'A budget does not cover the call.' },
  budget_store_lost: { status: 503, meaning: 'The store of the budgets is away, and nothing is to be spent without it.' },
  audit_blocked: { status: 503, meaning: 'The audit trail has no room for another request, and none is to go unrecorded.' },
  all_circuits_open: {
    status: 503,
    meaning:
      'Every target is held back by its circuit breaker, by Retry-After, by a limit of its own, or because every key for it rests.',
  },
} as const satisfies Record<string, { readonly status: number | null; readonly meaning: string }>

/** The code of an error of ours. */
export type ErrorCode = keyof typeof errorTable

/** The codes that {@link ModelyardError} carries. */
export type SetupCode = Extract<ErrorCode, Uppercase<ErrorCode>>

const brand = Symbol.for('modelyard.error')

/** A fault of set-up: configuration, keys, packages. The message says what came, where, and what to do. */
export class ModelyardError extends OpenAIError {
  readonly code: SetupCode
  /** The option, field or package concerned, where there is one: `tiers.simple[0]`. */
  readonly field: string | undefined

  constructor(code: SetupCode, message: string, { field, cause }: { readonly field?: string; readonly cause?: unknown } = {}) {
    super(message)
    this.name = 'ModelyardError'
    this.code = code
    this.field = field
    if (cause !== undefined) this.cause = cause
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for errors of this class, also from another copy of the package, and for those that {@link setupError} marked. */
  static is(error: unknown): error is ModelyardError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

/** An error of another class that is a fault of set-up besides: code that looks for either finds it. */
export function setupError<Thrown extends Error>(error: Thrown, code: SetupCode, field: string): Thrown {
  return Object.defineProperty(Object.assign(error, { code, field }), brand, { value: true })
}

/**
 * An attempt's error that is classified already: adapters throw it for what no SDK reports (a cut stream, a 200 that is
 * no answer). It never reaches the caller; the core turns it into the `openai` class that fits.
 */
export class AttemptError extends Error {
  readonly failure: Failure

  constructor(kind: FailureKind, message: string, details: Omit<Failure, 'kind' | 'message'> = {}) {
    super(message)
    this.name = 'AttemptError'
    this.failure = { kind, message, ...details }
  }
}

/** A fault that the router itself finds, in an answer or in who is asked: no adapter is asked what it means. */
export class RouterFault extends AttemptError {}

/** Ends an exhaustive switch: a new member of the union does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new TypeError(`unreachable: ${String(value)}`)
}
