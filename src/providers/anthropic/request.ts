import type Anthropic from '@anthropic-ai/sdk'
import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { conversation } from './messages.ts'
import { rulesOf, type Effort, type ModelRules } from './models.ts'
import { takeNotes, unsupported, type Notes } from '../shared/notes.ts'
import { compileSchema, tooLarge, type Compiled } from './schema.ts'
import { checkOthers, samplingParams, stopSequences, tierParams, userMetadata } from './settings.ts'
import { thinkingParams } from './thinking.ts'
import { toolParams, type ToolParams } from './tools.ts'

/** For whom a request is translated. */
export interface Target {
  readonly model: string
  readonly card: ModelCard | undefined
}

/** A request as the vendor wants it. */
export interface Translation {
  readonly body: JsonObject
  /** What the body needs beside it: an older API version, a beta. */
  readonly headers: Readonly<Record<string, string>>
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
  const body = merged(bodyOf(request, { model, card, rules: rulesOf(model), notes }), providerOptions)
  return { body, headers: headersOf(body), dropped: notes.dropped, emulated: notes.emulated }
}

function headersOf(body: JsonObject): Readonly<Record<string, string>> {
  const samples = ['temperature', 'top_p', 'top_k'].some((field) => body[field] !== undefined)
  return {
    // Since 2026-10-21 sampling is refused, even at its defaults.
    ...(samples && { 'anthropic-version': '2023-06-01' }),
    // Some models want it with any `speed` (the SDK's own types).
    ...(body['speed'] !== undefined && { 'anthropic-beta': 'fast-mode-2026-02-01' }),
  }
}

interface Context extends Target {
  readonly rules: ModelRules
  readonly notes: Notes
}

function bodyOf(request: ChatRequest, context: Context): JsonObject {
  const { model, card, rules, notes } = context
  checkOthers(request, notes)
  const { system, turns, prefilled, unthoughtStep } = conversation(request.messages, rules, notes)
  const tools = toolParams(request, rules, notes)
  const format = responseFormat(request, strictSchemas(tools), context)
  const max_tokens = maxTokens(request, rules, card)
  const forced = tools.tool_choice?.type === 'any' || tools.tool_choice?.type === 'tool'
  const blocked = prefilled || unthoughtStep
  const { thinking, effort } = thinkingParams(request.reasoning_effort, { rules, notes, maxTokens: max_tokens, forced, blocked })
  return defined({
    model,
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
    ...tierParams(request, rules, notes),
  })
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
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
function maxTokens(request: ChatRequest, rules: ModelRules, card: ModelCard | undefined): number {
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

function responseFormat({ response_format: format }: ChatRequest, tools: readonly JsonObject[], { rules, notes }: Context): Format {
  if (format === undefined || format === null || format.type === 'text') return { instructions: [] }
  if (format.type === 'json_object') {
    return instruction('Answer with one valid JSON object and nothing else: no code fence, no other text.', notes)
  }
  if (format.type !== 'json_schema') throw unsupported('response_format', 'is of a type that is not known here')
  const { schema = {}, strict } = format.json_schema
  const compiled = rules.structured ? compiledWith(tools, schema) : { reason: 'the model cannot guarantee a schema' }
  if ('schema' in compiled) return { schema: compiled.schema, instructions: [] }
  if (strict === true) throw unsupported('response_format.json_schema', compiled.reason)
  // Without `strict` OpenAI guarantees nothing either: the schema guides the model.
  const words = 'Answer with one valid JSON value that follows this JSON schema, and nothing else: no code fence, no other text.'
  return instruction(`${words}\n${JSON.stringify(schema)}`, notes)
}

function compiledWith(tools: readonly JsonObject[], schema: unknown): Compiled {
  const compiled = compileSchema(schema)
  const reason = 'schema' in compiled ? tooLarge(tools, compiled.schema) : undefined
  return reason === undefined ? compiled : { reason }
}

function instruction(text: string, notes: Notes): Format {
  notes.emulate()
  return { instructions: [{ type: 'text', text }] }
}

/** The schemas of the strict tools, whose number and size the vendor limits. */
function strictSchemas({ tools = [] }: ToolParams): readonly JsonObject[] {
  const strict = tools.flatMap((tool) => ('input_schema' in tool && tool.strict === true ? [{ ...tool.input_schema }] : []))
  const reason = tooLarge(strict, undefined)
  if (reason !== undefined) throw unsupported('tools', reason)
  return strict
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
