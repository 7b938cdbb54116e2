import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import type { Dialect } from './dialect.ts'
import { predictionEvents, predictionOf, replicateErrorFrame, replicateFrame, wholePrediction } from './replicate-answer.ts'
import { checkReplicate } from './replicate-checks.ts'
import { replicateProblems, replicateStatus } from './replicate-errors.ts'
import type { Sequel } from './sequels.ts'
import { silentTurn } from './turn.ts'
import type { Turn, WireRequest } from './turn.ts'

/**
 * Replicate: predictions of official models, of versions and of deployments, and then their events, their state, their end.
 * The response to a creation has the answer in it where `Prefer: wait` leaves time for it.
 */
export const replicateDialect: Dialect = {
  vendor: 'replicate',
  basePath: '/v1',
  exampleModel: 'meta/meta-llama-3-70b-instruct',
  read,
  key: ({ headers }) => /^(?:Bearer|Token)\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1],
  check: checkReplicate,
  problem: (name, context) => replicateProblems[name](context),
  status: replicateStatus,
  whole: wholePrediction,
  events: predictionEvents,
  frame: replicateFrame,
  errorFrame: replicateErrorFrame,
  keepAlive: ': hi\n\n',
  sequels: { read: readSequel, patienceMs, state: predictionOf },
  models: (names) => ({
    next: null,
    previous: null,
    results: names.map((name) => ({ url: `https://replicate.com/${name}`, name })),
  }),
  headers: () => ({ 'ratelimit-remaining': '599', 'ratelimit-reset': '1' }),
  // The SDK's one variable.
  environment: () => ({ REPLICATE_API_TOKEN: 'poison-key' }),
}

const creation = /^\/v1\/(?:models\/([\w.-]+\/[\w.-]+)|(deployments\/[\w.-]+\/[\w.-]+))\/predictions$/

function read({ method, path, body }: WireRequest): Turn | undefined {
  const model = /^\/v1\/models\/([\w.-]+\/[\w.-]+)$/.exec(path)?.[1]
  if (method === 'GET')
    return path === '/v1/models' ? silentTurn : model === undefined ? undefined : { ...silentTurn, operation: 'model', model }
  if (method !== 'POST') return undefined
  const fields = isObject(body) ? body : {}
  const named = creation.exec(path)
  if (named !== null) return turnOf(fields, named[1] ?? named[2] ?? '')
  return path === '/v1/predictions' ? turnOf(fields, textAt(fields, 'version') ?? '') : undefined
}

function turnOf(fields: JsonObject, model: string): Turn {
  const input = at(fields, 'input')
  const given = isObject(input) ? input : {}
  const said = ['prompt', 'messages', 'system_prompt', 'system_instruction', 'image', 'images', 'image_input']
  return {
    ...silentTurn,
    operation: 'chat',
    model,
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens(said.map((name) => given[name])),
    maxTokens: limits.map((name) => numberAt(given, name)).find((limit) => limit !== undefined),
    lastText: textAt(given, 'prompt') ?? JSON.stringify(listAt(given, 'messages').at(-1) ?? ''),
  }
}

const limits = ['max_tokens', 'max_new_tokens', 'max_completion_tokens', 'max_output_tokens']

function readSequel({ method, path }: WireRequest): Sequel | undefined {
  const [, kind, call, action] = /^\/v1\/(streams|predictions)\/(\w+)(\/cancel)?$/.exec(path) ?? []
  if (call === undefined) return undefined
  if (method === 'GET' && action === undefined) return { call, wants: kind === 'streams' ? 'events' : 'state' }
  return method === 'POST' && kind === 'predictions' && action !== undefined ? { call, wants: 'cancellation' } : undefined
}

/** `wait` alone means a minute, which is also the most. */
function patienceMs({ headers }: WireRequest): number {
  const wait = /\bwait(?:=(\d+))?/.exec(headers['prefer'] ?? '')
  return wait === null ? 0 : 1000 * Math.min(60, Number(wait[1] ?? 60))
}
