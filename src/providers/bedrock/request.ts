import type { ChatRequest } from '../../contracts/chat.ts'
import { defined } from '../shared/body.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { jsonObjectWords, jsonSchemaWords } from '../shared/json-words.ts'
import { bound } from './binding.ts'
import { conversation } from './messages.ts'
import { traitsOf, type Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { translated, type Target, type Translation } from '../shared/translation.ts'
import { keptBy } from '../shared/schema/promise.ts'
import { dialect } from './schema.ts'
import { checkOthers, inferenceConfig, maxTokensOf, requestMetadata, serviceTier } from './settings.ts'
import { thinkingFields } from './thinking.ts'
import { toolParams } from './tools.ts'
import type { Block } from './wire.ts'

/**
 * Translates a chat request into the body of Converse and ConverseStream, which is the same. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the vendor cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, card }: Target,
  providerOptions?: Readonly<Record<string, unknown>>,
): Translation {
  const traits = traitsFor({ model, card })
  const translation = translated((notes) => bodyOf(request, { model, card, traits, notes }), providerOptions)
  return traits.claude?.bindsThinking === true ? { ...translation, body: bound(translation.body) } : translation
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

interface Format {
  /** Guaranteed by the vendor. */
  readonly outputConfig?: Block
  /** Asked for in words. */
  readonly instruction?: string
}

function responseFormat(request: ChatRequest, { traits, notes }: Context): Format {
  const format = request.response_format ?? { type: 'text' }
  if (format.type === 'text') return {}
  if (format.type === 'json_object') return inWords(jsonObjectWords, notes)
  if (format.type !== 'json_schema') throw unsupported('response_format', 'is of a type that is not known here')
  const { name, description, schema = {}, strict } = format.json_schema
  const kept = traits.structured
    ? keptBy(dialect, { schema, field: 'response_format.json_schema.schema', strict: strict === true })
    : { reason: 'the model cannot guarantee a schema' }
  if ('schema' in kept) {
    notes.leave(kept.unenforced)
    const jsonSchema = { schema: JSON.stringify(kept.schema), name, ...(description !== undefined && { description }) }
    return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }
  }
  if (strict === true) throw unsupported('response_format.json_schema', kept.reason)
  return inWords(jsonSchemaWords(schema), notes)
}

function inWords(content: string, notes: Notes): Format {
  notes.emulate()
  notes.leave(['response_format'])
  return { instruction: content }
}
