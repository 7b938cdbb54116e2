import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { eventStream } from '../shared/event-stream.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { supportOf } from '../shared/notes.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import { serviceOf } from '../shared/service.ts'
import type { AnswerStyle } from './answer.ts'
import { sender } from './client.ts'
import { embeddings, translateEmbedding } from './embeddings.ts'
import { failureOf } from './failure.ts'
import { moderationModel, moderationOf, translateModeration } from './moderation.ts'
import { limits } from './limits.ts'
import { answerIn, eventsIn } from './read.ts'
import type { Translation } from '../shared/translation.ts'
import { translate } from './request.ts'
import { completion } from './response.ts'
import type { MistralClient } from './sdk.ts'
import { mistralSdk } from './sdk.ts'
import { isLast, StreamedAnswer } from './stream.ts'

/** Options of {@link mistral}. The key is by default the key store's `MISTRAL_API_KEY`. */
export type MistralOptions = AdapterOptions<MistralClient> & MediaLimitsOption

/** Options of {@link codestral}. The key is by default the key store's `CODESTRAL_API_KEY`. */
export type CodestralOptions = AdapterOptions<MistralClient> & MediaLimitsOption

/**
 * Mistral's models at Mistral: chat, embeddings and moderations. As `baseURL`, `https://api.eu.mistral.ai` and
 * `https://api.us.mistral.ai` keep the data in that region, and are declared as such.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function mistral(options: MistralOptions = {}): ProviderAdapter {
  checkOptions('mistral', options, ['media'])
  checkMedia('mistral', options.media, { downloads: false })
  return adapter(options, {
    vendor: 'mistral',
    key: 'MISTRAL_API_KEY',
    baseURL: 'https://api.mistral.ai',
    classifies: true,
  })
}

/**
 * The code models at their own host, which takes keys of its own. Chat only: OpenAI's requests have no place for the text
 * behind a gap, which completion in the middle needs.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function codestral(options: CodestralOptions = {}): ProviderAdapter {
  checkOptions('codestral', options, ['media'])
  checkMedia('codestral', options.media, { downloads: false })
  return adapter(options, {
    vendor: 'codestral',
    key: 'CODESTRAL_API_KEY',
    baseURL: 'https://codestral.mistral.ai',
    classifies: false,
  })
}

interface Service {
  /** Its default id, its catalog and the owner of its state. */
  readonly vendor: string
  readonly key: string
  readonly baseURL: string
  /** Whether it makes embeddings and moderates. */
  readonly classifies: boolean
}

function adapter(options: MistralOptions, { vendor, key, baseURL, classifies }: Service): ProviderAdapter {
  // Other clients of this vendor want the version in the address; its SDK adds it.
  const send = sender(options, (options.baseURL ?? baseURL).replace(/\/v1\/?$/, ''))
  const styleOf = ({ request, model }: AdapterCall): AnswerStyle => ({ request, model, owner: vendor })
  const bodyFor = ({ request, model, card, providerOptions }: AdapterCall, stream: boolean): Translation =>
    translate({ ...request, stream }, { model, card, owner: vendor }, providerOptions)
  const region = options.region ?? regionOf(options.baseURL)
  const own: ProviderAdapter = {
    id: options.id ?? vendor,
    // A client of the user's own has its key already.
    key: options.key ?? (typeof options.client === 'object' ? null : key),
    catalog: vendor,
    ...serviceOf('mistral', options, baseURL),
    stateOwner: vendor,
    ...(options.models !== undefined && { models: options.models }),
    ...(region !== undefined && { region }),
    outageDomain: 'mistral',
    ...(options.client === undefined && { loadSdk: mistralSdk() }),
    supports: (request, card, model) => supportOf(() => translate(request, { model, card, owner: vendor })),
    async complete(call) {
      const response = await send(call, 'chat', bodyFor(call, false).body)
      return completion(await answerIn(response, call.signal), styleOf(call))
    },
    stream: (call) =>
      eventStream({
        open: async () => {
          const response = await send(call, 'stream', bodyFor(call, true).body)
          return eventsIn(response, call.signal, (answer) => completion(answer, styleOf(call)))
        },
        translator: new StreamedAnswer(styleOf(call)),
        signal: call.signal,
        isLast,
      }),
    ...(classifies && {
      async embed(call) {
        const { body } = translateEmbedding(call.request, call.model, call.providerOptions)
        return embeddings(await answerIn(await send(call, 'embeddings', body), call.signal), call)
      },
      supportsEmbedding: (request, _card, model) => supportOf(() => translateEmbedding(request, model)),
      async moderate(call) {
        const { body } = translateModeration(call.request, call.model, call.providerOptions)
        return moderationOf(await answerIn(await send(call, 'moderations', body), call.signal), call)
      },
      supportsModeration: (request, _card, model) => supportOf(() => translateModeration(request, model)),
      moderationModel,
    }),
    failure: failureOf,
  }
  return withLimits(own, limits, options.media)
}

/** The vendor's regional hosts (the SDK's list of servers). */
function regionOf(baseURL: string | undefined): string | undefined {
  return /^https:\/\/api\.(eu|us)\.mistral\.ai(?:\/|$)/.exec(baseURL ?? '')?.[1]
}
