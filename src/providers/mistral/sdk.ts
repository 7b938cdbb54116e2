import { ModelyardError } from '../../errors.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'

/*
 * The SDK's own declarations are not used: those of 2.7 redeclare the global `ReadableStream` and fail a type check with
 * `skipLibCheck: false` wherever they come in, at ours and at our users'. So what is used of it is declared here, and its
 * name is put together where it is imported, which keeps the compiler from following it; bundlers do follow it.
 */

/** What the adapter uses of the SDK's client: a `Mistral` is one. */
export interface MistralClient {
  /** What it was built with. */
  readonly _options: MistralSettings
  readonly chat: {
    complete(request: { model: string; messages: [] }): Promise<unknown>
    stream(request: { model: string; messages: [] }): Promise<unknown>
  }
  readonly embeddings: { create(request: { model: string; inputs: string }): Promise<unknown> }
  readonly classifiers: { moderate(request: { model: string; inputs: string }): Promise<unknown> }
}

/** The settings of a client, as far as they are looked at here; the others are handed on. */
interface MistralSettings {
  readonly httpClient?: Transport
}

/** The SDK's `HTTPClient`. */
interface Transport {
  request(request: Request): Promise<Response>
}

/** What the adapter uses of the SDK. */
export interface MistralSdk {
  readonly Mistral: new (settings: object) => MistralClient
  readonly HTTPClient: new (settings: { fetcher: (input: unknown) => Promise<Response> }) => Transport
}

/** Loads the SDK on its first use. */
export function mistralSdk(): () => Promise<MistralSdk> {
  return sdkLoader('@mistralai/mistralai', async () => {
    // oxlint-disable-next-line no-useless-concat -- see above
    const loaded: unknown = await import('@mistralai/' + 'mistralai').catch(absent)
    if (isSdk(loaded)) return loaded
    const message = "The installed version of '@mistralai/mistralai' has no Mistral and HTTPClient. Install version 2.7 or later."
    throw new ModelyardError('MISSING_SDK', message, { field: '@mistralai/mistralai' })
  })
}

function isSdk(loaded: unknown): loaded is MistralSdk {
  if (typeof loaded !== 'object' || loaded === null) return false
  return (
    'Mistral' in loaded && typeof loaded.Mistral === 'function' && 'HTTPClient' in loaded && typeof loaded.HTTPClient === 'function'
  )
}
