import type OpenAI from 'openai'
import type { ProviderAdapter } from '../../contracts/adapter.ts'
import { ModelyardError } from '../../errors.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { methods } from './adapter.ts'
import { failure } from './failure.ts'
import type { Api } from './models.ts'
import { plainReading } from './reading.ts'
import { sender } from './send.ts'

/** Options of {@link openai}. The key is by default the key store's `OPENAI_API_KEY`. */
export interface OpenAIOptions extends AdapterOptions<OpenAI> {
  /**
   * The API to use for everything: `'chat'` for a server that has chat completions only, `'responses'` to have reasoning
   * replayed in every conversation. Default: whichever a request needs.
   */
  readonly api?: Api | undefined
}

/**
 * OpenAI over chat completions, and over the Responses API where a request needs it: function tools with reasoning from
 * GPT-5.4 on, the vendor's own tools, `web_search_options` for a model that is no search model.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function openai(options: OpenAIOptions = {}): ProviderAdapter {
  checkOptions('openai', options, ['api'])
  checkApi(options)
  const { id = 'openai', key, models, region, api } = options
  return {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof options.client === 'object' ? null : 'OPENAI_API_KEY'),
    catalog: 'openai',
    stateOwner: id,
    ...(models === undefined ? {} : { models }),
    ...(region === undefined ? {} : { region }),
    ...methods({ send: sender(options), stateOwner: id, reading: plainReading, api }),
    failure,
  }
}

function checkApi({ api }: { readonly api?: unknown }): void {
  if (api === undefined || api === 'chat' || api === 'responses') return
  throw new ModelyardError('BAD_OPTION', "openai({ api }) must be 'chat' or 'responses'.", { field: 'openai.api' })
}
