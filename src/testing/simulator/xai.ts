import { at, isObject, listAt, numberAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { compatibleDialect } from './compatible.ts'
import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'
import { usageOf } from './openai-answer.ts'
import { checkConversation } from './openai-checks.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'

/** xAI: chat completions, by the vendor's OpenAPI description and guides (docs.x.ai, 2026) and reported refusals. */
export const xaiDialect = compatibleDialect({
  vendor: 'xai',
  basePath: '/v1',
  exampleModel: 'grok-4.6',
  refuses: (body, { model }) => checkFields(body, model) ?? checkTools(body) ?? checkMessages(body),
  manner: { usage, wholeCalls: true },
  problem: (name, context) => problems[name](context),
  status: (status, { message = `Simulated error with status ${status}.` }) => refusal(status, 'Simulated', message),
})

/** Reasoning stands beside the completion's tokens, and the bill comes along in ticks. */
function usage(reply: FullReply, turn: Turn): JsonObject {
  const all = usageOf(reply, turn)
  const reasoning = reply.usage.reasoning * turn.choices
  return {
    ...all,
    completion_tokens: Number(all['completion_tokens']) - reasoning,
    num_sources_used: 0,
    cost_in_usd_ticks: 1_000_000,
  }
}

/** Code and text stand beside each other, and a wrong argument is a wrong request whatever it is. */
function refusal(status: number, code: string, error: string): VendorError {
  return { status, body: { code, error } }
}

function invalid(error: string): VendorError {
  return refusal(400, 'Client specified an invalid argument', error)
}

function checkFields(body: JsonObject, model: string): VendorError | undefined {
  const stranger = Object.keys(body).find((name) => !knownFields.has(name))
  if (stranger !== undefined)
    return refusal(422, 'Unprocessable', `Failed to deserialize the JSON body: unknown field \`${stranger}\``)
  if (typeof at(body, 'stop') === 'string')
    return refusal(422, 'Unprocessable', 'Failed to deserialize the JSON body: stop: invalid type: string, expected a sequence')
  const unsupported = /non-reasoning|^grok-3(?!-mini)/.test(model) ? ['presence_penalty'] : reasoningLacks
  const field = unsupported.find((name) => isObject(body) && Object.hasOwn(body, name))
  if (field !== undefined) return invalid(`Model ${model} does not support parameter ${field}.`)
  if (model.startsWith('grok-4.20') && at(body, 'reasoning_effort') !== undefined)
    return invalid(`Model ${model} does not support parameter reasoningEffort.`)
  return (numberAt(body, 'top_logprobs') ?? 0) > 8 ? invalid('top_logprobs must be at most 8') : undefined
}

/** Parameters are described, if only as none. */
function checkTools(body: JsonObject): VendorError | undefined {
  const bare = listAt(body, 'tools').findIndex((tool) => !isObject(at(tool, 'function', 'parameters')))
  return bare === -1
    ? undefined
    : refusal(422, 'Unprocessable', `Failed to deserialize the JSON body: tools[${bare}].function: missing field \`parameters\``)
}

function checkMessages(body: JsonObject): VendorError | undefined {
  const messages = listAt(body, 'messages')
  const strange = messages.findIndex((message) => !roles.has(String(at(message, 'role'))))
  if (strange !== -1)
    return refusal(422, 'Unprocessable', `Failed to deserialize the JSON body: messages[${strange}]: unknown role`)
  return checkConversation(messages) === undefined ? undefined : invalid('Each tool call must have exactly one tool result.')
}

const roles = new Set(['system', 'user', 'assistant', 'tool', 'function'])
const reasoningLacks = ['presence_penalty', 'frequency_penalty', 'stop']
const knownFields = new Set(
  `deferred frequency_penalty logit_bias logprobs max_completion_tokens max_tokens messages model n parallel_tool_calls
  presence_penalty reasoning_effort response_format search_parameters seed service_tier stop stream stream_options
  temperature tool_choice tools top_logprobs top_p user web_search_options`.split(/\s+/),
)

const noAccess = 'The caller does not have permission to execute the specified operation'
const exhausted = 'Some resource has been exhausted'

const problems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => invalid('No API key provided.'),
  'bad-key': ({ key, message = `Incorrect API key provided: ${key.slice(0, 2)}***${key.slice(-2)}.` }) => invalid(message),
  'no-credit': ({ message = 'Your team has either used all available credits or reached its monthly spending limit.' }) =>
    refusal(429, exhausted, message),
  quota: (context) => problems['no-credit'](context),
  permission: ({ message = 'Your API key lacks the permission for this model.' }) => refusal(403, noAccess, message),
  'model-not-found': ({ model }) =>
    refusal(
      404,
      'Some requested entity was not found',
      `The model ${model} does not exist or your team does not have access to it.`,
    ),
  'rate-limit': ({ message = 'Too many requests for this model.' }) => refusal(429, exhausted, message),
  overloaded: ({ message = 'Service temporarily unavailable. The model is at capacity.' }) =>
    refusal(503, 'The service is currently unavailable', message),
  'server-error': ({ message = 'Internal error.' }) => refusal(500, 'Internal error', message),
  'too-large': ({ message = 'Request body too large.' }) => refusal(413, 'Payload too large', message),
  'context-length': ({ promptTokens }) =>
    invalid(
      `This model's maximum prompt length is ${Math.max(1, promptTokens - 1)} but the request contains ${promptTokens} tokens.`,
    ),
  'content-filter': ({ message = 'Content violates usage guidelines.' }) => refusal(403, noAccess, message),
  'invalid-request': ({ message = 'Invalid request content.' }) => invalid(message),
}
