import type Perplexity from '@perplexity-ai/perplexity_ai'
import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { bodyText } from '../shared/body-text.ts'
import { eventStream } from '../shared/event-stream.ts'
import type { JsonObject } from '../shared/json.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { eventsOf } from '../shared/responses/events.ts'
import { completionOfResponse } from '../shared/responses/response.ts'
import { isTerminal, ResponsesReader } from '../shared/responses/stream.ts'
import type { ResponsesStyle } from '../shared/responses/wire.ts'
import { sender } from './client.ts'
import { failure, refusals } from './failure.ts'
import { agentBody } from './request.ts'
import { supportOf } from './supports.ts'

/** Options of {@link perplexity}. The key is by default the key store's `PERPLEXITY_API_KEY`. */
export type PerplexityOptions = AdapterOptions<Perplexity>

/**
 * Perplexity's Agent API: models (`perplexity/sonar` and other vendors'), and presets as models named `preset/low`. It
 * searches the web where `web_search_options` asks for it; what it found comes as annotations and `citations`, and what the
 * call cost as `usage.cost`.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function perplexity(options: PerplexityOptions = {}): ProviderAdapter {
  checkOptions('perplexity', options)
  const { id = 'perplexity', key, models, region, client } = options
  const wire = sender(options)
  const styleOf = ({ model }: AdapterCall): ResponsesStyle => ({ model, owner: stateOwner, refusals })
  const bodyOf = ({ request, model, card, providerOptions }: AdapterCall, stream: boolean): JsonObject =>
    agentBody(request, { model, card, owner: stateOwner, stream, providerOptions })
  return {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof client === 'object' ? null : 'PERPLEXITY_API_KEY'),
    catalog: 'perplexity',
    stateOwner,
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    supports: (request) => supportOf(request),
    async complete(call) {
      const response = await wire.send(call, bodyOf(call, false))
      return completionOfResponse(await bodyText(response, call.signal), styleOf(call))
    },
    stream: (call) =>
      eventStream({
        open: async () => eventsOf(await wire.send(call, bodyOf(call, true)), styleOf(call)),
        translator: new ResponsesReader(styleOf(call)),
        signal: call.signal,
        isLast: isTerminal,
      }),
    failure,
    close: () => wire.close(),
  }
}

/** Signatures on calls come from the vendors behind this one, whoever's key it is. */
const stateOwner = 'perplexity'
