import type OpenAI from 'openai'
import type { ProviderAdapter } from '../../contracts/adapter.ts'
import { ModelyardError } from '../../errors.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { vendorOf } from '../shared/service.ts'
import { methods } from './adapter.ts'
import { defaultBaseURL } from './client.ts'
import { failure } from './failure.ts'
import { forwarder } from './forward.ts'
import { limits } from './limits.ts'
import type { Api } from './models.ts'
import { moderation } from './moderation.ts'
import { checkTolerance, plainReading } from './reading.ts'
import { sender } from './send.ts'

/** Options of {@link openai}. The key is by default the key store's `OPENAI_API_KEY`. */
export interface OpenAIOptions extends AdapterOptions<OpenAI>, MediaLimitsOption {
  /**
   * The API to use for everything: `'chat'` for a server that has chat completions only, `'responses'` to have reasoning
   * replayed in every conversation. Default: whichever a request needs.
   */
  readonly api?: Api | undefined
  /**
   * Takes a stream of chat completions that ends in an orderly way without a finish reason for a whole answer (`stop`), for a
   * server that never sends one. Then nobody can tell an answer that was cut by a proxy from a whole one. Default false.
   */
  readonly tolerateMissingFinish?: boolean | undefined
}

/**
 * OpenAI over chat completions, and over the Responses API where a request needs it: function tools with reasoning from
 * GPT-5.4 on, the vendor's own tools, `web_search_options` for a model that is no search model.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function openai(options: OpenAIOptions = {}): ProviderAdapter {
  checkOptions('openai', options, ['api', 'media', 'tolerateMissingFinish'])
  checkMedia('openai', options.media, { downloads: false })
  checkApi(options)
  checkTolerance('openai', options)
  const { id = 'openai', key, models, region, api, tolerateMissingFinish } = options
  const send = sender(options)
  const adapter: ProviderAdapter = {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof options.client === 'object' ? null : 'OPENAI_API_KEY'),
    ...vendorOf('openai', options, defaultBaseURL),
    stateOwner: id,
    ...(models === undefined ? {} : { models }),
    ...(region === undefined ? {} : { region }),
    ...elsewhere(options.baseURL),
    ...methods({
      send,
      stateOwner: id,
      reading: { ...plainReading, tolerateMissingFinish },
      api,
    }),
    moderate: (call) => moderation(call, send),
    moderationModel: 'omni-moderation-latest',
    forward: forwarder(options),
    failure,
  }
  return withLimits(adapter, limits, options.media)
}

function checkApi({ api }: { readonly api?: unknown }): void {
  if (api === undefined || api === 'chat' || api === 'responses') return
  throw new ModelyardError('BAD_OPTION', "openai({ api }) must be 'chat' or 'responses'.", { field: 'openai.api' })
}

/** Another server of the same format goes down by itself. */
function elsewhere(baseURL: string | undefined): Pick<ProviderAdapter, 'outageDomain'> {
  const host = baseURL === undefined ? undefined : new URL(baseURL).host
  return host === undefined || host.endsWith('api.openai.com') ? {} : { outageDomain: host }
}
