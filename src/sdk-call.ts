import type { OpenAI } from 'openai'
import { OpenAIError } from 'openai'
import type { Call } from './call.ts'
import { isObserved } from './observed.ts'

type RequestOptions = NonNullable<Awaited<Parameters<OpenAI['post']>[1]>>

/** What a client adds to each of its calls. */
export interface CallDefaults extends Pick<Call, 'defaultHeaders' | 'routing' | 'access'> {
  readonly timeout: number
  readonly maxRetries: number
}

/**
 * One call of the SDK's, read off its options over the client's own.
 *
 * @throws OpenAIError for a limit that is none, in the SDK's own words.
 */
export function sdkCall(options: RequestOptions, body: unknown, defaults: CallDefaults): Call {
  const { timeout = defaults.timeout, maxRetries = defaults.maxRetries } = options
  if (!Number.isInteger(timeout) || timeout <= 0) throw new OpenAIError('timeout must be a positive integer')
  if (!Number.isInteger(maxRetries) || maxRetries < 0) throw new OpenAIError('maxRetries must be a whole number, 0 or more')
  return {
    body,
    signal: options.signal,
    timeout,
    maxRetries,
    defaultHeaders: defaults.defaultHeaders,
    headers: options.headers,
    isHelper: isObserved(options),
    routing: defaults.routing,
    access: defaults.access,
  }
}
