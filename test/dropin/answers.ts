import type { Answer, Exchange } from './server.ts'

type Fields = Readonly<Record<string, unknown>>
type HeaderFields = Readonly<Record<string, string>>

export const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } as const

/** An assistant message inside a whole chat completion; `fields` replace top-level ones. */
export function completion(message: Fields | string = 'Hello!', fields: Fields = {}): Fields {
  const content = typeof message === 'string' ? { content: message } : { content: null, ...message }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, message: { role: 'assistant', refusal: null, ...content }, logprobs: null, finish_reason: 'stop' }],
    usage,
    ...fields,
  }
}

/** A completion whose only choice has this message and this finish reason. */
export function finished(reason: string, message: Fields | string): Fields {
  const whole = completion(message)
  const [choice] = Array.isArray(whole['choices']) ? whole['choices'] : []
  return { ...whole, choices: [{ ...choice, finish_reason: reason }] }
}

export function toolCall(id: string, name: string, args: unknown): Fields {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } }
}

export function json(body: unknown, { status = 200, headers = {} }: { status?: number; headers?: HeaderFields } = {}): Answer {
  return text(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

export function text(body: string, { status = 200, headers = {} }: { status?: number; headers?: HeaderFields } = {}): Answer {
  return ({ head, end }) => {
    head(status, { 'content-type': 'text/plain', ...headers })
    end(body)
  }
}

/** An error in OpenAI's shape. */
export function failure(status: number, headers: HeaderFields = {}): Answer {
  return json(failureBody, { status, headers: { 'x-request-id': 'req_failed', ...headers } })
}

/** An error that asks for an immediate second try, so that nobody has to wait for one. */
export function busy(status: number, headers: HeaderFields = {}): Answer {
  return failure(status, { 'retry-after-ms': '1', ...headers })
}

export const failureBody = {
  error: { message: 'Something is wrong.', type: 'some_error', param: 'messages', code: 'some_code' },
} as const

/** Never answers. */
export const silence: Answer = () => undefined

/** Resets the connection without a byte. */
export const reset: Answer = ({ cut }) => cut()

/** One chunk with one choice. */
export function chunk(delta: Fields | string, finish: string | null = null): Fields {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, delta: typeof delta === 'string' ? { content: delta } : delta, logprobs: null, finish_reason: finish }],
  }
}

/** The chunks of a streamed text: the role, the pieces, the finish reason. */
export function chunks(...pieces: readonly (Fields | string)[]): readonly Fields[] {
  return [chunk({ role: 'assistant', content: '', refusal: null }), ...pieces.map((piece) => chunk(piece)), chunk({}, 'stop')]
}

export const frame = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`

export const done = 'data: [DONE]\n\n'

export function openStream({ head }: Exchange, headers: HeaderFields = {}): void {
  head(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_stream', ...headers })
}

/** Whether the request asks for the usage chunk. */
function wantsUsage({ request }: Exchange): boolean {
  const body: unknown = JSON.parse(request.body)
  if (typeof body !== 'object' || body === null || !('stream_options' in body)) return false
  const options = body.stream_options
  return typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
}

/** Streams as OpenAI does: whoever asks for usage gets `usage: null` on every chunk and one more chunk without choices. */
export function streamed(items: readonly Fields[]): Answer {
  return async (exchange) => {
    openStream(exchange)
    const asked = wantsUsage(exchange)
    for (const item of items) await exchange.write(frame(asked ? { ...item, usage: null } : item))
    if (asked) await exchange.write(frame({ ...items[0], choices: [], usage }))
    exchange.end(done)
  }
}

/** Streams exactly these bytes. */
export function bytes(...pieces: readonly string[]): Answer {
  return async (exchange) => {
    openStream(exchange)
    for (const piece of pieces) await exchange.write(piece)
    exchange.end()
  }
}

/** Streams the items and then stays open, as if the model was still thinking. */
export function unfinished(...items: readonly Fields[]): Answer {
  return async (exchange) => {
    openStream(exchange)
    for (const item of items) await exchange.write(frame(item))
  }
}
