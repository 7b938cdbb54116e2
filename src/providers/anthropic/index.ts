import type Anthropic from '@anthropic-ai/sdk'
import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { answerObject } from '../shared/completion.ts'
import { bodyText } from '../shared/body-text.ts'
import { eventStream } from '../shared/event-stream.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import { isObject } from '../shared/json.ts'
import { supportOf } from '../shared/notes.ts'
import { sdkLoader } from '../shared/load-sdk.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import { failureOf, refusals } from './failure.ts'
import { translate, type Translation } from './request.ts'
import { completion, type AnswerStyle } from './response.ts'
import { stateOwner } from './state.ts'
import { isLast, StreamedAnswer } from './stream.ts'

/** Options of {@link anthropic}. */
export type AnthropicOptions = AdapterOptions<Anthropic>

const defaultBaseURL = 'https://api.anthropic.com'

/** Longest that a timer can wait, in ms. The router's clocks end calls, not the SDK's. */
const never = 2 ** 31 - 1

/**
 * Claude models at Anthropic.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown or of the wrong kind.
 */
export function anthropic(options: AnthropicOptions = {}): ProviderAdapter {
  checkOptions('anthropic', options)
  const { id = 'anthropic', key = 'ANTHROPIC_API_KEY', models, region } = options
  const clients = clientCache(clientBuilder(options))
  const guarded = options.client === undefined

  async function send(call: AdapterCall, { body, headers: own }: Translation): Promise<Response> {
    call.signal.throwIfAborted()
    const cached = clients.get(call.secret)
    const client = cached instanceof Promise ? await cached : cached
    const headers = { ...own, ...call.headers, ...betas(own, call.headers) }
    const exchange = new Exchange(call)
    const request = { body, headers, stream: body['stream'] === true, maxRetries: 0, timeout: never }
    const tied = guarded ? { ...request, fetchOptions: exchange.fetchOptions } : { ...request, signal: call.signal }
    try {
      // Not `messages.create`: it prints warnings about models to the console.
      const response = await client.post('/v1/messages', tied).asResponse()
      if (!guarded) call.onHeaders?.(response.headers)
      return response
    } catch (error) {
      throw exchange.errorOf(error)
    }
  }

  return {
    id,
    key,
    catalog: 'anthropic',
    stateOwner,
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    supports: (request, card, model) => supportOf(() => translate(request, { model, card })),
    async complete(call) {
      const translation = translate({ ...call.request, stream: false }, call, call.providerOptions)
      const response = await send(call, translation)
      return completion(answerObject(await bodyText(response, call.signal), refusals), styleOf(call))
    },
    stream: (call) =>
      eventStream({
        open: async () => {
          const translation = translate({ ...call.request, stream: true }, call, call.providerOptions)
          return streamOf(await send(call, translation), call.signal)
        },
        translator: new StreamedAnswer(styleOf(call)),
        signal: call.signal,
        isLast,
      }),
    failure: failureOf,
    close: () => clients.clear(),
  }
}

function clientBuilder({
  client,
  baseURL = defaultBaseURL,
  fetch,
  headers,
}: AnthropicOptions): (secret: Secret) => Promise<Anthropic> {
  if (typeof client === 'function') return async (secret) => client(secret)
  if (client !== undefined) return () => Promise.resolve(client)
  const load = sdkLoader('@anthropic-ai/sdk', () => import('@anthropic-ai/sdk'))
  return async (secret) => {
    const { default: Sdk } = await load()
    // Every option is given: what is left out, the SDK would take from the environment.
    const sdk = new Sdk({
      apiKey: secret.reveal(),
      authToken: null,
      webhookKey: null,
      baseURL,
      maxRetries: 0,
      timeout: never,
      logLevel: 'off',
      openTelemetry: false,
      fetch: guardFetch({ fetch, baseURL, refusals }),
    })
    return withHeaders(sdk, { ...headers })
  }
}

/**
 * Sets the client's headers. ANTHROPIC_CUSTOM_HEADERS is the one variable that no option of the SDK switches off, and it
 * may even replace the key; so the headers that the constructor made of it are replaced in turn.
 */
function withHeaders(sdk: Anthropic, headers: Readonly<Record<string, string | null>>): Anthropic {
  const settled: unknown = Reflect.get(sdk, '_options')
  if (isObject(settled) && Reflect.set(settled, 'defaultHeaders', headers)) return sdk
  throw new TypeError('This version of @anthropic-ai/sdk keeps its headers where they cannot be set.')
}

/** Betas add up: the caller's own do not replace the one that the body needs. */
function betas(...sources: readonly (AdapterCall['headers'] | undefined)[]): Readonly<Record<string, string>> {
  const all = sources.flatMap((headers = {}) => headers['anthropic-beta'] ?? [])
  return all.length > 1 ? { 'anthropic-beta': all.join(',') } : {}
}

function styleOf({ model, request: { functions = [] } }: AdapterCall): AnswerStyle {
  return { model, legacy: functions.length > 0 }
}

/** The body of a streamed answer. One that calls itself JSON is read first: it is an error, or a stream under a wrong name. */
async function streamOf(response: Response, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('truncated', 'The stream has no body.')
  if (headers.get('content-type')?.includes('application/json') !== true) return body
  const text = await bodyText(response, signal)
  if (/^\s*(?:event|data|id|retry)?:/.test(text)) return new Blob([text]).stream()
  answerObject(text, refusals)
  throw new AttemptError('truncated', 'The answer is no event stream.')
}
