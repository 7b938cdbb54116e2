import { at, camelName, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { silentTurn } from './turn.ts'
import type { Dialect } from './dialect.ts'
import type { ToolShape, Turn, WireRequest } from './turn.ts'
import type { Piece } from './exchange.ts'
import { googleEvents, googleFrame, googleWhole } from './google-answer.ts'
import { checkGoogle } from './google-checks.ts'
import { googleProblems, googleStatus } from './google-errors.ts'
import { checkPrediction, googleVectors } from './google-predictions.ts'

/** Google: `generateContent` and `streamGenerateContent` of the Gemini API (v1, v1beta) and of Vertex AI, embeddings, models. */
export const googleDialect: Dialect = {
  vendor: 'google',
  basePath: '',
  exampleModel: 'gemini-3.5-flash-lite',
  read,
  key: ({ headers, query }) =>
    headers['x-goog-api-key'] ?? query.get('key') ?? /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: (request, turn) => checkGoogle(request, turn) ?? checkPrediction(turn),
  problem: (name, context) => googleProblems[name](context),
  status: googleStatus,
  whole: googleWhole,
  events: googleEvents,
  envelope: (pieces, { query }) => (query.get('alt') === 'sse' ? { contentType: 'text/event-stream', pieces } : asArray(pieces)),
  frame: googleFrame,
  errorFrame: ({ body }) => googleFrame(JSON.stringify(body)),
  // The vendor sends no comments of its own; proxies before it do.
  keepAlive: ': keep-alive\n\n',
  embeddings: googleVectors,
  models: (names) => ({
    models: names.map((id) => ({ name: `models/${id}`, displayName: id, supportedGenerationMethods: ['generateContent'] })),
  }),
  headers: () => ({ 'server-timing': 'gfet4t7; dur=12', 'x-frame-options': 'SAMEORIGIN' }),
  environment: googleEnvironment,
}

/** What Google's SDKs read, and others for its services. */
export function googleEnvironment(elsewhere: string): Readonly<Record<string, string>> {
  return {
    GOOGLE_GEMINI_BASE_URL: elsewhere,
    GOOGLE_VERTEX_BASE_URL: elsewhere,
    GOOGLE_GENAI_API_VERSION: 'v0poison',
    GOOGLE_API_KEY: 'poison-key',
    GOOGLE_GENAI_USE_VERTEXAI: 'true',
    GOOGLE_GENAI_USE_ENTERPRISE: 'true',
    GOOGLE_CLOUD_PROJECT: 'poison-project',
    GOOGLE_CLOUD_LOCATION: 'poison-location',
  }
}

const methodPath =
  /^\/(?:v1|v1beta|v1beta1)\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/google\/)?models\/([^/:]+)(?::(\w+))?$/

function read({ method, path, body }: WireRequest): Turn | undefined {
  const [, model = '', action = ''] = methodPath.exec(path) ?? []
  if (method === 'GET') return readModels(path, action === '' ? model : '')
  if (method !== 'POST' || model === '') return undefined
  const fields = camelCased(body)
  return readCall(isObject(fields) ? fields : {}, model, action)
}

function readCall(fields: JsonObject, model: string, action: string): Turn | undefined {
  switch (action) {
    case 'embedContent':
    case 'batchEmbedContents':
    case 'predict':
      return { ...silentTurn, operation: 'embeddings', model, body: fields, promptTokens: estimateTokens(fields) }
    case 'generateContent':
    case 'streamGenerateContent':
      return readChat(fields, model, action === 'streamGenerateContent')
    default:
      return undefined
  }
}

function readModels(path: string, model: string): Turn | undefined {
  if (model !== '') return { ...silentTurn, operation: 'model', model }
  return /^\/(?:v1|v1beta|v1beta1)\/(?:publishers\/google\/)?models$/.test(path) ? silentTurn : undefined
}

function readChat(fields: JsonObject, model: string, stream: boolean): Turn {
  return {
    operation: 'chat',
    model,
    stream,
    body: fields,
    promptTokens: estimateTokens([at(fields, 'systemInstruction'), at(fields, 'contents'), at(fields, 'tools'), schemaOf(fields)]),
    maxTokens: numberAt(fields, 'generationConfig', 'maxOutputTokens'),
    choices: numberAt(fields, 'generationConfig', 'candidateCount') ?? 1,
    lastText: JSON.stringify(listAt(fields, 'contents').at(-1) ?? ''),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  if (textAt(body, 'toolConfig', 'functionCallingConfig', 'mode') !== 'ANY') return undefined
  const allowed = listAt(body, 'toolConfig', 'functionCallingConfig', 'allowedFunctionNames')
  const declared = listAt(body, 'tools').flatMap((tool) => listAt(tool, 'functionDeclarations'))
  const tool = declared.find((one) => allowed.length === 0 || allowed.includes(at(one, 'name')))
  if (tool === undefined) return undefined
  const schema = at(tool, 'parametersJsonSchema') ?? at(tool, 'parameters')
  return { name: textAt(tool, 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const config = at(body, 'generationConfig')
  const schema = at(config, 'responseJsonSchema') ?? at(config, 'responseSchema')
  if (isObject(schema)) return schema
  return textAt(config, 'responseMimeType') === 'application/json' ? {} : undefined
}

/** The API takes field names in either form; what is the caller's own (arguments, results, schemas) stays as it is. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camel = camelName(name)
      return [camel, foreign.has(camel) ? inner : camelCased(inner)]
    }),
  )
}

const foreign = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'labels',
])

/** Without `alt=sse` the stream is one JSON array that arrives element by element. */
function asArray(pieces: readonly Piece[]): { contentType: string; pieces: readonly Piece[] } {
  const elements = pieces.map((piece, index): Piece => {
    const data = Buffer.from(piece.data)
      .toString()
      .replace(/^data: /, '')
      .trim()
    return { ...piece, data: `${index === 0 ? '[' : ',\r\n'}${data}${index === pieces.length - 1 ? ']' : ''}` }
  })
  return { contentType: 'application/json; charset=UTF-8', pieces: elements }
}
