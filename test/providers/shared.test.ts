import { createServer } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../src/errors.ts'
import { ChunkBuilder } from '../../src/providers/shared/chunks.ts'
import { clientCache } from '../../src/providers/shared/clients.ts'
import { errorDetails } from '../../src/providers/shared/error-body.ts'
import { eventStream } from '../../src/providers/shared/event-stream.ts'
import { failureFromHttp, failureFromThrown, retryAfterMs } from '../../src/providers/shared/failure.ts'
import { Exchange, guardFetch, redact } from '../../src/providers/shared/http.ts'
import { parseJson } from '../../src/providers/shared/json.ts'
import { sdkLoader } from '../../src/providers/shared/load-sdk.ts'
import { checkOptions } from '../../src/providers/shared/options.ts'
import { EventReader } from '../../src/providers/shared/sse.ts'
import type { ReadOptions, SseEvent } from '../../src/providers/shared/sse.ts'

const live = new AbortController().signal

function bodyOf(pieces: readonly Uint8Array[], { end = true, onCancel }: { end?: boolean; onCancel?: () => void } = {}) {
  let next = 0
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next]
        next += 1
        if (piece !== undefined) controller.enqueue(piece)
        else if (end) controller.close()
        else return new Promise<void>(() => undefined)
        return undefined
      },
      cancel: () => onCancel?.(),
    },
    { highWaterMark: 0 },
  )
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1)
    pieces.push(bytes.slice(at, at + size))
    at += size
  }
  return pieces
}

async function eventsOf(bytes: Uint8Array | string, sizes: readonly number[] = []): Promise<SseEvent[]> {
  const whole = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  const events: SseEvent[] = []
  for await (const batch of readEvents(bodyOf(cut(whole, sizes)), live)) events.push(...batch)
  return events
}

async function* readEvents(body: ReadableStream<Uint8Array>, signal: AbortSignal, options: ReadOptions = {}) {
  const reader = new EventReader(body, signal, options)
  try {
    while (!reader.ended) {
      const events = reader.accept((await reader.read()).value)
      if (events.length > 0) yield events
    }
  } catch (error) {
    throw reader.errorOf(error)
  } finally {
    reader.close()
  }
}

const only = (data: string, event?: string): SseEvent => ({ event, data })

const notFound = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /app/x.js`), { code: 'ERR_MODULE_NOT_FOUND' })

const counting = (max?: number) => {
  const built: string[] = []
  const build = (secret: Secret) => {
    built.push(secret.reveal())
    return { key: secret.reveal() }
  }
  return { built, cache: clientCache(build, max === undefined ? {} : { max }) }
}

const builder = () => new ChunkBuilder({ id: 'c1', created: 1, model: 'm' })

const problem = (options: object) => {
  try {
    checkOptions('vendor', options)
  } catch (error) {
    return ModelyardError.is(error) ? { code: error.code, field: error.field, message: error.message } : error
  }
  return undefined
}

const translator = {
  read({ data }: SseEvent, out: { readonly n: number }[]): void {
    if (data === 'bad') throw new AttemptError('server', 'bad event')
    out.push({ n: Number(data) })
  },
  end(out: { readonly n: number }[]): void {
    out.push({ n: -1 })
  },
}

const streamOf = (text: string, sizes: readonly number[] = []) =>
  eventStream({ open: async () => bodyOf(cut(new TextEncoder().encode(text), sizes)), translator, signal: live })

const http = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  failureFromHttp({ status, headers: new Headers(headers), text: typeof body === 'string' ? body : JSON.stringify(body) })

it.each([
  [{ error: { message: 'm', code: 'c', type: 't', param: 'p' } }, { message: 'm', code: 'c', type: 't', param: 'p' }],
  [
    { object: 'error', message: 'm', type: 't', code: 1300 },
    { message: 'm', code: '1300', type: 't' },
  ],
  [
    { code: 'c', error: 'words' },
    { message: 'words', code: 'c' },
  ],
  [[{ error: { message: 'm', status: 'INVALID_ARGUMENT', code: 400 } }], { message: 'm', code: '400' }],
  [{ detail: 'not allowed' }, { message: 'not allowed' }],
  [{ detail: [{ loc: ['body'], msg: 'bad' }] }, { message: '[{"loc":["body"],"msg":"bad"}]' }],
  [{ error: { message: { deep: 1 } } }, { message: '{"deep":1}' }],
  [{ message: 'plain' }, { message: 'plain' }],
  ['just text', { message: 'just text' }],
  ['<html><title>502 Bad Gateway</title></html>', { message: 'an HTML page: 502 Bad Gateway' }],
])('understands %j', (body, expected) => {
  expect(errorDetails(typeof body === 'string' ? body : JSON.stringify(body))).toMatchObject(expected)
})

const guard = (fetch: typeof globalThis.fetch) => guardFetch({ fetch, baseURL: 'https://vendor.example/v1' })

describe('reading server-sent events', () => {
  it('joins data lines and keeps the event name', async () => {
    expect(await eventsOf('event: delta\ndata: one\ndata:two\n\ndata: three\n\n')).toEqual([
      only('one\ntwo', 'delta'),
      only('three'),
    ])
  })

  it('understands line feeds, carriage returns and both together', async () => {
    expect(await eventsOf('data: a\r\n\r\ndata: b\r\rdata: c\n\n')).toEqual([only('a'), only('b'), only('c')])
  })

  it('passes over comments, ids, retry times and unknown fields', async () => {
    expect(await eventsOf(': keep-alive\nid: 7\nretry: 10\nfoo: bar\nfoo\ndata: x\n\n: bye\n\n')).toEqual([only('x')])
  })

  it('gives the last event also without its blank line', async () => {
    expect(await eventsOf('data: a\n\ndata: [DONE]')).toEqual([only('a'), only('[DONE]')])
  })

  it('removes a byte order mark at the start and nowhere else', async () => {
    expect(await eventsOf('\uFEFFdata: a\n\ndata: \uFEFFb\n\n', [1])).toEqual([only('a'), only('\uFEFFb')])
    expect(await eventsOf('data: a\n\n\uFEFFdata: b\n\n', [9])).toEqual([only('a')])
  })

  it('keeps the data line without a value, and gives no event without a data line', async () => {
    expect(await eventsOf('data\n\nevent: lonely\n\ndata:\ndata\n\n')).toEqual([only(''), only('\n')])
  })

  it('turns invalid UTF-8 into U+FFFD, wherever it is cut', async () => {
    const bytes = Uint8Array.from([...Buffer.from('data: a'), 0xe2, 0x82, 0x41, 0xff, 0xf0, 0x9f, ...Buffer.from('b\n\n'), 0xe2])
    const whole = [only('a\uFFFDA\uFFFD\uFFFDb')]
    expect(await eventsOf(bytes)).toEqual(whole)
    expect(await eventsOf(bytes, [1])).toEqual(whole)
  })

  it('gives the same events however the bytes are cut', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
      fc.constantFrom('', '', ': note', 'event: x', 'data', 'data:', 'id: 1', 'data: {"é":"😀"}'),
    )
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(stream, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), async (lines, sizes) => {
        // A carriage return before a line feed of the next line would be one line break: keep the lines apart.
        const text = lines.map(([words, feed]) => (feed === '\r' ? `${words}\r:\n` : words + feed)).join('')
        expect(await eventsOf(text, sizes)).toEqual(await eventsOf(text))
      }),
    )
  })

  it('reads an event of 5 MB in thousands of pieces', async () => {
    const data = 'x'.repeat(5_000_000)
    expect(await eventsOf(`data: ${data}\n\n`, [700])).toEqual([only(data)])
  })

  it('gives one batch for each network chunk that completes an event', async () => {
    const pieces = ['data: 1\n\ndata: 2\n\nda', 'ta:', ' 3\n\n'].map((text) => new TextEncoder().encode(text))
    const batches: (readonly SseEvent[])[] = []
    for await (const batch of readEvents(bodyOf(pieces), live)) batches.push(batch)
    expect(batches).toEqual([[only('1'), only('2')], [only('3')]])
  })

  it('cancels the body when the reader leaves', async () => {
    let cancelled = false
    const body = bodyOf([new TextEncoder().encode('data: 1\n\n')], { end: false, onCancel: () => (cancelled = true) })
    for await (const _ of readEvents(body, live)) break
    expect(cancelled).toBe(true)
  })

  it('ends at the terminal event without waiting for the connection', async () => {
    const body = bodyOf([new TextEncoder().encode('data: 1\n\ndata: [DONE]\n\ndata: 2\n\n')], { end: false })
    const events: SseEvent[] = []
    for await (const batch of readEvents(body, live, { isLast: ({ data }) => data === '[DONE]' })) events.push(...batch)
    expect(events).toEqual([only('1'), only('[DONE]')])
  })

  it('throws the reason of an abort while it waits, and cancels the body', async () => {
    let cancelled = false
    const stop = new AbortController()
    const events = readEvents(bodyOf([], { end: false, onCancel: () => (cancelled = true) }), stop.signal)
    const waiting = events.next()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(cancelled).toBe(true)
  })

  it('calls a body that breaks a truncated stream', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new TypeError('terminated')) })
    const failing = readEvents(body, live).next()
    await expect(failing).rejects.toMatchObject({ failure: { kind: 'truncated' } })
  })
})

describe('a translated event stream', () => {
  it('gives what the translator makes of the events, and what it adds at the end', async () => {
    const all: { readonly n: number }[] = []
    for await (const value of streamOf('data: 1\n\ndata: 2\n\n', [3])) all.push(value)
    expect(all).toEqual([{ n: 1 }, { n: 2 }, { n: -1 }])
  })

  it('hands over what came before an error before the error, and ends after it', async () => {
    const stream = streamOf('data: 1\n\ndata: 2\n\ndata: bad\n\ndata: 3\n\n')
    expect(await stream.next()).toEqual({ value: { n: 1 }, done: false })
    expect(await stream.next()).toEqual({ value: { n: 2 }, done: false })
    await expect(stream.next()).rejects.toThrow('bad event')
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('serves several waiting readers in order', async () => {
    const stream = streamOf('data: 1\n\ndata: 2\n\n', [1])
    const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()])
    expect(results.map(({ value }) => value)).toEqual([{ n: 1 }, { n: 2 }, { n: -1 }, undefined])
  })

  it('sends nothing before the first read, and nothing at all when left before', async () => {
    let opened = 0
    const open = async () => {
      opened += 1
      return bodyOf([])
    }
    const stream = eventStream({ open, translator, signal: live })
    await stream.return?.()
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(opened).toBe(0)
  })

  it('cancels the body when it is left while it waits', async () => {
    let cancelled = false
    const open = async () => bodyOf([], { end: false, onCancel: () => (cancelled = true) })
    const stream = eventStream({ open, translator, signal: live })
    const waiting = stream.next()
    await new Promise((resolve) => setImmediate(resolve))
    await stream.return?.()
    expect(await waiting).toEqual({ value: undefined, done: true })
    expect(cancelled).toBe(true)
  })
})

describe('the guarded fetch', () => {
  const secret = new Secret('sk-very-secret-key')
  const exchange = (signal: AbortSignal = live) => new Exchange({ signal, secret })
  const url = 'https://vendor.example/v1/chat'

  it('passes a 2xx answer on untouched and reports its headers', async () => {
    const seen: (string | null)[] = []
    const answer = new Response('{}', { headers: { 'x-request-id': 'r1' } })
    const call = new Exchange({ signal: live, secret, onHeaders: (headers) => seen.push(headers.get('x-request-id')) })
    expect(await guard(async () => answer)(url, call.fetchOptions)).toBe(answer)
    expect(seen).toEqual(['r1'])
  })

  it('never follows a redirect', async () => {
    const inits: (RequestInit | undefined)[] = []
    const send = guard(async (_, init) => {
      inits.push(init)
      return new Response(null, { status: 307, headers: { location: 'https://evil.example' } })
    })
    await expect(send(url, exchange().fetchOptions)).rejects.toMatchObject({ failure: { kind: 'redirect', status: 307 } })
    expect(inits[0]).toMatchObject({ redirect: 'manual' })
  })

  it('stops a request to another origin, and one that belongs to no call', async () => {
    let sent = 0
    const send = guard(async () => {
      sent += 1
      return new Response()
    })
    await expect(send('https://evil.example/v1/chat', exchange().fetchOptions)).rejects.toMatchObject({
      failure: { kind: 'internal' },
    })
    await expect(send('https://vendor.example.evil.example/', exchange().fetchOptions)).rejects.toMatchObject({
      failure: { kind: 'internal' },
    })
    await expect(send(url)).rejects.toMatchObject({ failure: { kind: 'internal' } })
    expect(sent).toBe(0)
  })

  it('sends one request for one call, whatever the SDK tries', async () => {
    let sent = 0
    const send = guard(async () => {
      sent += 1
      return new Response('busy', { status: 503 })
    })
    const call = exchange()
    await expect(send(url, call.fetchOptions)).rejects.toMatchObject({ failure: { kind: 'server', status: 503, message: 'busy' } })
    await expect(send(url, call.fetchOptions)).rejects.toMatchObject({ failure: { kind: 'internal' } })
    expect(sent).toBe(1)
  })

  it('gives the real error back, whatever the SDK made of it', async () => {
    const call = exchange()
    const broken = guard(() => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })))
    await broken(url, call.fetchOptions).catch(() => undefined)
    expect(call.errorOf(new Error('Connection error.'))).toMatchObject({ failure: { kind: 'network' } })
    expect(exchange().errorOf('as it was')).toBe('as it was')
  })

  it('rejects with the reason of an abort, also before anything is sent', async () => {
    const reason = new Error('caller left')
    const send = guard(() => Promise.reject(new Error('must not be sent')))
    await expect(send(url, exchange(AbortSignal.abort(reason)).fetchOptions)).rejects.toBe(reason)
  })

  it('takes the key out of what a server repeats', async () => {
    const send = guard(async () => Response.json({ error: { message: 'no such key sk-very-secret-key' } }, { status: 401 }))
    await expect(send(url, exchange().fetchOptions)).rejects.toMatchObject({
      failure: { kind: 'auth', message: 'no such key [secret]', body: { message: 'no such key [secret]' } },
    })
    expect(redact('k', new Secret('k'))).toBe('k')
  })

  it('tells refused and broken connections of a real socket as network failures', async () => {
    const server = createServer((request) => request.socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const baseURL = `http://127.0.0.1:${port}`
    const send = guardFetch({ baseURL })
    await expect(send(`${baseURL}/`, exchange().fetchOptions)).rejects.toMatchObject({ failure: { kind: 'network' } })
    await new Promise((resolve) => server.close(resolve))
    await expect(send(`${baseURL}/`, exchange().fetchOptions)).rejects.toMatchObject({
      failure: { kind: 'network', message: expect.stringContaining('ECONNREFUSED') },
    })
  })
})

describe('reading refusals', () => {
  it('says the status where there is no body', () => {
    expect(http(503, '')).toMatchObject({ kind: 'server', message: '503 status code (no body)' })
  })

  it.each([
    ['CL-05', 302, 'moved', 'redirect'],
    ['CL-06', 400, { error: { message: 'bad' } }, 'invalid_request'],
    ['CL-06', 422, { detail: 'bad' }, 'invalid_request'],
    ['CL-07', 400, { error: { message: 'API key not valid. Please pass a valid API key.' } }, 'auth'],
    ['CL-07', 400, { error: { message: 'Your credit balance is too low to access the API.' } }, 'quota'],
    ['CL-07', 400, { error: { message: 'The model `x-1` is no longer available.' } }, 'not_found'],
    ['CL-08', 400, { error: { message: "This model's maximum context length is 8192 tokens", code: null } }, 'context_length'],
    ['CL-08', 400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context_length'],
    ['CL-08', 400, { error: { message: 'prompt is too long: 9 tokens > 8 maximum' } }, 'context_length'],
    ['CL-06', 400, { error: { message: "'user' is too long", code: 'string_above_max_length' } }, 'invalid_request'],
    ['CL-09', 400, { error: { message: 'x', code: 'content_filter' } }, 'content_filter'],
    ['CL-11', 401, '', 'auth'],
    ['CL-12', 402, { error: { message: 'Insufficient Balance' } }, 'quota'],
    ['CL-12', 429, { error: { message: 'x', code: 'insufficient_quota' } }, 'quota'],
    ['CL-13', 403, '<html>blocked</html>', 'permission'],
    ['CL-14', 404, { error: { message: 'x', code: 'model_not_found' } }, 'not_found'],
    ['CL-14', 410, '', 'not_found'],
    ['CL-15', 408, '', 'server'],
    ['CL-15', 529, '', 'overloaded'],
    ['CL-16', 409, '', 'conflict'],
    ['CL-17', 413, '', 'too_large'],
    ['CL-18', 429, { error: { message: 'slow down please', code: 'rate_limit_exceeded' } }, 'rate_limit'],
    ['CL-19', 451, '', 'rejected'],
    ['CL-28', 400, { error: { message: 'Timeout while downloading https://example.com/a.png.' } }, 'media'],
    ['CL-28', 400, { error: { message: 'Unable to download the file. Please verify the URL and try again.' } }, 'media'],
    ['CL-28', 400, { error: { message: 'Cannot fetch content from the provided URL.' } }, 'media'],
    ['CL-28', 400, { error: { message: 'The file could not be fetched from its url' } }, 'media'],
    ['CL-06', 400, { error: { message: 'The model cannot see images in this file' } }, 'invalid_request'],
  ])('%s: %i %j is %s', (_rule, status, body, kind) => {
    expect(http(status, body).kind).toBe(kind)
  })

  it('does not take a number that is in the text for a status', () => {
    expect(http(400, { error: { message: 'token 429 is invalid' } }).kind).toBe('invalid_request')
  })

  it('reads how long to wait from milliseconds, seconds and dates', () => {
    const now = Date.parse('2026-11-22T12:00:00Z')
    const after = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now)
    expect(after({ 'retry-after-ms': '1500', 'retry-after': '9' })).toBe(1500)
    expect(after({ 'retry-after': '2.5' })).toBe(2500)
    expect(after({ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' })).toBe(30_000)
    for (const word of ['-5', 'soon', '', 'Sun, 22 Nov 2020 12:00:00 GMT']) expect(after({ 'retry-after': word })).toBeUndefined()
    expect(after({ 'retry-after-ms': 'x', 'retry-after': '1' })).toBe(1000)
  })

  it('keeps request id, wish to be retried and waiting time', () => {
    const headers = { 'x-request-id': 'r1', 'x-should-retry': 'false', 'retry-after': '3' }
    expect(http(429, '', headers)).toMatchObject({ requestId: 'r1', shouldRetry: false, retryAfterMs: 3000, status: 429 })
    expect(http(500, '', { 'x-should-retry': 'maybe' })).not.toHaveProperty('shouldRetry')
  })
})

describe('classifying what was thrown', () => {
  it.each([
    [new AttemptError('truncated', 'cut'), 'truncated'],
    [new Error('wrapped', { cause: new AttemptError('rate_limit', 'slow') }), 'rate_limit'],
    [new ModelyardError('MISSING_SDK', 'none'), 'unusable'],
    [new DOMException('This operation was aborted', 'AbortError'), 'aborted'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }), 'network'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'UND_ERR_CONNECT_TIMEOUT' }) }), 'timeout'],
    [new TypeError('terminated'), 'network'],
    [
      new TypeError('terminated', { cause: Object.assign(new Error('incorrect header check'), { code: 'Z_DATA_ERROR' }) }),
      'malformed',
    ],
    [Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'network'],
    [Object.assign(new Error('400 m'), { status: 400, error: { message: 'm' }, headers: new Headers() }), 'invalid_request'],
    [
      Object.assign(new Error('x'), { status: undefined, error: { message: 'Overloaded', type: 'overloaded_error' } }),
      'overloaded',
    ],
    [new TypeError('x is not a function'), 'internal'],
    ['a string', 'internal'],
    [undefined, 'internal'],
  ])('%o is %s', (error, kind) => {
    expect(failureFromThrown(error).kind).toBe(kind)
  })

  it('never throws and always gives a kind and a message', () => {
    const circular: Record<string, unknown> = { status: 400 }
    circular['error'] = circular
    const hostile = new Proxy(
      {},
      {
        has: () => true,
        get: () => {
          throw new Error('no')
        },
      },
    )
    expect(failureFromThrown(circular).kind).toBe('invalid_request')
    expect(failureFromThrown(hostile).kind).toBe('internal')
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(failureFromThrown(thrown)).toMatchObject({ kind: expect.any(String), message: expect.any(String) })
      }),
    )
  })
})

describe('lenient JSON', () => {
  it.each([
    ['\uFEFF{"a":1}', { a: 1 }],
    ['\n\n\r\n {"a":1}', { a: 1 }],
    ['{"a":"}\\""}\n<!-- x -->', { a: '}"' }],
    ['{"a":{"b":[1]}} {"c":2}', { a: { b: [1] } }],
  ])('reads %j', (text, value) => expect(parseJson(text)).toEqual(value))

  it.each(['', '{"a":', '<html>', '{"a":1', 'x{"a":1}'])('gives nothing for %j', (text) => {
    expect(parseJson(text)).toBeUndefined()
  })

  it('does not let an answer change the prototype of objects', () => {
    parseJson('{"__proto__":{"polluted":true}}')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('adapter options', () => {
  it('names a misspelt option and the one that was meant', () => {
    expect(problem({ baseUrl: 'https://x.example' })).toEqual({
      code: 'BAD_OPTION',
      field: 'vendor.baseUrl',
      message: "vendor() has no option 'baseUrl'. Did you mean 'baseURL'?",
    })
    expect(problem({ zebra: 1 })).toMatchObject({ message: expect.stringContaining('It takes id, key, baseURL') })
  })

  it('names an option of the wrong kind without showing its text, which could be a key', () => {
    expect(problem({ fetch: 'sk-key' })).toMatchObject({
      field: 'vendor.fetch',
      message: 'vendor({ fetch }) must be a function, got a string.',
    })
    expect(problem({ id: 'a/b' })).toMatchObject({ field: 'vendor.id' })
    expect(problem({ headers: { a: 1 } })).toMatchObject({ field: 'vendor.headers' })
  })

  it('SE-06: refuses plain http, except on this machine or where it is allowed', () => {
    expect(problem({ baseURL: 'http://vendor.example/v1' })).toMatchObject({ field: 'vendor.baseURL' })
    for (const host of ['localhost:1', '127.0.0.1:1', '127.8.8.8', '[::1]:1', 'a.localhost'])
      expect(problem({ baseURL: `http://${host}` })).toBeUndefined()
    expect(problem({ baseURL: 'http://127.0.0.1.evil.example' })).toMatchObject({ code: 'BAD_OPTION' })
    expect(problem({ baseURL: 'http://vendor.example', allowInsecureHttp: true })).toBeUndefined()
    expect(problem({ baseURL: 'ftp://localhost' })).toMatchObject({ code: 'BAD_OPTION' })
  })

  it('takes options that are undefined for left out', () => {
    expect(problem({ baseURL: undefined, fetch: undefined })).toBeUndefined()
  })
})

describe('loading an SDK', () => {
  it('loads once', async () => {
    let loads = 0
    const load = sdkLoader('some-sdk', async () => ({ loads: (loads += 1) }))
    expect(await Promise.all([load(), load()])).toEqual([{ loads: 1 }, { loads: 1 }])
  })

  it('says how to install a missing package, and finds it once it is there', async () => {
    let there = false
    const load = sdkLoader('some-sdk', async () => {
      if (!there) throw notFound('some-sdk')
      return 'sdk'
    })
    await expect(load()).rejects.toMatchObject({ code: 'MISSING_SDK', message: expect.stringContaining('npm install some-sdk') })
    there = true
    expect(await load()).toBe('sdk')
  })

  it('does not blame the package for what it needs itself', async () => {
    const error = notFound('something-else')
    await expect(sdkLoader('some-sdk', () => Promise.reject(error))()).rejects.toBe(error)
  })
})

describe('the cache of SDK clients', () => {
  it('builds one client for one key, also when the key comes as another object', () => {
    const { built, cache } = counting()
    expect(cache.get(new Secret('a'))).toBe(cache.get(new Secret('a')))
    expect(built).toEqual(['a'])
  })

  it('drops the client that was not used for longest', () => {
    const { built, cache } = counting(2)
    const [a, b, c] = ['a', 'b', 'c'].map((key) => new Secret(key))
    for (const secret of [a, b, a, c, a, b]) if (secret !== undefined) void cache.get(secret)
    expect(built).toEqual(['a', 'b', 'c', 'b'])
  })

  it('builds a client once for calls at the same time, then gives it at once', async () => {
    let builds = 0
    const cache = clientCache(async () => ({ build: (builds += 1) }))
    const secret = new Secret('a')
    const [one, other] = await Promise.all([cache.get(secret), cache.get(new Secret('a'))])
    expect(one).toBe(other)
    expect(cache.get(secret)).toBe(one)
  })

  it('does not remember a failed build', async () => {
    let builds = 0
    const cache = clientCache(async () => {
      builds += 1
      if (builds === 1) throw new Error('not yet')
      return { builds }
    })
    const secret = new Secret('a')
    await expect(cache.get(secret)).rejects.toThrow('not yet')
    expect(await cache.get(secret)).toEqual({ builds: 2 })
  })
})

describe('the builder of chunks', () => {
  it('numbers tool calls in order of appearance and gives empty ones {}', () => {
    const chunks = builder()
    const first = chunks.toolCall(3, { id: 'x', name: 'look' })
    const second = chunks.toolCall('other', { id: 'y', name: 'find' })
    expect([first, second].map((chunk) => chunk.choices[0]?.delta.tool_calls?.[0]?.index)).toEqual([0, 1])
    expect(chunks.toolArguments('other', '{"a"')?.choices[0]?.delta).toEqual({
      tool_calls: [{ index: 1, function: { arguments: '{"a"' } }],
    })
    expect(chunks.toolArguments('other', '')).toBeUndefined()
    expect(chunks.toolEnd('other')).toBeUndefined()
    const [empty, finish, usage] = chunks.finish('stop', { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 })
    expect(empty?.choices[0]?.delta.tool_calls).toEqual([{ index: 0, function: { arguments: '{}' } }])
    expect(finish?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' })
    expect(usage).toMatchObject({ choices: [], usage: { total_tokens: 2 } })
  })

  it('keeps id, model and time in each chunk', () => {
    const chunks = builder()
    for (const chunk of [chunks.role(), chunks.text('a'), chunks.reasoning('b'), chunks.refusal('c'), ...chunks.finish('length')]) {
      expect(chunk).toMatchObject({ id: 'c1', created: 1, model: 'm', object: 'chat.completion.chunk' })
    }
  })
})
