import type { Failure } from '../../../contracts/failure.ts'
import { AttemptError } from '../../../errors.ts'
import { kindOfStatus } from '../../../classification.ts'
import { detailsOf, errorDetails } from '../error-body.ts'
import { failureFromThrown, retryAfterMs } from '../failure.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../json.ts'
import { recognise, type ErrorDetails, type Recogniser } from '../recognise.ts'
import { numberOf } from '../guards.ts'
import type { SseEvent } from '../sse.ts'
import { faults } from './frames.ts'

/** The vendor's exceptions by name, and what only their words tell. The first row that fits counts. */
export const refusals: readonly Recogniser[] = [
  {
    kind: 'context_length',
    text: /input is too long|prompt is too long|input tokens exceeded|exceeds? (?:the )?maximum (?:length|context|number of (?:input )?tokens)|too many input tokens/i,
  },
  {
    kind: 'not_found',
    text: /model identifier is invalid|reached the end of its life|on-demand throughput isn.t supported|could not resolve the foundation model|model is (?:legacy|not supported in this region)/i,
  },
  {
    kind: 'auth',
    text: /security token included in the request is (?:invalid|expired)|signature we calculated does not match|signature expired|api key.{0,40}(?:invalid|expired|not valid)|bearer token/i,
  },
  {
    kind: 'permission',
    text: /don.t have access to the model|not authorized to perform|use case details have not been submitted/i,
  },
  {
    kind: 'quota',
    text: /(?:tokens|requests) per day|daily (?:token|request) limit|account.{0,30}(?:suspended|billing)|invalid_payment_instrument/i,
  },
  { kind: 'content_filter', text: /blocked by (?:our )?content filter|violat\w+ .{0,40}(?:content|usage|responsible ai) polic/i },
  {
    kind: 'auth',
    code: [
      'unrecognizedclientexception',
      'invalidsignatureexception',
      'incompletesignatureexception',
      'expiredtokenexception',
      'expiredtoken',
      'missingauthenticationtokenexception',
      'missingauthenticationtoken',
      'invalidclienttokenid',
      'notauthorizedexception',
    ],
  },
  { kind: 'quota', code: ['servicequotaexceededexception', 'paymentrequiredexception'] },
  { kind: 'overloaded', code: ['serviceunavailableexception', 'modelnotreadyexception'] },
  { kind: 'rate_limit', code: ['throttlingexception', 'toomanyrequestsexception', 'throttledexception', 'requestlimitexceeded'] },
  {
    kind: 'server',
    code: [
      'internalserverexception',
      'internalfailure',
      'modelerrorexception',
      'modeltimeoutexception',
      'modelstreamerrorexception',
      'requesttimeout',
    ],
  },
  { kind: 'conflict', code: ['conflictexception'] },
  { kind: 'permission', code: ['accessdeniedexception'] },
  { kind: 'not_found', code: ['resourcenotfoundexception', 'unknownoperationexception'] },
  { kind: 'too_large', code: ['requestentitytoolargeexception'] },
  { kind: 'invalid_request', code: ['validationexception', 'serializationexception'] },
]

/** The error for what came in place of an event in a stream of frames. */
export function faultOf({ event = '', data }: SseEvent): AttemptError {
  if (event === faults.frame) return new AttemptError('truncated', `The stream broke: ${data}.`)
  return exceptionOf(event.slice(event.indexOf(':') + 1), data)
}

/** An exception that came as an event, `throttlingException` with its payload. */
function exceptionOf(type: string, payload: string): AttemptError {
  const parsed = parseJson(payload)
  const details = isObject(parsed) ? detailsOf(parsed) : errorDetails(payload)
  const name = type.charAt(0).toUpperCase() + type.slice(1)
  const original = isObject(parsed) ? numberOf(parsed['originalStatusCode']) : undefined
  const named = { ...details, message: details.message || name, code: name, type: name }
  const kind = recognise(named, undefined, refusals)
  // The model behind the service names the status of its own refusal.
  const isOverload = kind === 'server' && (original === 429 || original === 503)
  const { message, ...rest } = named
  return new AttemptError(isOverload ? 'overloaded' : kind, message, rest)
}

/** Classifies whatever a call threw. `own` goes before AWS's table: the words of whoever made the model. */
export function failureOf(error: unknown, own: readonly Recogniser[] = []): Failure {
  const rows = [...own, ...refusals]
  try {
    return fromSdk(error, rows) ?? renamed(failureFromThrown(error, own), rows)
  } catch {
    // Getters and proxies may throw themselves.
    return failureFromThrown(error)
  }
}

/** The name of the exception and the request's id are in the head of a refusal. */
function renamed(failure: Failure, rows: readonly Recogniser[]): Failure {
  const { headers, status, message } = failure
  if (status === undefined || headers === undefined) return failure
  const requestId = headers.get('x-amzn-requestid') ?? failure.requestId ?? null
  if (status < 400) return { ...failure, requestId }
  const name = exceptionName(headers.get('x-amzn-errortype') ?? bodyType(failure.body))
  const code = name ?? failure.code ?? null
  const type = name ?? failure.type ?? null
  const details: ErrorDetails = { message, code, type, body: failure.body }
  return { ...failure, kind: recognise(details, status, rows), code, type, requestId }
}

/** `ValidationException:http://internal.amazon.com/coral/...` and `com.amazon#ValidationException` as the name alone. */
function exceptionName(word: string | undefined): string | undefined {
  const name = word?.split(':')[0]?.split('#').at(-1)?.trim()
  return name === undefined || name === '' ? undefined : name
}

function bodyType(body: unknown): string | undefined {
  return isObject(body) ? (textOf(body['__type']) ?? textOf(body['code'])) : undefined
}

/**
 * An exception of the vendor's SDK, as a client of the user's own may throw it, or as it comes from its credentials. Its
 * status is in `$metadata`: 200 where the SDK could not read an answer, and of an HTML page it makes a SyntaxError.
 */
function fromSdk(error: unknown, rows: readonly Recogniser[]): Failure | undefined {
  if (!(error instanceof Error) || error instanceof AttemptError) return undefined
  const { name, message } = error
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return { kind: 'unusable', message, code: name, cause: error }
  }
  return '$metadata' in error && isObject(error.$metadata) ? fromMetadata(error, error.$metadata, rows) : undefined
}

function fromMetadata(error: Error, metadata: JsonObject, rows: readonly Recogniser[]): Failure | undefined {
  const { name, message } = error
  const status = numberOf(metadata['httpStatusCode'])
  const about = { requestId: textOf(metadata['requestId']) ?? null, ...headOf(error, status), cause: error }
  if (status !== undefined && status < 300) return { kind: 'malformed', message, ...about }
  // An exception of the service; anything else stumbled over the answer.
  if ('$fault' in error)
    return { kind: recognise({ message, code: name }, status, rows), message, code: name, type: name, ...about }
  return status === undefined ? undefined : { kind: kindOfStatus(status), message, ...about }
}

function headOf(error: object, status: number | undefined): Partial<Failure> {
  const response = '$response' in error && isObject(error.$response) ? error.$response : {}
  const headers = new Headers()
  for (const [name, value] of Object.entries(isObject(response['headers']) ? response['headers'] : {})) {
    if (typeof value === 'string') headers.set(name, value)
  }
  const after = retryAfterMs(headers, Date.now())
  return { ...(status !== undefined && { status }), headers, ...(after !== undefined && { retryAfterMs: after }) }
}
