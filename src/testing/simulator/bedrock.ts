import { at, isObject, listAt, numberAt, parseJson, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { bedrockEvents, bedrockWhole } from './bedrock-answer.ts'
import { checkBedrock } from './bedrock-checks.ts'
import { bedrockInvalid, bedrockProblems, bedrockStatus, exceptionName } from './bedrock-errors.ts'
import { eventFrame, exceptionFrame } from './bedrock-frames.ts'
import type { Dialect } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'

/** AWS Bedrock: Converse and ConverseStream, with an API key or a signature. */
export const bedrockDialect: Dialect = {
  vendor: 'bedrock',
  basePath: '',
  exampleModel: 'us.anthropic.claude-sonnet-4-6',
  read,
  key,
  check: (request, turn) => signatureProblem(request) ?? checkBedrock(turn),
  problem: (name, context) => bedrockProblems[name](context),
  status: bedrockStatus,
  whole: bedrockWhole,
  events: bedrockEvents,
  envelope: (pieces) => ({ contentType: 'application/vnd.amazon.eventstream', pieces }),
  frame,
  errorFrame: (error) => exceptionFrame(exceptionName(error), textAt(error.body, 'message') ?? ''),
  // The service has none of its own; an event that no client knows stands in for it.
  keepAlive: eventFrame('keepAlive', '{}'),
  headers: (stamp) => ({ 'x-amzn-requestid': stamp.id('') }),
  environment: (elsewhere) => ({
    AWS_ENDPOINT_URL: elsewhere,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: elsewhere,
    AWS_REGION: 'poison-region-1',
    AWS_DEFAULT_REGION: 'poison-region-1',
    AWS_BEARER_TOKEN_BEDROCK: 'poison-key',
    AWS_ACCESS_KEY_ID: 'poison-access-key',
    AWS_SECRET_ACCESS_KEY: 'poison-secret',
    AWS_SESSION_TOKEN: 'poison-token',
    AWS_AUTH_SCHEME_PREFERENCE: 'sigv4',
    AWS_MAX_ATTEMPTS: '4',
    AWS_RETRY_MODE: 'adaptive',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_SDK_UA_APP_ID: 'poison-app',
    AWS_EXECUTION_ENV: 'poison-environment',
    AWS_LAMBDA_FUNCTION_NAME: 'poison-function',
    _X_AMZN_TRACE_ID: 'Root=poison-trace',
  }),
}

/** The event of the member that the SDK would give: `{"messageStop": {...}}`. Anything else is a delta's payload as it is. */
function frame(data: string): Uint8Array {
  const value = parseJson(data)
  const [entry, ...others] = isObject(value) ? Object.entries(value) : []
  if (entry === undefined || others.length > 0 || !isObject(entry[1])) return eventFrame('contentBlockDelta', data)
  return eventFrame(entry[0], JSON.stringify(entry[1]))
}

const credential =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/

/** An API key, or the id of the key that signed. */
function key({ headers }: WireRequest): string | undefined {
  const authorization = headers['authorization'] ?? ''
  return /^Bearer\s+(.+)$/i.exec(authorization)?.[1] ?? credential.exec(authorization)?.[1]
}

function signatureProblem({ headers, body }: WireRequest): ReturnType<typeof bedrockInvalid> | undefined {
  if (!isObject(body)) return bedrockInvalid('Malformed input request, please reformat your input and try again.')
  const signs = headers['authorization']?.startsWith('AWS4-') === true
  return signs && headers['x-amz-date'] === undefined ? bedrockInvalid('The request is not dated.') : undefined
}

function read({ method, path, body }: WireRequest): Turn | undefined {
  const [, name, operation] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? []
  if (method !== 'POST' || name === undefined) return undefined
  const fields = isObject(body) ? body : {}
  return {
    operation: 'chat',
    model: decodeURIComponent(name),
    stream: operation === 'converse-stream',
    body: fields,
    promptTokens: estimateTokens([at(fields, 'system'), at(fields, 'messages'), at(fields, 'toolConfig', 'tools')]),
    maxTokens: numberAt(fields, 'inferenceConfig', 'maxTokens'),
    choices: 1,
    lastText: JSON.stringify(listAt(fields, 'messages').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  const tools = listAt(body, 'toolConfig', 'tools').filter((tool) => at(tool, 'toolSpec') !== undefined)
  const name = textAt(body, 'toolConfig', 'toolChoice', 'tool', 'name')
  const isAny = at(body, 'toolConfig', 'toolChoice', 'any') !== undefined
  const tool = isAny ? tools[0] : tools.find((one) => name !== undefined && at(one, 'toolSpec', 'name') === name)
  if (tool === undefined) return undefined
  const schema = at(tool, 'toolSpec', 'inputSchema', 'json')
  return { name: textAt(tool, 'toolSpec', 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const text = textAt(body, 'outputConfig', 'textFormat', 'structure', 'jsonSchema', 'schema')
  const schema = text === undefined ? undefined : parseJson(text)
  return isObject(schema) ? schema : undefined
}
