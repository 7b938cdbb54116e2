import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { conversation } from './messages.ts'
import { traitsOf, type Traits } from './models.ts'
import { takeNotes, unsupported, type Notes } from '../shared/notes.ts'
import { compileSchema } from './schema.ts'
import { checkOthers, inferenceConfig, maxTokensOf, requestMetadata, serviceTier } from './settings.ts'
import { thinkingFields } from './thinking.ts'
import { toolParams } from './tools.ts'
import type { Block } from './wire.ts'

/** For whom a request is translated. */
export interface Target {
  readonly model: string
  readonly card: ModelCard | undefined
}

/** A request as the vendor wants it. */
export interface Translation {
  /** The body of Converse and ConverseStream, which is the same. */
  readonly body: JsonObject
  /** Tuning fields that were left out. */
  readonly dropped: readonly string[]
  /** Something is said in other words than the vendor's own. */
  readonly emulated: boolean
}

/**
 * Translates a chat request. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the vendor cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, card }: Target,
  providerOptions: Readonly<Record<string, unknown>> = {},
): Translation {
  const notes = takeNotes()
  const body = merged(bodyOf(request, { model, card, traits: traitsFor({ model, card }), notes }), providerOptions)
  return { body, dropped: notes.dropped, emulated: notes.emulated }
}

/** The ARN of a profile of the user's own says nothing of the model behind it; the card may, in its id or aliases. */
function traitsFor({ model, card }: Target): Traits {
  const own = traitsOf(model)
  if (own.family !== 'other' || card === undefined) return own
  return [card.id, ...(card.aliases ?? [])].map(traitsOf).find(({ family }) => family !== 'other') ?? own
}

interface Context extends Target {
  readonly traits: Traits
  readonly notes: Notes
}

function bodyOf(request: ChatRequest, context: Context): JsonObject {
  const { card, traits, notes } = context
  checkOthers(request, notes)
  const format = responseFormat(request, context)
  const { system, turns, called, prefilled, unthoughtStep } = conversation(request.messages, { ...context, ...format })
  const { toolConfig, forced } = toolParams(request, { traits, notes, called })
  const maxTokens = maxTokensOf(request, card?.maxOutput) ?? card?.maxOutput
  const tuned = [request.temperature, request.top_p, maxTokensOf(request, undefined)].some(isSet)
  const blocked = prefilled || unthoughtStep
  const fields = thinkingFields(request.reasoning_effort, { traits, notes, maxTokens, forced, blocked, tuned })
  const thinks = isObject(fields['thinking']) && fields['thinking']['type'] !== 'disabled'
  return defined({
    messages: turns,
    system: system.length === 0 ? undefined : system,
    inferenceConfig: inferenceConfig(request, { traits, notes, thinks, maxOutput: card?.maxOutput }),
    toolConfig,
    outputConfig: format.outputConfig,
    additionalModelRequestFields: Object.keys(fields).length === 0 ? undefined : fields,
    requestMetadata: requestMetadata(request, notes),
    serviceTier: serviceTier(request, notes),
  })
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

interface Format {
  /** Guaranteed by the vendor. */
  readonly outputConfig?: Block
  /** Asked for in words. */
  readonly instruction?: string
}

function responseFormat({ response_format: format }: ChatRequest, { traits, notes }: Context): Format {
  if (format === undefined || format === null || format.type === 'text') return {}
  if (format.type === 'json_object') {
    return inWords('Answer with one valid JSON object and nothing else: no code fence, no other text.', notes)
  }
  if (format.type !== 'json_schema') throw unsupported('response_format', 'is of a type that is not known here')
  const { name, description, schema = {}, strict } = format.json_schema
  const compiled = traits.structured ? compileSchema(schema) : { reason: 'the model cannot guarantee a schema' }
  if ('schema' in compiled) {
    const jsonSchema = { schema: JSON.stringify(compiled.schema), name, ...(description !== undefined && { description }) }
    return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }
  }
  if (strict === true) throw unsupported('response_format.json_schema', compiled.reason)
  // Without `strict` OpenAI guarantees nothing either: the schema guides the model.
  const words = 'Answer with one valid JSON value that follows this JSON schema, and nothing else: no code fence, no other text.'
  return inWords(`${words}\n${JSON.stringify(schema)}`, notes)
}

function inWords(content: string, notes: Notes): Format {
  notes.emulate()
  return { instruction: content }
}

/** The caller's own fields for this vendor, last: objects are merged, anything else is replaced. */
function merged(body: JsonObject, own: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...body }
  for (const [key, value] of Object.entries(own)) {
    const before = out[key]
    out[key] = isObject(before) && isObject(value) ? merged(before, value) : value
  }
  return out
}
