import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { memoryAudit } from '../../src/audit/memory.ts'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { createRouter, memoryKeys, routeOf } from '../../src/index.ts'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import type { M365CopilotOptions } from '../../src/providers/m365-copilot/index.ts'
import { vendorSimulator } from '../../src/testing/index.ts'
import { answering, callOf, connected, failureOf, message, prompt, vendor, whole } from './m365-copilot-fixtures.ts'

/** As an application without types would call it. */
const untyped = (options: object): ProviderAdapter => m365Copilot(Object.assign({}, options))

const completed = (body: object, options: M365CopilotOptions = {}) =>
  answering(() => Response.json(body), options).complete(callOf())

describe('an answer', () => {
  it('has an estimate for its usage, and says so', async () => {
    const { usage, id, model } = await completed(whole('Grüße 世界'))
    expect({ id, model }).toEqual({ id: 'conversation-1', model: 'microsoft-365-copilot' })
    // Twenty ASCII characters; four of them, two letters with an accent at half a token and two ideograms.
    expect(usage).toEqual({ prompt_tokens: 5, completion_tokens: 4, total_tokens: 9, estimated: true })
  })

  it('is the service’s last message, with its markup or without', async () => {
    const text = 'Ask <Person>Ada</Person>[^1^].'
    expect((await completed(whole(text))).choices[0]?.message.content).toBe(text)
    expect((await completed(whole(text), { markup: 'strip' })).choices[0]?.message.content).toBe('Ask Ada.')
  })

  it('may be filtered, and then have nothing in it', async () => {
    const off = { state: 'disengagedForRai' }
    const [choice] = (await completed(whole('I cannot.', off))).choices
    expect(choice).toMatchObject({ finish_reason: 'content_filter', message: { content: 'I cannot.' } })
    const [empty] = (await completed({ ...off, messages: [message(prompt)] })).choices
    expect(empty).toMatchObject({ finish_reason: 'content_filter', message: { content: '' } })
  })

  it.each([
    ['what was asked alone', { messages: [message(prompt)] }],
    ['no messages', { messages: [] }],
    ['none at all', { id: 'conversation-1' }],
    ['a message without text', { messages: [message(prompt), { id: 'x' }] }],
  ])('is not %s', async (_, body) => {
    const adapter = answering(() => Response.json(body))
    expect(await failureOf(adapter.complete(callOf()), adapter)).toMatchObject({ kind: 'malformed' })
  })
})

const fails = (): Promise<never> => Promise.reject(new Error('hidden detail'))

describe('a token provider', () => {
  it('is asked at each call, in place of a key', async () => {
    const asked: boolean[] = []
    const getToken = ({ forceRefresh }: { forceRefresh: boolean }) => `token-${asked.push(forceRefresh)}`
    await using wire = await connected({ getToken })
    expect(wire.adapter.key).toBeNull()
    await wire.adapter.complete(callOf())
    for await (const _ of wire.adapter.stream(callOf({ stream: true }))) continue
    expect(wire.simulator.requests.map(({ key }) => key)).toEqual(['token-1', 'token-1', 'token-2', 'token-2'])
    expect(asked).toEqual([false, false])
  })

  it('is asked anew for a token that was refused, and only for that; the refused call is not made again', async () => {
    const asked: [string, boolean][] = []
    const user = new AsyncLocalStorage<string>()
    const getToken = async ({ forceRefresh }: { forceRefresh: boolean }) => {
      asked.push([String(user.getStore()), forceRefresh])
      return `token-of-${user.getStore()}${forceRefresh ? '-new' : ''}`
    }
    await using wire = await connected({ getToken })
    const ask = (name: string) => user.run(name, () => wire.adapter.complete(callOf()))
    wire.simulator.failOnce(vendor, 'bad-key')
    expect(await failureOf(ask('ada'), wire.adapter)).toMatchObject({ kind: 'auth', status: 401 })
    expect(wire.simulator.requests).toHaveLength(2)
    await ask('bob')
    await ask('ada')
    expect(asked).toEqual([
      ['ada', false],
      ['bob', false],
      ['ada', false],
      ['ada', true],
    ])
    expect(wire.simulator.requests.slice(2).map(({ key }) => key)).toEqual([
      'token-of-bob',
      'token-of-bob',
      'token-of-ada-new',
      'token-of-ada-new',
    ])
  })

  it('that fails, gives nothing or gives what no header can carry is at fault; nothing is sent, nothing is told', async () => {
    const tokens: readonly unknown[] = ['', 'a\nb', 'tøken-of-ada', 5, undefined]
    for (const give of [fails, ...tokens.map((token) => () => token)]) {
      const simulator = await vendorSimulator()
      const options = { baseURL: simulator.door(vendor).baseURL, getToken: give }
      await using wire = { simulator, adapter: untyped(options), [Symbol.asyncDispose]: () => simulator.close() }
      const failure = await failureOf(wire.adapter.complete(callOf()), wire.adapter)
      expect(failure).toMatchObject({ kind: 'auth' })
      expect(failure.message).not.toMatch(/hidden|tøken/)
      expect(wire.simulator.requests).toEqual([])
    }
  })

  it('does not outlast an abort', async () => {
    await using wire = await connected({ getToken: () => new Promise<string>(() => undefined) })
    const stop = new AbortController()
    const work = wire.adapter.complete(callOf({}, { signal: stop.signal }))
    stop.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
  })
})

const forbidden = (messages: readonly object[]) => answering(() => Response.json({ messages }, { status: 403 }))

describe('a refusal', () => {
  it.each<[number, object, object]>([
    [400, { code: 'BadRequest', message: 'locationHint is required' }, { kind: 'invalid_request', code: 'BadRequest' }],
    [401, { code: 'InvalidAuthenticationToken', message: 'expired' }, { kind: 'auth' }],
    [403, { code: 'Forbidden', message: 'User is not licensed.' }, { kind: 'permission', message: 'User is not licensed.' }],
    [404, { code: 'NotFound', message: 'gone' }, { kind: 'not_found' }],
    [429, { code: 'TooManyRequests', message: 'slow down' }, { kind: 'rate_limit', retryAfterMs: 7000 }],
    [500, { code: 'x', message: 'Got Non-2xx response from IC3. Status = 403 (Forbidden)' }, { kind: 'permission' }],
    [500, { code: 'x', message: 'Got Non-2xx response from IC3. Status = 429 (Too Many)' }, { kind: 'rate_limit' }],
    [500, { code: 'x', message: 'oops' }, { kind: 'server' }],
    [502, { code: 'BadGateway', message: 'bad' }, { kind: 'server' }],
    [503, { code: 'ServiceUnavailable', message: 'busy' }, { kind: 'overloaded' }],
    [504, { code: 'GatewayTimeout', message: 'a long task' }, { kind: 'server' }],
  ])('with %i is read from Graph’s error: %o', async (status, error, expected) => {
    await using wire = await connected()
    for (const operation of ['prelude', undefined] as const) {
      const body = { error: { ...error, innerError: { 'request-id': 'r' } } }
      const headers = { 'request-id': 'graph-1' }
      using _ = wire.simulator.fail(vendor, `http-${status}`, {
        body,
        headers,
        retryAfter: { seconds: 7 },
        ...(operation !== undefined && { operation }),
      })
      const failure = await failureOf(wire.adapter.complete(callOf()), wire.adapter)
      expect(failure).toMatchObject({ status, requestId: 'graph-1', ...expected })
    }
    // Once stopped at the conversation, once at the message.
    expect(wire.simulator.requests.map(({ operation }) => operation)).toEqual(['prelude', 'prelude', 'chat'])
  })

  it('that comes as a conversation says why, and keeps what the user has written to itself', async () => {
    const reason = 'Your license does not cover this.'
    const told = forbidden([message(prompt), message(reason)])
    const failure = await failureOf(told.complete(callOf()), told)
    expect(failure).toMatchObject({ kind: 'permission', status: 403, message: reason })
    expect(inspect(failure, { depth: 9 })).not.toContain(prompt)
    const silent = forbidden([message(prompt)])
    expect(inspect(await failureOf(silent.complete(callOf()), silent), { depth: 9 })).not.toContain(prompt)
  })
})

describe('through a router', () => {
  const request: ChatRequest = { model: 'm365-copilot/microsoft-365-copilot', messages: [{ role: 'user', content: prompt }] }

  it('the seat is paid: a call costs nothing, by an estimate of its tokens', async () => {
    await using simulator = await vendorSimulator()
    const audit = memoryAudit()
    const client = createRouter({
      providers: [m365Copilot({ baseURL: simulator.door(vendor).baseURL })],
      keys: memoryKeys({ M365_COPILOT_TOKEN: 'token-of-the-user' }),
      audit,
    })
    const completion = await client.chat.completions.create({ ...request, stream: false })
    const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(completion.usage).toMatchObject({ prompt_tokens: 5, estimated: true })
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 5, estimated: true })
    for (const answer of [completion, stream]) expect(routeOf(answer)).toMatchObject({ usageSource: 'estimated', costUsd: 0 })
    await client.close()
    const succeeded = audit.records.flatMap(({ event }) => (event.type === 'attempt.succeeded' ? [event] : []))
    expect(succeeded).toMatchObject([
      { usageSource: 'estimated', costUsd: 0, vendorRequestId: expect.stringMatching(/^graph-/) },
      { usageSource: 'estimated', costUsd: 0 },
    ])
    expect(succeeded[0]?.priceSnapshot).toContain('seat licence')
  })

  it('a token provider sees whose call it is, whole or streamed', async () => {
    await using simulator = await vendorSimulator()
    const user = new AsyncLocalStorage<string>()
    const getToken = () => `token-of-${user.getStore()}`
    const client = createRouter({ providers: [m365Copilot({ baseURL: simulator.door(vendor).baseURL, getToken })] })
    await Promise.all(
      ['ada', 'bob'].map((name) =>
        user.run(name, async () => {
          await client.chat.completions.create({ ...request, stream: false })
          for await (const _ of await client.chat.completions.create({ ...request, stream: true })) continue
        }),
      ),
    )
    for (const name of ['ada', 'bob']) expect(simulator.requests.filter(({ key }) => key === `token-of-${name}`)).toHaveLength(4)
  })
})

describe('m365Copilot()', () => {
  const refusedOptions: [object, string, RegExp][] = [
    [{ client: {} }, 'm365Copilot.client', /no client/],
    [{ getToken: 'token' }, 'm365Copilot.getToken', /a function/],
    [{ getToken: () => 'a', key: 'K' }, 'm365Copilot.key', /got both/],
    [{ timeZone: 'Oslo' }, 'm365Copilot.timeZone', /IANA/],
    [{ timeZone: 5 }, 'm365Copilot.timeZone', /IANA/],
    [{ webSearch: 'yes' }, 'm365Copilot.webSearch', /true or false/],
    [{ markup: 'html' }, 'm365Copilot.markup', /'keep' or 'strip'/],
    [{ baseURL: 'http://graph.example/beta' }, 'm365Copilot.baseURL', /unencrypted/],
    [{ timezone: 'UTC' }, 'm365Copilot.timezone', /Did you mean 'timeZone'/],
  ]
  it.each(refusedOptions)('refuses %o', (options, field, problem) => {
    expect(() => untyped(options)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', field, message: expect.stringMatching(problem) }),
    )
  })

  it('asks the key store for a token by its name, unless told another', () => {
    expect(m365Copilot()).toMatchObject({ id: 'm365-copilot', key: 'M365_COPILOT_TOKEN', catalog: 'm365-copilot' })
    expect(m365Copilot({ id: 'work', key: 'ADA_TOKEN', region: 'eu' })).toMatchObject({
      id: 'work',
      key: 'ADA_TOKEN',
      region: 'eu',
      catalog: 'm365-copilot',
    })
  })

  it('shows no token when it is printed', async () => {
    await using wire = await connected({ getToken: () => 'token-nobody-should-see' })
    await wire.adapter.complete(callOf({}, { secret: new Secret('') }))
    expect(inspect(wire.adapter, { depth: 9, showHidden: true })).not.toContain('nobody-should-see')
  })
})
