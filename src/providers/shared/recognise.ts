import type { Failure, FailureKind } from '../../contracts/failure.ts'
import { kindOfStatus } from '../../classification.ts'

/** One row of a vendor's table of errors. It fits where all that it names fits; the first row that fits counts. */
export interface Recogniser {
  readonly kind: FailureKind
  readonly status?: readonly number[]
  /** Compared with the error's `code` and `type`. */
  readonly code?: readonly string[]
  /** Searched in the error's message. */
  readonly text?: RegExp
}

/** Errors of whatever vendor that are told by their words: what many OpenAI-compatible servers have no code for. */
const commonRecognisers: readonly Recogniser[] = [
  { kind: 'context_length', code: ['context_length_exceeded', 'model_context_window_exceeded'] },
  // A single field that is too long has nothing to do with the context window.
  { kind: 'invalid_request', code: ['string_above_max_length'] },
  {
    kind: 'context_length',
    status: [400, 413, 422],
    text: /maximum context length|context length exceeded|exceeds? (?:the|its|this model'?s)?.{0,20}context (?:window|length|size)|prompt is too long|longer than the model'?s context length|input tokens exceed the configured limit|current length is \d+ while limit is|maximum prompt length is/i,
  },
  // The vendor could not fetch what an address leads to; another may, from elsewhere or with more patience.
  {
    kind: 'media',
    status: [400, 422],
    text: /(?:unable to|failed to|could not|couldn't|cannot|can't|error while|timeout while) (?:be )?(?:download|fetch|retriev)\w* .{0,60}(?:image|file|url|https?:)/i,
  },
  { kind: 'content_filter', code: ['content_filter', 'content_policy_violation', 'responsibleaipolicyviolation'] },
  {
    kind: 'content_filter',
    status: [400, 403, 422],
    text: /content_policy_violation|responsibleaipolicyviolation|rejected as a result of our safety system|content management policy/i,
  },
  { kind: 'quota', code: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'insufficient_balance'] },
  {
    kind: 'quota',
    status: [400, 403, 429],
    text: /credit balance is too low|insufficient (?:balance|credits?|funds)|exceeded your current quota/i,
  },
  {
    kind: 'auth',
    status: [400],
    text: /\b(?:api[ _-]?key)\b.{0,40}\b(?:not valid|invalid|incorrect|expired)|\b(?:invalid|incorrect|expired) api[ _-]?key/i,
  },
  { kind: 'auth', status: [400], code: ['invalid_api_key'] },
  {
    kind: 'not_found',
    status: [400, 403, 404, 410],
    code: ['model_not_found', 'model_not_available', 'model_deprecated', 'deployment_not_found'],
  },
  {
    kind: 'not_found',
    status: [400],
    text: /model .{0,120}(?:does not exist|is no longer available|has been (?:deprecated|retired|decommissioned|shut down)|was retired)/i,
  },
]

/** What an error tells in its fields. */
export interface ErrorDetails {
  readonly message: string
  readonly code?: string | null
  readonly type?: string | null
  readonly param?: string | null
  /** The vendor's error object. */
  readonly body?: unknown
}

/** The kind of an error: the vendor's own table first, then the common one, then the status (none inside a stream). */
export function recognise(details: ErrorDetails, status: number | undefined, own: readonly Recogniser[] = []): FailureKind {
  const known = own.find((row) => fits(row, details, status)) ?? commonRecognisers.find((row) => fits(row, details, status))
  if (known !== undefined) return known.kind
  return status === undefined ? kindOfWord(details) : kindOfStatus(status)
}

function fits(row: Recogniser, { message, code, type }: ErrorDetails, status: number | undefined): boolean {
  // Inside a stream there is no status; then the words decide alone.
  if (row.status !== undefined && status !== undefined && !row.status.includes(status)) return false
  if (row.code !== undefined && !row.code.some((word) => word === code?.toLowerCase() || word === type?.toLowerCase())) return false
  return row.text === undefined || row.text.test(message)
}

/** Words that stand for a status where none is given, as in errors inside a stream. */
const words: readonly (readonly [RegExp, FailureKind])[] = [
  [/rate[_ ]?limit|too[_ ]?many[_ ]?requests|resource.{0,12}exhausted|throttl/i, 'rate_limit'],
  [/overloaded|unavailable|capacity/i, 'overloaded'],
  [/authentication|unauthori[sz]ed|invalid_api_key/i, 'auth'],
  [/permission|forbidden/i, 'permission'],
  [/billing|quota|payment/i, 'quota'],
  [/not_?found/i, 'not_found'],
  [/invalid[_ ]?request|invalid[_ ]?argument|invalid_prompt|bad[_ ]?request|validation/i, 'invalid_request'],
]

function kindOfWord({ code, type }: ErrorDetails): FailureKind {
  // Some compatible servers put an HTTP status where the code belongs.
  const status = Number(code ?? Number.NaN)
  if (Number.isInteger(status) && status >= 400 && status < 600) return kindOfStatus(status)
  const word = `${code ?? ''} ${type ?? ''}`
  return words.find(([pattern]) => pattern.test(word))?.[1] ?? 'server'
}

/** Whether the value is one of our own classified failures. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' && 'message' in value
}
