import type OpenAI from 'openai'
import { APIPromise } from 'openai'
import { mayBear, rememberRoute } from './route-of.ts'
import type { RouteRecord } from './runtime.ts'
import type { VendorHeaders } from './vendor-headers.ts'

type ResponsePromise = ConstructorParameters<typeof APIPromise>[1]
type ResponseProps = Awaited<ResponsePromise>

/** What an answer is made of. */
export interface AnswerParts {
  /** The completion or the stream: what awaiting the call gives. */
  readonly value: object
  readonly options: ResponseProps['options']
  /** Of a stream; a whole answer has nothing left to abort. */
  readonly controller?: AbortController
  readonly record: () => RouteRecord | undefined
  /** The vendor's response headers; of a stream, those of the target that serves it by now. */
  readonly vendorHeaders: () => VendorHeaders | undefined
  /** The body of the response as a proxy would send it on. */
  readonly body: () => string | ReadableStream<Uint8Array>
  readonly contentType: string
}

/**
 * An answer in the form that the OpenAI client's promise works on. The `Response` is only built when somebody asks for it:
 * it costs more than the rest of the call's way through the router.
 */
export class Answer implements ResponseProps {
  readonly options: ResponseProps['options']
  readonly requestLogID = ''
  readonly retryOfRequestLogID = undefined
  readonly startTime = 0
  readonly value: object
  readonly record: AnswerParts['record']
  readonly requestId: string | null
  readonly #parts: AnswerParts
  #response: Response | undefined

  constructor(parts: AnswerParts) {
    this.options = parts.options
    this.value = parts.value
    this.record = parts.record
    this.requestId = parts.vendorHeaders()?.requestId ?? null
    this.#parts = parts
  }

  get controller(): AbortController {
    return this.#parts.controller ?? new AbortController()
  }

  get response(): Response {
    this.#response ??= new Response(this.#parts.body(), { status: 200, headers: this.#headers() })
    return this.#response
  }

  /** The same answer, said to be whole. */
  asWhole(): ResponseProps {
    const { controller, requestLogID, retryOfRequestLogID, startTime } = this
    const response = (): Response => this.response
    return {
      controller,
      requestLogID,
      retryOfRequestLogID,
      startTime,
      options: { ...this.options, stream: false },
      get response() {
        return response()
      },
    }
  }

  #headers(): Headers {
    const vendor = this.#parts.vendorHeaders()
    const headers = new Headers(responseHeaders(vendor, this.record()))
    headers.set('content-type', this.#parts.contentType)
    const requestId = vendor?.requestId
    if (typeof requestId === 'string') headers.set('x-request-id', requestId)
    return headers
  }
}

const hopByHop = /^(?:content-length|content-encoding|transfer-encoding|connection|keep-alive|set-cookie|content-type)$/

/** The vendor's headers that still hold for the router's answer, and the router's own. */
export function responseHeaders(vendor: VendorHeaders | undefined, record: RouteRecord | undefined): Headers {
  const headers = new Headers()
  if (vendor !== undefined) for (const [name, value] of vendor.all()) if (!hopByHop.test(name)) headers.append(name, value)
  if (record === undefined) return headers
  headers.set('x-modelyard-request-id', record.requestId)
  headers.set('x-modelyard-provider', record.provider)
  // Headers are Latin; models need not be.
  headers.set('x-modelyard-model', record.model.replaceAll(/[^\x20-\x7e]/gu, encodeURIComponent))
  headers.set('x-modelyard-attempts', String(record.attempts))
  if (record.decision.tier !== undefined) headers.set('x-modelyard-tier', record.decision.tier)
  if (record.costUsd !== null) headers.set('x-modelyard-cost-usd', String(record.costUsd))
  return headers
}

/** The promise of an {@link Answer}: the OpenAI client's own, but for not building a `Response` that nobody asked for. */
export class AnswerPromise<Value> extends APIPromise<Value> {
  readonly #client: OpenAI
  readonly #answer: Promise<Answer>
  readonly #parse: (answer: Answer) => unknown

  constructor(client: OpenAI, answer: Promise<Answer>, parse: (answer: Answer) => unknown = valueOf) {
    // The one place that speaks to the client's promise in its own, unexported terms: its parser is only ever given what
    // `answer` resolves to, and what it returns is what the calling method declares.
    const parser = (_client: OpenAI, props: ResponseProps): unknown => (props instanceof Answer ? parse(props) : props)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    super(client, answer, parser as never)
    this.#client = client
    this.#answer = answer
    this.#parse = parse
  }

  override _thenUnwrap<Unwrapped>(transform: (data: Value, props: ResponseProps) => Unwrapped): APIPromise<Unwrapped> {
    // `create()` is the first to unwrap, and does so to put a stream's chunks in order one by one. The router's chunks are in
    // order, and asking each again costs as much as reading them did: it is told that there is no stream.
    const isCreate = this.#parse === valueOf
    return new AnswerPromise<Unwrapped>(this.#client, this.#answer, async (answer) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this promise resolves to is what it is typed as
      const data = (await this.#parse(answer)) as Value
      return labelled(transform(data, isCreate && isStream(answer.value) ? answer.asWhole() : answer), answer)
    })
  }

  override async withResponse(): Promise<{ data: Value; response: Response; request_id: string | null }> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this promise resolves to is what it is typed as
    const [data, answer] = (await Promise.all([this, this.#answer])) as [Value, Answer]
    const { response } = answer
    // As with the real client the data has been read from the response's body; a stream's body is still to be read.
    if (!response.bodyUsed && !isStream(answer.value)) await response.text()
    return { data, response, request_id: answer.requestId }
  }
}

function valueOf(answer: Answer): unknown {
  return labelled(answer.value, answer)
}

function isStream(value: object): boolean {
  return Symbol.asyncIterator in value
}

/** Gives a result its hidden `_request_id`, as the OpenAI client does, and remembers its route. */
function labelled(value: unknown, answer: Answer): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  // An adapter may hand out one object twice, or a frozen one; what belongs to this call needs an object of its own.
  const own = Object.isExtensible(value) && mayBear(value, answer.record) ? value : { ...value }
  if (!Object.hasOwn(own, '_request_id')) Object.defineProperty(own, '_request_id', { value: answer.requestId, enumerable: false })
  rememberRoute(own, answer.record)
  return own
}
