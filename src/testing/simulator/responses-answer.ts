import { at, listAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Stamp } from './dialect.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'

/** In what vendors of this format differ. */
export interface ResponsesManner {
  /** Whether events have names, as OpenAI's do. */
  readonly named: boolean
  /** Whether reasoning is an item of the output. */
  readonly reasoningItems: boolean
  readonly usage: (reply: FullReply) => JsonObject
  /** Items before the text. */
  readonly before?: (turn: Turn) => readonly JsonObject[]
}

/** How OpenAI does it. */
const openAIManner: ResponsesManner = { named: true, reasoningItems: true, usage: usageOf }

/** What the simulator makes of reasoning: to be sent back as it is. */
function encrypted(reasoning: string): string {
  return `encrypted:${Buffer.from(reasoning).toString('base64')}`
}

/** The body of an answer without `stream`. */
export function responsesWhole(reply: FullReply, { turn, stamp }: Asked, manner: ResponsesManner = openAIManner): JsonObject {
  return responseWith(itemsOf(reply, { turn, stamp }, manner), { reply, asked: { turn, stamp }, manner })
}

/** For which request, and with which ids. */
export interface Asked {
  readonly turn: Turn
  readonly stamp: Stamp
}

interface Made {
  readonly reply: FullReply
  readonly asked: Asked
  readonly manner: ResponsesManner
}

function responseWith(output: readonly JsonObject[], { reply, asked: { stamp }, manner }: Made): JsonObject {
  const reason = reply.refusal === undefined ? incompleteReasons[reply.finish] : undefined
  return {
    id: stamp.id('resp_'),
    object: 'response',
    created_at: stamp.seconds,
    status: reason === undefined ? 'completed' : 'incomplete',
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model: reply.model,
    output,
    service_tier: 'default',
    usage: manner.usage(reply),
  }
}

const incompleteReasons: Readonly<Record<string, string>> = { length: 'max_output_tokens', content_filter: 'content_filter' }

function itemsOf(reply: FullReply, { turn, stamp }: Asked, { reasoningItems, before }: ResponsesManner): readonly JsonObject[] {
  const { reasoning, text, refusal, toolCalls } = reply
  const says = text !== '' || (toolCalls.length === 0 && refusal === undefined)
  const content = [
    ...(says ? [{ type: 'output_text', text, annotations: [], logprobs: [] }] : []),
    ...(refusal === undefined ? [] : [{ type: 'refusal', refusal }]),
  ]
  return [
    ...(reasoning !== undefined && reasoningItems ? [reasoningItem(reasoning, { turn, stamp })] : []),
    ...(before?.(turn) ?? []),
    ...(content.length === 0 ? [] : [{ id: stamp.id('msg_'), type: 'message', status: 'completed', role: 'assistant', content }]),
    ...toolCalls.map((call) => ({
      id: stamp.id('fc_'),
      type: 'function_call',
      status: 'completed',
      call_id: call.id ?? stamp.id('call_'),
      name: call.name,
      arguments: call.arguments,
    })),
  ]
}

function reasoningItem(reasoning: string, { turn, stamp }: Asked): JsonObject {
  const wanted = JSON.stringify(at(turn.body, 'include') ?? []).includes('reasoning.encrypted_content')
  return {
    id: stamp.id('rs_'),
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: reasoning }],
    ...(wanted ? { encrypted_content: encrypted(reasoning) } : {}),
  }
}

function usageOf({ usage }: FullReply): JsonObject {
  const input = usage.input + usage.cached + usage.cacheWrite
  const output = usage.output + usage.reasoning
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + output,
  }
}

/** The events of a streamed answer. Its terminal event is also what carries the finish and the usage. */
export function responsesEvents(reply: FullReply, asked: Asked, manner: ResponsesManner = openAIManner): readonly Piece[] {
  const items = itemsOf(reply, asked, manner)
  const final = responseWith(items, { reply, asked, manner })
  const started = { ...final, status: 'in_progress', output: [], usage: null, incomplete_details: null }
  const pieces: Piece[] = []
  const send = (part: Part, event: JsonObject): void => {
    const data = JSON.stringify({ sequence_number: pieces.length, ...event })
    pieces.push({ part, data: `${manner.named ? `event: ${textAt(event, 'type')}\n` : ''}data: ${data}\n\n` })
  }
  send('open', { type: 'response.created', response: started })
  send('open', { type: 'response.in_progress', response: started })
  for (const [output_index, item] of items.entries()) {
    send('frame', { type: 'response.output_item.added', output_index, item: opened(item) })
    for (const [part, event] of stepsOf(item, reply)) send(part, { output_index, item_id: item['id'], ...event })
    send('frame', { type: 'response.output_item.done', output_index, item })
  }
  send('finish', { type: final['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', response: final })
  return pieces
}

function opened(item: JsonObject): JsonObject {
  switch (item['type']) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] }
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' }
    case 'reasoning':
      return { ...item, summary: [] }
    default:
      return item
  }
}

type Step = readonly [Part, JsonObject]

/** What happens between the beginning of an item and its end. */
function* stepsOf(item: JsonObject, reply: FullReply): Generator<Step> {
  switch (item['type']) {
    case 'reasoning':
      yield* reasoningSteps(reply)
      break
    case 'message':
      for (const [index, part] of listAt(item, 'content').entries()) yield* partSteps(part, { index, reply })
      break
    case 'function_call':
      yield* callSteps(textAt(item, 'arguments') ?? '')
      break
    default:
      break
  }
}

function* reasoningSteps({ reasoning = '' }: FullReply): Generator<Step> {
  const part = { type: 'summary_text', text: reasoning }
  yield ['frame', { type: 'response.reasoning_summary_part.added', summary_index: 0, part: { ...part, text: '' } }]
  yield ['content', { type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: reasoning }]
  yield ['frame', { type: 'response.reasoning_summary_text.done', summary_index: 0, text: reasoning }]
  yield ['frame', { type: 'response.reasoning_summary_part.done', summary_index: 0, part }]
}

function* partSteps(part: unknown, { index, reply }: { readonly index: number; readonly reply: FullReply }): Generator<Step> {
  const isRefusal = textAt(part, 'type') === 'refusal'
  const [name, field] = isRefusal ? (['refusal', 'refusal'] as const) : (['output_text', 'text'] as const)
  const place = { content_index: index, ...(isRefusal ? {} : { logprobs: [] }) }
  const empty = isRefusal ? { type: 'refusal', refusal: '' } : { type: 'output_text', text: '', annotations: [], logprobs: [] }
  yield ['frame', { type: 'response.content_part.added', content_index: index, part: empty }]
  for (const delta of isRefusal ? [reply.refusal ?? ''] : reply.deltas)
    yield ['content', { type: `response.${name}.delta`, ...place, delta }]
  yield ['frame', { type: `response.${name}.done`, ...place, [field]: textAt(part, field) ?? '' }]
  yield ['frame', { type: 'response.content_part.done', content_index: index, part }]
}

function* callSteps(json: string): Generator<Step> {
  for (const delta of json.match(/.{1,12}/gs) ?? []) yield ['content', { type: 'response.function_call_arguments.delta', delta }]
  yield ['frame', { type: 'response.function_call_arguments.done', arguments: json }]
}
