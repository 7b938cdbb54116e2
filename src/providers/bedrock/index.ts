import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { keyOf, runtimeOf } from '../shared/aws/access.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { failureOf } from '../shared/aws/failure.ts'
import { frameDecoder } from '../shared/aws/frames.ts'
import { answerObject } from '../shared/completion.ts'
import { bodyText } from '../shared/body-text.ts'
import { merged } from '../shared/body.ts'
import { embeddingSupport } from '../shared/embeddings.ts'
import { eventStream } from '../shared/event-stream.ts'
import { textOf } from '../shared/json.ts'
import { withMedia } from '../shared/media/with-media.ts'
import { streamedBody } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import { supportOf, takeNotes } from '../shared/notes.ts'
import { vendorOf } from '../shared/service.ts'
import type { AnswerStyle } from './answer.ts'
import { fromInvokeEmbedding, toInvokeEmbedding } from './embeddings.ts'
import { media } from './limits.ts'
import { traitsOf } from './models.ts'
import { checkOptionsOf, type Options } from './options.ts'
import { translate } from './request.ts'
import { completion } from './response.ts'
import { service } from './service.ts'
import { stateOwner } from './state.ts'
import { lastEvent, StreamedAnswer } from './stream.ts'

/** Options of {@link bedrock}. */
export type BedrockOptions = Options

/**
 * Models of many makers on AWS Bedrock, through Converse: Claude, Nova, Llama, Mistral and others, by model id, inference
 * profile or ARN; embeddings of Titan, Nova and Cohere, through InvokeModel. Requests carry a Bedrock API key from the key store, or are signed with `credentials`.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown, missing or of the wrong kind.
 */
export function bedrock(options: BedrockOptions): ProviderAdapter {
  checkOptionsOf(options)
  const { id = 'bedrock', models, residency } = options
  const { ask, close } = service(options)

  function sent(call: AdapterCall, stream: boolean): Promise<Response> {
    const { body } = translate({ ...call.request, stream }, call, call.providerOptions)
    return ask({ call, body, operation: stream ? 'converse-stream' : 'converse' })
  }

  const adapter: ProviderAdapter = {
    id,
    key: keyOf(options),
    ...vendorOf('bedrock', options, runtimeOf(options.region ?? '')),
    stateOwner,
    ...(models !== undefined && { models }),
    ...(residency !== undefined && { region: residency }),
    outageDomain: `aws:${options.region}`,
    loadSdk: sdkLoader('@aws-sdk/client-bedrock-runtime', () => import('@aws-sdk/client-bedrock-runtime').catch(absent)),
    prefill: (model) => traitsOf(model).prefill,
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
          return streamedBody(response, call.signal, (text) =>
            chunksOfCompletion(completion(answerOf(text), styleOf(call), response.headers)),
          )
        },
        translator,
        decoder: frameDecoder(),
        signal: call.signal,
        isLast: lastEvent(),
      })
    },
    async embed(call) {
      const body = merged(toInvokeEmbedding(call.request, call.model, takeNotes()), call.providerOptions ?? {})
      const response = await ask({ call, body, operation: 'invoke' })
      return fromInvokeEmbedding(answerObject(await bodyText(response, call.signal)), call, response.headers)
    },
    supportsEmbedding: (request, _card, model) => embeddingSupport((notes) => toInvokeEmbedding(request, model, notes)),
    failure: failureOf,
    close,
  }
  return withMedia(adapter, media, options.media)
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
