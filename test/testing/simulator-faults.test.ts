import OpenAI from 'openai'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fakeClock, faults, vendorSimulator } from '../../src/testing/index.ts'
import type { Chunking, VendorSimulator } from '../../src/testing/index.ts'

let simulator: VendorSimulator

beforeAll(async () => {
  simulator = await vendorSimulator()
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const clientOf = (one: VendorSimulator): OpenAI => new OpenAI({ apiKey: 'any', baseURL: one.openai.baseURL, maxRetries: 0 })
const messages = [{ role: 'user' as const, content: 'hello' }]

/** What a plain HTTP client sees: status, text, and whether it came to its end. */
async function exchange(
  stream: boolean,
  init: { readonly vendor?: string; readonly signal?: AbortSignal; readonly model?: string } = {},
) {
  const { vendor = 'openai', signal = AbortSignal.timeout(20_000), model = 'gpt-4o' } = init
  const bodies: Record<string, [string, object]> = {
    openai: ['/chat/completions', { model, messages, stream }],
    anthropic: ['/v1/messages', { model, max_tokens: 100, messages, stream }],
    google: [
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    ],
  }
  const [path, body] = bodies[vendor] ?? ['', {}]
  let text = ''
  try {
    const response = await fetch(simulator.door(vendor).baseURL + path, {
      method: 'POST',
      headers: { authorization: 'Bearer any', 'anthropic-version': '2026-10-21' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal,
    })
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true })
    return { status: response.status, headers: response.headers, text, complete: true }
  } catch (error) {
    return { status: undefined, headers: new Headers(), text, complete: false, error }
  }
}

// fetch itself turns 407 into a network error, and asks again, by itself, after a 421.
const errorStatus = fc.integer({ min: 400, max: 599 }).filter((status) => status !== 407 && status !== 421)
const faultNames = Object.keys(faults).filter((name): name is keyof typeof faults => name in faults)

const silent = new Set(faultNames.filter((name) => /^stall|^keep-alive|^endless/.test(name)))

/** Fires a moment after the next request has arrived. */
function leaving(): AbortSignal {
  const controller = new AbortController()
  const before = simulator.requests.length
  const look = (): void => {
    if (simulator.requests.length > before) setTimeout(() => controller.abort(), 15)
    else setImmediate(look)
  }
  look()
  return controller.signal
}

type Seen = Awaited<ReturnType<typeof exchange>>

/** Ids differ from answer to answer, lengths do not. */
function isSame(seen: Seen, healthy: Seen): boolean {
  const type = (one: Seen): string | null => one.headers.get('content-type')
  return seen.complete && seen.status === 200 && seen.text.length === healthy.text.length && type(seen) === type(healthy)
}

async function statusesUnderChance(): Promise<readonly unknown[]> {
  simulator.reset()
  simulator.fail('openai', 'http-500', { probability: 0.5 })
  const statuses = []
  for (let round = 0; round < 20; round++) statuses.push((await exchange(false)).status)
  return statuses
}

describe('faults of the simulator', () => {
  const places = ['openai', 'anthropic', 'google'].flatMap((vendor) => [false, true].map((stream) => ({ vendor, stream })))
  it.each(places)(
    'spoil what they say they spoil, and leave $vendor healthy once healed (stream: $stream)',
    async ({ vendor, stream }) => {
      simulator.answer('*', 'a sound answer in several words')
      const healthy = await exchange(stream, { vendor })
      expect(healthy.complete && healthy.status).toBe(200)
      const wrong: string[] = []
      for (const name of faultNames) {
        const { spoils, ...fault } = faults[name]
        const outage = simulator.fail(vendor, name, { after: 2 })
        const strikes = spoils === 'any' || (spoils === 'streams') === stream
        const seen = await exchange(stream, { vendor, ...(strikes && silent.has(name) && { signal: leaving() }) })
        const same = isSame(seen, healthy)
        const expected = strikes ? 'harmless' in fault || !same : same
        if (outage.hits !== (strikes ? 1 : 0) || !expected) wrong.push(name)
        simulator.heal(vendor)
      }
      expect(wrong).toEqual([])
      await simulator.settled()
      expect((await exchange(stream, { vendor })).text).toHaveLength(healthy.text.length)
    },
  )

  it.each([
    ['connection-refused', 'ECONNREFUSED'],
    ['name-not-found', 'ENOTFOUND'],
    ['tls-failed', /^ERR_SSL_/],
  ] as const)('of the connection strike in the transport of a door: %s', async (name, code) => {
    const { baseURL, fetch: enter } = simulator.openai
    const ask = async (): Promise<number> =>
      (await enter(`${baseURL}/chat/completions`, { method: 'POST', headers: { authorization: 'Bearer any' }, body: '{}' })).status
    const outage = simulator.fail('openai', name, { times: 2 })
    const elsewhere = simulator.fail('openai', name, { model: 'another' })
    for (let round = 0; round < 2; round++) {
      const error: unknown = await ask().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        message: 'fetch failed',
        cause: { code: typeof code === 'string' ? code : expect.stringMatching(code) },
      })
    }
    expect(simulator.requests).toEqual([])
    expect(await ask()).toBe(400)
    expect([outage.hits, elsewhere.hits, simulator.requests.length]).toEqual([2, 0, 1])
    expect(JSON.stringify(simulator.requests[0]?.headers)).not.toContain('simulator')
  })

  it('of the connection do not strike the same request once more behind the door', async () => {
    const { baseURL, fetch: enter } = simulator.openai
    const outage = simulator.fail('openai', 'connection-refused', { skip: 1 })
    const ask = async (): Promise<number | 'failed'> =>
      enter(`${baseURL}/models`, { headers: { authorization: 'Bearer any' } }).then(
        ({ status }) => status,
        () => 'failed' as const,
      )
    expect([await ask(), await ask(), outage.hits]).toEqual([200, 'failed', 1])
  })

  it('of the connection are a reset for whoever does not come by the door', async () => {
    simulator.fail('openai', 'connection-refused')
    expect(await exchange(false)).toMatchObject({ complete: false, error: { cause: { code: 'ECONNRESET' } } })
  })

  it('the transport of a door takes what is meant for the real host, a request object as well', async () => {
    const { fetch: enter } = simulator.door('anthropic')
    const request = new Request('https://api.anthropic.com/v1/messages', {
      method: 'POST',
      headers: { 'x-api-key': 'any', 'anthropic-version': '2026-10-21', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude-x', max_tokens: 9, messages }),
    })
    expect((await enter(request)).status).toBe(200)
    expect(simulator.requests).toMatchObject([{ vendor: 'anthropic', path: '/v1/messages', model: 'claude-x', key: 'any' }])
  })

  it('cut a stream after exactly so many content events', async () => {
    simulator.answer('openai', { deltas: ['one ', 'two ', 'three ', 'four'] })
    for (const after of [0, 1, 3]) {
      simulator.failOnce('openai', 'cut-stream', { after })
      const { text, complete } = await exchange(true)
      expect(complete).toBe(true)
      expect(text.match(/"content":"(?!")/g) ?? []).toHaveLength(after)
      expect(text).not.toMatch(/"finish_reason":"|\[DONE\]/)
    }
  })

  it('say retry-after as seconds, milliseconds, a date or nonsense', async () => {
    const date = new Date('2027-01-01T00:00:00Z')
    for (const [retryAfter, name, value] of [
      [{ seconds: 3 }, 'retry-after', '3'],
      [{ ms: 1500 }, 'retry-after-ms', '1500'],
      [{ date }, 'retry-after', date.toUTCString()],
      [{ text: 'soon' }, 'retry-after', 'soon'],
    ] as const) {
      simulator.failOnce('openai', 'http-429', { retryAfter })
      const { status, headers } = await exchange(false)
      expect([status, headers.get(name)]).toEqual([429, value])
    }
  })

  it('have any status from 400 to 599 by name, the own body and headers, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(errorStatus, fc.constantFrom('openai', 'anthropic', 'google'), async (status, vendor) => {
        simulator.failOnce(vendor, `http-${status}`, { headers: { 'x-why': 'test' } })
        const answer = await exchange(false, { vendor })
        expect([answer.status, answer.headers.get('x-why'), typeof JSON.parse(answer.text).error.message]).toEqual([
          status,
          'test',
          'string',
        ])
      }),
      { numRuns: 60 },
    )
    simulator.failOnce('openai', 'http-503', { body: { own: true } })
    expect((await exchange(false)).text).toBe('{"own":true}')
    expect(() => simulator.fail('openai', 'http-700')).toThrow(/is no fault; there are http-400 to http-599 and /)
    expect(() => simulator.fail('opnai', 'http-500')).toThrow(/does not speak for 'opnai'/)
  })

  it('strike as often as ordered: times, skip, model, stream, match; the latest order first', async () => {
    simulator.fail('*', 'http-500', { skip: 1, times: 2 })
    const statuses = []
    for (let round = 0; round < 4; round++) statuses.push((await exchange(false)).status)
    expect(statuses).toEqual([200, 500, 500, 200])

    simulator.fail('openai', 'http-500', { model: /mini/ })
    simulator.fail('openai', 'http-503', { match: (turn) => turn.model === 'gpt-mini-2' })
    simulator.fail('openai', 'http-529', { stream: true, model: 'gpt-4o' })
    expect((await exchange(false)).status).toBe(200)
    expect((await exchange(true)).status).toBe(529)
    expect((await exchange(false, { model: 'gpt-mini' })).status).toBe(500)
    expect((await exchange(false, { model: 'gpt-mini-2' })).status).toBe(503)
    simulator.heal('openai', 'http-500')
    expect((await exchange(false, { model: 'gpt-mini' })).status).toBe(200)
  })

  it('strike at random, the same way for the same seed', async () => {
    const first = await statusesUnderChance()
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await statusesUnderChance()).toEqual(first)
  })

  it('strike within a window of the clock, and end when they are disposed', async () => {
    const clock = fakeClock()
    await using own = await vendorSimulator({ clock })
    own.fail('openai', 'http-503', { afterMs: 1_000, forMs: 500 })
    const status = async (): Promise<unknown> =>
      clientOf(own)
        .chat.completions.create({ model: 'gpt-4o', messages })
        .then(() => 200)
        .catch((error: unknown): unknown => (error instanceof OpenAI.APIError ? error.status : error))
    expect(await status()).toBe(200)
    clock.advance(1_000)
    expect(await status()).toBe(503)
    clock.advance(500)
    expect(await status()).toBe(200)
    {
      using outage = own.fail('openai', 'http-500')
      expect(await status()).toBe(500)
      expect(outage.hits).toBe(1)
    }
    expect(await status()).toBe(200)
  })

  it('use up no scripted answer when they replace the response', async () => {
    simulator.queue('openai', 'first', 'second')
    simulator.failOnce('openai', 'http-500')
    await exchange(false)
    expect((await exchange(false)).text).toContain('first')
    simulator.failOnce('openai', 'unary-for-stream')
    expect((await exchange(true)).text).toMatch(/^\{.*second/)
  })

  it('redirect to another origin, which answers as if all were well and remembers who came', async () => {
    simulator.fail('openai', 'redirect')
    const { status, headers } = await exchange(false)
    expect(status).toBe(307)
    expect(headers.get('location')).toBe(`${simulator.elsewhere}/openai/v1/chat/completions`)
    const followed = await clientOf(simulator).chat.completions.create({ model: 'gpt-4o', messages })
    expect(followed.choices[0]?.finish_reason).toBe('stop')
    expect(simulator.strayRequests).toHaveLength(1)
  })
})

describe('the simulator', () => {
  it('records what came, who answered it and how it ended', async () => {
    await exchange(true, { model: 'gpt-4o' })
    const controller = new AbortController()
    simulator.fail('openai', 'stall-mid-body')
    const cut = exchange(true, { signal: controller.signal })
    while (simulator.requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(simulator.open).toBe(1)
    controller.abort()
    await cut
    await simulator.settled()
    expect(simulator.open).toBe(0)
    expect(simulator.requests).toMatchObject([
      {
        vendor: 'openai',
        operation: 'chat',
        method: 'POST',
        path: '/v1/chat/completions',
        model: 'gpt-4o',
        stream: true,
        status: 200,
        abortedByClient: false,
      },
      { fault: 'stall-mid-body', abortedByClient: true },
    ])
    expect(simulator.requests[0]?.headers['authorization']).toBe('Bearer any')
    expect(simulator.requests[0]?.body).toMatchObject({ messages })
    simulator.failOnce('openai', 'reset-mid-body')
    await exchange(false)
    expect(await simulator.requests[2]?.ended).toBe('broken')
  })

  it('keeps the text whole, however the bytes are cut', async () => {
    const chunking = fc.oneof(
      fc.constantFrom<Chunking>('events', 'whole'),
      fc.integer({ min: 1, max: 40 }).map((size): Chunking => `bytes:${size}`),
      fc.nat().map((random): Chunking => ({ random })),
    )
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), chunking, async (text, cut) => {
        simulator.queue('openai', { text, chunking: cut })
        const final = await clientOf(simulator).chat.completions.stream({ model: 'gpt-4o', messages }).finalChatCompletion()
        expect(final.choices[0]?.message.content ?? '').toBe(text)
      }),
      { numRuns: 40 },
    )
  })

  it('takes its time on its clock: headers, first token, tokens; without stream all of it before the head', async () => {
    const clock = fakeClock()
    await using own = await vendorSimulator({ clock, latency: { headersMs: 10, firstTokenMs: 100, tokenMs: 5 } })
    own.answer('openai', { deltas: ['a', 'b', 'c'] })
    const unary = clientOf(own).chat.completions.create({ model: 'gpt-4o', messages })
    const waiting = unary.then((whole) => whole.choices[0]?.message.content)
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(clock.nextAt).toBe(10 + 100 + 2 * 5)
    clock.advance(120)
    expect(await waiting).toBe('abc')

    const start = clock.now()
    const times: number[] = []
    const reading = (async () => {
      for await (const chunk of await clientOf(own).chat.completions.create({ model: 'gpt-4o', messages, stream: true })) {
        if (chunk.choices[0]?.delta.content) times.push(clock.now() - start)
      }
    })()
    const done = new AbortController()
    const finished = reading.finally(() => done.abort())
    while (!done.signal.aborted) {
      if (clock.nextAt !== undefined) clock.advance(clock.nextAt - clock.now())
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    await finished
    expect(times).toEqual([110, 115, 120])
  })

  it('knows only the models it is told of, and gives vendor bodies and events verbatim', async () => {
    await using own = await vendorSimulator({ models: { openai: ['gpt-real'] } })
    const client = clientOf(own)
    await expect(client.chat.completions.create({ model: 'gpt-unreal', messages })).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['gpt-real'])
    own.queue('openai', { body: { own: 'shape' } }, { events: [{ choices: [{ delta: { content: 'raw' } }] }, 'data: [DONE]\n\n'] })
    expect(await client.chat.completions.create({ model: 'gpt-real', messages })).toMatchObject({ own: 'shape' })
    const chunks = []
    for await (const chunk of await client.chat.completions.create({ model: 'gpt-real', messages, stream: true }))
      chunks.push(chunk)
    expect(chunks).toMatchObject([{ choices: [{ delta: { content: 'raw' } }] }])
  })

  it('answers standing orders by condition, the queue first, and functions of the request', async () => {
    simulator.answer('openai', 'general')
    simulator.answer('openai', (turn) => `special for ${turn.model}`, { model: /special/ })
    simulator.queue('*', 'once')
    const say = async (model: string) =>
      (await clientOf(simulator).chat.completions.create({ model, messages })).choices[0]?.message.content
    expect([await say('x'), await say('x'), await say('special-1')]).toEqual(['once', 'general', 'special for special-1'])
  })

  it('fails loudly when a script throws: the request, and closing', async () => {
    const own = await vendorSimulator()
    own.answer('openai', () => {
      throw new Error('a mistake of the test')
    })
    await expect(clientOf(own).chat.completions.create({ model: 'x', messages })).rejects.toThrow(/a mistake of the test/)
    await expect(own.close()).rejects.toThrow('a mistake of the test')
  })

  it('answers a path that the vendor does not have with its own 404', async () => {
    await expect(clientOf(simulator).post('/nothing/here')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })
})
