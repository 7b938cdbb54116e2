import { at, isObject, listAt, parseJson, textAt } from '../json.ts'
import { anthropicEvents, anthropicFrame } from './anthropic-answer.ts'
import { anthropicInvalid, anthropicProblems, anthropicStatus } from './anthropic-errors.ts'
import { anthropicDialect } from './anthropic.ts'
import { awsEnvironment, awsKey, awsProblem } from './aws-access.ts'
import { bedrockInvalid, bedrockProblems, bedrockStatus, exceptionName } from './bedrock-errors.ts'
import { eventFrame, exceptionFrame, payloadAltered } from './bedrock-frames.ts'
import type { Dialect, VendorError } from './dialect.ts'
import type { Piece } from './exchange.ts'
import { googleEnvironment } from './google.ts'
import { googleError, googleProblems, googleStatus } from './google-errors.ts'
import type { Turn, WireRequest } from './turn.ts'

/** Claude on Bedrock, by `InvokeModel`: the maker's format in AWS's envelope. */
export const anthropicBedrockDialect: Dialect = {
  ...anthropicDialect,
  vendor: 'anthropic-bedrock',
  exampleModel: 'us.anthropic.claude-sonnet-4-6',
  read: ({ path, ...request }) => {
    const [, model, operation] = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? []
    return readMessages(request, model, operation === 'invoke-with-response-stream')
  },
  key: (request) => awsKey(request),
  check: (request, turn) =>
    awsProblem(request) ??
    inAwsWords(checkStranger(request.body, 'stream') ?? checkSearch(request.body)) ??
    inAwsWords(checkCloud(request, turn, 'bedrock-2023-05-31')),
  problem: (name, context) => bedrockProblems[name](context),
  status: bedrockStatus,
  events: (reply, turn, stamp) => anthropicEvents(reply, turn, stamp).map(framed),
  envelope: (pieces) => ({ contentType: 'application/vnd.amazon.eventstream', pieces }),
  frame: eventOf,
  errorFrame: (error) => exceptionFrame(exceptionName(error), textAt(error.body, 'message') ?? ''),
  altered: (event, change) => payloadAltered(event, (payload) => inBase64(payload, change)),
  keepAlive: eventOf('{"type": "ping"}'),
  headers: (stamp) => ({ 'x-amzn-requestid': stamp.id('') }),
  environment: (elsewhere) => ({
    ...awsEnvironment(elsewhere),
    ...anthropicDialect.environment(elsewhere),
    ANTHROPIC_BEDROCK_BASE_URL: elsewhere,
  }),
}

/** Claude on Bedrock Mantle: the maker's API below a path of AWS's, without schemas. */
export const anthropicMantleDialect: Dialect = {
  ...anthropicDialect,
  vendor: 'anthropic-mantle',
  basePath: '/anthropic',
  exampleModel: 'anthropic.claude-opus-5',
  read: (request) => anthropicDialect.read({ ...request, path: request.path.replace(/^\/anthropic(?=\/)/, '') }),
  key: (request) => awsKey(request, 'bedrock-mantle'),
  check: (request, turn) =>
    checkSources(request.body) ??
    checkSearch(request.body) ??
    (at(request.body, 'output_config', 'format') === undefined
      ? undefined
      : anthropicInvalid('output_config.format: Extra inputs are not permitted')) ??
    anthropicDialect.check(request, plainlyNamed(turn)),
  environment: (elsewhere) => ({
    ...awsEnvironment(elsewhere),
    ...anthropicDialect.environment(elsewhere),
    ANTHROPIC_BEDROCK_MANTLE_BASE_URL: elsewhere,
  }),
}

/** Claude on Vertex AI, by `rawPredict`: the maker's format behind Google's paths and authentication. */
export const anthropicVertexDialect: Dialect = {
  ...anthropicDialect,
  vendor: 'anthropic-vertex',
  basePath: '/v1',
  exampleModel: 'claude-sonnet-4-5@20250929',
  read: ({ path, ...request }) => {
    const [, model, operation] = publisherPath.exec(path) ?? []
    return readMessages(request, model, operation === 'streamRawPredict')
  },
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: (request, turn) => checkCloud(request, turn, 'vertex-2023-10-16'),
  // Google's front answers before the maker's servers are asked.
  problem: (name, context) => {
    if (name === 'no-key' || name === 'bad-key') return googleError(401, context.message ?? unauthenticated)
    return frontProblems.has(name) ? googleProblems[name](context) : anthropicProblems[name](context)
  },
  status: (code, context) => (frontStatuses.has(code) ? googleStatus(code, context) : anthropicStatus(code, context)),
  errorFrame: ({ status, body }) => {
    const message = textAt(body, 'error', 'message')
    return anthropicFrame('error', JSON.stringify(anthropicStatus(status, { model: '', key: '', promptTokens: 0, message }).body))
  },
  headers: (stamp) => ({ 'request-id': stamp.id('req_vrtx_') }),
  environment: (elsewhere) => ({
    ...googleEnvironment(elsewhere),
    ...anthropicDialect.environment(elsewhere),
    ANTHROPIC_VERTEX_BASE_URL: elsewhere,
    ANTHROPIC_VERTEX_PROJECT_ID: 'poison-project',
    CLOUD_ML_REGION: 'poison-region1',
    GOOGLE_APPLICATION_CREDENTIALS: '/poison/credentials.json',
    GOOGLE_CLOUD_QUOTA_PROJECT: 'poison-project',
  }),
}

const publisherPath =
  /^\/v1\/projects\/[^/]+\/locations\/[^/]+\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/

const unauthenticated =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.'
const frontProblems: ReadonlySet<string> = new Set([
  'no-credit',
  'quota',
  'permission',
  'model-not-found',
  'rate-limit',
  'too-large',
])
const frontStatuses: ReadonlySet<number> = new Set([401, 403, 404, 413, 429])

/** The same request at the maker's own API, which has in the body what the path says here. */
function readMessages(request: Omit<WireRequest, 'path'>, model: string | undefined, stream: boolean): Turn | undefined {
  if (model === undefined) return undefined
  const fields = isObject(request.body) ? request.body : {}
  const turn = anthropicDialect.read({
    ...request,
    path: '/v1/messages',
    body: { ...fields, model: decodeURIComponent(model), stream },
  })
  return turn === undefined ? undefined : { ...turn, body: fields }
}

/** What the maker's API refuses, and what no cloud takes. */
function checkCloud(request: WireRequest, turn: Turn, version: string): VendorError | undefined {
  const fields = isObject(request.body) ? request.body : {}
  // Betas are in the body where headers do not get through, and of both they may be unknown.
  const { anthropic_version: given, anthropic_beta: _, ...body } = fields
  if (given === undefined) return anthropicInvalid('anthropic_version: Field required')
  if (given !== version) return anthropicInvalid(`anthropic_version: Input should be '${version}'`)
  const model = plainlyNamed(turn)
  const own = {
    ...request,
    headers: {
      ...request.headers,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': [request.headers['anthropic-beta'], ...listAt(fields, 'anthropic_beta')].map(String).join(','),
    },
    query: new URLSearchParams('beta=true'),
    body: { ...body, model: turn.model },
  }
  return checkStranger(body, 'model') ?? checkSources(body) ?? anthropicDialect.check(own, model)
}

function checkStranger(body: unknown, field: string): VendorError | undefined {
  return at(body, field) === undefined ? undefined : anthropicInvalid(`${field}: Extra inputs are not permitted`)
}

/** Nothing is fetched, and uploads are known to the maker's own API alone. */
function checkSources(body: unknown): VendorError | undefined {
  for (const [index, message] of listAt(body, 'messages').entries()) {
    const found = listAt(message, 'content').find((block) => remote.has(at(block, 'source', 'type')))
    const path = `messages.${index}.content.${String(at(found, 'type'))}.source`
    if (found !== undefined) return anthropicInvalid(`${path}: Input tag '${String(at(found, 'source', 'type'))}' is not supported`)
  }
  return undefined
}

const remote: ReadonlySet<unknown> = new Set(['url', 'file'])

function checkSearch(body: unknown): VendorError | undefined {
  const search = listAt(body, 'tools').find((tool) => textAt(tool, 'type')?.startsWith('web_'))
  return search === undefined ? undefined : anthropicInvalid(`tools: Input tag '${textAt(search, 'type')}' is not supported`)
}

function inAwsWords(error: VendorError | undefined): VendorError | undefined {
  return error === undefined ? undefined : bedrockInvalid(textAt(error.body, 'error', 'message') ?? '')
}

/** `us.anthropic.claude-opus-5` and `claude-sonnet-4-5@20250929` as the maker names them. */
function plainlyNamed(turn: Turn): Turn {
  return { ...turn, model: turn.model.replace(/^.*(?=claude-)/, '').replace('@', '-') }
}

function framed(piece: Piece): Piece {
  return { ...piece, data: eventOf(/^data: (.*)$/m.exec(Buffer.from(piece.data).toString())?.[1] ?? '') }
}

/** The payload of a frame with a change to the event that it holds. */
function inBase64(payload: Buffer, change: (json: Buffer) => Uint8Array): Uint8Array {
  const bytes = textAt(parseJson(payload.toString()), 'bytes')
  if (bytes === undefined) return payload
  const changed = Buffer.from(change(Buffer.from(bytes, 'base64'))).toString('base64')
  return Buffer.from(payload.toString().replace(bytes, changed))
}

/** A frame that holds an event in base64. AWS pads each, so that lengths give nothing of the text away. */
function eventOf(data: string): Uint8Array {
  const bytes = Buffer.from(data).toString('base64')
  return eventFrame('chunk', JSON.stringify({ bytes, p: 'abcdefghij'.slice(0, 1 + (bytes.length % 10)) }))
}
