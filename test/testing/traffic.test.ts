import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import OpenAI, { BadRequestError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { RouterClient } from '../../src/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import {
  answer,
  fakeClock,
  fakeProvider,
  findSecrets,
  recordTraffic,
  replayTraffic,
  vendorSimulator,
} from '../../src/testing/index.ts'
import type { VendorSimulator, WireFetch } from '../../src/testing/index.ts'
import { doors } from '../every-vendor.ts'
import type { Door } from '../every-vendor.ts'

/** Nothing gives it away but where it is. */
const canary = 'CanaryOfTheTraffic.0123456789.abcdefghijklmnop'
const keyLike = 'sk-proj-0123456789abcdefghijklmnop'

let folder: string
let simulator: VendorSimulator
let files = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modelyard-traffic-'))
  simulator = await vendorSimulator()
})
afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true })
})

const newPath = (): string => join(folder, `${(files += 1)}.jsonl`)
const messages = [{ role: 'user' as const, content: 'Zürich 😀?' }]

/** One router over one door, over a transport of the test's. */
function routed(door: Door, fetch: WireFetch) {
  const adapter = door.create({ baseURL: simulator.door(door.vendor).baseURL, fetch })
  const client = createRouter({
    providers: [adapter],
    keys: memoryKeys({ [String(adapter.key)]: canary }),
    maxRetries: 0,
    breaker: { failures: 100 },
  })
  return { client, model: `${adapter.id}/${door.model}` }
}

interface Heard {
  readonly text: string
  readonly chunks: readonly unknown[]
  readonly error: unknown
}

async function whole(client: OpenAI, model: string): Promise<Heard> {
  try {
    const completion = await client.chat.completions.create({ model, messages })
    return { text: completion.choices[0]?.message.content ?? '', chunks: [completion], error: undefined }
  } catch (error) {
    return { text: '', chunks: [], error: told(error) }
  }
}

async function streamed(client: OpenAI, model: string): Promise<Heard> {
  const chunks: unknown[] = []
  let text = ''
  try {
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      chunks.push(chunk)
      text += chunk.choices[0]?.delta.content ?? ''
    }
  } catch (error) {
    return { text, chunks, error: told(error) }
  }
  return { text, chunks, error: undefined }
}

/** What a caller reads off an error. */
function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { message } = error
  return { class: error.constructor.name, message, kind: Reflect.get(error, 'kind'), status: Reflect.get(error, 'status') }
}

/** But for the time of creation, and for how a key is made unreadable. */
const timeless = (heard: readonly Heard[]): unknown =>
  JSON.parse(JSON.stringify(heard), (name, value: unknown) =>
    name === 'created' ? 0 : typeof value === 'string' ? value.replace(/\[(?:secret|key)\]|\*{20,}/g, '[key]') : value,
  )

/** What is asked of every vendor: sound answers, and what goes wrong before, in and in place of them. */
async function conversation({ client, model }: ReturnType<typeof routed>): Promise<readonly Heard[]> {
  const heard = [await whole(client, model), await streamed(client, model)]
  for (let round = 0; round < 5; round++) heard.push(await whole(client, model), await streamed(client, model))
  await client.close()
  return heard
}

const troubles = ['cut-stream', 'close-mid-body', 'overloaded', 'bad-key', 'no-choices', 'split-bytes', 'gzip-good'] as const

describe.each(doors)('traffic of $name', (door) => {
  it('is replayed as it was recorded, without a network and without the key', async () => {
    const path = newPath()
    simulator.reset()
    simulator.answer(door.vendor, { deltas: ['Grüezi ', 'aus ', 'Zürich 😀'] })
    for (const fault of troubles) simulator.fail(door.vendor, fault, { times: 1, after: 1, message: `The key was ${canary}.` })
    const recorder = recordTraffic({ path })
    const recorded = await conversation(routed(door, recorder.fetch))
    recorder.close()
    expect(recorded.some(({ error }) => error !== undefined)).toBe(true)
    expect(recorded.filter(({ text, error }) => error === undefined && text === 'Grüezi aus Zürich 😀').length).toBeGreaterThan(3)
    expect(findSecrets(readFileSync(path, 'utf8'), [canary])).toEqual([])

    const before = simulator.requests.length
    const replay = replayTraffic(path)
    expect(timeless(await conversation(routed(door, replay.fetch)))).toEqual(timeless(recorded))
    expect(simulator.requests).toHaveLength(before)
    replay.assertDone()
  })
})

/** A transport that gives one response after the other. */
function giving(...responses: readonly (Response | Error)[]): WireFetch {
  const left = [...responses]
  return async () => {
    const next = left.shift()
    if (next === undefined || next instanceof Error) throw next ?? new Error('one request too many')
    return next
  }
}

const streamOf = (...chunks: readonly Uint8Array[]): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    }),
  )

async function chunksOf(response: Response): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body ?? []) chunks.push(chunk)
  return chunks
}

const url = 'https://api.acme.example/v1/things?key=query-secret-0123456789&limit=2'

/** Records one request and reads its answer; what is in the file then. */
async function recordedOf(fetch: WireFetch, init: RequestInit = {}, secrets: readonly string[] = []): Promise<string> {
  const path = newPath()
  using recorder = recordTraffic({ path, fetch, secrets })
  await recorder.fetch(url, init).then(chunksOf, () => undefined)
  return readFileSync(path, 'utf8')
}

describe('a recording', () => {
  it('keeps the borders of chunks, bytes that are no text, status and headers', async () => {
    const chunks = [Buffer.from('data: Z'), Buffer.from([0xc3]), Buffer.from([0xbc]), Buffer.from([0, 255, 254]), Buffer.from('\n')]
    const path = newPath()
    using recorder = recordTraffic({
      path,
      fetch: giving(
        new Response(streamOf(...chunks).body, { status: 201, headers: { 'x-request-id': 'r-1', 'content-encoding': 'gzip' } }),
      ),
    })
    await chunksOf(await recorder.fetch(url, { method: 'POST', body: Uint8Array.of(1, 2, 200) }))
    const response = await replayTraffic(path).fetch(url, { method: 'POST', body: Uint8Array.of(1, 2, 200) })
    // A replay has no transport that could take the encoding off once more.
    expect([response.status, response.url, [...response.headers]]).toEqual([201, url, [['x-request-id', 'r-1']]])
    expect((await chunksOf(response)).map((chunk) => [...chunk])).toEqual(chunks.map((chunk) => [...chunk]))
  })

  it('lets the reader set the pace, and shows the first chunk before the second is there', async () => {
    let asked = 0
    const source = new ReadableStream<Uint8Array>(
      { pull: (controller) => ((asked += 1) > 2 ? controller.close() : controller.enqueue(Buffer.from(`${asked}`))) },
      { highWaterMark: 0 },
    )
    using recorder = recordTraffic({ path: newPath(), fetch: giving(new Response(source)) })
    const reader = (await recorder.fetch(url)).body?.getReader()
    expect(asked).toBe(0)
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('1')
    expect(asked).toBe(1)
    await reader?.cancel()
  })

  it('has a line for each exchange as soon as it is over, in whatever order, and what is open at the end', async () => {
    const path = newPath()
    const recorder = recordTraffic({ path, fetch: async () => streamOf(Buffer.from('said')) })
    const [first, second] = [await recorder.fetch('https://a.example/1'), await recorder.fetch('https://a.example/2')]
    await chunksOf(second)
    expect(recorder.written).toBe(1)
    recorder.close()
    await chunksOf(first)
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { n: 2, outcome: { end: 'complete' } },
      { n: 1, outcome: { end: 'left' } },
    ])
  })

  it('of a form has its parts, and of a stream its bytes', async () => {
    const form = new FormData()
    form.set('file', new Blob(['contents']), 'a.txt')
    let sent: Request | undefined
    const fetch: WireFetch = async (input, init) => {
      sent = new Request(input, init)
      return new Response('ok')
    }
    expect(await recordedOf(fetch, { method: 'POST', body: form })).toContain('contents')
    expect((await sent?.formData())?.get('file')).toBeInstanceOf(Blob)
    const body = new Blob(['streamed']).stream()
    expect(await recordedOf(fetch, { method: 'POST', body })).toContain('streamed')
    expect(await sent?.text()).toBe('streamed')
  })

  it('needs a folder that is there', () => {
    expect(() => recordTraffic({ path: join(folder, 'no/such/folder.jsonl') })).toThrow('ENOENT')
  })
})

describe('secrets in a recording', () => {
  const ways: readonly (readonly [string, RequestInit])[] = [
    ['a bearer token', { headers: { authorization: `Bearer ${canary}` } }],
    ['a key of its own header', { headers: { 'x-goog-api-key': canary } }],
    ['a header of any name that speaks of keys', { headers: { 'ocp-apim-subscription-key': canary } }],
    ['a header that is no known one', { headers: { 'x-acme-passport': canary } }],
    ['a password', { headers: { authorization: `Basic ${btoa(`user:${canary}`)}` } }],
    ['a cookie', { headers: { cookie: `theme=dark; session=${canary}` } }],
    ['a field of a form', { method: 'POST', body: new URLSearchParams({ grant_type: 'x', client_secret: canary }) }],
    ['a field of JSON', { method: 'POST', body: JSON.stringify({ client_secret: canary, scope: 'all' }) }],
    ['what looks like a key, in a prompt', { method: 'POST', body: JSON.stringify({ content: `my key is ${keyLike}` }) }],
  ]

  it.each(ways)('are not there: %s', async (_name, init) => {
    const isSent = JSON.stringify([init, [...new Headers(init.headers)]]).includes(canary) && init.body === undefined
    const echoed = isSent ? canary : keyLike
    const echo = `Incorrect API key provided: ${echoed}, ${echoed.slice(0, 16)}****${echoed.slice(-8)}, sk-****`
    const response = new Response(JSON.stringify({ error: echo, access_token: canary }), {
      headers: { 'set-cookie': `session=${canary}`, 'x-echo': echoed },
    })
    const text = await recordedOf(giving(response), init)
    expect(findSecrets(text, [canary, keyLike, 'query-secret-0123456789'])).toEqual([])
    expect(text).toContain('limit=2')
  })

  it('are not there where they come in pieces; lengths stay', async () => {
    for (let cut = 1; cut < canary.length; cut += 7) {
      const [one, other] = [`data: ${canary.slice(0, cut)}`, `${canary.slice(cut)} was it\n\n`]
      const text = await recordedOf(giving(streamOf(Buffer.from(one), Buffer.from(other))), { headers: { 'x-api-key': canary } })
      const { outcome }: { outcome: { chunks: readonly { text: string }[] } } = JSON.parse(text)
      expect(outcome.chunks.map((chunk) => chunk.text)).toEqual([
        `data: ${'*'.repeat(cut)}`,
        `${'*'.repeat(canary.length - cut)} was it\n\n`,
      ])
    }
  })

  it('are not there in what the transport throws', async () => {
    const error = new TypeError(`connect to https://x.example?key=${canary} failed`)
    expect(findSecrets(await recordedOf(giving(error), { headers: { 'api-key': canary } }), [canary])).toEqual([])
  })

  it('that only the user knows can be named', async () => {
    const text = await recordedOf(giving(new Response('for Wallace')), { method: 'POST', body: 'I am Wallace Gromit' }, [
      'Wallace Gromit',
    ])
    expect(text).not.toContain('Gromit')
  })

  it('of a signed request leave id and signature out, and the rest readable', async () => {
    const signature = 'f'.repeat(64)
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000001/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${signature}`
    const body = JSON.stringify({ region: 'us-east-1', date: '20261122', id: 'AKIDEXAMPLE000001', signature })
    const text = await recordedOf(giving(new Response('ok')), { method: 'POST', body, headers: { authorization } })
    expect(text).not.toMatch(/AKIDEXAMPLE|ffff/)
    expect(text).toContain('us-east-1')
    expect(text).toContain('20261122')
  })

  it('do not come between a request and its recording: another key asks for the same', async () => {
    const path = newPath()
    using recorder = recordTraffic({ path, fetch: giving(new Response('for you')) })
    await chunksOf(await recorder.fetch(url, asking(canary)))
    const other = await replayTraffic(path).fetch(
      url.replace('query-secret-0123456789', 'x'),
      asking('another-key-of-another-length'),
    )
    expect(await other.text()).toBe('for you')
  })
})

const asking = (key: string): RequestInit => ({ method: 'POST', headers: { 'x-api-key': key }, body: `I am ${key}` })
const methodAndPath = (request: { method: string; url: string }) => [request.method, new URL(request.url).pathname]

/** A file with one recorded answer, "recorded", to one POST. */
async function recordedFile(body: object, ...responses: readonly (Response | Error)[]): Promise<string> {
  const path = newPath()
  const given = responses.length === 0 ? [new Response('recorded')] : responses
  using recorder = recordTraffic({ path, fetch: giving(...given) })
  for (const _ of given) {
    await recorder
      .fetch(url, { method: 'POST', body: JSON.stringify(body) })
      .then(chunksOf)
      .catch(() => undefined)
  }
  return path
}

const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

describe('a replay', () => {
  it('knows a body whatever the order of its fields', async () => {
    const { fetch } = replayTraffic(await recordedFile({ a: 1, b: { c: 2, d: [3] } }))
    expect(await (await fetch(url, post({ b: { d: [3], c: 2 }, a: 1 }))).text()).toBe('recorded')
  })

  it('gives equal requests their answers in order, each once, and then says so', async () => {
    const path = await recordedFile({ a: 1 }, new Response('first'), new Response('second'))
    const replay = replayTraffic(path)
    expect(await (await replay.fetch(url, post({ a: 1 }))).text()).toBe('first')
    expect(replay.remaining).toBe(1)
    expect(await (await replay.fetch(url, post({ a: 1 }))).text()).toBe('second')
    replay.assertDone()
    await expect(replay.fetch(url, post({ a: 1 }))).rejects.toThrow(`is in ${path} 2 times, and was asked for once more`)
    expect(() => replay.assertDone()).toThrow('asked for once more')
  })

  it('says in what a request differs from the nearest one', async () => {
    const path = newPath()
    using recorder = recordTraffic({ path, fetch: giving(new Response('1'), new Response('2')) })
    await chunksOf(await recorder.fetch('https://b.example/', post({ n: 1, messages: [{ content: 'Hi' }] })))
    await chunksOf(await recorder.fetch(url, post({ n: 2, messages: [{ content: 'Hi' }], temperature: 0 })))
    const replay = replayTraffic(path)
    await expect(replay.fetch(url, post({ n: 2, messages: [{ content: 'Hello' }, { content: 'x'.repeat(200) }] }))).rejects.toThrow(
      [
        `POST https://api.acme.example/v1/things?key=%5Bredacted%5D&limit=2 is not in ${path}; the nearest is number 2:`,
        '  body.messages[0].content was "Hi" and is "Hello"',
        `  body.messages[1] was absent and is {"content":"${'x'.repeat(68)}…`,
        '  body.temperature was 0 and is absent',
      ].join('\n'),
    )
    expect(() => replay.assertDone()).toThrow(/not asked for: POST https:\/\/b\.example\/ \(number 1\)/)
  })

  it('of what was not recorded is no failure of the vendor: no fallback hides it, and the caller reads why', async () => {
    const path = await recordedFile({ a: 1 })
    const backup = fakeProvider({ id: 'backup', script: answer('hidden') })
    const client: RouterClient = createRouter({
      providers: [openai({ fetch: replayTraffic(path).fetch }), backup],
      keys: memoryKeys({ OPENAI_API_KEY: canary }),
      agents: { support: { primary: 'openai/gpt-4o', fallback: ['backup/fake-model'] } },
    })
    const error: unknown = await client
      .agent('support')
      .chat.completions.create({ model: 'auto', messages })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'unrecorded_request', message: expect.stringContaining('body.messages') })
    expect(backup.calls).toEqual([])
  })

  it('compares what the user says', async () => {
    const { fetch } = replayTraffic(await recordedFile({ id: 'random-1' }), { identity: methodAndPath })
    expect(await (await fetch('https://other.example/v1/things', post({ id: 'random-2' }))).text()).toBe('recorded')
  })

  it('takes as long as it took, on the clock that it is given, or no time', async () => {
    const clock = fakeClock()
    const path = newPath()
    const slow: WireFetch = async () => {
      clock.advance(1000)
      const chunks = [20, 30].map((ms) => ({ ms, bytes: Buffer.from(`${ms}`) }))
      const source = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const chunk = chunks.shift()
            if (chunk === undefined) return controller.close()
            clock.advance(chunk.ms)
            return controller.enqueue(chunk.bytes)
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(source)
    }
    using recorder = recordTraffic({ path, fetch: slow, clock })
    await chunksOf(await recorder.fetch(url))
    const replayed = replayTraffic(path, { timing: true, clock })
    const reading = replayed.fetch(url).then(chunksOf)
    const started = clock.now()
    for (const due of [1000, 1020, 1050]) {
      while (clock.nextAt === undefined) await turn()
      expect(clock.nextAt - started).toBe(due)
      await clock.advanceAsync(clock.nextAt - clock.now())
    }
    expect(await reading).toHaveLength(2)
    expect(await chunksOf(await replayTraffic(path).fetch(url))).toHaveLength(2)
  })

  it('breaks where the connection broke, with the same code', async () => {
    const broken = new TypeError('terminated', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    const half = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('half')),
      pull: (controller) => controller.error(broken),
    })
    const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
    const { fetch } = replayTraffic(await recordedFile({}, new Response(half), refused))
    const reader = (await fetch(url, post({}))).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('half')
    await expect(reader?.read()).rejects.toMatchObject({ message: 'terminated', cause: { code: 'ECONNRESET' } })
    await expect(fetch(url, post({}))).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  })

  it('falls silent where the client left, until it leaves again', async () => {
    const path = newPath()
    const recorder = recordTraffic({ path, fetch: giving(streamOf(Buffer.from('some'), Buffer.from('more'))) })
    const reader = (await recorder.fetch(url)).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    const waiting = new AbortController()
    const hung = recordTraffic({ path: newPath(), fetch: async (_, init) => untilAborted(init?.signal) })
    const asked = hung.fetch(url, { signal: waiting.signal })
    await turn()
    waiting.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    recorder.close()
    hung.close()

    const leaving = new AbortController()
    const replayed = (await replayTraffic(path).fetch(url, { signal: leaving.signal })).body?.getReader()
    expect(Buffer.from((await replayed?.read())?.value ?? []).toString()).toBe('some')
    const next = replayed?.read()
    leaving.abort(new Error('again'))
    await expect(next).rejects.toThrow('again')
  })

  it('hears an abort before it begins', async () => {
    const { fetch } = replayTraffic(await recordedFile({}))
    await expect(fetch(url, { ...post({}), signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  })

  it.each([
    ['a line that is no JSON', '{'],
    ['a line of something else', '{"v":1,"n":1}'],
    ['a line of another version', '{"v":2,"n":1,"request":{"method":"GET","url":"https://a.example"},"outcome":{"left":true}}'],
  ])('refuses %s, and names it', (_name, line) => {
    const path = newPath()
    writeFileSync(path, `\n${line}\n`)
    expect(() => replayTraffic(path)).toThrow(`${path}, line 2: no exchange`)
  })

  it('serves an SDK that knows nothing of this package', async () => {
    const path = newPath()
    simulator.reset()
    using recorder = recordTraffic({ path })
    const { baseURL } = simulator.openai
    const ask = async (fetch: WireFetch) =>
      new OpenAI({ apiKey: canary, baseURL, fetch }).chat.completions.create({ model: 'gpt-4o', messages })
    const recorded = await ask(recorder.fetch)
    expect(await ask(replayTraffic(path).fetch)).toEqual(recorded)
  })
})

async function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
