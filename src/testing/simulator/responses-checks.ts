import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { VendorError } from './dialect.ts'
import { openAIError } from './openai-errors.ts'
import type { Turn } from './turn.ts'

/** What OpenAI refuses of a Responses request before it generates anything. */
export function checkResponses({ body, model }: Turn): VendorError | undefined {
  const stranger = Object.keys(body).find((key) => !knownFields.has(key))
  if (stranger !== undefined) return unknown(stranger)
  if (numberAt(body, 'max_output_tokens') !== undefined && (numberAt(body, 'max_output_tokens') ?? 0) < 16) return tooFew(body)
  return checkTools(listAt(body, 'tools')) ?? checkInput(listAt(body, 'input')) ?? checkSampling(body, model)
}

function unknown(param: string): VendorError {
  return openAIError(400, { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' })
}

function tooFew(body: JsonObject): VendorError {
  return openAIError(400, {
    message: `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${String(numberAt(body, 'max_output_tokens'))} instead.`,
    param: 'max_output_tokens',
    code: 'integer_below_min_value',
  })
}

function checkTools(tools: readonly unknown[]): VendorError | undefined {
  const nameless = tools.findIndex((tool) => at(tool, 'type') === 'function' && textAt(tool, 'name') === undefined)
  return nameless === -1 ? undefined : missing(`tools[${nameless}].name`)
}

function missing(param: string): VendorError {
  return openAIError(400, { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' })
}

function checkInput(items: readonly unknown[]): VendorError | undefined {
  const open = new Set<string>()
  for (const [index, item] of items.entries()) {
    const problem = checkItem(item, index) ?? checkFollower(item, items[index + 1])
    if (problem !== undefined) return problem
    const id = textAt(item, 'call_id') ?? ''
    if (at(item, 'type') === 'function_call') open.add(id)
    if (at(item, 'type') === 'function_call_output' && !open.delete(id))
      return openAIError(400, { message: `No tool call found for function call output with call_id ${id}.`, param: 'input' })
  }
  const [unanswered] = open
  if (unanswered === undefined) return undefined
  return openAIError(400, { message: `No tool output found for function call ${unanswered}.`, param: 'input' })
}

function checkItem(item: unknown, index: number): VendorError | undefined {
  const type = textAt(item, 'type') ?? (textAt(item, 'role') === undefined ? '' : 'message')
  if (!itemFields.has(type))
    return openAIError(400, { message: `Invalid value: '${type}'.`, param: `input[${index}].type`, code: 'invalid_value' })
  const stranger = isObject(item) ? Object.keys(item).find((key) => !itemFields.get(type)?.has(key)) : undefined
  if (stranger !== undefined) return unknown(`input[${index}].${stranger}`)
  const id = textAt(item, 'call_id') ?? ''
  if (id.length > 64)
    return openAIError(400, {
      message: `Invalid 'input[${index}].call_id': string too long. Expected a string with maximum length 64, but got a string with length ${id.length} instead.`,
      param: `input[${index}].call_id`,
      code: 'string_above_max_length',
    })
  return type === 'reasoning' ? checkReasoning(item) : checkParts(item, index)
}

/** Without `store` nobody but the caller has the reasoning, and nobody but the organisation can read it. */
function checkReasoning(item: unknown): VendorError | undefined {
  const content = textAt(item, 'encrypted_content')
  const id = textAt(item, 'id') ?? ''
  if (content === undefined)
    return openAIError(404, {
      message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false.`,
      param: 'input',
    })
  if (content.startsWith('encrypted:')) return undefined
  return openAIError(400, {
    message: `The encrypted content for item ${id} could not be verified.`,
    code: 'invalid_encrypted_content',
  })
}

/** Reasoning stands before what came of it (openai/openai-node#1567 and many others, in these words). */
function checkFollower(item: unknown, next: unknown): VendorError | undefined {
  if (at(item, 'type') !== 'reasoning') return undefined
  const type = textAt(next, 'type') ?? 'message'
  const isOutput = type === 'message' ? at(next, 'role') === 'assistant' : !type.endsWith('_output')
  if (next !== undefined && isOutput) return undefined
  return openAIError(400, {
    message: `Item '${textAt(item, 'id') ?? ''}' of type 'reasoning' was provided without its required following item.`,
    param: 'input',
  })
}

function checkParts(item: unknown, index: number): VendorError | undefined {
  const allowed = textAt(item, 'role') === 'assistant' ? /^(?:output_text|refusal)$/ : /^input_(?:text|image|file)$/
  const parts = listAt(item, 'content')
  const wrong = parts.findIndex((part) => !allowed.test(textAt(part, 'type') ?? ''))
  if (wrong === -1) return undefined
  return openAIError(400, {
    message: `Invalid value: '${textAt(parts[wrong], 'type')}'.`,
    param: `input[${index}].content[${wrong}]`,
    code: 'invalid_value',
  })
}

function checkSampling(body: JsonObject, model: string): VendorError | undefined {
  const generation = Number(/^gpt-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? 0)
  const reasons = (/^o\d/.test(model) || generation >= 5) && !model.includes('-chat') && at(body, 'reasoning', 'effort') !== 'none'
  const field = ['temperature', 'top_p'].find((name) => (numberAt(body, name) ?? 1) !== 1)
  if (!reasons || field === undefined) return undefined
  return openAIError(400, { message: `Unsupported parameter: '${field}' is not supported with this model.`, param: field })
}

const common = 'type id status'

const itemFields: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    message: 'role content phase',
    function_call: 'call_id name arguments namespace caller async',
    function_call_output: 'call_id output caller',
    custom_tool_call: 'call_id name input namespace caller async',
    custom_tool_call_output: 'call_id output caller',
    reasoning: 'summary content encrypted_content',
    web_search_call: 'action',
  }).map(([type, fields]) => [type, new Set(`${common} ${fields}`.split(' '))]),
)

// The body fields that openai 7.57 types.
const knownFields = new Set(
  `access_programs background context_management conversation image include input instructions max_output_tokens
  max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key
  prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options
  temperature text tool_choice tools top_logprobs top_p truncation user`.split(/\s+/),
)
