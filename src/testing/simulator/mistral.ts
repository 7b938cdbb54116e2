import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { silentTurn } from './turn.ts'
import type { Dialect } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'
import { mistralEmbeddings, mistralEvents, mistralFrame, mistralWhole } from './mistral-answer.ts'
import { mistralModerations } from './moderations.ts'
import { checkMistral } from './mistral-checks.ts'
import { mistralProblems, mistralStatus } from './mistral-errors.ts'

/** Mistral: chat completions, embeddings, moderations and the model list. Codestral's own host speaks the same. */
export const mistralDialect: Dialect = {
  vendor: 'mistral',
  // The SDK adds the version.
  basePath: '',
  exampleModel: 'mistral-small-2603',
  read,
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: checkMistral,
  problem: (name, context) => mistralProblems[name](context),
  status: mistralStatus,
  whole: mistralWhole,
  events: mistralEvents,
  frame: mistralFrame,
  errorFrame: ({ body }) => mistralFrame(JSON.stringify(body)),
  keepAlive: ': keep-alive\n\n',
  embeddings: mistralEmbeddings,
  moderations: mistralModerations,
  models: (names) => ({
    object: 'list',
    data: names.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'mistralai' })),
  }),
  headers: (stamp) => ({
    'mistral-correlation-id': stamp.id('corr-'),
    'x-ratelimit-limit-req-minute': '360',
    'x-ratelimit-remaining-req-minute': '359',
  }),
  environment: (elsewhere) => ({
    MISTRAL_API_KEY: 'poison-key',
    CODESTRAL_API_KEY: 'poison-key',
    MISTRAL_DEBUG: 'true',
    MISTRAL_SDK_TELEMETRY: 'dedicated',
    MISTRAL_OTLP_TRACES_ENDPOINT: elsewhere,
  }),
}

function read(request: WireRequest): Turn | undefined {
  if (request.method === 'GET') return readModels(request.path)
  if (request.method !== 'POST') return undefined
  const fields = isObject(request.body) ? request.body : {}
  const model = textAt(fields, 'model') ?? ''
  if (request.path === '/v1/embeddings') {
    return { ...silentTurn, operation: 'embeddings', model, body: fields, promptTokens: estimateTokens(at(fields, 'input')) }
  }
  if (request.path === '/v1/moderations') return { ...silentTurn, operation: 'moderations', model, body: fields }
  return request.path === '/v1/chat/completions' ? readChat(fields, model) : undefined
}

function readModels(path: string): Turn | undefined {
  if (path === '/v1/models') return silentTurn
  const single = /^\/v1\/models\/(.+)$/.exec(path)?.[1]
  return single === undefined ? undefined : { ...silentTurn, operation: 'model', model: single }
}

function readChat(fields: JsonObject, model: string): Turn {
  return {
    operation: 'chat',
    model,
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens([at(fields, 'messages'), at(fields, 'tools'), at(fields, 'response_format', 'json_schema')]),
    maxTokens: numberAt(fields, 'max_tokens'),
    choices: numberAt(fields, 'n') ?? 1,
    lastText: JSON.stringify(listAt(fields, 'messages').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  const choice = at(body, 'tool_choice')
  const tools = listAt(body, 'tools')
  const name = textAt(choice, 'function', 'name')
  const any = choice === 'any' || choice === 'required'
  const tool = name === undefined ? (any ? tools[0] : undefined) : tools.find((one) => at(one, 'function', 'name') === name)
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
