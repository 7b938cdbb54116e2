import { at, isObject, listAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import type { Dialect, Stamp, VendorError } from './dialect.ts'
import type { Piece } from './exchange.ts'
import { graphError, graphProblem, graphStatus } from './m365-errors.ts'
import type { FullReply } from './reply.ts'
import { silentTurn } from './turn.ts'
import type { Turn, WireRequest } from './turn.ts'

/** Microsoft 365 Copilot: the Chat API of Microsoft Graph, version beta. A conversation is made first, then asked. */
export const m365Dialect: Dialect = {
  vendor: 'm365-copilot',
  basePath: '/beta',
  exampleModel: 'microsoft-365-copilot',
  read,
  key: ({ headers }) => /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: ({ path, body }, turn) => (turn.operation === 'prelude' ? checkEmpty(body) : (checkConversation(path) ?? checkAsk(body))),
  problem: graphProblem,
  status: graphStatus,
  prelude: (_, stamp) => ({
    status: 201,
    body: { id: stamp.id(idPrefix), createdDateTime: dateOf(stamp), displayName: '', status: 'active', turnCount: 0 },
  }),
  whole,
  events,
  frame: (data) => frame(data, 1),
  errorFrame: ({ body }) => frame(JSON.stringify(body), 1),
  keepAlive: ': keep-alive\n\n',
  headers: (stamp) => ({ 'request-id': stamp.id('graph-'), 'client-request-id': stamp.id('client-') }),
  // There is no SDK; these are what command line tools of the vendor's go by.
  environment: (elsewhere) => ({
    GRAPH_BASE_URL: elsewhere,
    M365_COPILOT_TOKEN: 'poison-key',
    AZURE_CLIENT_SECRET: 'poison-key',
    AZURE_AUTHORITY_HOST: elsewhere,
  }),
}

const idPrefix = 'conversation-'
const conversationPath = /^\/beta\/copilot\/conversations\/([^/]+)\/(chat|chatOverStream)$/

function read({ method, path, body }: WireRequest): Turn | undefined {
  if (method !== 'POST') return undefined
  const fields = isObject(body) ? body : {}
  const model = m365Dialect.exampleModel
  if (path === '/beta/copilot/conversations') return { ...silentTurn, operation: 'prelude', model, body: fields }
  const action = conversationPath.exec(path)?.[2]
  if (action === undefined) return undefined
  return {
    ...silentTurn,
    operation: 'chat',
    model,
    stream: action === 'chatOverStream',
    body: fields,
    promptTokens: estimateTokens([at(fields, 'message'), at(fields, 'additionalContext')]),
    lastText: textAt(fields, 'message', 'text') ?? '',
  }
}

function checkEmpty(body: unknown): VendorError | undefined {
  return isObject(body) && Object.keys(body).length === 0 ? undefined : invalid('The request body must be an empty JSON object.')
}

/** Only a conversation that this simulator made is there. */
function checkConversation(path: string): VendorError | undefined {
  const id = conversationPath.exec(path)?.[1] ?? ''
  return id.startsWith(idPrefix) ? undefined : graphError(404, 'NotFound', 'Conversation not found.')
}

// learn.microsoft.com/microsoft-365/copilot/extensibility/api/ai-services/chat, read 2026-11: what each object may hold.
const known: readonly (readonly [path: readonly string[], properties: readonly string[]])[] = [
  [[], ['message', 'additionalContext', 'locationHint', 'contextualResources']],
  [['message'], ['text']],
  [['locationHint'], ['timeZone', 'countryOrRegion', 'countryOrRegionConfidence', 'latitude', 'longitude']],
  [['contextualResources'], ['files', 'webContext']],
  [['contextualResources', 'webContext'], ['isWebEnabled']],
]

function checkAsk(body: unknown): VendorError | undefined {
  if (!isObject(body)) return invalid('The request body is no JSON object.')
  const stranger = known.flatMap(([path, names]) => strangersIn(at(body, ...path), names))[0]
  const strange = stranger ?? listAt(body, 'additionalContext').flatMap((each) => strangersIn(each, ['text', 'description']))[0]
  if (strange !== undefined) return invalid(`The property '${strange}' does not exist on the requested type.`)
  if ((textAt(body, 'message', 'text') ?? '') === '') return invalid('The message has no text.')
  if (textAt(body, 'locationHint', 'timeZone') === undefined) return invalid('locationHint.timeZone is required.')
  const files = listAt(body, 'contextualResources', 'files')
  return files.every((file) => textAt(file, 'uri') !== undefined) ? undefined : invalid('A file has no uri.')
}

function strangersIn(value: unknown, names: readonly string[]): readonly string[] {
  return isObject(value) ? Object.keys(value).filter((name) => !names.includes(name) && !name.startsWith('@odata.')) : []
}

function invalid(message: string): VendorError {
  return graphError(400, 'BadRequest', message)
}

function dateOf({ seconds }: Stamp): string {
  return new Date(seconds * 1000).toISOString()
}

function messageOf(id: string, text: string, stamp: Stamp): JsonObject {
  return {
    '@odata.type': '#microsoft.graph.copilotConversationResponseMessage',
    id,
    text,
    createdDateTime: dateOf(stamp),
    adaptiveCards: [],
    attributions: [],
  }
}

/** The conversation as it is after the turn: what was asked, and the answer. */
function whole({ text, finish }: FullReply, turn: Turn, stamp: Stamp): JsonObject {
  return {
    id: stamp.id(idPrefix),
    createdDateTime: dateOf(stamp),
    displayName: turn.lastText,
    state: stateOf(finish),
    turnCount: 1,
    messages: [messageOf(stamp.id('message-'), turn.lastText, stamp), messageOf(stamp.id('message-'), text, stamp)],
  }
}

function stateOf(finish: string): string {
  if (finish === 'content_filter') return 'disengagedForRai'
  return finish === 'stop' ? 'active' : finish
}

/** Snapshots: before any text, with each piece more of it, once more without any message, and the conversation as it is then. */
function events(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const id = stamp.id('message-')
  const update = (messages: readonly JsonObject[]): JsonObject => ({
    id: 'conversation',
    agentId: null,
    createdDateTime: dateOf(stamp),
    displayName: 'Intermediate Conversation Update',
    state: 'active',
    turnCount: 0,
    messages,
  })
  const lengths = reply.deltas.map((_, index) => reply.deltas.slice(0, index + 1).join(''))
  const pieces: readonly (readonly [Piece['part'], JsonObject])[] = [
    ['open', update([])],
    ...lengths.map((text) => ['content', update([messageOf(id, text, stamp)])] as const),
    ['frame', update([])],
    ['finish', whole(reply, turn, stamp)],
  ]
  return pieces.map(([part, value], index) => ({ part, data: frame(JSON.stringify(value), index + 1) }))
}

/** The vendor puts an event's number behind its data. */
function frame(data: string, number: number): string {
  return `data: ${data}\nid:${number}\n\n`
}
