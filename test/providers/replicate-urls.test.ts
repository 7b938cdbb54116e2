import { describe, expect, it } from 'vitest'
import { replicate } from '../../src/providers/replicate/index.ts'
import {
  api,
  asked,
  call,
  done,
  event,
  failureOf,
  follow,
  json,
  key,
  prediction,
  sse,
  starting,
  wire,
} from './replicate-fixtures.ts'

const creation = `POST ${api}/models/meta/meta-llama-3-70b-instruct/predictions`

/** Addresses that must never be asked: other hosts, other ports, other protocols, names that look like the vendor's. */
const foreign = [
  'https://evil.example/v1/predictions/p1',
  'http://api.replicate.com/v1/predictions/p1',
  'https://api.replicate.com:8443/v1/predictions/p1',
  'https://api.replicate.com.evil.example/v1/predictions/p1',
  'https://api.replicate.com@evil.example/v1/predictions/p1',
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  '//evil.example/x',
  '/v1/predictions/p1',
  'nonsense',
]

describe('where a prediction is looked at', () => {
  it.each(foreign)('is not %s', async (get) => {
    const answers = wire(json(starting({ urls: { get } })), json(prediction()))
    const adapter = replicate({ fetch: answers.fetch, pollMs: 1 })
    const failure = await failureOf(adapter.complete(call()))
    expect(failure).toMatchObject({ kind: 'malformed', message: expect.stringContaining('Nothing was sent there') })
    expect(asked(answers).filter((request) => request.startsWith('GET'))).toEqual([])
  })

  it('is an address of the API, else the place that it has by its id', async () => {
    for (const [urls, place] of [
      [{ get: `${api}/predictions/p1?x=1` }, `${api}/predictions/p1?x=1`],
      [{}, `${api}/predictions/p1`],
      [{ get: 5 }, `${api}/predictions/p1`],
    ] as const) {
      const answers = wire(json(starting({ urls })), json(prediction()))
      await replicate({ fetch: answers.fetch, pollMs: 1 }).complete(call())
      expect(asked(answers)).toEqual([creation, `GET ${place}`])
    }
  })

  it('is below the base URL where that is a proxy that hands on what the vendor says', async () => {
    const answers = wire(json(starting()), json(prediction()))
    await replicate({ fetch: answers.fetch, pollMs: 1, baseURL: 'https://proxy.example/replicate/v1/' }).complete(call())
    expect(answers.sent[1]?.url).toBe('https://proxy.example/replicate/v1/predictions/p1')
  })

  it('is below it whatever the id is', async () => {
    const answers = wire(json(starting({ id: '../../x?y#z', urls: {} })), json(prediction()))
    await replicate({ fetch: answers.fetch, pollMs: 1 }).complete(call())
    expect(answers.sent[1]?.url).toBe(`${api}/predictions/..%2F..%2Fx%3Fy%23z`)
  })
})

const begun = (stream: string) => json(starting({ urls: { get: `${api}/predictions/p1`, stream } }))

describe('where the events of a prediction are', () => {
  it.each([
    ...foreign,
    'https://replicate.com.evil.example/s',
    'https://evilreplicate.com/s',
    'https://stream.replicate.com:8443/s',
    'http://stream.replicate.com/s',
    'https://stream.replicate.com@evil.example/s',
  ])('is not %s', async (address) => {
    const answers = wire(begun(address), sse(event('output', 'Hi') + done))
    const { failure, text } = await follow(replicate({ fetch: answers.fetch }), call({ stream: true }))
    expect({ failure, text }).toMatchObject({ failure: { kind: 'malformed' }, text: '' })
    expect(asked(answers).filter((request) => request.startsWith('GET'))).toEqual([])
  })

  it.each(['https://stream.replicate.com/v1/files/abc', 'https://streaming-api.svc.us.c.replicate.net/v1/streams/abc'])(
    'may be %s, which does not get the key, nor headers that are meant for the API',
    async (address) => {
      const answers = wire(begun(address), sse(event('output', 'Hi') + done), json(prediction()))
      const adapter = replicate({ fetch: answers.fetch, headers: { 'x-own': '1' } })
      const made = call({ stream: true }, { headers: { 'x-call': '1' } })
      expect((await follow(adapter, made)).text).toBe('Hi')
      const [creating, events, after] = answers.sent.map(({ headers }) => Object.fromEntries(headers))
      expect(events).toEqual({ accept: 'text/event-stream' })
      for (const headers of [creating, after])
        expect(headers).toMatchObject({ authorization: `Bearer ${key}`, 'x-own': '1', 'x-call': '1' })
    },
  )

  it('may be the API itself, or the proxy before it, which get the key', async () => {
    const baseURL = 'https://proxy.example/v1'
    const answers = wire(begun('https://proxy.example/v1/streams/a'), sse(event('output', 'Hi') + done), json(prediction()))
    expect((await follow(replicate({ fetch: answers.fetch, baseURL }), call({ stream: true }))).text).toBe('Hi')
    expect(answers.sent[1]?.headers.get('authorization')).toBe(`Bearer ${key}`)
  })
})

describe('where a prediction is canceled', () => {
  it.each(foreign)('is not %s: then it is not canceled', async (cancel) => {
    const answers = wire(json(starting({ urls: { cancel, get: `${api}/predictions/p1` } })), json(prediction({ id: 5 })))
    const adapter = replicate({ fetch: answers.fetch, pollMs: 1 })
    // The second look is at something that is no prediction: nobody wants the first one any more.
    expect(await failureOf(adapter.complete(call()))).toMatchObject({ kind: 'malformed' })
    expect(asked(answers)).toEqual([creation, `GET ${api}/predictions/p1`])
  })

  it('is what the vendor says', async () => {
    const answers = wire(json(starting()), json(prediction({ id: 5 })), json({}))
    expect(await failureOf(replicate({ fetch: answers.fetch, pollMs: 1 }).complete(call()))).toMatchObject({ kind: 'malformed' })
    await expect.poll(() => asked(answers)).toEqual([creation, `GET ${api}/predictions/p1`, `POST ${api}/predictions/p1/cancel`])
  })
})
