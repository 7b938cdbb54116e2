import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { answerObject } from '../shared/completion.ts'
import { bodyText } from '../shared/body-text.ts'
import { eventStream } from '../shared/event-stream.ts'
import { textOf } from '../shared/json.ts'
import { supportOf } from '../shared/notes.ts'
import type { AnswerStyle } from './answer.ts'
import { connector, endpointOf } from './client.ts'
import { failureOf } from './failure.ts'
import { frameDecoder } from './frames.ts'
import { checkOptionsOf, type Options } from './options.ts'
import { translate } from './request.ts'
import { completion } from './response.ts'
import { send } from './send.ts'
import { stateOwner } from './state.ts'
import { lastEvent, StreamedAnswer } from './stream.ts'

/** Options of {@link bedrock}. */
export type BedrockOptions = Options

/**
 * Models of many makers on AWS Bedrock, through Converse: Claude, Nova, Llama, Mistral and others, by model id, inference
 * profile or ARN. Requests carry a Bedrock API key from the key store, or are signed with `credentials`.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown, missing or of the wrong kind.
 */
export function bedrock(options: BedrockOptions): ProviderAdapter {
  checkOptionsOf(options)
  const { id = 'bedrock', models, residency, region = '', client, fetch, requestHandler, headers } = options
  const signs = options.credentials !== undefined || client !== undefined
  const key = options.key === undefined ? (signs ? null : 'AWS_BEARER_TOKEN_BEDROCK') : options.key
  const baseURL = options.baseURL ?? endpointOf(region)
  const connections = clientCache(connector(options, baseURL))
  const wire = { fetch, requestHandler, headers, baseURL: client === undefined ? baseURL : undefined }

  async function sent(call: AdapterCall, stream: boolean): Promise<Response> {
    call.signal.throwIfAborted()
    const { body } = translate({ ...call.request, stream }, call, call.providerOptions)
    const cached = connections.get(call.secret)
    const connection = cached instanceof Promise ? await cached : cached
    return send(connection, { call, body, stream }, wire)
  }

  return {
    id,
    key,
    catalog: 'bedrock',
    stateOwner,
    ...(models !== undefined && { models }),
    ...(residency !== undefined && { region: residency }),
    supports: (request, card, model) => supportOf(() => translate(request, { model, card })),
    async complete(call) {
      const response = await sent(call, false)
      return completion(answerOf(await bodyText(response, call.signal)), styleOf(call), response.headers)
    },
    stream(call) {
      const translator = new StreamedAnswer(styleOf(call))
      return eventStream({
        open: async () => {
          const response = await sent(call, true)
          translator.begin(response.headers)
          return streamOf(response, call.signal)
        },
        translator,
        decoder: frameDecoder(),
        signal: call.signal,
        isLast: lastEvent(),
      })
    },
    failure: failureOf,
    close: () => connections.clear(),
  }
}

/** The object in a 200 answer; the vendor's error object has a message and nothing of an answer. */
function answerOf(text: string): ReturnType<typeof answerObject> {
  const answer = answerObject(text)
  if (answer['output'] !== undefined) return answer
  const message = textOf(answer['message']) ?? textOf(answer['Message'])
  throw new AttemptError('malformed', message ?? 'The answer has no message.', { body: answer })
}

function styleOf({ model, request }: AdapterCall): AnswerStyle {
  return { model, legacy: (request.functions ?? []).length > 0, single: request.parallel_tool_calls === false }
}

/** The body of a streamed answer. One that calls itself JSON is read first: it is an error, or no stream. */
async function streamOf(response: Response, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('truncated', 'The stream has no body.')
  if (headers.get('content-type')?.includes('application/json') !== true) return body
  answerOf(await bodyText(response, signal))
  throw new AttemptError('truncated', 'The answer is no event stream.')
}
