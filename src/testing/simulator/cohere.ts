import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { cohereEmbeddings, cohereEvents, cohereFrame, cohereWhole } from './cohere-answer.ts'
import type { Dialect, ProblemContext, ProblemName, VendorError } from './dialect.ts'
import { silentTurn } from './turn.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'

/** Cohere: chat and embed, version 2. */
export const cohereDialect: Dialect = {
  vendor: 'cohere',
  basePath: '/v2',
  exampleModel: 'command-a-03-2025',
  read,
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: ({ body }, { operation }) =>
    operation === 'embeddings'
      ? checkEmbedding(body)
      : isObject(body)
        ? (checkFields(body) ?? checkMessages(listAt(body, 'messages')))
        : refusal(400, 'invalid json'),
  problem: (name, context) => {
    const [status, message] = problems[name]
    return refusal(status, context.message ?? (typeof message === 'string' ? message : message(context)))
  },
  status: (status, { message }) => refusal(status, message ?? `status ${status}`),
  whole: cohereWhole,
  events: cohereEvents,
  frame: (data) => cohereFrame('content-delta', data),
  errorFrame: ({ body }) => {
    const delta = { finish_reason: 'ERROR', error: textAt(body, 'message') ?? 'internal server error' }
    return cohereFrame('message-end', JSON.stringify({ type: 'message-end', delta }))
  },
  keepAlive: ': keep-alive\n\n',
  embeddings: cohereEmbeddings,
  headers: (stamp) => ({ 'x-debug-trace-id': stamp.id(''), 'x-api-warning': 'none' }),
  environment: (elsewhere) => ({
    CO_API_URL: elsewhere,
    CO_API_KEY: 'poison-key',
    COHERE_API_KEY: 'poison-key',
    OPENAI_BASE_URL: elsewhere,
  }),
}

/** There is a message, and nothing else to tell errors by. */
function refusal(status: number, message: string): VendorError {
  return { status, body: { id: '00000000-0000-4000-8000-000000000000', message } }
}

const problems: Readonly<Record<ProblemName, readonly [number, string | ((context: ProblemContext) => string)]>> = {
  'no-key': [401, 'no api key supplied'],
  'bad-key': [401, 'invalid api token'],
  'no-credit': [402, 'Please add or update your payment method.'],
  quota: [429, 'You are using a Trial key, which is limited to 1000 API calls / month.'],
  permission: [403, 'You do not have access to this resource.'],
  'model-not-found': [404, ({ model }) => `model '${model}' not found, make sure the correct model ID was used.`],
  'rate-limit': [429, 'You are using a Trial key, which is limited to 20 API calls / minute.'],
  overloaded: [503, 'service unavailable'],
  'server-error': [500, 'internal server error'],
  'too-large': [413, 'request body too large'],
  'context-length': [400, ({ promptTokens }) => `too many tokens: size limit exceeded by ${promptTokens} tokens.`],
  'content-filter': [400, 'blocked input: please adjust your prompt and try again'],
  'invalid-request': [400, 'invalid request: temperature must be between 0 and 1.0 inclusive.'],
}

function read({ method, path, body }: WireRequest): Turn | undefined {
  const fields = isObject(body) ? body : {}
  if (method === 'POST' && path === '/v2/embed') {
    const promptTokens = estimateTokens(at(fields, 'texts'))
    return { ...silentTurn, operation: 'embeddings', model: textAt(fields, 'model') ?? '', body: fields, promptTokens }
  }
  if (method !== 'POST' || path !== '/v2/chat') return undefined
  const schema = at(fields, 'response_format', 'json_schema')
  return {
    operation: 'chat',
    model: textAt(fields, 'model') ?? '',
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens([at(fields, 'messages'), at(fields, 'tools'), schema]),
    maxTokens: numberAt(fields, 'max_tokens'),
    choices: 1,
    lastText: JSON.stringify(listAt(fields, 'messages').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: textAt(fields, 'response_format', 'type') === 'json_object' ? (isObject(schema) ? schema : {}) : undefined,
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  if (at(body, 'tool_choice') !== 'REQUIRED') return undefined
  const [tool] = listAt(body, 'tools')
  const schema = at(tool, 'function', 'parameters')
  return { name: textAt(tool, 'function', 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function checkFields(body: JsonObject): VendorError | undefined {
  const stranger = Object.keys(body).find((name) => !knownFields.has(name))
  if (stranger !== undefined) return refusal(422, `unknown field: parameter '${stranger}' is not a valid field`)
  if (textAt(body, 'model') === undefined) return refusal(400, 'model is required')
  if (listAt(body, 'messages').length === 0) return refusal(400, 'invalid request: messages must not be empty')
  const choice = at(body, 'tool_choice')
  if (choice !== undefined && choice !== 'REQUIRED' && choice !== 'NONE') return refusal(400, 'invalid tool_choice')
  const closed = listAt(body, 'tools').every((tool) => isObject(at(tool, 'function', 'parameters')))
  return closed ? undefined : refusal(422, 'invalid request: tools must have parameters')
}

function checkEmbedding(body: unknown): VendorError | undefined {
  if (listAt(body, 'texts').length > 96) return refusal(400, 'invalid request: total number of texts must be at most 96')
  if (textAt(body, 'input_type') === undefined) return refusal(400, 'invalid request: input_type is required')
  return undefined
}

/** Every call has its result, every result its call. */
function checkMessages(messages: readonly unknown[]): VendorError | undefined {
  let open = new Set<string | undefined>()
  for (const [index, message] of messages.entries()) {
    const role = textAt(message, 'role') ?? ''
    if (!roles.has(role)) return refusal(422, `invalid type: messages[${index}].role`)
    if (role === 'tool' && !open.delete(textAt(message, 'tool_call_id')))
      return refusal(400, `invalid request: messages[${index}] is the result of no tool call`)
    if (role === 'tool') continue
    if (open.size > 0) return refusal(400, 'invalid request: all tool calls must have a result')
    open = new Set(listAt(message, 'tool_calls').map((call) => textAt(call, 'id')))
    if (role === 'assistant' && at(message, 'content') === '' && open.size === 0)
      return refusal(400, `invalid request: messages[${index}] has neither content nor tool calls`)
  }
  return undefined
}

const roles = new Set(['system', 'user', 'assistant', 'tool'])

// docs.cohere.com/reference/chat, 2026-11.
const knownFields = new Set(
  `model messages stream tools tool_choice strict_tools documents citation_options response_format safety_mode max_tokens
  stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs thinking priority`.split(/\s+/),
)
