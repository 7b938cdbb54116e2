import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { anthropicEvents, anthropicFrame, anthropicWhole } from './anthropic-answer.ts'
import { checkAnthropic } from './anthropic-checks.ts'
import { anthropicProblems, anthropicStatus } from './anthropic-errors.ts'
import { silentTurn } from './turn.ts'
import type { Dialect } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'

/** Anthropic: messages and the model list, in the versions 2023-06-01 and 2026-10-21. */
export const anthropicDialect: Dialect = {
  vendor: 'anthropic',
  basePath: '',
  exampleModel: 'claude-sonnet-5-5',
  read,
  // With both headers the API reads x-api-key.
  key: ({ headers }) => headers['x-api-key'] ?? /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: checkAnthropic,
  problem: (name, context) => anthropicProblems[name](context),
  status: anthropicStatus,
  whole: anthropicWhole,
  events: anthropicEvents,
  frame: (data) => anthropicFrame('content_block_delta', data),
  errorFrame: ({ body }) => anthropicFrame('error', JSON.stringify(body)),
  keepAlive: anthropicFrame('ping', '{"type": "ping"}'),
  models: (names) => ({
    data: names.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  }),
  headers: (stamp) => ({
    'request-id': stamp.id('req_'),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
  }),
  environment: (elsewhere) => ({
    ANTHROPIC_BASE_URL: elsewhere,
    ANTHROPIC_API_KEY: 'poison-key',
    ANTHROPIC_AUTH_TOKEN: 'poison-token',
    ANTHROPIC_CUSTOM_HEADERS: 'x-poison: poison-header',
  }),
}

function read({ method, path, body }: WireRequest): Turn | undefined {
  if (method === 'GET' && path === '/v1/models') return silentTurn
  const single = /^\/v1\/models\/(.+)$/.exec(path)?.[1]
  if (method === 'GET' && single !== undefined) return { ...silentTurn, operation: 'model', model: decodeURIComponent(single) }
  if (method !== 'POST' || path !== '/v1/messages') return undefined
  const fields = isObject(body) ? body : {}
  return {
    operation: 'chat',
    model: textAt(fields, 'model') ?? '',
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens([
      at(fields, 'system'),
      at(fields, 'messages'),
      at(fields, 'tools'),
      at(fields, 'output_config', 'format'),
    ]),
    maxTokens: numberAt(fields, 'max_tokens'),
    choices: 1,
    lastText: JSON.stringify(listAt(fields, 'messages').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  const tools = listAt(body, 'tools').filter((tool) => at(tool, 'input_schema') !== undefined)
  const choice = textAt(body, 'tool_choice', 'type')
  const name = textAt(body, 'tool_choice', 'name')
  const tool = choice === 'any' ? tools[0] : choice === 'tool' ? tools.find((one) => at(one, 'name') === name) : undefined
  if (tool === undefined) return undefined
  const schema = at(tool, 'input_schema')
  return { name: textAt(tool, 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const schema = at(body, 'output_config', 'format', 'schema')
  return isObject(schema) ? schema : undefined
}
