import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'

/** An error body as OpenAI writes it. */
export function openAIError(
  status: number,
  error: { readonly message: string; readonly type?: string; readonly param?: string | null; readonly code?: string | null },
): VendorError {
  const { message, type = 'invalid_request_error', param = null, code = null } = error
  return { status, body: { error: { message, type, param, code } } }
}

/** What can be wrong, in OpenAI's words. */
export const openAIProblems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () =>
    openAIError(401, {
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    }),
  // The real message shows the first and last characters of the key that came: what leaks if it is passed on.
  'bad-key': ({ key, message }) =>
    openAIError(401, {
      message:
        message ??
        `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      code: 'invalid_api_key',
    }),
  'no-credit': (context) => openAIProblems.quota(context),
  quota: ({ message }) =>
    openAIError(429, {
      message: message ?? 'You exceeded your current quota, please check your plan and billing details.',
      type: 'insufficient_quota',
      code: 'insufficient_quota',
    }),
  permission: ({ model, message }) =>
    openAIError(403, { message: message ?? `Project does not have access to model \`${model}\``, code: 'model_not_found' }),
  'model-not-found': ({ model, message }) =>
    openAIError(404, {
      message: message ?? `The model \`${model}\` does not exist or you do not have access to it.`,
      code: 'model_not_found',
    }),
  'rate-limit': ({ model, message }) =>
    openAIError(429, {
      message:
        message ??
        `Rate limit reached for ${model} on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.`,
      type: 'requests',
      code: 'rate_limit_exceeded',
    }),
  overloaded: ({ message }) =>
    openAIError(503, {
      message: message ?? 'The engine is currently overloaded, please try again later.',
      type: 'service_unavailable_error',
    }),
  'server-error': ({ message }) =>
    openAIError(500, {
      message: message ?? 'The server had an error while processing your request. Sorry about that!',
      type: 'server_error',
    }),
  'too-large': ({ message }) =>
    openAIError(413, { message: message ?? 'Maximum content size limit exceeded.', code: 'request_too_large' }),
  'context-length': ({ promptTokens, message }) =>
    openAIError(400, {
      message:
        message ??
        `This model's maximum context length is ${Math.max(1, promptTokens - 1)} tokens. However, your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`,
      param: 'messages',
      code: 'context_length_exceeded',
    }),
  'content-filter': ({ message }) =>
    openAIError(400, {
      message:
        message ??
        'Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.',
      code: 'content_policy_violation',
    }),
  'invalid-request': ({ message }) =>
    openAIError(400, { message: message ?? "Invalid value: 'simulated'.", param: 'messages', code: 'invalid_value' }),
}

function masked(key: string): string {
  return key.length < 12 ? key : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
}

const named: Readonly<Record<number, ProblemName>> = {
  400: 'invalid-request',
  401: 'bad-key',
  403: 'permission',
  404: 'model-not-found',
  413: 'too-large',
  429: 'rate-limit',
  500: 'server-error',
  503: 'overloaded',
}

/** The error body for a bare status. */
export function openAIStatus(code: number, context: ProblemContext): VendorError {
  const name = named[code]
  if (name !== undefined) return openAIProblems[name](context)
  const type = code >= 500 ? 'server_error' : 'invalid_request_error'
  return openAIError(code, { message: context.message ?? `Simulated error with status ${code}.`, type, code: context.code ?? null })
}
