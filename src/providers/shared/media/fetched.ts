import type { ChatRequest } from '../../../contracts/chat.ts'
import { AttemptError } from '../../../errors.ts'
import { isObject } from '../json.ts'
import { listOf } from '../guards.ts'
import type { Attachment } from './attachments.ts'
import type { Downloaded } from './download.ts'
import type { MediaLimits } from './limits.ts'
import type { DownloadOptions } from './options.ts'
import { mediaTypeOf } from './sniff.ts'

/** What is to be fetched for a request, and for whom. */
export interface Fetching {
  /** The provider's id, for errors. */
  readonly provider: string
  readonly request: ChatRequest
  /** The attachments that are to be fetched. */
  readonly wanted: readonly Attachment[]
  readonly limits: MediaLimits
  readonly options: DownloadOptions
  readonly signal: AbortSignal
}

const atOnce = 4
/** Of one image or file, where neither the vendor nor the user says otherwise. */
const usualBytes = 20_000_000
/** Of all that is fetched for one request, where the vendor does not say: it is held in memory, as text. */
const usualTotal = 100_000_000

/**
 * The request with what its addresses lead to in their place, as `data:` URLs. Each address is asked once, however often it
 * is named, and a few at a time.
 *
 * @throws {@link AttemptError} `media`, naming the field; or the signal's reason.
 */
export async function fetched({ request, wanted, ...rest }: Fetching): Promise<ChatRequest> {
  // The first that names an address speaks for all of them.
  const byUrl = new Map(wanted.toReversed().map((attachment) => [attachment.url ?? '', attachment]))
  const failed = new AbortController()
  const signal = AbortSignal.any([rest.signal, failed.signal])
  const budget = new Budget(rest.limits.totalBytes ?? usualTotal)
  const waiting = [...byUrl.entries()]
  const data = new Map<string, string>()
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [url, attachment] = next
      data.set(url, await one(url, attachment, { ...rest, signal, budget }))
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work))
  } catch (error) {
    // One is missing, so nobody waits for the others.
    failed.abort(error)
    throw error
  }
  return replaced(request, wanted, ({ url = '' }) => data.get(url) ?? url)
}

/** The bytes that all downloads of a request may have together. */
class Budget {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  /** Whether there were so many left. */
  take(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }
}

type Context = Omit<Fetching, 'request' | 'wanted'> & { readonly budget: Budget }

/** What is at one address, as a `data:` URL. */
async function one(url: string, attachment: Attachment, context: Context): Promise<string> {
  const { download, DownloadError } = await import('./download.ts')
  const { options, signal } = context
  const take = taker(context, attachment, (reason) => new DownloadError(reason, { tooLarge: true }))
  let got: Downloaded
  try {
    got = await download({ url, options, take, signal })
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    const code = error.tooLarge ? 'unsupported_media' : attachment.kind === 'image' ? 'image_unreachable' : 'file_unreachable'
    throw mediaError({
      ...context,
      field: attachment.field,
      reason: `it could not be fetched: ${error.message}`,
      code,
      cause: error,
    })
  }
  const mediaType = mediaTypeOf(got.bytes, got.declared)
  const problem = typeProblem(attachment, mediaType)
  if (problem !== undefined) throw mediaError({ ...context, field: attachment.field, reason: problem, code: 'unsupported_media' })
  return `data:${mediaType};base64,${Buffer.from(got.bytes.buffer, got.bytes.byteOffset, got.bytes.length).toString('base64')}`
}

function typeProblem({ kind }: Attachment, mediaType: string | undefined): string | undefined {
  if (mediaType === undefined) return 'what it leads to is of no type that can be told'
  // Some vendors take a document, a sound or a film in an image's place, which is the adapter's to say; but no page.
  if (kind !== 'image' || /^(?:image|audio|video)\/|^application\/pdf$/.test(mediaType)) return undefined
  return `it leads to no image, but to something of type '${mediaType}'`
}

/** Counts the bytes of one download, and those of all. */
function taker(
  { limits, options, budget }: Context,
  { kind }: Attachment,
  tooLarge: (reason: string) => Error,
): (bytes: number) => void {
  const vendors = kind === 'image' ? limits.imageBytes : limits.fileBytes
  const most = options.maxBytes ?? Math.min(vendors ?? usualBytes, usualBytes)
  let count = 0
  return (bytes) => {
    count += bytes
    const isWithin = budget.take(bytes)
    if (count > most) throw tooLarge(`it has more than ${most} bytes`)
    if (!isWithin) throw tooLarge('together with the others it has more bytes than one request may')
  }
}

/** An error about what an address leads to. It names the field, not the address: that may hold a secret. */
export function mediaError({ provider, field, reason, code, cause }: MediaFault): AttemptError {
  const message = `${provider}: ${field}: ${reason}. The vendor fetches nothing itself.`
  const details = { status: 400, param: field, code, type: 'invalid_request_error' }
  return new AttemptError('media', message, cause === undefined ? details : { ...details, cause })
}

interface MediaFault {
  readonly provider: string
  readonly field: string
  readonly reason: string
  readonly code: 'image_unreachable' | 'file_unreachable' | 'unsupported_media'
  readonly cause?: unknown
}

/** A copy of the request with data where these attachments have an address. */
export function replaced(
  request: ChatRequest,
  wanted: readonly Attachment[],
  data: (attachment: Attachment) => string,
): ChatRequest {
  const changed = new Set(wanted.map(({ message }) => message))
  const messages = request.messages.map((message, index) => {
    if (!changed.has(index)) return message
    const byPart = new Map(wanted.flatMap((each) => (each.message === index ? [[each.part, each] as const] : [])))
    return withContent(
      message,
      listOf(message.content).map((part, position) => {
        const attachment = byPart.get(position)
        return attachment === undefined ? part : withData(part, data(attachment), attachment.url ?? '')
      }),
    )
  })
  return { ...request, messages }
}

/** The same message with the same kinds of parts. */
function withContent<Message extends object>(message: Message, content: readonly unknown[]): Message {
  return { ...message, content }
}

function withData(part: unknown, data: string, url: string): unknown {
  if (!isObject(part)) return part
  const { image_url: image, file } = part
  if (isObject(image)) return { ...part, image_url: { ...image, url: data } }
  return isObject(file) ? { ...part, file: { filename: nameIn(url), ...file, file_data: data } } : part
}

/** The name of a file in its address, for a file that has no other. */
function nameIn(url: string): string {
  const name = URL.canParse(url) ? (new URL(url).pathname.split('/').at(-1) ?? '') : ''
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
