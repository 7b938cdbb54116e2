import type { JsonObject } from '../json.ts'
import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'
import { sensitive } from './replicate-answer.ts'

/** A refusal as the vendor writes it. */
function refused(status: number, detail: string, more: JsonObject = {}): VendorError {
  return { status, body: { ...more, detail, status } }
}

/** What the model itself refuses comes as a prediction that has failed, with a status that says nothing of it. */
function failed(error: string, model: string): VendorError {
  const urls = {
    get: 'https://api.replicate.com/v1/predictions/sim',
    cancel: 'https://api.replicate.com/v1/predictions/sim/cancel',
  }
  return {
    status: 201,
    body: { id: 'sim', model, version: 'hidden', status: 'failed', error, output: null, logs: '', metrics: {}, urls },
  }
}

/** A request whose shape is wrong. */
export function invalidFields(
  problems: readonly { readonly type: string; readonly field: string; readonly description: string }[],
): VendorError {
  const detail = problems.map(({ field, description }) => `- ${field}: ${description}\n`).join('')
  return refused(422, detail, { title: 'Input validation failed', invalid_fields: problems })
}

/** What can be wrong, in Replicate's words. */
export const replicateProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => refused(401, 'You did not pass an authentication token', { title: 'Unauthenticated' }),
  'bad-key': ({ message }) =>
    refused(401, message ?? 'You did not pass a valid authentication token', { title: 'Unauthenticated' }),
  'no-credit': ({ message }) =>
    refused(402, message ?? 'You have insufficient credit to run this model.', { title: 'Insufficient credit' }),
  quota: ({ message }) =>
    refused(402, message ?? 'You have reached your monthly spend limit.', { title: 'Monthly spend limit reached' }),
  permission: ({ message }) => refused(403, message ?? 'You do not have permission to perform this action.'),
  'model-not-found': ({ message }) => refused(404, message ?? 'The requested resource could not be found.', { title: 'Not found' }),
  'rate-limit': ({ message, retryAfterMs = 1000 }) => {
    const seconds = Math.ceil(retryAfterMs / 1000)
    return refused(429, message ?? `Request was throttled. Your rate limit resets in ~${seconds}s.`, { retry_after: seconds })
  },
  overloaded: ({ message }) => refused(503, message ?? 'Service temporarily unavailable'),
  'server-error': ({ message }) => refused(500, message ?? 'Internal server error'),
  'too-large': ({ message }) => refused(413, message ?? 'Request entity too large'),
  'context-length': ({ model, promptTokens, message }) =>
    failed(
      message ??
        `E1002 PromptTooLong: Prompt length (${promptTokens}) exceeds maximum input length (${Math.max(1, promptTokens - 1)})`,
      model,
    ),
  'content-filter': ({ model, message }) => failed(message ?? sensitive, model),
  'invalid-request': ({ message }) =>
    invalidFields([{ type: 'invalid_type', field: 'input.temperature', description: message ?? 'Invalid type. Expected: number' }]),
}

const named: Readonly<Record<number, ProblemName>> = {
  401: 'bad-key',
  402: 'no-credit',
  403: 'permission',
  404: 'model-not-found',
  413: 'too-large',
  422: 'invalid-request',
  429: 'rate-limit',
  500: 'server-error',
  503: 'overloaded',
}

/** The error body for a bare status. */
export function replicateStatus(status: number, context: ProblemContext): VendorError {
  const name = named[status]
  return name === undefined
    ? refused(status, context.message ?? `Simulated error with status ${status}.`)
    : replicateProblems[name](context)
}
