import { at, isObject, listAt, numberAt, parseJson, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { awsEnvironment, awsKey, awsProblem } from './aws-access.ts'
import { bedrockEvents, bedrockWhole } from './bedrock-answer.ts'
import { checkBedrock } from './bedrock-checks.ts'
import { bedrockEmbeddings, checkInvoke, readInvoke } from './bedrock-embeddings.ts'
import { bedrockProblems, bedrockStatus, exceptionName } from './bedrock-errors.ts'
import { eventFrame, exceptionFrame, payloadAltered } from './bedrock-frames.ts'
import type { Dialect } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'

/** AWS Bedrock: Converse and ConverseStream, embeddings through InvokeModel, with an API key or a signature. */
export const bedrockDialect: Dialect = {
  vendor: 'bedrock',
  basePath: '',
  exampleModel: 'us.anthropic.claude-sonnet-4-6',
  read,
  key: (request) => awsKey(request),
  check: (request, turn) => awsProblem(request) ?? (turn.operation === 'embeddings' ? checkInvoke(turn) : checkBedrock(turn)),
  problem: (name, context) => bedrockProblems[name](context),
  status: bedrockStatus,
  whole: bedrockWhole,
  embeddings: bedrockEmbeddings,
  events: bedrockEvents,
  envelope: (pieces) => ({ contentType: 'application/vnd.amazon.eventstream', pieces }),
  frame,
  errorFrame: (error) => exceptionFrame(exceptionName(error), textAt(error.body, 'message') ?? ''),
  altered: payloadAltered,
  // The service has none of its own; an event that no client knows stands in for it.
  keepAlive: eventFrame('keepAlive', '{}'),
  headers: (stamp) => ({ 'x-amzn-requestid': stamp.id('') }),
  environment: awsEnvironment,
}

/** The event of the member that the SDK would give: `{"messageStop": {...}}`. Anything else is a delta's payload as it is. */
function frame(data: string): Uint8Array {
  const value = parseJson(data)
  const [entry, ...others] = isObject(value) ? Object.entries(value) : []
  if (entry === undefined || others.length > 0 || !isObject(entry[1])) return eventFrame('contentBlockDelta', data)
  return eventFrame(entry[0], JSON.stringify(entry[1]))
}

function read(request: WireRequest): Turn | undefined {
  const { method, path, body } = request
  const [, name, operation] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? []
  if (method !== 'POST' || name === undefined) return readInvoke(request)
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
