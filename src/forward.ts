import { responseHeaders } from './answer.ts'
import type { Attempt } from './attempt.ts'
import type { ForwardCall } from './contracts/adapter.ts'
import type { Call } from './call.ts'
import { ModelyardError, RouterFault } from './errors.ts'
import type { Journey } from './journey.ts'
import { onlyFirst, operationPlan } from './operation-plan.ts'
import type { OperationParts } from './operations.ts'
import { providersWith } from './operations.ts'
import { Passage } from './passage.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import { unknownQuote } from './quotes.ts'
import { callOf } from './route.ts'
import type { RouteRecord } from './runtime.ts'
import { nothingSpent } from './runtime.ts'
import { VendorHeaders } from './vendor-headers.ts'

/** A request of the OpenAI client, as it would have gone over the network. */
export interface Outgoing extends Pick<ForwardCall, 'method' | 'path' | 'body'> {
  readonly headers: Headers
}

/** What forwarding works with. */
export interface ForwardParts extends OperationParts {
  /** The provider that gets what is forwarded, where the call names none. Default: the first that takes it. */
  readonly forwardTo: string | undefined
}

/**
 * Sends requests of the OpenAI client to a provider as they are, with that provider's key, and hands its answers on as they
 * come. Of limits and tries those of the OpenAI client hold: `timeout` for the head, and for the body of an answer that the
 * client reads whole; what the vendor has accepted is not sent again, unless time ran out.
 */
export function forwarder(parts: ForwardParts): (call: Call, outgoing: Outgoing) => Promise<Response> {
  // An answer that is dropped unread would keep its socket, and its request would never end.
  const dropped = new FinalizationRegistry<Passage>((passage) => passage.leave())
  return async (call, outgoing) => {
    const endpoint = endpointOf(outgoing)
    call.access?.refuseEndpoint(endpoint)
    // A stream can be sent only once.
    const once = outgoing.body instanceof ReadableStream && { maxRetries: 0, routing: { ...call.routing, maxAttempts: 1 } }
    const to = call.routing.forwardTo ?? parts.forwardTo
    const plan = (routing: Routing): Plan => forwardPlan({ endpoint, routing, to }, parts)
    const journey = await parts.dispatcher.begin(
      { ...call, ...once },
      { operation: 'forward', model: endpoint, plan, isTimed: false, ...(makes(outgoing) && { quote: unknownQuote }) },
    )
    const { attempt, response, bytes } = await accepted(journey, outgoing)
    const { model } = attempt.target
    const { status, statusText, body } = response
    if (bytes !== undefined || body === null) {
      const record = journey.succeed(attempt, { account: nothingSpent, model })
      return new Response(body === null ? null : bytes, { status, statusText, headers: headersOf(response, attempt, record) })
    }
    attempt.release()
    const passage = new Passage(journey, attempt, body)
    const record = journey.journal.record(attempt, { model, usage: null, usageSource: 'unknown', costUsd: null })
    const answer = new Response(passage.stream(), { status, statusText, headers: headersOf(response, attempt, record) })
    dropped.register(answer, passage)
    return answer
  }
}

interface Wish {
  readonly endpoint: string
  readonly routing: Routing
  readonly to: string | undefined
}

/** Whether something is made, which may cost; looking and deleting is free. */
function makes({ method }: Outgoing): boolean {
  return !/^(?:get|head|delete)$/i.test(method)
}

/** One provider: what is made at one does not exist at another. */
function forwardPlan({ endpoint, routing, to }: Wish, parts: ForwardParts): Plan {
  const wanted = 'one that takes endpoints as they are, such as openai(),'
  const able = providersWith(endpoint, { parts, owner: routing, has: (adapter) => adapter.forward !== undefined, wanted })
  const chosen = to === undefined ? able : able.filter(({ id }) => id === to)
  if (chosen.length === 0) throw unknownProvider(to ?? '', able)
  // The circuit is the resource's: files that cannot be had say nothing about images.
  const resource = endpoint.split('/')[1] ?? ''
  const candidates = chosen.flatMap(({ id }) => {
    const resolution = parts.names.resolve(`${id}/${resource}`)
    return resolution.kind === 'targets' ? resolution.targets : []
  })
  return onlyFirst(operationPlan({ requested: endpoint, routing, candidates, lacksKey: parts.lacksKey }))
}

function unknownProvider(to: string, able: readonly { readonly id: string }[]): ModelyardError {
  const ids = able.map(({ id }) => id).join(', ')
  const message = `forwardTo: ${JSON.stringify(to.slice(0, 80))} is no provider that takes endpoints as they are; there are ${ids}`
  return new ModelyardError('UNKNOWN_PROVIDER', message, { field: 'forwardTo' })
}

/** `POST /files`, `GET /files/{id}/content`: what is no word of the API's own is left out, for it belongs into no record. */
function endpointOf({ method, path }: Outgoing): string {
  const [pathname = ''] = path.split('?')
  const words = pathname.split('/').map((word) => (/^[a-z][a-z_-]*$|^$/.test(word) ? word : '{id}'))
  return `${method} ${words.join('/')}`
}

interface Accepted {
  readonly attempt: Attempt
  readonly response: Response
  /** The body, where the OpenAI client will read it whole. */
  readonly bytes: ArrayBuffer | undefined
}

async function accepted(journey: Journey, outgoing: Outgoing): Promise<Accepted> {
  for (;;) {
    const attempt = await journey.begin((begun) => begun.limit('timeout', begun.startedAt + journey.options.timeout))
    try {
      const response = await attempt.until(journey.journal.within(attempt, () => send(journey, attempt, outgoing)))
      const bytes = isReadWhole(outgoing, response) ? await attempt.until(response.arrayBuffer()) : undefined
      return { attempt, response, bytes }
    } catch (error) {
      const isTaken = attempt.headers !== undefined && attempt.stopped === undefined
      if (isTaken) throw journey.end(journey.fail(attempt, error, nothingSpent))
      await journey.goOn(attempt, journey.fail(attempt, error, nothingSpent))
    }
  }
}

async function send(journey: Journey, attempt: Attempt, { method, path, body, headers }: Outgoing): Promise<Response> {
  const { adapter, provider } = attempt.target
  if (adapter.forward === undefined) throw new RouterFault('internal', `${provider} takes no endpoints as they are.`)
  const { secret, signal, onHeaders, onSecret, headers: callers } = callOf(journey, attempt)
  const framing = { accept: headers.get('accept'), 'content-type': headers.get('content-type') }
  return adapter.forward({
    method,
    path,
    body,
    secret,
    signal,
    headers: { ...callers, ...framing },
    ...(onHeaders !== undefined && { onHeaders }),
    ...(onSecret !== undefined && { onSecret }),
  })
}

/** The client asks for JSON unless it wants the bytes, and reads JSON and text whole, but not a stream of events. */
function isReadWhole({ headers }: Outgoing, response: Response): boolean {
  const type = response.headers.get('content-type') ?? ''
  if (headers.get('accept')?.includes('json') === false) return false
  return /^[\w.+-]+\/(?:[\w.+-]+\+)?json\b|^text\/(?!event-stream)/i.test(type)
}

/** The vendor's headers with those that describe a body, which comes through unchanged, and the router's own. */
function headersOf({ headers: sent }: Response, { secrets }: Attempt, record: RouteRecord): Headers {
  const headers = responseHeaders(new VendorHeaders(sent, secrets), record)
  for (const name of ['content-type', 'content-length']) {
    const value = sent.get(name)
    // The length is that of the encoded body, and what comes here is decoded.
    if (value !== null && !(name === 'content-length' && sent.has('content-encoding'))) headers.set(name, value)
  }
  return headers
}
