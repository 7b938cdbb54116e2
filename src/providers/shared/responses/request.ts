import type { ChatRequest } from '../../../contracts/chat.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { modern } from '../legacy.ts'
import { inputItems } from './input.ts'
import type { InputRules } from './input.ts'
import { toolChoiceOf, toolsOf } from './tools.ts'
import { listOf, present } from './wire.ts'

/** What a body is made of besides the request. */
export interface BodyParts {
  readonly model: string
  readonly stream: boolean
  readonly input: InputRules
  /** Fields of the request to leave out. */
  readonly dropped?: readonly string[]
  readonly providerOptions?: JsonObject | undefined
}

/** Fields of chat completions that have another name here, another place or none at all. All others pass as they are. */
const translated: ReadonlySet<string> = new Set(
  `model messages stream stream_options tools tool_choice web_search_options functions function_call max_tokens
  max_completion_tokens response_format reasoning_effort verbosity logprobs store n stop seed frequency_penalty
  presence_penalty logit_bias prediction modalities audio`.split(/\s+/),
)

/** The body of `POST /responses` for a chat request. Nothing is kept at the vendor unless the caller asks for it. */
export function responsesBody(
  request: ChatRequest,
  { model, stream, input, dropped = [], providerOptions = {} }: BodyParts,
): JsonObject {
  const asked = modern(without(request, dropped))
  const passing = Object.entries(asked).filter(([field]) => !translated.has(field))
  const tools = toolsOf(asked)
  const logprobs = asked.logprobs === true ? ['message.output_text.logprobs'] : []
  const body = present({
    model,
    input: inputItems(asked.messages, input),
    ...Object.fromEntries(passing),
    max_output_tokens: limitOf(asked),
    reasoning: isSet(asked.reasoning_effort) ? { effort: asked.reasoning_effort } : undefined,
    text: textConfig(asked),
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : toolChoiceOf(asked),
    // With these two nothing is kept at the vendor, and reasoning can go back to it nevertheless.
    store: asked.store ?? false,
    include: ['reasoning.encrypted_content', ...logprobs],
    stream: stream || undefined,
    stream_options: stream ? streamOptions(asked) : undefined,
  })
  return merged(body, providerOptions)
}

function without(request: ChatRequest, dropped: readonly string[]): ChatRequest {
  if (dropped.length === 0) return request
  const copy = { ...request }
  for (const field of dropped) Reflect.deleteProperty(copy, field)
  return copy
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** The least that the format takes. */
export const leastOutput = 16

/** The limit of the answer's tokens. */
export function limitOf({ max_completion_tokens: limit, max_tokens: older }: ChatRequest): number | undefined {
  const asked = limit ?? older ?? undefined
  return asked === undefined ? undefined : Math.max(leastOutput, asked)
}

function textConfig({ response_format: format, verbosity }: ChatRequest): JsonObject | undefined {
  const config = present({ format: isObject(format) ? flatFormat({ ...format }) : undefined, verbosity })
  return Object.keys(config).length === 0 ? undefined : config
}

function flatFormat(format: JsonObject): JsonObject {
  const { json_schema: schema, ...rest } = format
  return isObject(schema) ? { ...rest, ...schema, schema: schema['schema'] ?? {} } : format
}

/** Usage comes without being asked for. */
function streamOptions({ stream_options: options }: ChatRequest): JsonObject | undefined {
  const { include_obfuscation } = options ?? {}
  return isSet(include_obfuscation) ? { include_obfuscation } : undefined
}

/** The caller's own fields for this vendor, last: objects are merged, `include` adds up, anything else is replaced. */
export function merged(body: JsonObject, own: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...body }
  for (const [field, value] of Object.entries(own)) {
    const before = out[field]
    if (field === 'include') out[field] = [...new Set([...listOf(before), ...listOf(value)])]
    else out[field] = isObject(before) && isObject(value) ? { ...before, ...value } : value
  }
  return out
}
