import type { AdapterCall, EmbedCall, ProviderAdapter, Support } from '../../contracts/adapter.ts'
import type { ChatCompletion, ChatRequest } from '../../contracts/chat.ts'
import type { ModelCard } from '../../contracts/catalog.ts'
import { eventStream } from '../shared/event-stream.ts'
import type { JsonObject } from '../shared/json.ts'
import { chunksFor, completionFor } from '../shared/legacy.ts'
import { responsesBody } from '../shared/responses/request.ts'
import { completionOfResponse } from '../shared/responses/response.ts'
import { isTerminal } from '../shared/responses/stream.ts'
import { responsesSupport } from '../shared/responses/supports.ts'
import { streamedBody } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import { apiFor } from './api.ts'
import { EitherReader, isChatAnswer } from './either-reader.ts'
import { adapt, soundProblem, traitsOf } from './models.ts'
import type { Api } from './models.ts'
import { namingProblem } from './naming.ts'
import type { Reading } from './reading.ts'
import { chatBody } from './request.ts'
import { completionOf, embeddingsOf } from './response.ts'
import type { Send } from './send.ts'
import { chunksOf, readerOptions } from './stream.ts'

/** What an adapter of OpenAI's models needs to know of the place where they run. */
export interface Place {
  readonly send: Send
  /** The owner of the state: reasoning is encrypted for the organisation or resource that it was made in. */
  readonly stateOwner: string
  readonly reading: Reading
  /** The only API there is, if there is only one. */
  readonly api?: Api | undefined
  /** The vendor's name of the model behind a name of the place's own. */
  readonly nameOf?: (model: string) => string
}

type Methods = Pick<ProviderAdapter, 'supports' | 'complete' | 'stream'> & Required<Pick<ProviderAdapter, 'embed'>>

interface Asked {
  readonly model: string
  readonly card: ModelCard | undefined
  readonly request: ChatRequest
}

/** OpenAI's models over chat completions or Responses, whichever a request needs. */
export function methods({ send, stateOwner, reading, api, nameOf = (model) => model }: Place): Methods {
  const { refusals } = reading
  const apiOf = ({ request, model, card }: Asked): Api => {
    const name = nameOf(model)
    return api ?? apiFor(request, name, traitsOf(name, card))
  }
  const chat = (call: AdapterCall, stream: boolean): JsonObject => chatBody(call, { stream, name: nameOf(call.model) })

  function responses({ request, model, card, providerOptions }: AdapterCall, stream: boolean): JsonObject {
    const traits = traitsOf(nameOf(model), card)
    const { dropped } = adapt(request, traits, 'responses')
    const input = { owner: stateOwner, instructions: traits.reasoning ? 'developer' : 'system' } as const
    return responsesBody(request, { model, stream, input, dropped, providerOptions })
  }

  const styleOf = ({ model }: AdapterCall) => ({ model, owner: stateOwner, refusals })
  const answerIn = (text: string, call: AdapterCall): ChatCompletion =>
    isChatAnswer(text) ? completionOf(text, reading) : completionOfResponse(text, styleOf(call))
  return {
    supports: (request, card, model) => support({ request, card }, traitsOf(nameOf(model), card), apiOf({ request, model, card })),
    async complete(call) {
      if (apiOf(call) === 'chat')
        return completionOf(await (await send(call, '/chat/completions', chat(call, false))).text(), reading)
      const response = await send(call, '/responses', responses(call, false))
      return completionFor(call.request, answerIn(await response.text(), call))
    },
    stream(call) {
      if (apiOf(call) === 'chat') return chunksOf(call, () => send(call, '/chat/completions', chat(call, true)), reading)
      const chunks = eventStream({
        open: async () =>
          streamedBody(await send(call, '/responses', responses(call, true)), call.signal, (text) =>
            chunksOfCompletion(answerIn(text, call)),
          ),
        translator: new EitherReader(styleOf(call), readerOptions(call.request, reading)),
        signal: call.signal,
        isLast: isTerminal,
      })
      return chunksFor(call.request, chunks)
    },
    async embed(call: EmbedCall) {
      const response = await send(call, '/embeddings', { ...call.request, model: call.model, ...call.providerOptions })
      return embeddingsOf(await response.text(), reading)
    },
  }
}

function support({ request, card }: Omit<Asked, 'model'>, traits: ReturnType<typeof traitsOf>, api: Api): Support {
  const { refused = namingProblem(request) ?? soundProblem(request, card), dropped } = adapt(request, traits, api)
  if (refused !== undefined) return refused
  if (api === 'chat') return dropped.length === 0 ? fullSupport : { level: 'yes', dropped }
  const found = responsesSupport(request)
  if ('level' in found) return found
  return { level: 'yes', dropped: [...new Set([...dropped, ...found])] }
}

const fullSupport: Support = { level: 'yes', dropped: [] }
