import type OpenAI from 'openai'
import type { ProviderAdapter, Support } from '../../contracts/adapter.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { failure } from './failure.ts'
import { adapt, traitsOf } from './models.ts'
import { chatBody } from './request.ts'
import { completionOf, embeddingsOf } from './response.ts'
import { sender } from './send.ts'
import { chunksOf } from './stream.ts'

/** Options of {@link openai}. The key is by default the key store's `OPENAI_API_KEY`. */
export type OpenAIOptions = AdapterOptions<OpenAI>

/**
 * OpenAI over chat completions.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function openai(options: OpenAIOptions = {}): ProviderAdapter {
  checkOptions('openai', options)
  const { id = 'openai', key, models, region } = options
  const send = sender(options)
  return {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof options.client === 'object' ? null : 'OPENAI_API_KEY'),
    catalog: 'openai',
    ...(models === undefined ? {} : { models }),
    ...(region === undefined ? {} : { region }),
    supports(request, card, model) {
      const { refused, dropped } = adapt(request, traitsOf(model, card))
      if (refused !== undefined) return refused
      return dropped.length === 0 ? fullSupport : { level: 'yes', dropped }
    },
    async complete(call) {
      const response = await send(call, '/chat/completions', chatBody(call, false))
      return completionOf(await response.text())
    },
    stream: (call) => chunksOf(call, () => send(call, '/chat/completions', chatBody(call, true))),
    async embed(call) {
      const response = await send(call, '/embeddings', { ...call.request, model: call.model, ...call.providerOptions })
      return embeddingsOf(await response.text())
    },
    failure,
  }
}

const fullSupport: Support = { level: 'yes', dropped: [] }
