import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { failureFromHttp, transportKind } from './failure.ts'
import type { Fetch } from './options.ts'
import type { Recogniser } from './recognise.ts'

const key = Symbol('modelyard.exchange')

type ExchangeCall = Pick<AdapterCall, 'signal' | 'onHeaders' | 'onSecret' | 'secret'>

interface Outgoing {
  /** Default: the global `fetch` at the time of the call. */
  readonly fetch: Fetch | undefined
  readonly url: string
  readonly init: RequestInit | undefined
  readonly refusals: readonly Recogniser[]
}

/**
 * Ties one call of an SDK to the one request that it may send. The SDK gets {@link Exchange.fetchOptions} as its
 * per-request fetch options, spreads them into the `init` of `fetch`, and {@link guardFetch} finds the exchange there. The
 * signal goes this way too: an SDK that is not told of it sets up no listeners and makes no error of its own of an abort.
 */
export class Exchange {
  /** The per-request `fetchOptions` for an SDK that spreads them into `init`. */
  readonly fetchOptions: { readonly [key]: Exchange; readonly redirect: 'manual' }
  readonly #call: ExchangeCall
  #sent = false
  #error: unknown

  constructor(call: ExchangeCall) {
    this.#call = call
    this.fetchOptions = { [key]: this, redirect: 'manual' }
  }

  /** The exchange that an SDK brought along to `fetch`, if it did. */
  static of(init: object | undefined): Exchange | undefined {
    const found: unknown = init !== undefined && key in init ? init[key] : undefined
    return found instanceof Exchange ? found : undefined
  }

  /** What really went wrong, freed of what the SDK made of it. */
  errorOf(thrown: unknown): unknown {
    return this.#error ?? thrown
  }

  /** Sends the one request, as {@link transmit} does. */
  async send(outgoing: Outgoing): Promise<Response> {
    try {
      if (this.#sent) throw new AttemptError('internal', 'The SDK tried to send a second request for one attempt.')
      this.#sent = true
      return await transmit(this.#call, outgoing)
    } catch (error) {
      this.#error = error
      throw error
    }
  }
}

/**
 * Sends one request, following no redirect. Resolves with a 2xx answer only; rejects with an {@link AttemptError} made from
 * the answer itself, or with the signal's reason.
 */
export async function transmit(call: ExchangeCall, { fetch, url, init, refusals }: Outgoing): Promise<Response> {
  const { signal, secret } = call
  signal.throwIfAborted()
  call.onSecret?.(secret)
  let response: Response
  try {
    response = await (fetch ?? globalThis.fetch)(url, { ...init, signal, redirect: 'manual' })
  } catch (error) {
    signal.throwIfAborted()
    throw transportError(error)
  }
  if (!response.ok) throw await refusal(response, { secret, refusals })
  call.onHeaders?.(response.headers)
  return response
}

/** Whatever the transport throws without having been aborted is a fault between here and the vendor. */
function transportError(error: unknown): AttemptError {
  if (error instanceof AttemptError) return error
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const kind = transportKind(error) ?? transportKind(cause)
  const words = [error, cause].flatMap((each) => (each instanceof Error && each.message !== '' ? [each.message] : []))
  const message = [...new Set(words)].join(': ') || 'The request failed without a reason.'
  return new AttemptError(kind === 'timeout' ? 'timeout' : 'network', message, { cause: error })
}

async function refusal(
  response: Response,
  { secret, refusals }: { readonly secret: Secret; readonly refusals: readonly Recogniser[] },
): Promise<AttemptError> {
  const { status, headers } = response
  // A refusal whose body breaks is still that refusal.
  const text = await response.text().catch(() => '')
  const { kind, message, ...details } = failureFromHttp({ status, headers, text: redact(text, secret) }, refusals)
  return new AttemptError(kind, message, details)
}

/** Vendors, and proxies before them, sometimes repeat the key in what they say. (A stand-in key of a few letters is none.) */
export function redact(text: string, secret: Secret): string {
  const clear = secret.reveal()
  return clear.length < 8 ? text : text.replaceAll(clear, '[secret]')
}

/** How {@link guardFetch} guards. */
export interface GuardOptions {
  /** The user's transport; default: the global `fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined
  /** Requests may go below this URL's origin only. */
  readonly baseURL: string
  /** The vendor's table of errors. */
  readonly refusals?: readonly Recogniser[]
  /** Finds the exchange of a request for an SDK that does not spread `fetchOptions` into `init`. */
  readonly exchangeOf?: (url: string, init: RequestInit | undefined) => Exchange | undefined
}

/**
 * The `fetch` to build a vendor's SDK with. It sends each call's one request to the configured origin, follows no redirect
 * (a 307 would carry the prompt, and with some headers the key, to another host), and turns everything but a 2xx answer
 * into an {@link AttemptError}, made from the answer itself, before the SDK can lose any of it.
 */
export function guardFetch({ fetch, baseURL, refusals = [], exchangeOf }: GuardOptions): Fetch {
  const origin = `${new URL(baseURL).origin}/`
  const transport: Fetch = fetch ?? ((input, init) => globalThis.fetch(input, init))
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (!url.startsWith(origin))
      return Promise.reject(new AttemptError('internal', `A request to ${hostOf(url)} instead of ${origin} was stopped.`))
    const exchange = exchangeOf?.(url, init) ?? Exchange.of(init)
    if (exchange !== undefined) return exchange.send({ fetch: transport, url, init, refusals })
    return Promise.reject(new AttemptError('internal', 'A request outside of any call was stopped.'))
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'no URL'
}
