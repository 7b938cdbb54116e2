import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

/** An error body as Anthropic writes it. */
function anthropicError(status: number, type: string, { message, details }: { message: string; details?: unknown }): VendorError {
  const error = details === undefined ? { type, message } : { type, message, details }
  return {
    status,
    body: { type: 'error', error, request_id: 'req_simulated' },
    headers: { 'x-should-retry': retried.has(status) ? 'true' : 'false' },
  }
}

/** A refusal of the request itself. */
export function anthropicInvalid(message: string): VendorError {
  return anthropicError(400, 'invalid_request_error', { message })
}

const retried = new Set([408, 409, 429, 500, 502, 503, 504, 529])

/** What can be wrong, in Anthropic's words. */
export const anthropicProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => anthropicError(401, 'authentication_error', { message: 'x-api-key header is required' }),
  'bad-key': ({ message }) => anthropicError(401, 'authentication_error', { message: message ?? 'invalid x-api-key' }),
  'no-credit': ({ message }) =>
    anthropicInvalid(
      message ??
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
  // A spend limit is a 429 like a rate limit, told apart by details.error_code alone.
  quota: ({ message }) =>
    anthropicError(429, 'rate_limit_error', {
      message: message ?? 'Your organization has reached its spend limit.',
      details: { error_code: 'enforced_spend_limit_reached' },
    }),
  permission: ({ message }) =>
    anthropicError(403, 'permission_error', {
      message: message ?? 'Your API key does not have permission to use the specified resource.',
    }),
  'model-not-found': ({ model, message }) => anthropicError(404, 'not_found_error', { message: message ?? `model: ${model}` }),
  'rate-limit': ({ message }) =>
    anthropicError(429, 'rate_limit_error', {
      message: message ?? "This request would exceed your organization's rate limit of 50 requests per minute.",
    }),
  overloaded: ({ message }) => anthropicError(529, 'overloaded_error', { message: message ?? 'Overloaded' }),
  'server-error': ({ message }) => anthropicError(500, 'api_error', { message: message ?? 'Internal server error' }),
  'too-large': ({ message }) =>
    anthropicError(413, 'request_too_large', { message: message ?? 'Request exceeds the maximum allowed number of bytes.' }),
  'context-length': ({ promptTokens, message }) =>
    anthropicInvalid(message ?? `prompt is too long: ${promptTokens} tokens > ${Math.max(1, promptTokens - 1)} maximum`),
  'content-filter': ({ message }) => anthropicInvalid(message ?? 'Output blocked by content filtering policy'),
  'invalid-request': ({ message }) => anthropicInvalid(message ?? 'messages: Input should be a valid list'),
}

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const named: Readonly<Record<number, ProblemName>> = {
  401: 'bad-key',
  403: 'permission',
  404: 'model-not-found',
  413: 'too-large',
  429: 'rate-limit',
  500: 'server-error',
  529: 'overloaded',
}

/** The error body for a bare status. */
export function anthropicStatus(code: number, context: ProblemContext): VendorError {
  const name = named[code]
  if (name !== undefined) return anthropicProblems[name](context)
  const message = context.message ?? `Simulated error with status ${code}.`
  return anthropicError(code, types[code] ?? (code >= 500 ? 'api_error' : 'invalid_request_error'), { message })
}
