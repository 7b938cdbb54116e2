import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { eventStream } from '../shared/event-stream.ts'
import { supportOf } from '../shared/notes.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import type { AnswerStyle } from './answer.ts'
import { sender } from './client.ts'
import { embeddingBody, embeddings } from './embeddings.ts'
import { failureOf } from './failure.ts'
import { answerIn, eventsIn } from './read.ts'
import { translate, type Translation } from './request.ts'
import { completion } from './response.ts'
import type { MistralClient } from './sdk.ts'
import { isLast, StreamedAnswer } from './stream.ts'

/** Options of {@link mistral}. The key is by default the key store's `MISTRAL_API_KEY`. */
export type MistralOptions = AdapterOptions<MistralClient>

/** Options of {@link codestral}. The key is by default the key store's `CODESTRAL_API_KEY`. */
export type CodestralOptions = AdapterOptions<MistralClient>

/**
 * Mistral's models at Mistral: chat and embeddings. As `baseURL`, `https://api.eu.mistral.ai` and
 * `https://api.us.mistral.ai` keep the data in that region, and are declared as such.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function mistral(options: MistralOptions = {}): ProviderAdapter {
  checkOptions('mistral', options)
  return adapter(options, {
    vendor: 'mistral',
    key: 'MISTRAL_API_KEY',
    baseURL: 'https://api.mistral.ai',
    embeds: true,
  })
}

/**
 * The code models at their own host, which takes keys of its own. Chat only: OpenAI's requests have no place for the text
 * behind a gap, which completion in the middle needs.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function codestral(options: CodestralOptions = {}): ProviderAdapter {
  checkOptions('codestral', options)
  return adapter(options, {
    vendor: 'codestral',
    key: 'CODESTRAL_API_KEY',
    baseURL: 'https://codestral.mistral.ai',
    embeds: false,
  })
}

interface Service {
  /** Its default id, its catalog and the owner of its state. */
  readonly vendor: string
  readonly key: string
  readonly baseURL: string
  readonly embeds: boolean
}

function adapter(options: AdapterOptions<MistralClient>, { vendor, key, baseURL, embeds }: Service): ProviderAdapter {
  // Other clients of this vendor want the version in the address; its SDK adds it.
  const send = sender(options, (options.baseURL ?? baseURL).replace(/\/v1\/?$/, ''))
  const styleOf = ({ request, model }: AdapterCall): AnswerStyle => ({ request, model, owner: vendor })
  const bodyFor = ({ request, model, card, providerOptions }: AdapterCall, stream: boolean): Translation =>
    translate({ ...request, stream }, { model, card, owner: vendor }, providerOptions)
  const region = options.region ?? regionOf(options.baseURL)
  return {
    id: options.id ?? vendor,
    // A client of the user's own has its key already.
    key: options.key ?? (typeof options.client === 'object' ? null : key),
    catalog: vendor,
    stateOwner: vendor,
    ...(options.models !== undefined && { models: options.models }),
    ...(region !== undefined && { region }),
    supports: (request, card, model) => supportOf(() => translate(request, { model, card, owner: vendor })),
    async complete(call) {
      const response = await send(call, 'chat', bodyFor(call, false).body)
      return completion(await answerIn(response, call.signal), styleOf(call))
    },
    stream: (call) =>
      eventStream({
        open: async () => eventsIn(await send(call, 'stream', bodyFor(call, true).body), call.signal),
        translator: new StreamedAnswer(styleOf(call)),
        signal: call.signal,
        isLast,
      }),
    ...(embeds && {
      embed: async (call) => embeddings(await answerIn(await send(call, 'embeddings', embeddingBody(call)), call.signal), call),
    }),
    failure: failureOf,
  }
}

/** The vendor's regional hosts (the SDK's list of servers). */
function regionOf(baseURL: string | undefined): string | undefined {
  return /^https:\/\/api\.(eu|us)\.mistral\.ai(?:\/|$)/.exec(baseURL ?? '')?.[1]
}
