import type Perplexity from '@perplexity-ai/perplexity_ai'
import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import type { CompletionUsage } from '../../contracts/chat.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import { embeddingSupport } from '../shared/embeddings.ts'
import { eventStream } from '../shared/event-stream.ts'
import { extraField, numberOf } from '../shared/guards.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { chunksFor, completionFor } from '../shared/legacy.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { takeNotes } from '../shared/notes.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { eventsOf } from '../shared/responses/events.ts'
import { completionOfResponse } from '../shared/responses/response.ts'
import { isTerminal, ResponsesReader } from '../shared/responses/stream.ts'
import { vendorOf } from '../shared/service.ts'
import type { ResponsesStyle } from '../shared/responses/wire.ts'
import { defaultBaseURL, sender } from './client.ts'
import { embeddingBody, embeddingsOf } from './embeddings.ts'
import { failure, refusals } from './failure.ts'
import { limits } from './limits.ts'
import { agentBody } from './request.ts'
import { supportOf } from './supports.ts'

/** Options of {@link perplexity}. The key is by default the key store's `PERPLEXITY_API_KEY`. */
export type PerplexityOptions = AdapterOptions<Perplexity> & MediaLimitsOption

/**
 * Perplexity's Agent API: models (`perplexity/sonar` and other vendors'), and presets as models named `preset/low`. It
 * searches the web where `web_search_options` asks for it; what it found comes as annotations and `citations`, and what the
 * call cost as `usage.cost`. Its embeddings are quantised: they are to be compared by their cosine.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function perplexity(options: PerplexityOptions = {}): ProviderAdapter {
  checkOptions('perplexity', options, ['media'])
  checkMedia('perplexity', options.media, { downloads: false })
  const { id = 'perplexity', key, models, region, client } = options
  const wire = sender(options)
  const styleOf = ({ model }: AdapterCall): ResponsesStyle => ({ model, owner: stateOwner, refusals })
  const bodyOf = ({ request, model, card, providerOptions }: AdapterCall, stream: boolean): JsonObject =>
    agentBody(request, { model, card, owner: stateOwner, stream, providerOptions })
  const adapter: ProviderAdapter = {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof client === 'object' ? null : 'PERPLEXITY_API_KEY'),
    ...vendorOf('perplexity', options, defaultBaseURL),
    stateOwner,
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    ...(client === undefined && {
      loadSdk: sdkLoader('@perplexity-ai/perplexity_ai', () => import('@perplexity-ai/perplexity_ai').catch(absent)),
    }),
    supports: (request) => supportOf(request),
    async complete(call) {
      const response = await wire.send(call, '/v1/responses', bodyOf(call, false))
      return completionFor(call.request, completionOfResponse(await bodyText(response, call.signal), styleOf(call)))
    },
    stream: (call) => {
      const chunks = eventStream({
        open: async () => eventsOf(await wire.send(call, '/v1/responses', bodyOf(call, true)), call.signal, styleOf(call)),
        translator: new ResponsesReader(styleOf(call)),
        signal: call.signal,
        isLast: isTerminal,
      })
      return chunksFor(call.request, chunks)
    },
    async embed(call) {
      const body = { ...embeddingBody(call.request, call.model, takeNotes()), ...call.providerOptions }
      const response = await wire.send(call, '/v1/embeddings', body)
      return embeddingsOf(answerObject(await bodyText(response, call.signal), refusals), call)
    },
    supportsEmbedding: (request, _card, model) => embeddingSupport((notes) => embeddingBody(request, model, notes)),
    billed,
    failure,
    close: () => wire.close(),
  }
  return withLimits(adapter, limits, options.media)
}

/** The bill is itemised: `total_cost` of `usage.cost`, with its `currency`, US dollars (types of @perplexity-ai/perplexity_ai 0.38.5). */
function billed(usage: CompletionUsage): number | undefined {
  const cost = extraField(usage, 'cost')
  if (cost === undefined || cost === null) return undefined
  if (!isObject(cost) || (cost['currency'] ?? 'USD') !== 'USD') return Number.NaN
  return numberOf(cost['total_cost']) ?? Number.NaN
}

/** Signatures on calls come from the vendors behind this one, whoever's key it is. */
const stateOwner = 'perplexity'
