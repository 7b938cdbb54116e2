import type OpenAI from 'openai'
import type { AdapterCall, EmbedCall, ProviderAdapter, Support } from '../../contracts/adapter.ts'
import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { completionOf, embeddingsOf } from '../openai/response.ts'
import { sender } from '../openai/send.ts'
import { chunksOf } from '../openai/stream.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { isObject } from '../shared/json.ts'
import { adapt, schemaOf } from './adapt.ts'
import { conforms } from './conforms.ts'
import { isLegacy, legacyChunks, legacyCompletion, modern } from './legacy.ts'
import { mergeProfile, profileOf } from './profile.ts'
import type { Profile } from './profile.ts'
import type { FamilyRow } from './row.ts'
import { wires } from './wires.ts'

/** Options of the OpenAI-compatible vendors. */
export interface CompatibleOptions extends AdapterOptions<OpenAI> {
  /** In what this server differs from what the package knows of it. Each field replaces the package's own. */
  readonly profile?: Partial<Profile> | undefined
}

/** An adapter for one row of the family. */
export function familyAdapter(row: FamilyRow, options: CompatibleOptions, factory: string = row.id): ProviderAdapter {
  checkOptions(factory, options, ['profile'])
  const { profile: own, ...common } = options
  const profile = mergeProfile(factory, row.profile, own)
  const { id = row.id, models, region, client } = common
  const key = common.key ?? (typeof client === 'object' ? null : row.key)
  const baseURL = common.baseURL ?? row.baseURL
  // Without a key there is nothing to authorise with.
  const headers = key === null ? { authorization: null, ...common.headers } : common.headers
  const send = sender({ ...common, baseURL, headers }, profile.refusals)
  const wire = wires[profile.wire]
  const contextOf = (model: string) => ({ profile: profileOf(profile, model), stateOwner: row.id, model })

  async function complete(call: AdapterCall): Promise<ChatCompletion> {
    const context = contextOf(call.model)
    const response = await send(call, wire.path, wire.body(modernised(call), { ...context, stream: false }))
    const completion = completionOf(await bodyText(response, call), wire.reading(context))
    return checked(isLegacy(call.request) ? legacyCompletion(completion) : completion, { call, profile: context.profile })
  }

  function stream(call: AdapterCall): ReturnType<typeof chunksOf> {
    const context = contextOf(call.model)
    const respond = (): Promise<Response> => send(call, wire.path, wire.body(modernised(call), { ...context, stream: true }))
    const chunks = chunksOf(call, respond, wire.reading(context))
    return isLegacy(call.request) ? legacyChunks(chunks) : chunks
  }

  async function embed(call: EmbedCall): Promise<OpenAI.CreateEmbeddingResponse> {
    const response = await send(call, '/embeddings', { ...call.request, model: call.model, ...call.providerOptions })
    return embeddingsOf(await response.text(), wire.reading(contextOf(call.model)))
  }

  return {
    id,
    key,
    catalog: row.id,
    ...(profile.reasoningDetails && { stateOwner: row.id }),
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    supports: (request, _card, model) => supportOf(modern(request), profileOf(profile, model)),
    complete,
    stream,
    ...(profile.embeddings && { embed }),
    failure: (error) => failureFromThrown(error, profile.refusals),
  }
}

function supportOf(request: AdapterCall['request'], profile: Profile): Support {
  const { refused, dropped, format } = adapt(request, profile)
  if (refused !== undefined) return refused
  return { level: format === 'as it is' ? 'yes' : 'emulated', dropped }
}

function modernised(call: AdapterCall): AdapterCall {
  const request = modern(call.request)
  return request === call.request ? call : { ...call, request }
}

async function bodyText(response: Response, { signal }: AdapterCall): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** A JSON mode that is loose, or no more than an instruction, may answer with anything, and sometimes does with nothing. */
function checked(
  completion: ChatCompletion,
  { call: { request }, profile }: { readonly call: AdapterCall; readonly profile: Profile },
): ChatCompletion {
  if (adapt(request, profile).format === 'as it is') return completion
  const schema = schemaOf(request)
  const broken = completion.choices.some(({ message, finish_reason }) => {
    const value = parsed(message.content ?? '')
    return finish_reason === 'stop' && !(isObject(value) && conforms(value, schema))
  })
  if (!broken) return completion
  throw new AttemptError('malformed', 'The answer does not keep to the format that was asked for.')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
