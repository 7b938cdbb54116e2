import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublic } from './addresses.ts'
import { addressProblem, notPublic } from './addressing.ts'
import type { DownloadOptions } from './options.ts'

/** What came from an address. */
export interface Downloaded {
  readonly bytes: Uint8Array
  /** The `content-type` that it came with. */
  readonly declared: string | undefined
}

/** Why nothing was fetched, in words that follow "it could not be fetched:". */
export class DownloadError extends Error {
  /** Whether something was there, but too much of it. */
  readonly tooLarge: boolean

  constructor(reason: string, { tooLarge = false, cause }: { readonly tooLarge?: boolean; readonly cause?: unknown } = {}) {
    super(reason, cause === undefined ? undefined : { cause })
    this.name = 'DownloadError'
    this.tooLarge = tooLarge
  }
}

/** One download. */
export interface DownloadTask {
  readonly url: string
  readonly options: DownloadOptions
  /** Counts bytes as they come; throws a {@link DownloadError} where they are too many. */
  readonly take: (bytes: number) => void
  readonly signal: AbortSignal
}

const defaultTimeoutMs = 10_000
const mostRedirects = 3
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Whatever a model can be shown. Compressed answers would grow beyond any limit while they are read. */
const headers = {
  accept: 'image/*, application/pdf, text/*, audio/*, */*;q=0.5',
  'accept-encoding': 'identity',
  'user-agent': 'modelyard',
}

/**
 * Fetches what is at an address. Each hop goes to an address that was checked after its name was resolved, and to no other:
 * the connection is made to that very address, so a name that resolves differently a moment later changes nothing.
 *
 * @throws {@link DownloadError}, or the signal's reason.
 */
export async function download({ url, options, take, signal }: DownloadTask): Promise<Downloaded> {
  const { timeoutMs = defaultTimeoutMs } = options
  const timer = AbortSignal.timeout(timeoutMs)
  const either = AbortSignal.any([signal, timer])
  try {
    return options.fetch === undefined
      ? await byOurselves(url, { options, take, signal: either })
      : await byUsersOwn(url, options.fetch, { take, signal: either })
  } catch (error) {
    signal.throwIfAborted()
    if (timer.aborted) throw new DownloadError(`it took longer than ${timeoutMs} ms`)
    throw error instanceof DownloadError ? error : new DownloadError('the connection failed', { cause: error })
  }
}

type Task = Pick<DownloadTask, 'options' | 'take' | 'signal'>

async function byOurselves(start: string, { options, take, signal }: Task): Promise<Downloaded> {
  let url = new URL(start)
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const problem = addressProblem(url.href, options)
    if (problem !== undefined) throw new DownloadError(problem)
    const response = await ask(url, options, signal)
    const { statusCode = 0, headers: head } = response
    if (!redirects.has(statusCode)) return bodyOf(response, { take, status: statusCode, length: head['content-length'] })
    response.destroy()
    url = redirected(url, head.location)
  }
  throw new DownloadError(`it redirects more than ${mostRedirects} times`)
}

function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw new DownloadError('it redirects nowhere')
  const to = new URL(location, from)
  if (from.protocol === 'https:' && to.protocol === 'http:') throw new DownloadError('it redirects from https to http')
  return to
}

function ask(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((accept, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    // An agent of its own: a connection that somebody else left open was not checked.
    const request = send(url, { agent: false, headers, lookup: checkedLookup(options), signal }, accept)
    request.on('error', reject)
    request.end()
  })
}

/** Resolves a name to its public addresses only, so that the connection can be made to no other. */
function checkedLookup(options: DownloadOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    void usable(hostname, options).then((found) => {
      const [first] = found instanceof DownloadError ? [] : found
      // oxlint-disable promise/no-callback-in-promise -- Node's resolvers take callbacks
      if (found instanceof DownloadError || first === undefined) callback(found instanceof Error ? found : null, [])
      else if (all === true) callback(null, [...found])
      else callback(null, first.address, first.family)
      // oxlint-enable promise/no-callback-in-promise
      return undefined
    })
  }
}

async function usable(
  hostname: string,
  { allowPrivate = false, lookup = resolve }: DownloadOptions,
): Promise<readonly LookupAddress[] | DownloadError> {
  let addresses: readonly string[]
  try {
    addresses = await lookup(hostname)
  } catch (cause) {
    return new DownloadError('its host is not known', { cause })
  }
  const found = addresses.filter((address) => isIP(address) !== 0 && (allowPrivate || isPublic(address)))
  if (found.length > 0) return found.map((address) => ({ address, family: isIP(address) }))
  return new DownloadError(addresses.length === 0 ? 'its host is not known' : notPublic)
}

async function resolve(hostname: string): Promise<readonly string[]> {
  return (await systemLookup(hostname, { all: true })).map(({ address }) => address)
}

interface Body extends Pick<DownloadTask, 'take'> {
  readonly status: number
  readonly length: string | undefined
}

async function bodyOf(response: IncomingMessage, body: Body): Promise<Downloaded> {
  try {
    const { 'content-encoding': encoding = 'identity', 'content-type': declared } = response.headers
    return { bytes: await collected(response, { ...body, encoding }), declared }
  } finally {
    response.destroy()
  }
}

/** All bytes of an answer, if it is one and not too long. */
async function collected(
  stream: AsyncIterable<Uint8Array>,
  { take, status, length, encoding }: Body & { readonly encoding: string },
): Promise<Uint8Array> {
  if (status !== 200) throw new DownloadError(`its host answers ${status}`)
  if (encoding !== 'identity') throw new DownloadError('it comes compressed, which was not asked for')
  // What is announced to be too long is not begun; what comes is counted all the same.
  if (Number(length) > 0) probe(take, Number(length))
  const pieces: Uint8Array[] = []
  for await (const piece of stream) {
    take(piece.length)
    pieces.push(piece)
  }
  if (pieces.length === 0) throw new DownloadError('there is nothing in it')
  return Buffer.concat(pieces)
}

/** Whether so many bytes would be taken, without taking them. */
function probe(take: DownloadTask['take'], bytes: number): void {
  take(bytes)
  take(-bytes)
}

async function byUsersOwn(
  url: string,
  fetch: NonNullable<DownloadOptions['fetch']>,
  task: Omit<Task, 'options'>,
): Promise<Downloaded> {
  const { take, signal } = task
  const response = await fetch(url, { headers, signal })
  const { status, body } = response
  if (body === null) throw new DownloadError(status === 200 ? 'there is nothing in it' : `its host answers ${status}`)
  // Nobody reads what is no answer; left alone it would keep its connection.
  if (status !== 200) body.cancel().catch(() => undefined)
  // Whatever it was compressed with, `fetch` has undone, and its length is not that of what comes.
  const bytes = await collected(body, { take, status, length: undefined, encoding: 'identity' })
  return { bytes, declared: response.headers.get('content-type') ?? undefined }
}
