import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

/** A refusal as AWS writes it: the exception's name is in the head, the body has a message alone. */
function bedrockError(status: number, name: string, message: string): VendorError {
  return {
    status,
    body: { message },
    headers: { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
  }
}

/** A refusal of the request itself. */
export function bedrockInvalid(message: string): VendorError {
  return bedrockError(400, 'ValidationException', message)
}

/** The name of the exception in a refusal. */
export function exceptionName({ headers }: VendorError): string {
  return headers?.['x-amzn-errortype']?.split(':')[0] ?? 'InternalServerException'
}

/** What can be wrong, in AWS's words. */
export const bedrockProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => bedrockError(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'),
  'bad-key': ({ message }) =>
    bedrockError(403, 'UnrecognizedClientException', message ?? 'The security token included in the request is invalid.'),
  'no-credit': ({ message }) =>
    bedrockError(
      403,
      'AccessDeniedException',
      message ?? 'Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.',
    ),
  quota: ({ message }) =>
    bedrockError(429, 'ThrottlingException', message ?? 'Too many tokens per day, please wait before trying again.'),
  permission: ({ message }) =>
    bedrockError(403, 'AccessDeniedException', message ?? "You don't have access to the model with the specified model ID."),
  'model-not-found': ({ message }) => bedrockInvalid(message ?? 'The provided model identifier is invalid.'),
  'rate-limit': ({ message }) =>
    bedrockError(429, 'ThrottlingException', message ?? 'Too many requests, please wait before trying again.'),
  overloaded: ({ message }) =>
    bedrockError(503, 'ServiceUnavailableException', message ?? 'Bedrock is unable to process your request.'),
  'server-error': ({ message }) =>
    bedrockError(
      500,
      'InternalServerException',
      message ?? 'The system encountered an unexpected error during processing. Try your request again.',
    ),
  'too-large': ({ message }) =>
    bedrockError(413, 'RequestEntityTooLargeException', message ?? 'Request body exceeds the allowed size.'),
  'context-length': ({ message }) => bedrockInvalid(message ?? 'Input is too long for requested model.'),
  'content-filter': ({ message }) => bedrockInvalid(message ?? 'Output blocked by content filtering policy'),
  'invalid-request': ({ message }) =>
    bedrockInvalid(message ?? 'Malformed input request, please reformat your input and try again.'),
}

const names: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  409: 'ConflictException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
}

/** The error for a bare status; where AWS has no exception of its own a gateway speaks, which names none. */
export function bedrockStatus(status: number, { message }: ProblemContext): VendorError {
  const said = message ?? `Simulated error with status ${status}.`
  const name = names[status]
  return name === undefined ? { status, body: { message: said } } : bedrockError(status, name, said)
}
