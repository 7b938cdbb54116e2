import type { BedrockRuntimeClient, BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import { ModelyardError } from '../../errors.ts'
import { checkAccess, type AwsAccess } from '../shared/aws/access.ts'
import { isObject } from '../shared/json.ts'
import { checkMedia, type MediaOption } from '../shared/media/options.ts'
import { checkOptions, type AdapterOptions } from '../shared/options.ts'
import type { RequestHandler } from './transport.ts'

/** Options of `bedrock()`. */
export interface Options
  extends
    Omit<AdapterOptions<BedrockRuntimeClient>, 'key' | 'region'>,
    AwsAccess<BedrockRuntimeClientConfig['credentials']>,
    MediaOption {
  /** The transport in place of `fetch`: a handler of smithy's kind. */
  readonly requestHandler?: RequestHandler | undefined
}

/**
 * Checks the options.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`bedrock.region`).
 */
export function checkOptionsOf(options: Options): void {
  const given: unknown = options
  // `null` is a key like any other here: none is asked for.
  checkOptions('bedrock', isObject(given) ? { ...given, key: given['key'] ?? undefined } : given, {
    credentials: undefined,
    requestHandler: {
      wanted: 'an object with handle()',
      holds: (value) => isObject(value) && typeof value['handle'] === 'function',
    },
    residency: undefined,
    media: undefined,
  })
  checkMedia('bedrock', options.media)
  checkAccess('bedrock', options)
  const { requestHandler, fetch } = options
  if (requestHandler === undefined || fetch === undefined) return
  const message = 'bedrock() takes requestHandler or fetch, not both.'
  throw new ModelyardError('BAD_OPTION', message, { field: 'bedrock.requestHandler' })
}
