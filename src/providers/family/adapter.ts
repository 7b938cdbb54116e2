import type OpenAI from 'openai'
import type { AdapterCall, EmbedCall, ProviderAdapter, Support } from '../../contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest, CompletionUsage } from '../../contracts/chat.ts'
import { checkTolerance } from '../openai/reading.ts'
import { completionOf } from '../openai/response.ts'
import { sender } from '../openai/send.ts'
import { chunksOf } from '../openai/stream.ts'
import { embeddingSupport } from '../shared/embeddings.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { chunksFor, completionFor, modern } from '../shared/legacy.ts'
import type { MediaLimits } from '../shared/media/limits.ts'
import { checkMedia, type MediaOption, type MediaOptions } from '../shared/media/options.ts'
import { withLimits, type MediaTarget } from '../shared/media/with-limits.ts'
import { withMedia } from '../shared/media/with-media.ts'
import { takeNotes } from '../shared/notes.ts'
import { checkOptions } from '../shared/options.ts'
import { vendorOf } from '../shared/service.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { extraField, numberOf } from '../shared/guards.ts'
import { adapt } from './adapt.ts'
import { embeddingWires } from './embeddings.ts'
import { mergeProfile, profileOf } from './profile.ts'
import type { Profile } from './profile.ts'
import { namingProblem, unenforcedIn } from './promises.ts'
import type { FamilyRow } from './row.ts'
import { wires } from './wires.ts'

/** Options of the OpenAI-compatible vendors. */
export interface CompatibleOptions extends AdapterOptions<OpenAI>, MediaOption {
  /** In what this server differs from what the package knows of it. Each field replaces the package's own. */
  readonly profile?: Partial<Profile> | undefined
  /**
   * Takes a stream that ends in an orderly way without a finish reason for a whole answer (`stop`), for a server that never
   * sends one. Then nobody can tell an answer that was cut by a proxy from a whole one. Default false.
   */
  readonly tolerateMissingFinish?: boolean | undefined
}

function checkOwn(factory: string, options: CompatibleOptions): void {
  checkOptions(factory, options, ['profile', 'media', 'tolerateMissingFinish'])
  checkTolerance(factory, options)
}

/** An adapter for one row of the family. */
export function familyAdapter(row: FamilyRow, options: CompatibleOptions, factory: string = row.id): ProviderAdapter {
  checkOwn(factory, options)
  const { profile: own, media, tolerateMissingFinish, ...common } = options
  const profile = mergeProfile(factory, row.profile, own)
  checkMedia(factory, media, { downloads: !profile.fetchesMedia })
  const { id = row.id, models, region, client } = common
  const key = common.key ?? (typeof client === 'object' ? null : row.key)
  const baseURL = common.baseURL ?? row.baseURL
  // Without a key there is nothing to authorise with.
  const headers = key === null ? { authorization: null, ...common.headers } : common.headers
  const send = sender({ ...common, baseURL, headers }, profile.refusals)
  const wire = wires[profile.wire]
  const embedding = embeddingWires[profile.wire]
  const contextOf = (model: string) => ({ profile: profileOf(profile, model), stateOwner: row.id, model })

  async function complete(call: AdapterCall): Promise<ChatCompletion> {
    const context = contextOf(call.model)
    const response = await send(call, wire.path, wire.body(modernised(call), { ...context, stream: false }))
    const completion = completionOf(await bodyText(response, call), wire.reading(context))
    return completionFor(call.request, completion)
  }

  function stream(call: AdapterCall): AsyncIterable<ChatCompletionChunk> {
    const context = contextOf(call.model)
    const respond = (): Promise<Response> => send(call, wire.path, wire.body(modernised(call), { ...context, stream: true }))
    return chunksFor(call.request, chunksOf(call, respond, { ...wire.reading(context), tolerateMissingFinish }))
  }

  async function embed(call: EmbedCall): Promise<OpenAI.CreateEmbeddingResponse> {
    const asked = { model: call.model, profile: profileOf(profile, call.model) }
    const body = embedding.body(call.request, { ...asked, notes: takeNotes() })
    const response = await send(call, embedding.path, { ...body, ...call.providerOptions })
    return embedding.answer(await bodyText(response, call), { ...asked, call })
  }

  const adapter: ProviderAdapter = {
    id,
    key,
    ...vendorOf(row.id, common, row.baseURL),
    ...(profile.reasoningDetails && { stateOwner: row.id }),
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    supports: (request, _card, model) => supportOf(request, profileOf(profile, model)),
    complete,
    stream,
    ...(profile.embeddings && {
      embed,
      supportsEmbedding: (request, _card, model) =>
        embeddingSupport((notes) => embedding.body(request, { model, profile: profileOf(profile, model), notes })),
    }),
    ...(profile.costPath !== null && { billed }),
    failure: (error) => failureFromThrown(error, profile.refusals),
  }
  return mediaOf(profile, adapter, media)
}

/** A bill that is no number cannot be read. */
function billed(usage: CompletionUsage): number | undefined {
  const cost = extraField(usage, 'cost')
  return cost === undefined || cost === null ? undefined : (numberOf(cost) ?? Number.NaN)
}

function mediaOf(profile: Profile, adapter: ProviderAdapter, options: MediaOptions | undefined): ProviderAdapter {
  const limits = ({ model }: MediaTarget): MediaLimits => profileOf(profile, model).mediaLimits
  return profile.fetchesMedia ? withLimits(adapter, limits, options) : withMedia(adapter, { limits, fetches: () => false }, options)
}

function supportOf(asked: ChatRequest, profile: Profile): Support {
  const request = modern(asked)
  const { refused = namingProblem(asked, profile), dropped, format } = adapt(request, profile)
  if (refused !== undefined) return refused
  const unenforced = unenforcedIn(request, profile, format)
  if ('level' in unenforced) return unenforced
  return { level: format === 'as it is' ? 'yes' : 'emulated', dropped, ...(unenforced.length > 0 && { unenforced }) }
}

function modernised(call: AdapterCall): AdapterCall {
  const request = modern(call.request)
  return request === call.request ? call : { ...call, request }
}

async function bodyText(response: Response, { signal }: AdapterCall | EmbedCall): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
