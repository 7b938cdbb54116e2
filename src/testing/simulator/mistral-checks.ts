import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { VendorError } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'
import { mistralInvalid, mistralShape } from './mistral-errors.ts'
import { checkMistralOrder } from './mistral-order.ts'

type Path = readonly (string | number)[]

/** What Mistral refuses before it generates anything. */
export function checkMistral({ method, body }: WireRequest, turn: Turn): VendorError | undefined {
  if (method === 'GET') return undefined
  if (!isObject(body)) return mistralShape([], { type: 'json_invalid', msg: 'JSON decode error' })
  if (textAt(body, 'model') === undefined) return missing(['model'])
  if (turn.operation === 'embeddings') return checkInput(body, embeddingFields)
  if (turn.operation === 'moderations') return checkInput(body, moderationFields)
  return (
    strangers(body, bodyFields, []) ??
    checkMessages(body) ??
    checkTools(body) ??
    checkFormat(body) ??
    checkSampling(body) ??
    checkMistralOrder(listAt(body, 'messages')) ??
    checkModel(body, turn.model)
  )
}

function missing(place: Path): VendorError {
  return mistralShape(place, { type: 'missing', msg: 'Field required' })
}

function strangers(value: unknown, known: ReadonlySet<string>, place: Path): VendorError | undefined {
  const stranger = isObject(value) ? Object.keys(value).find((key) => !known.has(key)) : undefined
  if (stranger === undefined) return undefined
  return mistralShape([...place, stranger], { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' })
}

function checkInput(body: JsonObject, known: ReadonlySet<string>): VendorError | undefined {
  const inputs = [at(body, 'input')].flat()
  if (inputs.every((input) => typeof input === 'string')) return strangers(body, known, [])
  return mistralShape(['input'], { type: 'string_type', msg: 'Input should be a valid string' })
}

function checkMessages(body: JsonObject): VendorError | undefined {
  if (!Array.isArray(at(body, 'messages'))) return missing(['messages'])
  return listAt(body, 'messages')
    .map((message, index) => checkMessage(message, ['messages', index]))
    .find((problem) => problem !== undefined)
}

function checkMessage(message: unknown, place: Path): VendorError | undefined {
  const role = textAt(message, 'role') ?? ''
  const known = messageFields.get(role)
  if (known === undefined) {
    const msg = `Input tag '${role}' found using 'role' does not match any of the expected tags`
    return mistralShape(place, { type: 'union_tag_invalid', msg })
  }
  return strangers(message, known, [...place, role]) ?? checkContent(message, role, [...place, role, 'content'])
}

function checkContent(message: unknown, role: string, place: Path): VendorError | undefined {
  const content = at(message, 'content')
  if (typeof content === 'string' || (role === 'assistant' && (content === undefined || content === null))) return undefined
  if (!Array.isArray(content)) return missing(place)
  const allowed = role === 'system' ? systemChunks : chunkTypes
  const strange = content.findIndex((chunk) => !allowed.has(textAt(chunk, 'type') ?? ''))
  if (strange === -1) return undefined
  return mistralShape([...place, strange], { type: 'union_tag_invalid', msg: 'Input tag does not match any of the expected tags' })
}

function checkTools(body: JsonObject): VendorError | undefined {
  for (const [index, tool] of listAt(body, 'tools').entries()) {
    const called = at(tool, 'function')
    if (textAt(called, 'name') === undefined) return missing(['tools', index, 'function', 'name'])
    if (!isObject(at(called, 'parameters'))) return missing(['tools', index, 'function', 'parameters'])
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(textAt(called, 'name') ?? '')) {
      return mistralInvalid(
        `Function name was ${textAt(called, 'name')} but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64.`,
        '3280',
        'invalid_function_call',
      )
    }
  }
  const choice = at(body, 'tool_choice')
  if (typeof choice !== 'string' || toolChoices.has(choice)) return undefined
  return mistralShape(['tool_choice'], { type: 'enum', msg: "Input should be 'auto', 'none', 'any' or 'required'" })
}

function checkFormat(body: JsonObject): VendorError | undefined {
  const type = at(body, 'response_format', 'type')
  if (type !== 'json_schema') return undefined
  if (textAt(body, 'response_format', 'json_schema', 'name') === undefined)
    return missing(['response_format', 'json_schema', 'name'])
  return isObject(at(body, 'response_format', 'json_schema', 'schema'))
    ? undefined
    : missing(['response_format', 'json_schema', 'schema'])
}

function checkSampling(body: JsonObject): VendorError | undefined {
  const temperature = numberAt(body, 'temperature')
  if (temperature !== undefined && temperature > 1.5) {
    return mistralShape(['temperature'], { type: 'less_than_equal', msg: 'Input should be less than or equal to 1.5' })
  }
  if (temperature !== 0) return undefined
  if ((numberAt(body, 'top_p') ?? 1) !== 1) return mistralInvalid('top_p must be 1 when using greedy sampling.')
  return (numberAt(body, 'n') ?? 1) > 1 ? mistralInvalid('n must be 1 when using greedy sampling.') : undefined
}

function checkModel(body: JsonObject, model: string): VendorError | undefined {
  if (at(body, 'logprobs') === true) return mistralInvalid('Logprobs are not enabled for this model')
  const effort = textAt(body, 'reasoning_effort')
  if (effort === undefined) return undefined
  if (!/^mistral-(?:small|medium|large-4)|^magistral-small-latest/.test(model)) {
    return mistralInvalid('reasoning_effort is not enabled for this model')
  }
  const levels = model.startsWith('mistral-large-4') ? ['low', 'medium', 'high'] : ['none', 'high']
  return levels.includes(effort)
    ? undefined
    : mistralInvalid(`reasoning_effort ${effort} is not supported, use one of ${levels.join(', ')}`)
}

// The fields and chunks that @mistralai/mistralai 2.7 types, and the log probabilities that recorded answers know.
const bodyFields = new Set(
  `model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice
  presence_penalty frequency_penalty n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails
  prompt_cache_key service_tier safe_prompt logprobs top_logprobs`.split(/\s+/),
)
const moderationFields = new Set(['model', 'input', 'metadata'])
const embeddingFields = new Set(['model', 'input', 'metadata', 'output_dimension', 'output_dtype', 'encoding_format'])
const messageFields: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['system', new Set(['role', 'content'])],
  ['user', new Set(['role', 'content'])],
  ['assistant', new Set(['role', 'content', 'tool_calls', 'prefix'])],
  ['tool', new Set(['role', 'content', 'tool_call_id', 'name'])],
])
const chunkTypes = new Set(['text', 'image_url', 'document_url', 'reference', 'file', 'thinking', 'input_audio'])
const systemChunks = new Set(['text', 'thinking'])
const toolChoices = new Set(['auto', 'none', 'any', 'required'])
