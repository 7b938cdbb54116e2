import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

interface ErrorFields {
  readonly message: unknown
  readonly type: string
  readonly code?: string | null
}

/** An error body as Mistral writes it. */
function mistralError(status: number, { message, type, code = null }: ErrorFields): VendorError {
  return { status, body: { object: 'error', message, type, param: null, code, raw_status_code: status } }
}

/** A request whose shape is wrong: the list of a validation library, the refused value in it. */
export function mistralShape(
  place: readonly (string | number)[],
  problem: { readonly type: string; readonly msg: string },
): VendorError {
  const detail = [{ ...problem, loc: ['body', ...place], input: 'the value that was sent' }]
  return mistralError(422, { message: { detail }, type: 'invalid_request_error' })
}

/** A request that the model cannot be asked. */
export function mistralInvalid(message: string, code = '3051', type = 'invalid_request_invalid_args'): VendorError {
  return mistralError(400, { message, type, code })
}

/** What can be wrong, in Mistral's words. */
export const mistralProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => ({ status: 401, body: { detail: 'Unauthorized' } }),
  'bad-key': ({ message }) => ({ status: 401, body: { detail: message ?? 'Invalid API Key' } }),
  'no-credit': ({ message }) => ({ status: 402, body: { detail: message ?? 'Payment required' } }),
  quota: ({ message }) =>
    mistralError(429, { message: message ?? 'Monthly usage limit exceeded', type: 'usage_limit_exceeded', code: '1301' }),
  permission: ({ model, message }) =>
    mistralError(403, { message: message ?? `You are not allowed to use ${model}`, type: 'forbidden', code: '1200' }),
  'model-not-found': ({ model, message }) => mistralInvalid(message ?? `Invalid model: ${model}`, '1500', 'invalid_model'),
  'rate-limit': ({ message }) =>
    mistralError(429, { message: message ?? 'Rate limit exceeded', type: 'rate_limited', code: '1300' }),
  // The vendor's lack of capacity has the status of a rate limit.
  overloaded: ({ message }) =>
    mistralError(429, {
      message: message ?? 'Service tier capacity exceeded for this model.',
      type: 'service_tier_capacity_exceeded',
      code: '3505',
    }),
  'server-error': ({ message }) =>
    mistralError(500, { message: message ?? 'Service unavailable.', type: 'internal_server_error', code: '1000' }),
  'too-large': ({ message }) => ({ status: 413, body: { message: message ?? 'Request entity too large' } }),
  'context-length': ({ promptTokens, message }) =>
    mistralInvalid(
      message ??
        `Prompt contains ${promptTokens} tokens and 0 draft tokens, too large for model with ${Math.max(1, promptTokens - 1)} maximum context length`,
    ),
  'content-filter': ({ message }) =>
    mistralError(403, { message: message ?? 'The request was blocked by a guardrail.', type: 'guardrail_violation' }),
  'invalid-request': ({ message }) => mistralInvalid(message ?? 'A simulated argument is invalid'),
}

const named: Readonly<Record<number, ProblemName>> = {
  400: 'invalid-request',
  401: 'bad-key',
  402: 'no-credit',
  403: 'permission',
  413: 'too-large',
  429: 'rate-limit',
  500: 'server-error',
}

/** The error body for a bare status. */
export function mistralStatus(code: number, context: ProblemContext): VendorError {
  const name = named[code]
  if (name !== undefined) return mistralProblems[name](context)
  if (code === 422) return mistralShape(['messages', 0, 'content'], { type: 'missing', msg: context.message ?? 'Field required' })
  const type = code >= 500 ? 'internal_server_error' : 'invalid_request_error'
  return mistralError(code, {
    message: context.message ?? `Simulated error with status ${code}.`,
    type,
    code: context.code ?? null,
  })
}
