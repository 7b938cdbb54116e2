import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

/** An error body as Google writes it. */
export function googleError(code: number, message: string, details?: readonly unknown[]): VendorError {
  const error = { code, message, status: states[code] ?? (code >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION') }
  return { status: code, body: { error: details === undefined ? error : { ...error, details } } }
}

const states: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** What can be wrong, in Google's words. */
export const googleProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () =>
    googleError(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    ),
  'bad-key': ({ message = 'API key not valid. Please pass a valid API key.' }) =>
    googleError(400, message, [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
    ]),
  'no-credit': ({ message }) =>
    googleError(403, message ?? 'This API method requires billing to be enabled. Please enable billing on project and retry.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'BILLING_DISABLED', domain: 'googleapis.com' },
    ]),
  quota: ({ model, message }) =>
    exceeded(message ?? `You exceeded your current quota, please check your plan and billing details.`, { model, per: 'Day' }),
  permission: ({ message }) => googleError(403, message ?? 'The caller does not have permission'),
  'model-not-found': ({ model, message }) =>
    googleError(
      404,
      message ??
        `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
    ),
  'rate-limit': ({ model, message, retryAfterMs }) =>
    exceeded(message ?? 'Resource exhausted. Please try again later.', { model, per: 'Minute', retryAfterMs }),
  overloaded: ({ message }) => googleError(503, message ?? 'The model is overloaded. Please try again later.'),
  'server-error': ({ message }) =>
    googleError(
      500,
      message ??
        'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    ),
  'too-large': ({ message }) => googleError(413, message ?? 'Request payload size exceeds the limit: 20971520 bytes.'),
  'context-length': ({ promptTokens, message }) =>
    googleError(
      400,
      message ??
        `The input token count (${promptTokens}) exceeds the maximum number of tokens allowed (${Math.max(1, promptTokens - 1)}).`,
    ),
  'content-filter': ({ message }) => googleError(400, message ?? 'The prompt was blocked because of prohibited content.'),
  'invalid-request': ({ message }) => googleError(400, message ?? 'Request contains an invalid argument.'),
}

function exceeded(
  message: string,
  quota: { readonly model: string; readonly per: string; readonly retryAfterMs?: number | undefined },
): VendorError {
  const violation = {
    quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests',
    quotaId: `GenerateRequestsPer${quota.per}PerProjectPerModel`,
    quotaDimensions: { model: quota.model, location: 'global' },
  }
  const retry = quota.retryAfterMs
  return googleError(429, message, [
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] },
    ...(retry === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retry / 1000}s` }]),
  ])
}

const named: Readonly<Record<number, ProblemName>> = {
  403: 'permission',
  404: 'model-not-found',
  413: 'too-large',
  429: 'rate-limit',
  500: 'server-error',
  503: 'overloaded',
}

/** The error body for a bare status. */
export function googleStatus(code: number, context: ProblemContext): VendorError {
  const name = named[code]
  return name === undefined
    ? googleError(code, context.message ?? `Simulated error with status ${code}.`)
    : googleProblems[name](context)
}
