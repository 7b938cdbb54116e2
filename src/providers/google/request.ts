import type { ChatRequest } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { defined } from '../shared/body.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { toConversation } from './contents.ts'
import { thinkingFor, traitsOf } from './models.ts'
import type { Traits } from './models.ts'
import { toNativeSchema } from './schema.ts'
import { toToolSettings } from './tools.ts'
import type { Dialect, GenerateContent } from './wire.ts'

/** What one call asks for. */
export interface Asked {
  readonly model: string
  readonly request: ChatRequest
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
}

/** A chat request in the words of `generateContent`. Pure: reads the request, writes nothing to it. */
export function toGenerateContent({ model, request, providerOptions }: Asked, dialect: Dialect): GenerateContent {
  const traits = traitsOf(model)
  const { contents, systemInstruction } = toConversation(request.messages, { ...dialect, traits })
  const config = defined({
    systemInstruction,
    ...sampling(request, traits),
    ...answer(request, dialect),
    ...housekeeping(request, dialect),
    ...toToolSettings(request, dialect, traits),
    ...thinking(request, traits),
  })
  return { model, contents, ...(providerOptions === undefined ? { config } : withOptions(config, providerOptions)) }
}

/** The caller's own vendor parameters, last: those of the SDK's `config`, and whatever else is for the body itself. */
function withOptions(config: JsonObject, options: JsonObject): Pick<GenerateContent, 'config' | 'extraBody'> {
  const ours = Object.keys(options).find((name) => reservedFields.has(name))
  if (ours !== undefined)
    throw new AttemptError('invalid_request', `providerOptions.${ours} is set by the adapter and cannot be given.`)
  const [known, unknown] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(options).filter(([name]) => configFields.has(name) === wanted)),
  )
  return {
    config: merged(config, known ?? {}),
    ...(unknown === undefined || Object.keys(unknown).length === 0 ? {} : { extraBody: unknown }),
  }
}

/** What would change where a request goes, or how many there are. */
const reservedFields: ReadonlySet<string> = new Set([
  'httpOptions',
  'abortSignal',
  'automaticContinuation',
  'automaticFunctionCalling',
])

/** The fields of the SDK's `GenerateContentConfig` (3.1). */
const configFields: ReadonlySet<string> = new Set([
  'serviceTier',
  'systemInstruction',
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'maxOutputTokens',
  'stopSequences',
  'responseLogprobs',
  'logprobs',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'routingConfig',
  'modelSelectionConfig',
  'safetySettings',
  'tools',
  'toolConfig',
  'labels',
  'cachedContent',
  'responseModalities',
  'mediaResolution',
  'speechConfig',
  'audioTimestamp',
  'thinkingConfig',
  'audioTranscriptionConfig',
  'imageConfig',
  'enableEnhancedCivicAnswers',
  'modelArmorConfig',
  'continuationToken',
  'generationOutputConfig',
  'store',
])

function sampling(request: ChatRequest, { penalties }: Traits): JsonObject {
  const stop = typeof request.stop === 'string' ? [request.stop] : (request.stop ?? [])
  return {
    temperature: request.temperature,
    topP: request.top_p,
    seed: request.seed,
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens,
    stopSequences: stop.length > 0 ? stop : undefined,
    presencePenalty: penalties ? request.presence_penalty : undefined,
    frequencyPenalty: penalties ? request.frequency_penalty : undefined,
  }
}

function answer(request: ChatRequest, { backend }: Dialect): JsonObject {
  const { response_format: format, n, logprobs, top_logprobs: top } = request
  return {
    candidateCount: n === 1 ? undefined : n,
    responseLogprobs: logprobs === true ? true : undefined,
    logprobs: logprobs === true && typeof top === 'number' && top > 0 ? top : undefined,
    ...(format?.type === 'json_object' ? { responseMimeType: 'application/json' } : {}),
    ...(format?.type === 'json_schema'
      ? { responseMimeType: 'application/json', responseJsonSchema: toNativeSchema(format.json_schema.schema) }
      : {}),
    ...(wantsImages(request) ? { responseModalities: ['TEXT', 'IMAGE'] } : {}),
    mediaResolution: mediaResolution(request),
    // The vendor's own logging of requests; the SDK throws for it on Vertex.
    store: backend === 'gemini' ? request.store : undefined,
  }
}

function housekeeping({ metadata, service_tier: tier }: ChatRequest, { backend }: Dialect): JsonObject {
  return {
    serviceTier: typeof tier === 'string' ? serviceTiers[tier] : undefined,
    labels: backend === 'vertex' && isObject(metadata) && areLabels(metadata) ? metadata : undefined,
  }
}

/** OpenAI's service tiers that this vendor has; `auto` is its own default. */
export const serviceTiers: Readonly<Record<string, string | undefined>> = {
  default: 'standard',
  flex: 'flex',
  priority: 'priority',
}

/** Whether metadata keeps to the rules for Google Cloud labels. */
export function areLabels(metadata: JsonObject): boolean {
  const entries = Object.entries(metadata)
  return (
    entries.length > 0 &&
    entries.every(([name, value]) => /^[a-z][a-z0-9_-]{0,62}$/.test(name) && /^[a-z0-9_-]{0,63}$/.test(String(value)))
  )
}

/** `'image'` is no word of OpenAI's for `modalities`, but a common extension. */
function wantsImages({ modalities }: ChatRequest): boolean {
  const wanted: readonly string[] = modalities ?? []
  return wanted.includes('image')
}

/** The `detail` of the images of a request: one setting for all of them, so it counts only where they agree. */
export function imageDetails({ messages }: ChatRequest): ReadonlySet<string> {
  const details = new Set<string>()
  for (const { role, content } of messages) {
    if (role !== 'user' || typeof content === 'string') continue
    for (const part of content) if (part.type === 'image_url') details.add(part.image_url.detail ?? 'auto')
  }
  return details
}

function mediaResolution(request: ChatRequest): string | undefined {
  const [detail, another] = imageDetails(request)
  if (detail === undefined || another !== undefined) return undefined
  return resolutions[detail]
}

const resolutions: Readonly<Record<string, string | undefined>> = { low: 'MEDIA_RESOLUTION_LOW', high: 'MEDIA_RESOLUTION_HIGH' }

function thinking({ reasoning_effort: effort }: ChatRequest, traits: Traits): JsonObject {
  if (effort === undefined || effort === null) return {}
  const { config } = thinkingFor(effort, traits)
  return config === undefined ? {} : { thinkingConfig: config }
}

/** Objects merge, anything else replaces; tools are added, because replacing them would take the caller's own away. */
export function merged(base: JsonObject, added: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(added)) {
    const before = out[name]
    if (name === 'tools' && Array.isArray(before) && Array.isArray(value)) out[name] = [...before, ...value.map(copied)]
    else out[name] = isObject(before) && isObject(value) ? merged(before, value) : copied(value)
  }
  return out
}

/** A copy of plain data: the SDK writes into what it is given. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied)
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copied(inner)]))
}
