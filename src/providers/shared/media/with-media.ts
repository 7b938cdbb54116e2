import type { AdapterCall, ProviderAdapter, Support } from '../../../contracts/adapter.ts'
import type { ModelCard } from '../../../contracts/catalog.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../../contracts/chat.ts'
import { unsupported } from '../notes.ts'
import { addressProblem } from './addressing.ts'
import { attachmentsOf, type Attachment } from './attachments.ts'
import { fetched, mediaError, replaced } from './fetched.ts'
import { limitProblem } from './limits.ts'
import type { DownloadOptions, MediaOptions } from './options.ts'
import { limitsFor, type MediaTarget, type VendorLimits } from './with-limits.ts'

/** What a vendor that does not fetch every address makes of images, files and sounds. */
export interface VendorMedia {
  /** What it takes of them. */
  readonly limits: VendorLimits
  /** Whether it fetches what is at this web address all the same: files of its own, say. */
  readonly fetches: (url: string, target: MediaTarget) => boolean
}

/** Stands in for what is not fetched yet, where an adapter is asked whether it could send it. */
const standIn = {
  image: 'data:image/png;base64,iVBORw0KGgo=',
  file: 'data:application/pdf;base64,JVBERi0=',
  audio: '',
} as const satisfies Record<Attachment['kind'], string>

/**
 * The adapter of a vendor that fetches no addresses, or not all of them: with its limits, and with what addresses lead to
 * fetched on this side, before the one request to the vendor. A translation sees `data:` URLs alone.
 */
export function withMedia(
  adapter: ProviderAdapter,
  { limits: vendors, fetches }: VendorMedia,
  options: MediaOptions = {},
): ProviderAdapter {
  const { download = {} } = options
  const limitsOf = limitsFor(vendors, options)
  // A request that is tried again, or at another model, is not fetched again.
  const known = new WeakMap<ChatRequest, ChatRequest>()
  const isWanted = ({ url }: Attachment, target: MediaTarget): boolean => url !== undefined && !fetches(url, target)
  const wantedOf = (request: ChatRequest, target: MediaTarget): readonly Attachment[] =>
    attachmentsOf(request).filter((attachment) => isWanted(attachment, target))

  function supports(request: ChatRequest, card: ModelCard | undefined, model: string): Support {
    const attachments = attachmentsOf(request)
    if (attachments.length === 0) return adapter.supports(request, card, model)
    const target = { model, card }
    const wanted = attachments.filter((attachment) => isWanted(attachment, target))
    const problem = limitProblem(request, attachments, limitsOf(target)) ?? problemOf(wanted, download)
    if (problem !== undefined) return problem
    const asked = wanted.length === 0 ? request : replaced(request, wanted, ({ kind }) => standIn[kind])
    return adapter.supports(asked, card, model)
  }

  /** The request with everything in it. */
  async function load({ request, card, model, signal }: AdapterCall, wanted: readonly Attachment[]): Promise<ChatRequest> {
    signal.throwIfAborted()
    const before = supports(request, card, model)
    // Whoever has planned knows; a call without a plan must not fetch in vain, or what it may not.
    if (before.level === 'no') throw unsupported(before.field, before.reason)
    const provider = adapter.id
    const limits = limitsOf({ model, card })
    const task = { provider, request, wanted, limits, options: download === false ? {} : download, signal }
    const whole = known.get(request) ?? (await fetched(task))
    known.set(request, whole)
    const after = supports(whole, card, model)
    if (after.level === 'no') throw mediaError({ provider, code: 'unsupported_media', ...after })
    return whole
  }

  async function complete(call: AdapterCall): Promise<ChatCompletion> {
    const wanted = wantedOf(call.request, call)
    return adapter.complete(wanted.length === 0 ? call : { ...call, request: await load(call, wanted) })
  }

  async function* streamed(call: AdapterCall, wanted: readonly Attachment[]): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    yield* adapter.stream({ ...call, request: await load(call, wanted) })
  }

  function stream(call: AdapterCall): AsyncIterable<ChatCompletionChunk> {
    const wanted = wantedOf(call.request, call)
    return wanted.length === 0 ? adapter.stream(call) : streamed(call, wanted)
  }

  return { ...adapter, supports, complete, stream }
}

function problemOf(wanted: readonly Attachment[], download: DownloadOptions | false): Support | undefined {
  for (const { field, url = '' } of wanted) {
    const reason = download === false ? switchedOff : addressProblem(url, download)
    if (reason !== undefined) return { level: 'no', field, reason }
  }
  return undefined
}

const switchedOff = 'the vendor fetches nothing itself, and media.download is off'
