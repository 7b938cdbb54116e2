import { at, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Stamp, VendorError } from './dialect.ts'
import type { Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'
import type { BegunCall, CallState } from './sequels.ts'
import type { Turn } from './turn.ts'

/** Why a filter stops an answer, in the vendor's words. */
export const sensitive = 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)'

/** Where the vendor really is. */
const vendorBase = 'https://api.replicate.com'
/** What language models write at most where nobody sets a limit. */
const usualLimit = 512

/** The body of an answer that is given at once. */
export function wholePrediction(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  return predictionOf({ id: stamp.id(''), turn, given: {}, reply, base: vendorBase, created: stamp.seconds }, 'done')
}

/** A prediction as the vendor shows it. */
export function predictionOf({ id, turn, reply, base, created }: BegunCall, state: CallState): JsonObject {
  const status = statusOf(reply, state)
  const time = new Date(created * 1000).toISOString()
  return {
    id,
    model: reply.model,
    version: 'hidden',
    input: turn.body['input'],
    logs: '',
    output: status === 'starting' ? null : reply.deltas,
    data_removed: false,
    error: status === 'failed' ? sensitive : null,
    source: 'api',
    status,
    created_at: time,
    ...(status !== 'starting' && { started_at: time, completed_at: time }),
    ...(status === 'succeeded' && { metrics: metricsOf(reply, turn) }),
    urls: {
      cancel: `${base}/v1/predictions/${id}/cancel`,
      get: `${base}/v1/predictions/${id}`,
      stream: `${base}/v1/streams/${id}`,
      web: `https://replicate.com/p/${id}`,
    },
  }
}

function statusOf({ finish }: FullReply, state: CallState): string {
  if (state === 'running') return 'starting'
  if (state === 'cancelled') return 'canceled'
  return finish === 'content_filter' ? 'failed' : 'succeeded'
}

/** An answer that was cut has exactly as many tokens as it may have, and nothing else tells it from others. */
function metricsOf({ usage, finish }: FullReply, { maxTokens = usualLimit }: Turn): JsonObject {
  return {
    input_token_count: usage.input + usage.cached + usage.cacheWrite,
    output_token_count: finish === 'length' ? maxTokens : usage.output + usage.reasoning,
    tokens_per_second: 50,
    time_to_first_token: 0.1,
    predict_time: 1,
    total_time: 1.1,
  }
}

/** The same answer as events: a piece of it each, and then that it is over. */
export function predictionEvents({ deltas, finish }: FullReply): readonly Piece[] {
  const written = deltas.map((text, index): Piece => ({ part: 'content', data: event('output', text, index) }))
  if (finish !== 'content_filter') return [...written, { part: 'finish', data: event('done', '{}', deltas.length) }]
  return [...written, { part: 'finish', data: failing(sensitive, deltas.length) }]
}

function failing(detail: string, from: number): string {
  return event('error', JSON.stringify({ detail }), from) + event('done', '{"reason":"error"}', from + 1)
}

function event(name: string, data: string, number: number): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `event: ${name}\nid: 1767225600:${number}\n${lines.join('')}\n`
}

/** The last event; it and the one for an error are all that have JSON in them. */
export function replicateFrame(data: string): string {
  return event('done', data, 0)
}

/** What a prediction that fails on the way says. */
export function replicateErrorFrame({ body }: VendorError): string {
  return failing(textAt(body, 'error') ?? String(at(body, 'detail')), 0)
}
