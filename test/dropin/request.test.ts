import type OpenAI from 'openai'
import { Stream } from 'openai/streaming'
import { expect } from 'vitest'
import { chunk, completion, json, streamed, chunks, usage } from './answers.ts'
import type { Received } from './server.ts'
import { ask, collect, eachSubject, failureOf } from './suite.ts'

const bodyOf = (request: Received | undefined): unknown => JSON.parse(request?.body ?? 'null')

/** What the type of a request does not allow, but JavaScript does. */
const untyped = (body: object): OpenAI.ChatCompletionCreateParamsNonStreaming => Object.assign(body, ask, body)

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

eachSubject((it) => {
  it('19 fields of the request that the SDK does not know pass through', async ({ client, server }) => {
    server.script(json(completion()))
    const body = {
      model: 'gpt-4o-mini',
      messages: [{ role: 'user' as const, content: 'Hi.', cache_hint: { ttl: 5 } }],
      some_new_field: { deep: [1, { a: null }] },
    }
    await client.chat.completions.create(body)
    expect(bodyOf(server.requests[0])).toEqual(body)
  })

  it('19 fields of the answer that the SDK does not know pass through', async ({ client, server }) => {
    const extended = completion(
      { content: 'Hi', reasoning_content: 'hm', some_state: { a: [1] } },
      {
        service_tier: 'flex',
        x_vendor: { id: 1 },
        usage: { ...usage, some_new_tokens: 3 },
      },
    )
    server.script(json(extended))
    expect(await client.chat.completions.create(ask)).toEqual(extended)
  })

  it('19 fields of chunks that the SDK does not know pass through', async ({ client, server }) => {
    const sent = [
      { ...chunk({ role: 'assistant', content: '' }), x_vendor: { id: 1 } },
      chunk({ content: 'a', reasoning_content: 'hm' }),
      chunk({}, 'stop'),
    ]
    server.script(streamed(sent))
    expect(await collect(await client.chat.completions.create({ ...ask, stream: true }))).toEqual(sent)
  })

  it('20 the body is what JSON makes of it', async ({ client, server }) => {
    server.script(json(completion()))
    const odd = {
      gone: undefined,
      kept: null,
      when: new Date(0),
      custom: { secret: 1, toJSON: () => ({ shown: true }) },
      method: () => 1,
      symbol: Symbol('s'),
      list: [undefined, () => 1, Symbol('s'), Number.NaN, Infinity],
      map: new Map([['a', 1]]),
      boxed: Object('text'),
      zero: -0,
    }
    await client.chat.completions.create(untyped(odd))
    expect(bodyOf(server.requests[0])).toEqual({
      ...ask,
      kept: null,
      when: '1970-01-01T00:00:00.000Z',
      custom: { shown: true },
      list: [null, null, null, null, null],
      map: {},
      boxed: 'text',
      zero: 0,
    })
  })

  it('20 toJSON of the whole body and of a message is honoured', async ({ client, server }) => {
    server.always(json(completion()))
    class Conversation {
      readonly model = 'gpt-4o-mini'
      readonly messages = ask.messages
      readonly internal = 'never sent'
      toJSON(): object {
        return { model: this.model, messages: this.messages }
      }
    }
    await client.chat.completions.create(new Conversation())
    expect(bodyOf(server.requests[0])).toEqual(ask)
    const message = { role: 'user' as const, content: 'draft', toJSON: () => ({ role: 'user', content: 'final' }) }
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [message] })
    expect(bodyOf(server.requests[1])).toEqual({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'final' }] })
  })

  it('20 inherited and non-enumerable properties are not sent', async ({ client, server }) => {
    server.script(json(completion()))
    const body = Object.assign(Object.create({ inherited: 1 }), ask)
    Object.defineProperty(body, 'hidden', { value: 1, enumerable: false })
    await client.chat.completions.create(body)
    expect(bodyOf(server.requests[0])).toEqual(ask)
  })

  it('20 the body is taken at the call, so that later changes are not sent', async ({ client, server }) => {
    server.script(json(completion()))
    const body = { ...ask, messages: [{ role: 'user' as const, content: 'first' }] }
    const call = client.chat.completions.create(body)
    await server.received(1)
    body.messages.push({ role: 'user', content: 'second' })
    await call
    expect(bodyOf(server.requests[0])).toEqual({ ...ask, messages: [{ role: 'user', content: 'first' }] })
  })

  it('21 frozen bodies and options work', async ({ client, server }) => {
    server.script(json(completion('cold')), streamed(chunks('cold')))
    const options = deepFreeze({ headers: { 'x-a': '1' }, maxRetries: 0 })
    const body = deepFreeze({ ...ask, messages: [...ask.messages], metadata: { a: 'b' } })
    expect((await client.chat.completions.create(body, options)).choices[0]?.message.content).toBe('cold')
    const stream = await client.chat.completions.create(deepFreeze({ ...body, stream: true as const }), options)
    expect(await collect(stream)).toHaveLength(3)
    expect(server.requests.map(({ headers }) => headers['x-a'])).toEqual(['1', '1'])
  })

  it('21 neither body nor options are changed', async ({ client, server }) => {
    server.script(json(completion()), streamed(chunks('Hi')))
    const body = { ...ask, messages: [...ask.messages], metadata: { a: 'b' }, temperature: null }
    const options = { headers: { 'X-A': '1' }, maxRetries: 0 }
    const before = structuredClone({ body, options })
    await client.chat.completions.create(body, options)
    await collect(await client.chat.completions.create({ ...body, stream: true }, options))
    expect({ body, options }).toStrictEqual(before)
  })

  it('22 a circular body is a TypeError, and nothing is sent', async ({ client, server }) => {
    const metadata: Record<string, unknown> = {}
    metadata['self'] = metadata
    expect(await failureOf(client.chat.completions.create(untyped({ metadata })))).toBeInstanceOf(TypeError)
    expect(await failureOf(client.chat.completions.create(untyped({ big: 1n })))).toBeInstanceOf(TypeError)
    expect(server.requests).toHaveLength(0)
  })

  it('22 a __proto__ key is harmless in the body and in the answer', async ({ client, server }) => {
    server.script(({ head, end }) => {
      head(200, { 'content-type': 'application/json' })
      end(JSON.stringify(completion()).replace('{', '{"__proto__":{"polluted":1},'))
    })
    const body: OpenAI.ChatCompletionCreateParamsNonStreaming = JSON.parse(
      `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi.","__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}`,
    )
    const answer = await client.chat.completions.create(body)
    expect(answer.choices[0]?.message.content).toBe('Hello!')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Object.getPrototypeOf(answer)).toBe(Object.prototype)
    expect(server.requests[0]?.body.match(/"__proto__":/g)).toHaveLength(2)
  })

  it('23 stream: null, false and undefined mean a whole answer', async ({ client, server }) => {
    server.always(json(completion('whole')))
    for (const stream of [null, false, undefined] as const) {
      const answer = await client.chat.completions.create({ ...ask, ...(stream === undefined ? {} : { stream }) })
      expect(answer).toMatchObject({ object: 'chat.completion' })
    }
    expect(server.requests).toHaveLength(3)
  })

  it('23 options.body wins over the body', async ({ client, server }) => {
    server.script(json(completion()))
    const other = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'The other one.' }] }
    await client.chat.completions.create(ask, { body: other })
    expect(bodyOf(server.requests[0])).toEqual(other)
  })

  it('23 the body that is sent decides whether the answer is a stream', async ({ client, server }) => {
    server.script(streamed(chunks('Hi')), json(completion('whole')))
    const streaming: unknown = await client.chat.completions.create(ask, { body: { ...ask, stream: true } })
    expect(streaming).toBeInstanceOf(Stream)
    const whole: unknown = await client.chat.completions.create({ ...ask, stream: true }, { body: ask })
    expect(whole).toMatchObject({ object: 'chat.completion' })
  })

  it('24 headers of a request win over default ones, whatever their case', async ({ another, server }) => {
    server.always(json(completion()))
    const client = another({ defaultHeaders: { 'x-team': 'blue', 'x-other': 'default' } })
    await client.chat.completions.create(ask, { headers: { 'X-Team': 'red', 'x-extra': '1' } })
    await client.chat.completions.create(ask, { headers: new Headers({ 'x-team': 'green' }) })
    await client.chat.completions.create(ask, { headers: { 'x-team': undefined } })
    expect(server.requests.map(({ headers }) => [headers['x-team'], headers['x-other'], headers['x-extra']])).toEqual([
      ['red', 'default', '1'],
      ['green', 'default', undefined],
      ['blue', 'default', undefined],
    ])
  })

  it('24 null removes a default header', async ({ another, server }) => {
    server.script(json(completion()))
    const client = another({ defaultHeaders: { 'x-team': 'blue', 'x-other': 'default' } })
    await client.chat.completions.create(ask, { headers: { 'X-TEAM': null } })
    expect(server.requests[0]?.headers).not.toHaveProperty('x-team')
    expect(server.requests[0]?.headers).toHaveProperty('x-other', 'default')
  })
})
