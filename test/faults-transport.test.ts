import type { Socket } from 'node:net'
import { APIError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { Bench } from './faults/bench.ts'
import { ask, openBench, targetOf, until } from './faults/bench.ts'
import type { RawScript, RawServer } from './faults/raw-server.ts'
import { chunked, eventHead, jsonResponse, lastChunk, rawServer } from './faults/raw-server.ts'

const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000 }
const text = 'openai answers: zürich 😀'
const fallbackText = 'anthropic answers: zürich 😀'

const completion = (message: object = { role: 'assistant', content: text }, finish = 'stop'): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  })

const chunk = (delta: object, finish: string | null = null): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })

const event = (data: string): string => `data: ${data}\n\n`
const role = event(chunk({ role: 'assistant', content: '' }))
const said = event(chunk({ content: text }))
const stop = event(chunk({}, 'stop'))
const done = event('[DONE]')
const whole = role + said + stop + done
const prefilter = event(JSON.stringify({ id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] }))

/** Writes a stream in the given pieces, and ends it as HTTP wants it. */
function streamed(...pieces: readonly (string | Uint8Array)[]): RawScript {
  return {
    onRequest(socket) {
      socket.write(eventHead)
      for (const piece of pieces) socket.write(chunked(piece))
      socket.write(lastChunk)
    },
  }
}

const answered = (response: string | Uint8Array): RawScript => ({ onRequest: (socket) => void socket.write(response) })

async function onePieceAtATime(socket: Socket, pieces: Iterable<string | Uint8Array>): Promise<void> {
  socket.setNoDelay(true)
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Row {
  readonly name: string
  readonly stream: boolean
  readonly script: RawScript
  /** A clock has to end it. */
  readonly silent?: true
  readonly scheme?: 'https'
  /** What the caller reads, where it is not the usual text. */
  readonly reads?: string
  readonly finish?: string
}

const goOn: readonly Row[] = [
  {
    name: 'a connection that is reset as soon as it is made',
    stream: false,
    script: { onConnect: (socket) => void socket.resetAndDestroy() },
  },
  { name: 'a connection that is closed as soon as it is made', stream: true, script: { onConnect: (socket) => void socket.end() } },
  { name: 'a TLS handshake that nobody answers', stream: false, script: {}, silent: true, scheme: 'https' },
  { name: 'a TLS handshake that nobody answers', stream: true, script: {}, silent: true, scheme: 'https' },
  {
    name: 'a response head larger than any client takes',
    stream: false,
    script: answered(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(64_000)}\r\ncontent-length: 2\r\n\r\n{}`),
  },
  {
    name: 'a body of less than the declared length',
    stream: false,
    script: { onRequest: (socket) => void socket.end(jsonResponse(completion()).subarray(0, 120)) },
  },
  {
    name: 'an answer whose choice has no message',
    stream: false,
    script: answered(jsonResponse('{"id":"x","object":"chat.completion","choices":[{"index":0}]}')),
  },
  { name: 'an answer that is a JSON string', stream: false, script: answered(jsonResponse('"all is well"')) },
  { name: 'an answer that is a list', stream: false, script: answered(jsonResponse('[]')) },
  {
    name: 'an error object under `error` beside choices that are null',
    stream: false,
    script: answered(jsonResponse('{"choices":null,"error":{"message":"no"}}')),
  },
  { name: 'a first event that is no JSON', stream: true, script: streamed(event('<html>'), said) },
  { name: 'a first event that is null', stream: true, script: streamed(event('null')) },
  {
    name: 'the results of the prompt filter, and then a reset',
    stream: true,
    script: {
      async onRequest(socket) {
        await onePieceAtATime(socket, [eventHead, chunked(prefilter), chunked(role)])
        socket.resetAndDestroy()
      },
    },
  },
  { name: 'a hundred opening events without any content', stream: true, script: streamed(role.repeat(100)) },
]

const readOn: readonly Row[] = [
  {
    name: 'HTTP/1.0, the end of the body being the end of the connection',
    stream: false,
    script: { onRequest: (socket) => void socket.end(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${completion()}`) },
  },
  {
    name: 'HTTP/1.0, the end of the body being the end of the connection',
    stream: true,
    script: { onRequest: (socket) => void socket.end(`HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${whole}`) },
  },
  {
    name: 'early hints before the answer',
    stream: false,
    script: answered(
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n'), jsonResponse(completion())]),
    ),
  },
  {
    name: 'five megabytes',
    stream: false,
    script: answered(jsonResponse(completion({ role: 'assistant', content: 'x'.repeat(5_000_000) }))),
    reads: 'x'.repeat(5_000_000),
  },
  {
    name: 'five megabytes in one event',
    stream: true,
    script: streamed(event(chunk({ content: 'x'.repeat(5_000_000) })), stop, done),
    reads: 'x'.repeat(5_000_000),
  },
  { name: 'a byte order mark before the JSON', stream: false, script: answered(jsonResponse(`\uFEFF${completion()}`)) },
  {
    name: 'bytes that are no UTF-8',
    stream: false,
    script: answered(jsonResponse(Buffer.from(completion({ role: 'assistant', content: 'caf\u00e9' }), 'latin1'))),
    reads: 'caf\uFFFD',
  },
  {
    name: 'bytes that are no UTF-8',
    stream: true,
    script: streamed(Buffer.from(event(chunk({ content: 'caf\u00e9' })), 'latin1'), stop, done),
    reads: 'caf\uFFFD',
  },
  {
    name: 'one byte a packet',
    stream: true,
    script: {
      onRequest: (socket) =>
        onePieceAtATime(socket, [eventHead, ...Array.from(Buffer.from(whole), (byte) => chunked(Uint8Array.of(byte))), lastChunk]),
    },
  },
  {
    name: 'everything in one packet, head included',
    stream: true,
    script: {
      onRequest: (socket) => void socket.write(Buffer.concat([Buffer.from(eventHead), chunked(whole), Buffer.from(lastChunk)])),
    },
  },
  {
    name: 'CRLF, comments, id, retry and event lines',
    stream: true,
    script: streamed(`: hello\r\n\r\nid: 1\r\nretry: 5\r\nevent: message\r\n${whole.replaceAll('\n', '\r\n')}`),
  },
  {
    name: 'an event in several data lines',
    stream: true,
    script: streamed(role, `data: ${chunk({ content: text }).replace('"choices"', '\ndata: "choices"')}\n\n`, stop, done),
  },
  { name: 'no blank line behind the last event', stream: true, script: streamed(role, said, stop, 'data: [DONE]') },
  { name: 'rubbish behind [DONE]', stream: true, script: streamed(whole, event('<!-- -->'), 'rubbish') },
  { name: 'the role twice', stream: true, script: streamed(role, role, said, stop, done) },
  { name: 'the results of the prompt filter first', stream: true, script: streamed(prefilter, whole) },
  {
    name: 'a finish by the content filter',
    stream: false,
    script: answered(jsonResponse(completion({ role: 'assistant', content: '' }, 'content_filter'))),
    reads: '',
    finish: 'content_filter',
  },
  {
    name: 'a finish by the content filter',
    stream: true,
    script: streamed(role, event(chunk({}, 'content_filter')), done),
    reads: '',
    finish: 'content_filter',
  },
  {
    name: '`__proto__` and `constructor` among the fields',
    stream: false,
    script: answered(
      jsonResponse(completion().replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},')),
    ),
  },
  {
    name: '`__proto__` and `constructor` among the fields',
    stream: true,
    script: streamed(
      role.replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'),
      said,
      stop,
      done,
    ),
  },
]

/** One call to a server below HTTP, with a sound vendor behind it. */
async function against(row: Row) {
  const server = await rawServer(row.script)
  const bench = await benchAt(server, row.scheme)
  const asked = ask(bench.client.agent('openai'), { stream: row.stream })
  if (row.silent === true) {
    await until(() => server.connections > 0)
    await bench.clock.advanceAsync(1001)
  }
  const seen = await asked
  return { server, bench, seen, [Symbol.asyncDispose]: () => release(server, bench) }
}

const benchAt = (server: RawServer, scheme = 'http'): Promise<Bench> =>
  openBench({ clocks, baseURLs: { openai: `${scheme}://${server.host}/v1` } })

async function release(server: RawServer, bench: Bench): Promise<void> {
  await bench[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
}

const titled = (rows: readonly Row[]) => rows.map((row) => [`${row.name} (${row.stream ? 'streamed' : 'unary'})`, row] as const)

async function attemptsOfPrimary({ events }: Bench): Promise<number> {
  return (await events()).filter((one) => one.type === 'attempt.started' && one.target === targetOf('openai')).length
}

describe('below and around HTTP', () => {
  it.concurrent.each(titled(goOn))('goes on to the fallback after %s', async (_name, row) => {
    await using run = await against(row)
    const { server, bench, seen } = run
    expect(seen.error).toBeUndefined()
    expect([seen.text, seen.finish]).toEqual([fallbackText, 'stop'])
    if (seen.opened !== undefined) expect(routeOf(seen.opened)).toMatchObject({ provider: 'anthropic', attempts: 2 })
    expect(await attemptsOfPrimary(bench)).toBe(1)
    // No request is made twice behind the router's back.
    expect(server.requests).toBeLessThanOrEqual(1)
    expect(bench.client.breakers.snapshot(targetOf('openai')).consecutiveErrors).toBe(1)
  })

  it.concurrent.each(titled(readOn))('reads %s', async (_name, row) => {
    await using run = await against(row)
    const { server, bench, seen } = run
    expect(seen.error).toBeUndefined()
    expect([seen.text, seen.finish]).toEqual([row.reads ?? text, row.finish ?? 'stop'])
    expect([server.requests, await attemptsOfPrimary(bench)]).toEqual([1, 1])
    expect(bench.client.breakers.snapshot(targetOf('openai'))).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('goes on to the fallback where nothing listens, or the name is not known', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    const nowhere = openai({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause: unknown })) })
    await using bench = await openBench({ clocks })
    for (const primary of [openai({ baseURL: `${bench.simulator.unreachable}/v1` }), nowhere]) {
      const audit = memoryAudit()
      const client = createRouter({
        providers: [primary, openai({ id: 'second', baseURL: bench.simulator.openai.baseURL })],
        keys: memoryKeys({ OPENAI_API_KEY: 'sk-any-key-at-all' }),
        audit,
      })
      const seen = await ask(client.with({ fallback: ['second/gpt-4o'] }), { stream: false, model: 'openai/gpt-4o' })
      expect(seen.text).toBe(text)
      await client.flush()
      expect(audit.records.filter(({ event: { type } }) => type === 'attempt.started')).toHaveLength(2)
    }
  })

  it('CL-03 ends a stream that never ends at totalMs, with an error in the loop and the connection closed', async () => {
    await using server = await rawServer({
      async onRequest(socket) {
        socket.write(eventHead)
        while (!socket.destroyed) {
          socket.write(chunked(event(chunk({ content: 'more ' }))))
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    })
    await using bench = await openBench({ clocks: { totalMs: 5000 }, baseURLs: { openai: `http://${server.host}/v1` } })
    let seenText = ''
    const asked = ask(bench.client.agent('openai'), { stream: true, onText: (all) => (seenText = all) })
    await until(() => seenText.length > 100)
    await bench.clock.advanceAsync(5001)
    const { error } = await asked
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(error).toMatchObject({ kind: 'deadline' })
    await until(() => server.open === 0)
    expect((await bench.events()).at(-1)).toMatchObject({ type: 'request.failed', kind: 'deadline' })
  })

  it('ST-02 hands over the first content while the vendor has not yet sent the last', async () => {
    let finish: (() => void) | undefined
    await using server = await rawServer({
      onRequest(socket) {
        socket.write(eventHead)
        socket.write(chunked(role + said))
        finish = () => socket.write(Buffer.concat([chunked(stop + done), Buffer.from(lastChunk)]))
      },
    })
    await using bench = await benchAt(server)
    let first = ''
    const asked = ask(bench.client.agent('openai'), { stream: true, onText: (all) => (first = all) })
    await until(() => first === text)
    finish?.()
    expect(await asked).toMatchObject({ text, finish: 'stop', error: undefined })
  })

  it('ST-12 gives one role, one id and one model, whatever the provider sends', async () => {
    await using run = await against({
      name: '',
      stream: true,
      script: streamed(prefilter, role, role, said, stop, done),
    })
    const chunks = run.seen.answers.filter((one): one is OpenAI.ChatCompletionChunk => typeof one === 'object' && one !== null)
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1)
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1)
  })

  it('RT-14 stays usable after twenty calls that failed in twenty ways', async () => {
    await using bench = await openBench({ clocks, maxRetries: 0, breaker: { failures: 100 } })
    const ways = [
      'http-500',
      'http-400',
      'reset-before-headers',
      'html-200',
      'truncated-json',
      'http-401',
      'cut-headers',
      'no-choices',
      'http-429',
      'garbage-head',
    ] as const
    for (const fault of [...ways, ...ways]) {
      bench.simulator.failOnce('openai', fault)
      expect((await ask(bench.client, { stream: false, model: targetOf('openai') })).error).toBeInstanceOf(APIError)
    }
    expect((await ask(bench.client, { stream: false, model: targetOf('openai') })).text).toBe(text)
  })
})
