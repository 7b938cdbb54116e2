import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { VendorError } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'
import { openAIError } from './openai-errors.ts'

/** What OpenAI refuses before it generates anything. */
export function checkOpenAI({ method, body }: WireRequest, turn: Turn): VendorError | undefined {
  if (method === 'GET') return undefined
  if (!isObject(body)) {
    return openAIError(400, {
      message:
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly.)",
    })
  }
  const hasInput = at(body, 'input') !== undefined
  if (turn.operation === 'moderations') return hasInput ? undefined : missing('input')
  if (textAt(body, 'model') === undefined) return openAIError(400, { message: 'you must provide a model parameter' })
  if (turn.operation === 'embeddings') return hasInput ? undefined : missing('input')
  return (
    checkFields(body) ??
    checkNames(listAt(body, 'messages')) ??
    checkConversation(listAt(body, 'messages')) ??
    checkSearch(body, turn.model) ??
    checkModelRules(body, turn.model)
  )
}

function missing(param: string): VendorError {
  return openAIError(400, { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' })
}

function checkFields(body: JsonObject): VendorError | undefined {
  const stranger = strangerIn(body, knownFields)
  if (stranger !== undefined) return unknownParameter(stranger)
  if (!Array.isArray(at(body, 'messages'))) return missing('messages')
  if (listAt(body, 'messages').length === 0) {
    return openAIError(400, {
      message: "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'messages',
      code: 'empty_array',
    })
  }
  if (at(body, 'stream_options') !== undefined && at(body, 'stream_options') !== null && at(body, 'stream') !== true) {
    return openAIError(400, {
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      param: 'stream_options',
    })
  }
  return checkRange(body, 'temperature', [0, 2]) ?? checkRange(body, 'top_p', [0, 1]) ?? checkJsonMode(body)
}

function checkRange(body: JsonObject, field: string, [low, high]: readonly [number, number]): VendorError | undefined {
  const value = at(body, field)
  if (typeof value !== 'number' || (value >= low && value <= high)) return undefined
  const above = value > high
  return openAIError(400, {
    message: `Invalid '${field}': decimal ${above ? 'above maximum' : 'below minimum'} value. Expected a value ${above ? `<= ${high}` : `>= ${low}`}, but got ${value} instead.`,
    param: field,
    code: above ? 'decimal_above_max_value' : 'decimal_below_min_value',
  })
}

function checkJsonMode(body: JsonObject): VendorError | undefined {
  if (at(body, 'response_format', 'type') !== 'json_object') return undefined
  if (/json/i.test(JSON.stringify(at(body, 'messages')))) return undefined
  return openAIError(400, {
    message: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    param: 'messages',
  })
}

/** Who may speak after whom, and that every call has its result: the same for all who speak this format. */
export function checkConversation(messages: readonly unknown[]): VendorError | undefined {
  let open: readonly string[] = []
  for (const [index, message] of messages.entries()) {
    const role = textAt(message, 'role')
    if (role === undefined) return missing(`messages[${index}].role`)
    if (!roles.has(role)) return badRole(role, index)
    if (role === 'tool') {
      const id = textAt(message, 'tool_call_id') ?? ''
      if (!open.includes(id)) return orphanResult(index)
      open = open.filter((one) => one !== id)
      continue
    }
    if (open.length > 0) return unanswered(open)
    const content = checkContent(message, index)
    if (content !== undefined) return content
    open = listAt(message, 'tool_calls').map((call) => textAt(call, 'id') ?? '')
  }
  return open.length > 0 ? unanswered(open) : undefined
}

/** A message has no fields but those of its format: another vendor's state does not belong here. */
function checkNames(messages: readonly unknown[]): VendorError | undefined {
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`
    const stranger = strangerIn(message, messageFields)
    if (stranger !== undefined) return unknownParameter(`${place}.${stranger}`)
    for (const [position, call] of listAt(message, 'tool_calls').entries()) {
      const inner = strangerIn(call, callFields)
      if (inner !== undefined) return unknownParameter(`${place}.tool_calls[${position}].${inner}`)
    }
  }
  return undefined
}

function strangerIn(value: unknown, known: ReadonlySet<string>): string | undefined {
  return isObject(value) ? Object.keys(value).find((key) => !known.has(key)) : undefined
}

function unknownParameter(param: string): VendorError {
  return openAIError(400, { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' })
}

function checkContent(message: unknown, index: number): VendorError | undefined {
  const content = at(message, 'content')
  const optional = at(message, 'role') === 'assistant'
  if ((content === undefined || content === null) && !optional) {
    return openAIError(400, {
      message: `Invalid value for 'content': expected a string, got null.`,
      param: `messages.[${index}].content`,
    })
  }
  const part = listAt(message, 'content').findIndex((one) => textAt(one, 'type') === undefined)
  if (part !== -1) return missing(`messages[${index}].content[${part}].type`)
  return listAt(message, 'content')
    .map(checkImage)
    .find((problem) => problem !== undefined)
}

function checkImage(part: unknown): VendorError | undefined {
  const type = /^data:([^;,]*)/.exec(textAt(part, 'image_url', 'url') ?? '')?.[1]
  if (type === undefined || /^image\/(?:png|jpe?g|gif|webp)$/.test(type)) return undefined
  return openAIError(400, {
    message:
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
    code: 'invalid_image_format',
  })
}

function checkSearch(body: JsonObject, model: string): VendorError | undefined {
  if (!isSet(body, 'web_search_options') || model.includes('search')) return undefined
  return openAIError(400, { message: 'Web search options not supported with this model.', param: 'web_search_options' })
}

function badRole(role: string, index: number): VendorError {
  return openAIError(400, {
    message: `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
    param: `messages[${index}].role`,
    code: 'invalid_value',
  })
}

function orphanResult(index: number): VendorError {
  return openAIError(400, {
    message: "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    param: `messages.[${index}].role`,
  })
}

function unanswered(ids: readonly string[]): VendorError {
  return openAIError(400, {
    message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    param: 'messages',
  })
}

/** What reasoning models do not take: they are `o1`, `o3`, ... and `gpt-5` and later, but not their `-chat` variants. */
function checkModelRules(body: JsonObject, model: string): VendorError | undefined {
  const generation = Number(/^gpt-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? 0)
  if (!/^o\d/.test(model) && (generation < 5 || model.includes('-chat'))) return undefined
  if (isSet(body, 'max_tokens')) return unsupported('max_tokens', " Use 'max_completion_tokens' instead.")
  if (at(body, 'reasoning_effort') === 'none' && generation >= 5.1) return undefined
  // Reported for gpt-5.6 and gpt-6 models, also when the request names no effort: their default is not `none`.
  if (generation >= 5.6 && listAt(body, 'tools').length > 0) return toolsWithReasoning(model)
  return checkTuning(body)
}

function checkTuning(body: JsonObject): VendorError | undefined {
  const temperature = numberAt(body, 'temperature') ?? 1
  if (temperature !== 1) {
    return openAIError(400, {
      message: `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
      param: 'temperature',
      code: 'unsupported_value',
    })
  }
  const field = tuningFields.find((name) => isSet(body, name))
  return field === undefined ? undefined : unsupported(field, '')
}

const tuningFields = ['stop', 'top_p', 'logprobs', 'top_logprobs', 'frequency_penalty', 'presence_penalty', 'logit_bias']

function toolsWithReasoning(model: string): VendorError {
  return openAIError(400, {
    message: `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
    param: 'reasoning_effort',
  })
}

function isSet(body: JsonObject, name: string): boolean {
  const value = at(body, name)
  if (Array.isArray(value) && value.length === 0) return false
  return value !== undefined && value !== null && value !== 0 && value !== false && !(name === 'top_p' && value === 1)
}

function unsupported(param: string, hint: string): VendorError {
  return openAIError(400, {
    message: `Unsupported parameter: '${param}' is not supported with this model.${hint}`,
    param,
    code: 'unsupported_parameter',
  })
}

// The message fields that openai 7.57 types, and the annotations of its own answers, which recorded requests bring back.
// `parsed` is what helpers of the SDK (`runTools()`) send with every answer that they bring back.
const messageFields = new Set('role content name refusal audio annotations tool_calls tool_call_id function_call parsed'.split(' '))
const callFields = new Set(['id', 'type', 'function', 'custom'])
const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

// The body fields that openai 7.57 types.
const knownFields = new Set(
  `messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens
  metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options
  prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream
  stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
)
