import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { resourceTurn } from './resource.ts'
import { silentTurn } from './turn.ts'
import type { Dialect, VendorError } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'
import { openAIModerations } from './moderations.ts'
import { openAIEmbeddings, openAIEvents, openAIFrame, openAIWhole } from './openai-answer.ts'
import { checkOpenAI } from './openai-checks.ts'
import { openAIProblems, openAIStatus } from './openai-errors.ts'
import { responsesEvents, responsesWhole } from './responses-answer.ts'
import { checkResponses } from './responses-checks.ts'
import { isResponsesTurn, readResponses } from './responses.ts'

/** OpenAI: chat completions, Responses, embeddings, moderations, models; and anything else as a resource. */
export const openaiDialect: Dialect = {
  vendor: 'openai',
  basePath: '/v1',
  exampleModel: 'gpt-4o',
  read,
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check,
  problem: (name, context) => openAIProblems[name](context),
  status: openAIStatus,
  whole: (reply, turn, stamp) =>
    isResponsesTurn(turn) ? responsesWhole(reply, { turn, stamp }) : openAIWhole(reply, { turn, stamp }),
  events: (reply, turn, stamp) =>
    isResponsesTurn(turn) ? responsesEvents(reply, { turn, stamp }) : openAIEvents(reply, { turn, stamp }),
  frame: openAIFrame,
  errorFrame: ({ body }) => openAIFrame(JSON.stringify(body)),
  keepAlive: ': keep-alive\n\n',
  embeddings: openAIEmbeddings,
  moderations: openAIModerations,
  models: (names) => ({
    object: 'list',
    data: names.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'system' })),
  }),
  headers: (stamp) => ({
    'x-request-id': stamp.id('req_'),
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-reset-requests': '6ms',
  }),
  environment: (elsewhere) => ({
    OPENAI_BASE_URL: elsewhere,
    OPENAI_API_KEY: 'poison-key',
    OPENAI_ADMIN_KEY: 'poison-key',
    OPENAI_ORG_ID: 'poison-organisation',
    OPENAI_PROJECT_ID: 'poison-project',
    OPENAI_CUSTOM_HEADERS: 'x-poison: poison-header',
  }),
}

function check(request: WireRequest, turn: Turn): VendorError | undefined {
  if (turn.operation === 'resource') return undefined
  return isResponsesTurn(turn) ? checkResponses(turn) : checkOpenAI(request, turn)
}

function read(request: WireRequest): Turn | undefined {
  if (request.method === 'GET' && request.path.startsWith('/v1/models')) return readModels(request.path)
  if (resources.test(request.path) && !answers.has(`${request.method} ${request.path}`)) return resourceTurn(request)
  if (request.method !== 'POST') return undefined
  const fields = isObject(request.body) ? request.body : {}
  const model = textAt(fields, 'model') ?? ''
  if (request.path === '/v1/embeddings') {
    return { ...silentTurn, operation: 'embeddings', model, body: fields, promptTokens: estimateTokens(at(fields, 'input')) }
  }
  if (request.path === '/v1/moderations') return { ...silentTurn, operation: 'moderations', model, body: fields }
  if (request.path === '/v1/responses') return readResponses({ input: undefined, ...fields })
  return request.path === '/v1/chat/completions' ? readChat(fields, model) : undefined
}

/** The paths of OpenAI's API beyond models, as the resources of openai 7.57 name them. */
const resources =
  /^\/v1\/(?:assistants|audio|batches|chat\/completions|completions|containers|conversations|evals|files|fine_tuning|images|models|organization|realtime|responses|skills|threads|uploads|vector_stores|videos)(?:\/|$)/

const answers: ReadonlySet<string> = new Set(['POST /v1/chat/completions', 'POST /v1/responses'])

function readModels(path: string): Turn | undefined {
  if (path === '/v1/models') return silentTurn
  const single = /^\/v1\/models\/(.+)$/.exec(path)?.[1]
  return single === undefined ? undefined : { ...silentTurn, operation: 'model', model: decodeURIComponent(single) }
}

function readChat(fields: JsonObject, model: string): Turn {
  return {
    operation: 'chat',
    model,
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens([at(fields, 'messages'), at(fields, 'tools'), at(fields, 'response_format', 'json_schema')]),
    maxTokens: numberAt(fields, 'max_completion_tokens') ?? numberAt(fields, 'max_tokens'),
    choices: numberAt(fields, 'n') ?? 1,
    lastText: JSON.stringify(listAt(fields, 'messages').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  const choice = at(body, 'tool_choice')
  const tools = listAt(body, 'tools').filter((tool) => at(tool, 'type') === 'function')
  const name = textAt(choice, 'function', 'name')
  const tool =
    name === undefined ? (choice === 'required' ? tools[0] : undefined) : tools.find((one) => at(one, 'function', 'name') === name)
  if (tool === undefined) return undefined
  const schema = at(tool, 'function', 'parameters')
  return { name: textAt(tool, 'function', 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const type = at(body, 'response_format', 'type')
  if (type === 'json_object') return {}
  const schema = at(body, 'response_format', 'json_schema', 'schema')
  return type === 'json_schema' && isObject(schema) ? schema : undefined
}
