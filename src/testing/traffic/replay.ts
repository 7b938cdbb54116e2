import { AssertionError } from 'node:assert'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../contracts/clock.ts'
import { AttemptError } from '../../errors.ts'
import { systemClock, untilAborted, wait } from '../wait.ts'
import { parsed, read, written } from './exchange.ts'
import type { RecordedAnswer, RecordedError, RecordedExchange, RecordedTraffic } from './exchange.ts'
import { canonical, differences, wholeRequest } from './match.ts'
import type { Identity } from './match.ts'
import { outgoing } from './outgoing.ts'
import type { Outgoing, WireFetch } from './outgoing.ts'
import { Redaction } from './redaction.ts'

/** How a recording is replayed. */
export interface ReplayOptions {
  /**
   * What of a request decides which recorded one it is; compared as JSON. Default: method, address and body. Leave out what
   * differs from run to run: `({ method, url }) => [method, new URL(url).pathname]`.
   */
  readonly identity?: Identity
  /** What was given as such when it was recorded: texts that differ and do not matter. */
  readonly secrets?: readonly string[]
  /** Whether answers take as long as they did. Default false: all is there at once. */
  readonly timing?: boolean
  /** Whose time that is. Default: the system's. */
  readonly clock?: Clock
}

/** A transport without network, whose answers are recorded. */
export interface TrafficReplay {
  /** For the `fetch` option of any adapter or SDK. */
  readonly fetch: WireFetch
  /** Recorded exchanges that have not been asked for. */
  readonly remaining: number
  /** Throws, with a list, if a recorded exchange was not asked for, or something else was. */
  assertDone(): void
}

/**
 * Replays what {@link recordTraffic} wrote: the same answers in the same chunks, the same errors at the same places. Each
 * exchange answers once; of equal requests the first gets the first answer. A request that was not recorded is a fault of
 * the test: it fails as a mistake of the caller, so that no fallback hides it, and says in what it differs from the nearest.
 *
 * @throws TypeError for a file that is no recording.
 */
export function replayTraffic(
  path: string,
  { identity = wholeRequest, secrets = [], timing = false, clock = systemClock }: ReplayOptions = {},
): TrafficReplay {
  const recorded = parsed(readFileSync(path, 'utf8'), path).map((exchange) => ({
    exchange,
    key: canonical(identity(exchange.request)),
  }))
  const waiting = new Set(recorded)
  const strange: string[] = []
  return {
    async fetch(input, init) {
      const sent = await outgoing(input, init)
      sent.signal?.throwIfAborted()
      const request = requestOf(sent, new Redaction(secrets))
      const key = canonical(identity(request))
      const found = [...waiting].find((one) => one.key === key)
      if (found === undefined) {
        const message = strangeness(request, { path, recorded, waiting, identity })
        strange.push(message)
        throw new AttemptError('invalid_request', message, { status: 400, code: 'unrecorded_request' })
      }
      waiting.delete(found)
      return answered(found.exchange.outcome, { sent, pace: timing ? clock : undefined })
    },
    get remaining() {
      return waiting.size
    },
    assertDone() {
      const unused = [...waiting].map(({ exchange }) => `not asked for: ${titleOf(exchange.request)} (number ${exchange.n})`)
      if (strange.length + unused.length === 0) return
      throw new AssertionError({ message: [`the replay of ${path} does not fit:`, ...strange, ...unused].join('\n') })
    },
  }
}

/** The request as a recording would have it. */
function requestOf({ url, headers, method, body }: Outgoing, redaction: Redaction): RecordedTraffic {
  redaction.look(url, headers)
  return {
    method,
    url: redaction.url(url),
    headers: redaction.requestHeaders(headers),
    body: body === null ? null : written(redaction.body(body)),
  }
}

/** An exchange, and what its request is known by. */
interface Known {
  readonly exchange: RecordedExchange
  readonly key: string
}

interface Recording {
  readonly path: string
  readonly recorded: readonly Known[]
  readonly waiting: ReadonlySet<Known>
  readonly identity: Identity
}

/** Why a request is none of those that were recorded. */
function strangeness(request: RecordedTraffic, { path, recorded, waiting, identity }: Recording): string {
  const now = identity(request)
  const times = recorded.filter(({ key }) => key === canonical(now)).length
  if (times > 0) return `${titleOf(request)} is in ${path} ${times === 1 ? 'once' : `${times} times`}, and was asked for once more`
  const candidates = waiting.size > 0 ? [...waiting] : recorded
  const compared = candidates.map(({ exchange }) => ({ n: exchange.n, lines: differences(identity(exchange.request), now) }))
  const [nearest] = compared.toSorted((one, other) => one.lines.length - other.lines.length)
  if (nearest === undefined) return `${titleOf(request)} is not in ${path}, which is empty`
  const lines = nearest.lines.slice(0, mostLines).map((line) => `  ${line}`)
  const more = nearest.lines.length - mostLines
  return [
    `${titleOf(request)} is not in ${path}; the nearest is number ${nearest.n}:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n')
}

// What fits on a screen.
const mostLines = 12

function titleOf({ method, url }: RecordedTraffic): string {
  return `${method} ${url}`
}

interface Replaying {
  readonly sent: Outgoing
  /** `undefined`: without delays. */
  readonly pace: Clock | undefined
}

async function answered(outcome: RecordedExchange['outcome'], { sent, pace }: Replaying): Promise<Response> {
  const signal = sent.signal ?? new AbortController().signal
  if ('left' in outcome) return untilAborted(signal)
  if ('error' in outcome) throw thrown(outcome.error)
  if (pace !== undefined) await wait(outcome.ms, signal, pace)
  const { status, headers, chunks } = outcome
  const isBodiless = chunks.length === 0 && [204, 205, 304].includes(status)
  const body = isBodiless ? null : streamOf(outcome, signal, pace)
  const response = new Response(body, { status, headers: headers.map(([name, value]): [string, string] => [name, value]) })
  return Object.defineProperty(response, 'url', { value: sent.url })
}

/** The chunks as they came, one for each read, and the same end. */
function streamOf(
  { chunks, end }: RecordedAnswer,
  signal: AbortSignal,
  pace: Clock | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = new AbortController()
  const gone = AbortSignal.any([signal, left.signal])
  let next = 0
  return new ReadableStream(
    {
      async pull(controller) {
        signal.throwIfAborted()
        const chunk = chunks[next]
        next += 1
        if (chunk !== undefined) {
          if (pace !== undefined) await wait(chunk.ms, gone, pace)
          controller.enqueue(read(chunk))
        } else if (end === 'complete') controller.close()
        else if (end === 'left') await untilAborted(gone)
        else throw thrown(end.error)
      },
      cancel: (reason) => left.abort(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The error as `fetch` throws it. */
function thrown({ message, code }: RecordedError): TypeError {
  const cause = code === undefined ? undefined : Object.assign(new Error(message), { code })
  return new TypeError(message, cause === undefined ? undefined : { cause })
}
