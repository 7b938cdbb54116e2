import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import { estimateTokens } from '../tokens.ts'
import type { Dialect, ProblemContext, ProblemName, VendorError } from './dialect.ts'
import type { FullReply } from './reply.ts'
import { responsesEvents, responsesWhole } from './responses-answer.ts'
import type { ResponsesManner } from './responses-answer.ts'
import { readResponses } from './responses.ts'
import { silentTurn } from './turn.ts'
import type { Turn, WireRequest } from './turn.ts'

/** Perplexity: the Agent API, and embeddings. */
export const perplexityDialect: Dialect = {
  vendor: 'perplexity',
  basePath: '',
  exampleModel: 'perplexity/sonar',
  read,
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: (_, turn) => (turn.operation === 'embeddings' ? checkEmbedding(turn.body) : checkAgent(turn.body)),
  embeddings: quantised,
  problem: (name, context) => problems[name](context),
  status: (status, { message = `Simulated error with status ${status}.` }) =>
    agentError(status, message, statusTypes[status] ?? (status < 500 ? 'invalid_request' : 'internal_error')),
  whole: (reply, turn, stamp) => responsesWhole(reply, { turn, stamp }, manner),
  events: (reply, turn, stamp) => responsesEvents(reply, { turn, stamp }, manner),
  frame,
  errorFrame: ({ body }) => frame(JSON.stringify({ type: 'error', ...(isObject(body) ? body : {}) })),
  keepAlive: '\n\n',
  headers: (stamp) => ({ 'x-request-id': stamp.id('req_'), 'x-ratelimit-remaining-requests': '49' }),
  environment: (elsewhere) => ({
    PERPLEXITY_BASE_URL: elsewhere,
    PERPLEXITY_API_KEY: 'poison-key',
    PERPLEXITY_CUSTOM_HEADERS: 'x-poison: poison-header\nauthorization: Bearer poison-key',
  }),
}

function read({ method, path, body }: WireRequest): Turn | undefined {
  if (method !== 'POST') return undefined
  const fields = isObject(body) ? body : {}
  if (path === '/v1/embeddings') {
    const promptTokens = estimateTokens(at(fields, 'input'))
    return { ...silentTurn, operation: 'embeddings', model: textAt(fields, 'model') ?? '', body: fields, promptTokens }
  }
  return /^\/v1\/(?:responses|agent)$/.test(path) ? readResponses({ input: undefined, ...fields }) : undefined
}

function checkEmbedding(body: JsonObject): VendorError | undefined {
  const stranger = strangerIn(body, setOf('model input dimensions encoding_format'))
  if (stranger !== undefined) return unknownField(stranger)
  const isKnown = /^base64_(?:int8|binary)$/.test(textAt(body, 'encoding_format') ?? 'base64_int8')
  return isKnown ? undefined : agentError(400, 'invalid encoding_format', 'invalid_request')
}

/** Whole numbers from -128 to 127, as base64. */
function quantised({ body, model, promptTokens }: Turn): unknown {
  const size = numberAt(body, 'dimensions') ?? 8
  const data = [at(body, 'input')].flat().map((text, index) => {
    const vector = Int8Array.from(unitVector(JSON.stringify(text), size), (value) => Math.round(value * 127))
    return { object: 'embedding', index, embedding: Buffer.from(vector.buffer).toString('base64') }
  })
  const cost = { currency: 'USD', input_cost: promptTokens * 4e-9, total_cost: promptTokens * 4e-9 }
  return { object: 'list', data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens, cost } }
}

function frame(data: string): string {
  return `data: ${data}\n\n`
}

const manner: ResponsesManner = {
  named: false,
  reasoningItems: false,
  usage: usageOf,
  before: (turn) =>
    listAt(turn.body, 'tools').some((tool) => at(tool, 'type') === 'web_search')
      ? [
          {
            type: 'search_results',
            queries: ['simulated'],
            results: [{ id: 1, url: 'https://example.com/', title: 'Simulated', snippet: '…' }],
          },
        ]
      : [],
}

/** Reasoning is not counted apart; the bill comes along. */
function usageOf({ usage }: FullReply): JsonObject {
  const input = usage.input + usage.cached + usage.cacheWrite
  const output = usage.output + usage.reasoning
  const cost = { currency: 'USD', input_cost: input / 4e6, output_cost: output / 4e5 }
  return {
    input_tokens: input,
    input_tokens_details: { cache_read_input_tokens: usage.cached, cache_creation_input_tokens: usage.cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + output,
    cost: { ...cost, total_cost: cost.input_cost + cost.output_cost },
  }
}

function agentError(code: number, message: string, type: string): VendorError {
  return { status: code, body: { error: { message, type, code } } }
}

/** Any field that is not known, at any depth, is refused. */
function checkAgent(body: JsonObject): VendorError | undefined {
  const stranger = strangerIn(body, bodyFields) ?? listAt(body, 'tools').map(strangeTool).find(Boolean)
  if (stranger !== undefined) return unknownField(stranger)
  if (textAt(body, 'model') === undefined && textAt(body, 'preset') === undefined)
    return agentError(400, 'model or preset is required', 'invalid_request')
  if ((textAt(body, 'model') ?? '').startsWith('anthropic/') && at(body, 'max_output_tokens') === undefined)
    return agentError(400, 'max_output_tokens is required when using Anthropic models', 'invalid_request')
  const strange = listAt(body, 'input').map(strangeItem).find(Boolean)
  return strange === undefined ? undefined : unknownField(strange)
}

function unknownField(name: string): VendorError {
  return agentError(400, `invalid request body: json: unknown field "${name}"`, 'invalid_request')
}

function strangerIn(value: unknown, known: ReadonlySet<string>): string | undefined {
  return isObject(value) ? Object.keys(value).find((key) => !known.has(key)) : undefined
}

function strangeTool(tool: unknown): string | undefined {
  const isFunction = at(tool, 'type') === 'function'
  return strangerIn(tool, isFunction ? functionFields : searchFields) ?? strangerIn(at(tool, 'user_location'), placeFields)
}

function strangeItem(item: unknown): string | undefined {
  const type = textAt(item, 'type') ?? 'message'
  const known = itemFields.get(type)
  if (known === undefined) return type
  const part = listAt(item, 'content').find((each) => !/^input_(?:text|image)$/.test(textAt(each, 'type') ?? ''))
  if (part !== undefined) return textAt(part, 'type') ?? 'content'
  return (
    strangerIn(item, known) ??
    listAt(item, 'content')
      .map((each) => strangerIn(each, partFields))
      .find(Boolean)
  )
}

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/))

// The types of @perplexity-ai/perplexity_ai 0.38.5, and the vendor's own guide where it names more.
const bodyFields = setOf(`background input instructions language_preference max_output_tokens max_steps max_tool_calls metadata
  model models parallel_tool_calls preset previous_response_id profile reasoning response_format skills store stream
  stream_options temperature tool_choice tools top_p truncation`)
const functionFields = setOf('type name description parameters strict')
const searchFields = setOf('type filters max_tokens max_tokens_per_page max_results search_context_size user_location')
const placeFields = setOf('city country latitude longitude region')
const partFields = setOf('type text image_url')
const itemFields: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['message', setOf('type role content')],
  ['function_call', setOf('type call_id name arguments thought_signature')],
  ['function_call_output', setOf('type call_id id name output status thought_signature')],
  ['reasoning', setOf('type id summary content encrypted_content status')],
])

const statusTypes: Readonly<Record<number, string>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not_found',
  413: 'payload_too_large',
  429: 'request_rate_limit_exceeded',
  502: 'bad_gateway',
  504: 'gateway_timeout',
}

const problems: Readonly<Record<ProblemName, (context: ProblemContext) => VendorError>> = {
  'no-key': () => agentError(401, 'No API key was given.', 'forbidden'),
  'bad-key': ({ message = 'Invalid API key.' }) => agentError(401, message, 'forbidden'),
  'no-credit': ({ message = 'The account has no credits left.' }) => agentError(402, message, 'insufficient_credits'),
  quota: ({ message = 'You exceeded your current quota.' }) => agentError(402, message, 'insufficient_quota'),
  permission: ({ message = 'This key has no access.' }) => agentError(403, message, 'forbidden'),
  'model-not-found': ({ model }) => agentError(400, `Invalid model '${model}'.`, 'invalid_model'),
  'rate-limit': ({ message = 'Request rate limit exceeded.' }) => agentError(429, message, 'request_rate_limit_exceeded'),
  overloaded: ({ message = 'The service is overloaded.' }) => agentError(503, message, 'overloaded'),
  'server-error': ({ message = 'Internal error.' }) => agentError(500, message, 'internal_error'),
  'too-large': ({ message = 'The request body is larger than 32 MiB.' }) => agentError(413, message, 'payload_too_large'),
  'context-length': ({ promptTokens }) =>
    agentError(400, `The input of ${promptTokens} tokens exceeds the model's maximum context length.`, 'invalid_request'),
  'content-filter': ({ message = 'The request was rejected as a result of our safety system.' }) =>
    agentError(400, message, 'content_policy_violation'),
  'invalid-request': ({ message = 'invalid request body' }) => agentError(400, message, 'invalid_request'),
}
