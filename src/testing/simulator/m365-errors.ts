import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

/** An error as Microsoft Graph writes it (learn.microsoft.com/graph/errors, read 2026-11). */
export function graphError(status: number, code: string, message: string): VendorError {
  const innerError = {
    date: '2026-11-22T09:00:00',
    'request-id': '00000000-0000-4000-8000-000000000001',
    'client-request-id': '00000000-0000-4000-8000-000000000001',
  }
  return { status, body: { error: { code, message, innerError } } }
}

/** The error body for a bare status. */
export function graphStatus(status: number, { message = `Simulated error with status ${status}.` }: ProblemContext): VendorError {
  return graphError(status, statusCodes[status] ?? (status < 500 ? 'BadRequest' : 'InternalServerError'), message)
}

const statusCodes: Readonly<Record<number, string>> = {
  401: 'InvalidAuthenticationToken',
  402: 'PaymentRequired',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  422: 'UnprocessableEntity',
  429: 'TooManyRequests',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
}

type Row = readonly [status: number, code: string, message: string]

// Of a window and of what its filter refuses the documentation says nothing: those two rows are the words of Microsoft's
// other services.
const rows: Readonly<Record<ProblemName, Row>> = {
  'no-key': [401, 'InvalidAuthenticationToken', 'Access token is empty.'],
  'bad-key': [401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
  'no-credit': [402, 'PaymentRequired', 'The tenant has no billing policy for this service.'],
  quota: [402, 'PaymentRequired', 'The limit of the billing policy is reached.'],
  permission: [403, 'Forbidden', 'User does not have a Microsoft 365 Copilot license.'],
  'model-not-found': [404, 'NotFound', 'Conversation not found.'],
  'rate-limit': [429, 'TooManyRequests', 'Too many requests.'],
  overloaded: [503, 'ServiceUnavailable', 'The service is temporarily unavailable.'],
  'server-error': [500, 'InternalServerError', 'An internal server error occurred.'],
  'too-large': [413, 'RequestEntityTooLarge', 'The request is larger than the service takes.'],
  'context-length': [400, 'BadRequest', 'The message exceeds the maximum context length.'],
  'content-filter': [400, 'ResponsibleAIPolicyViolation', "The message was filtered by the service's content management policy."],
  'invalid-request': [400, 'BadRequest', 'The request is invalid.'],
}

/** What can be wrong, in Graph's words. */
export function graphProblem(name: ProblemName, context: ProblemContext): VendorError {
  const [status, code, message] = rows[name]
  return graphError(status, code, context.message ?? message)
}
