import { channel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import OpenAI from 'openai'
import type { Stream } from 'openai/streaming'
import { expect, vi } from 'vitest'
import { busy, chunks, completion, failure, json, silence, streamed } from './answers.ts'
import { differs } from './differences.ts'
import { ask, collect, eachSubject, failureOf } from './suite.ts'

/** The origins that `fetch` is sent to while `run` is running, whoever calls it. */
async function originsOf(run: () => Promise<void>): Promise<ReadonlySet<string>> {
  const origins = new Set<string>()
  const note = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('request' in message)) return
    const { request } = message
    if (typeof request === 'object' && request !== null && 'origin' in request) origins.add(String(request.origin))
  }
  const requests = channel('undici:request:create')
  requests.subscribe(note)
  try {
    await run()
  } finally {
    requests.unsubscribe(note)
  }
  return origins
}

const resourcesOf = (client: OpenAI): readonly (readonly [string, string])[] =>
  Object.entries(client).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && '_client' in value ? [[name, String(value.constructor.name)]] : [],
  )

/** What observability libraries do: every object read from the client is wrapped again, every method is bound. */
function deepProxy<Target extends object>(target: Target, calls: string[]): Target {
  return new Proxy(target, {
    get(inner, key, receiver) {
      const value: unknown = Reflect.get(inner, key, inner)
      if (typeof value === 'function') {
        return (...args: readonly unknown[]): unknown => {
          calls.push(String(key))
          return Reflect.apply(value, inner, args)
        }
      }
      if (typeof value === 'object' && value !== null) return deepProxy(value, calls)
      return Reflect.get(inner, key, receiver)
    },
  })
}

const elsewhere: readonly ((client: OpenAI) => PromiseLike<unknown>)[] = [
  (client) => client.files.list(),
  (client) => client.files.create({ file: new File(['{}'], 'a.jsonl'), purpose: 'batch' }),
  (client) => client.images.generate({ prompt: 'a cat' }),
  (client) => client.responses.create({ model: 'gpt-4o-mini', input: 'Hi.' }),
  (client) => client.moderations.create({ input: 'Hi.' }),
  (client) => client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Hi.' }),
  (client) => client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hi.' }),
  (client) => client.batches.list(),
  (client) => client.vectorStores.list(),
  (client) => client.fineTuning.jobs.list(),
  (client) => client.get('/anything'),
]

eachSubject((it, subject) => {
  it('1 is an OpenAI, with the resource classes of the package', ({ client }) => {
    expect(client).toBeInstanceOf(OpenAI)
    expect(client.chat).toBeInstanceOf(OpenAI.Chat)
    expect(client.chat.completions).toBeInstanceOf(OpenAI.Chat.Completions)
    expect(client.embeddings).toBeInstanceOf(OpenAI.Embeddings)
    expect(client.models).toBeInstanceOf(OpenAI.Models)
  })

  it('2 has every resource of the SDK', ({ client }) => {
    expect(resourcesOf(client)).toEqual(resourcesOf(new OpenAI({ apiKey: 'sk-none' })))
    expect(resourcesOf(client).length).toBeGreaterThan(10)
  })

  it('2 sends nothing anywhere but to its upstream, and nothing with another key', async ({ client, server }) => {
    server.always(json({ object: 'list', data: [], results: [{ flagged: false }] }))
    const errors: unknown[] = []
    const origins = await originsOf(async () => {
      for (const call of elsewhere) {
        try {
          await call(client)
        } catch (error) {
          errors.push(error)
        }
      }
    })
    expect(errors).toEqual([])
    expect(origins).toEqual(new Set([server.origin]))
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer sk-test']))
  })

  it('2 printing the client', ({ client }) => {
    const printed = inspect(client, { depth: 12, showHidden: true, getters: true })
    if (differs(subject, 'printed-key')) expect(printed).not.toContain('sk-test')
    else expect(printed).toContain('sk-test')
  })

  it('3 withOptions() makes a client of the same class that still answers', async ({ client, server }) => {
    server.always(json(completion('again')))
    const other = client.withOptions({ maxRetries: 5, timeout: 1234, defaultHeaders: { 'x-team': 'blue' } })
    expect(other.constructor).toBe(client.constructor)
    expect(other).not.toBe(client)
    expect([other.maxRetries, other.timeout]).toEqual([5, 1234])
    expect([client.maxRetries, client.timeout]).toEqual([2, 600_000])
    const answer = await other.chat.completions.create(ask)
    expect(answer.choices[0]?.message.content).toBe('again')
    expect(server.requests[0]?.headers).toMatchObject({ 'x-team': 'blue', authorization: 'Bearer sk-test' })
  })

  it('3 withOptions() chains and inherits what was changed at run time', async ({ client, server }) => {
    server.always(json(completion('third')))
    Object.assign(client, { maxRetries: 7, timeout: 4321 })
    const second = client.withOptions({ defaultHeaders: { 'x-team': 'blue' } })
    expect([second.maxRetries, second.timeout]).toEqual([7, 4321])
    const third = second.withOptions({ timeout: 99_000 }).withOptions({})
    expect([third.maxRetries, third.timeout]).toEqual([7, 99_000])
    expect(third).toBeInstanceOf(OpenAI)
    await third.chat.completions.create(ask)
    expect(server.requests[0]?.headers['x-team']).toBe('blue')
  })

  it('4 has the defaults of the SDK, and takes options for them', ({ client, another }) => {
    expect([client.maxRetries, client.timeout]).toEqual([2, 600_000])
    const other = another({ maxRetries: 0, timeout: 5000 })
    expect([other.maxRetries, other.timeout]).toEqual([0, 5000])
  })

  it('4 obeys maxRetries, also when it is changed on the instance', async ({ another, server }) => {
    server.script(busy(500))
    server.always(failure(500))
    const client = another({ maxRetries: 1 })
    await failureOf(client.chat.completions.create(ask))
    expect(server.requests).toHaveLength(2)
    client.maxRetries = 0
    await failureOf(client.chat.completions.create(ask))
    expect(server.requests).toHaveLength(3)
  })

  it('4 obeys a timeout that is changed on the instance', async ({ another, server }) => {
    server.always(silence)
    const client = another({ maxRetries: 0 })
    client.timeout = 20
    expect(await failureOf(client.chat.completions.create(ask))).toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
  })

  it('4 sends its defaultHeaders', async ({ another, server }) => {
    server.script(json(completion()))
    await another({ defaultHeaders: { 'x-team': 'blue' } }).chat.completions.create(ask)
    expect(server.requests[0]?.headers['x-team']).toBe('blue')
  })

  it('5 parse(), stream() and runTools() see a replaced create()', async ({ client, server }) => {
    server.always(json(completion()))
    const seen: unknown[] = []
    const { completions } = client.chat
    const create: unknown = completions.create
    if (typeof create !== 'function') throw new TypeError('create is a method')
    Object.assign(completions, {
      create: (...args: readonly unknown[]): unknown => {
        seen.push(args[0])
        return Reflect.apply(create, completions, args)
      },
    })
    await completions.create(ask)
    await completions.parse(ask)
    await completions.runTools({ ...ask, tools: [] }).done()
    server.script(streamed(chunks('Hi')))
    await completions.stream(ask).done()
    expect(seen).toHaveLength(4)
  })

  it('6 a patched prototype is called, once for a call', async ({ client, server }) => {
    server.script(json(completion()), streamed(chunks('Hi')))
    const spy = vi.spyOn(OpenAI.Chat.Completions.prototype, 'create')
    try {
      await client.chat.completions.create(ask)
      expect(spy.mock.calls.map(([body]) => body)).toEqual([ask])
      await client.chat.completions.stream(ask).done()
      expect(spy).toHaveBeenCalledTimes(2)
      expect(spy.mock.contexts).toEqual([client.chat.completions, client.chat.completions])
    } finally {
      spy.mockRestore()
    }
  })

  it('7 works inside a deep Proxy', async ({ client, server }) => {
    const calls: string[] = []
    const wrapped = deepProxy(client, calls)
    server.script(json(completion('one')), streamed(chunks('two')), json(completion('three')), streamed(chunks('four')))
    expect((await wrapped.chat.completions.create(ask)).choices[0]?.message.content).toBe('one')
    expect(await collect(await wrapped.chat.completions.create({ ...ask, stream: true }))).toHaveLength(3)
    expect((await wrapped.chat.completions.parse(ask)).choices[0]?.message.content).toBe('three')
    expect(await wrapped.chat.completions.stream(ask).finalContent()).toBe('four')
    expect(wrapped.withOptions({ maxRetries: 0 })).toBeInstanceOf(OpenAI)
    expect(calls).toEqual(['create', 'create', 'parse', 'stream', 'withOptions'])
  })

  it('8 post() and request() of the chat path are answered, also with promised options', async ({ client, server }) => {
    server.always(json(completion('raw')))
    const direct = { method: 'post', path: '/chat/completions', body: ask } as const
    const answers: unknown[] = [
      await client.post('/chat/completions', { body: ask }),
      await client.post('/chat/completions', Promise.resolve({ body: ask })),
      await client.request(direct),
      await client.request(Promise.resolve(direct)),
    ]
    for (const answer of answers) expect(answer).toMatchObject({ choices: [{ message: { content: 'raw' } }] })
    expect(server.requests.map(({ body }): unknown => JSON.parse(body))).toEqual([ask, ask, ask, ask])
  })

  it('8 post() of the chat path can stream', async ({ client, server }) => {
    server.script(streamed(chunks('raw')))
    const stream = await client.post<Stream<unknown>>('/chat/completions', { body: { ...ask, stream: true }, stream: true })
    expect(await collect(stream)).toHaveLength(3)
  })

  it('9 the paths of stored completions are not chat', async ({ client, server }) => {
    server.always(json({ id: 'chatcmpl-9', object: 'chat.completion', data: [] }))
    const { completions } = client.chat
    const calls = [
      () => completions.retrieve('chatcmpl-9'),
      () => completions.update('chatcmpl-9', { metadata: { a: 'b' } }),
      () => completions.delete('chatcmpl-9'),
      () => completions.list(),
      () => client.post('/chat/completions/chatcmpl-9', { body: ask }),
    ]
    for (const call of calls) await call()
    expect(server.requests).toHaveLength(calls.length)
    const chats = server.requests.filter(({ method, path }) => method === 'POST' && path === '/v1/chat/completions')
    expect(chats).toEqual([])
  })

  it('10 is constructed without OPENAI_API_KEY in the environment', async ({ another, server }) => {
    vi.stubEnv('OPENAI_API_KEY', undefined)
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/elsewhere')
    try {
      server.script(json(completion('keyed')))
      const answer = await another().chat.completions.create(ask)
      expect(answer.choices[0]?.message.content).toBe('keyed')
      expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-test')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
