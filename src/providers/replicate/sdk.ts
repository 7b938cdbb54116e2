import { ModelyardError } from '../../errors.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'

/*
 * The SDK's own declarations are not used: those of 1.4 name the browser's type `Crypto` and fail a type check with
 * `skipLibCheck: false` wherever they come in without the DOM library, at ours and at our users'. So what is used of it is
 * declared here, and its name is put together where it is imported, which keeps the compiler from following it; bundlers do
 * follow it.
 */

/** What the adapter uses of the SDK's client: a `Replicate` is one. */
export interface ReplicateClient {
  auth: string
  readonly baseUrl?: string
  readonly fetch: (input: Request | string, init?: RequestInit) => Promise<Response>
  request(
    route: string | URL,
    options: { method?: string; headers?: object; data?: object; signal?: AbortSignal },
  ): Promise<Response>
}

/** What the adapter uses of the SDK. */
export interface ReplicateSdk {
  readonly default: new (settings: object) => ReplicateClient
}

/** Loads the SDK on its first use. */
export function replicateSdk(): () => Promise<ReplicateSdk> {
  return sdkLoader('replicate', async () => {
    // oxlint-disable-next-line no-useless-concat -- see above
    const loaded: unknown = await import('repli' + 'cate').catch(absent)
    if (isSdk(loaded)) return loaded
    const message = "The installed version of 'replicate' is not the one that is known here. Install version 1.4 or later."
    throw new ModelyardError('MISSING_SDK', message, { field: 'replicate' })
  })
}

function isSdk(loaded: unknown): loaded is ReplicateSdk {
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded && typeof loaded.default === 'function'
}
