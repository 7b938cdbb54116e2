import type Anthropic from '@anthropic-ai/sdk'
import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { defined } from '../shared/body.ts'
import { bindingBeta, isBound } from '../shared/claude/binding.ts'
import type { ClaudeRules, Effort } from '../shared/claude/rules.ts'
import { thinkingParams } from '../shared/claude/thinking.ts'
import type { JsonObject } from '../shared/json.ts'
import { jsonObjectWords, jsonSchemaWords } from '../shared/json-words.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { translated, type Target, type Translation as Translated } from '../shared/translation.ts'
import { bound } from './binding.ts'
import { claudeName, ownDoor, type Door } from './door.ts'
import { conversation } from './messages.ts'
import { keptBy, type Promised } from '../shared/schema/promise.ts'
import { dialect, tooLarge } from './schema.ts'
import { checkOthers, samplingParams, stopSequences, userMetadata } from './settings.ts'
import { toolParams, type ToolParams } from './tools.ts'

/** A request as the vendor wants it. */
export interface Translation extends Translated {
  /** What the body needs beside it: an older API version, a beta. */
  readonly headers: Readonly<Record<string, string>>
}

/** For whom a request is translated, and where it goes. */
export interface MessagesTarget extends Target {
  /** Default: Anthropic's own API. */
  readonly door?: Door
}

/**
 * Translates a chat request. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the vendor cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, card, door = ownDoor }: MessagesTarget,
  providerOptions?: Readonly<Record<string, unknown>>,
): Translation {
  const rules = door.rules(claudeName(model, card, door))
  const { service_tier: asked } = request
  const tier = asked === undefined || asked === null ? {} : door.tier(asked, rules)
  const translation = translated((notes) => {
    if (tier === undefined) notes.drop('service_tier')
    return { ...bodyOf(request, { model, card, door, rules, notes }), ...tier?.body, ...door.fields }
  }, providerOptions)
  const body = rules.bindsThinking ? bound(translation.body) : translation.body
  const headers = { ...door.headers?.(body), ...tier?.headers }
  const betas = [headers['anthropic-beta'] ?? [], isBound(body['thinking']) ? bindingBeta : []].flat()
  return { ...translation, body, headers: { ...headers, ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }) } }
}

interface Context extends Required<MessagesTarget> {
  readonly rules: ClaudeRules
  readonly notes: Notes
}

function bodyOf(request: ChatRequest, context: Context): JsonObject {
  const { model, card, door, rules, notes } = context
  checkOthers(request, notes)
  const { system, turns, prefilled, unthoughtStep } = conversation(request.messages, context)
  const tools = toolParams(request, rules, notes)
  const format = responseFormat(request, strictSchemas(tools), context)
  const max_tokens = maxTokens(request, rules, card)
  const forced = tools.tool_choice?.type === 'any' || tools.tool_choice?.type === 'tool'
  const blocked = prefilled || unthoughtStep
  const { thinking, effort } = thinkingParams(request.reasoning_effort, { rules, notes, maxTokens: max_tokens, forced, blocked })
  return defined({
    model: door.wireName?.(model, card) ?? model,
    max_tokens,
    system: unlessEmpty([...system, ...format.instructions]),
    ...tools,
    messages: turns,
    stream: request.stream === true || undefined,
    thinking,
    output_config: outputConfig(effort, format.schema),
    ...samplingParams(request, rules, { thinks: thinking?.type === 'enabled' || thinking?.type === 'adaptive', notes }),
    stop_sequences: unlessEmpty(stopSequences(request)),
    metadata: userMetadata(request, notes),
  })
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list
}

function outputConfig(effort: Effort | undefined, schema: JsonObject | undefined): Anthropic.OutputConfig | undefined {
  if (effort === undefined && schema === undefined) return undefined
  return {
    ...(effort !== undefined && { effort }),
    ...(schema !== undefined && { format: { type: 'json_schema', schema } }),
  }
}

/** The vendor demands a limit; OpenAI's default is none, so it is the most that the model can write. */
function maxTokens(request: ChatRequest, rules: ClaudeRules, card: ModelCard | undefined): number {
  const most = card?.maxOutput
  const asked = request.max_completion_tokens ?? request.max_tokens
  if (asked === undefined || asked === null) return most ?? rules.maxOutput
  return most === undefined ? asked : Math.min(asked, most)
}

interface Format {
  /** Guaranteed by the vendor. */
  readonly schema?: JsonObject
  /** Asked for in words. */
  readonly instructions: readonly Anthropic.TextBlockParam[]
}

function responseFormat(request: ChatRequest, tools: readonly JsonObject[], context: Context): Format {
  const format = request.response_format ?? { type: 'text' }
  if (format.type === 'text') return { instructions: [] }
  if (format.type === 'json_object') return instruction(jsonObjectWords, context.notes)
  if (format.type !== 'json_schema') throw unsupported('response_format', 'is of a type that is not known here')
  const { schema = {}, strict } = format.json_schema
  const kept = schemaParam({ schema, field: 'response_format.json_schema.schema', strict: strict === true }, tools, context)
  if ('schema' in kept) return { schema: kept.schema, instructions: [] }
  if (strict === true) throw unsupported('response_format.json_schema', kept.reason)
  return instruction(jsonSchemaWords(schema), context.notes)
}

function schemaParam(promised: Promised, tools: readonly JsonObject[], { rules, notes }: Context): ReturnType<typeof keptBy> {
  if (!rules.structured) return { reason: 'the model cannot guarantee a schema' }
  const kept = keptBy(dialect, promised)
  const reason = 'schema' in kept ? tooLarge(tools, kept.schema) : undefined
  if (reason !== undefined) return { reason }
  if ('schema' in kept) notes.leave(kept.unenforced)
  return kept
}

function instruction(text: string, notes: Notes): Format {
  notes.emulate()
  notes.leave(['response_format'])
  return { instructions: [{ type: 'text', text }] }
}

/** The schemas of the strict tools, whose number and size the vendor limits. */
function strictSchemas({ tools = [] }: ToolParams): readonly JsonObject[] {
  const strict = tools.flatMap((tool) => ('input_schema' in tool && tool.strict === true ? [{ ...tool.input_schema }] : []))
  const reason = tooLarge(strict, undefined)
  if (reason !== undefined) throw unsupported('tools', reason)
  return strict
}
