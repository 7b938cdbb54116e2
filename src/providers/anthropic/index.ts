import type Anthropic from '@anthropic-ai/sdk'
import type { ProviderAdapter } from '../../contracts/adapter.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import { vendorOf } from '../shared/service.ts'
import { messagesAdapter } from './adapter.ts'
import { bedrockAdapter, type BedrockOptions } from './bedrock.ts'
import { defaultBaseURL, ownSender } from './client.ts'
import { ownDoor } from './door.ts'
import { failureOf } from './failure.ts'
import { limits } from './limits.ts'
import { vertexAdapter, type VertexOptions } from './vertex.ts'

/** Options of {@link anthropic}. */
export type AnthropicOptions = AdapterOptions<Anthropic> & MediaLimitsOption

/** Options of {@link anthropicBedrock}. */
export interface AnthropicBedrockOptions extends BedrockOptions {}

/** Options of {@link anthropicVertex}. */
export interface AnthropicVertexOptions extends VertexOptions {}

/**
 * Claude models at Anthropic.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown or of the wrong kind.
 */
export function anthropic(options: AnthropicOptions = {}): ProviderAdapter {
  checkOptions('anthropic', options, ['media'])
  checkMedia('anthropic', options.media, { downloads: false })
  const { id = 'anthropic', key = 'ANTHROPIC_API_KEY', models, region } = options
  const adapter = messagesAdapter({
    id,
    key,
    ...vendorOf('anthropic', options, defaultBaseURL),
    door: ownDoor,
    models,
    region,
    ...(options.client === undefined && {
      loadSdk: sdkLoader('@anthropic-ai/sdk', () => import('@anthropic-ai/sdk').catch(absent)),
    }),
    ...ownSender(options),
    failure: failureOf,
  })
  return withLimits(adapter, limits, options.media)
}

/**
 * Claude models on AWS Bedrock through `@anthropic-ai/bedrock-sdk`: the Messages API as its maker has it, where `bedrock()`
 * speaks Converse. Models are named as AWS names them: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, a profile, an ARN.
 * Requests carry a Bedrock API key from the key store, or are signed with `credentials`.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown, missing or of the wrong kind.
 */
export function anthropicBedrock(options: AnthropicBedrockOptions): ProviderAdapter {
  return bedrockAdapter(options)
}

/**
 * Claude models on Vertex AI through `@anthropic-ai/vertex-sdk`. Models are named as Google names them, dated ones with `@`
 * (`claude-sonnet-4-5@20250929`), or as their maker names them.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for an option that is unknown, missing or of the wrong kind.
 */
export function anthropicVertex(options: AnthropicVertexOptions): ProviderAdapter {
  return vertexAdapter(options)
}
