import OpenAI from 'openai'
import { expect } from 'vitest'
import { busy, chunk, completion, failure, frame, json, openStream, reset, streamed, chunks } from './answers.ts'
import type { Answer } from './server.ts'
import { differs } from './differences.ts'
import { ask, drain, eachSubject, failureOf, heldTime, turns } from './suite.ts'

const streaming = { ...ask, stream: true } as const

/** A failure without a word on when to come back. */
const bare: Answer = ({ head, end }) => {
  head(500, { 'content-type': 'application/json' })
  end('{"error":{"message":"Try later."}}')
}

/** A stream that breaks before it has said anything. */
const broken: Answer = async (exchange) => {
  openStream(exchange)
  await exchange.write(': hello\n\n')
  setImmediate(() => exchange.cut())
}

function failing(headers: Readonly<Record<string, string>>): Answer {
  return ({ head, end }) => {
    head(500, headers)
    end('busy')
  }
}

eachSubject((it, subject) => {
  it('29 a failing call is tried 3 times, not more', async ({ client, server }) => {
    server.always(busy(500))
    expect(await failureOf(client.chat.completions.create(ask))).toBeInstanceOf(OpenAI.InternalServerError)
    expect(server.requests).toHaveLength(3)
  })

  it('29 a failing streaming call is tried 3 times, not more', async ({ client, server }) => {
    server.always(busy(500))
    expect(await failureOf(client.chat.completions.create(streaming))).toBeInstanceOf(OpenAI.InternalServerError)
    expect(server.requests).toHaveLength(3)
  })

  for (const maxRetries of [0, 1, 4]) {
    it(`29 maxRetries: ${maxRetries} of a request is obeyed`, async ({ client, server }) => {
      server.always(busy(503))
      await failureOf(client.chat.completions.create(ask, { maxRetries }))
      expect(server.requests).toHaveLength(maxRetries + 1)
    })
  }

  it('29 the answer of a later attempt is the answer, and every attempt sends the same body', async ({ client, server }) => {
    server.script(busy(500), busy(429), json(completion('third')))
    const { data, response } = await client.chat.completions.create(ask).withResponse()
    expect(data.choices[0]?.message.content).toBe('third')
    expect(response.status).toBe(200)
    expect(new Set(server.requests.map(({ body }) => body)).size).toBe(1)
  })

  it('29 a stream starts with the attempt that succeeds', async ({ client, server }) => {
    server.script(busy(500), streamed(chunks('second')))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(error).toBeUndefined()
    expect(items.map(({ choices }) => choices[0]?.delta.content)).toEqual(['', 'second', undefined])
  })

  it('29 a broken connection is tried again', async ({ client, server }) => {
    server.script(reset, json(completion('second')))
    const answer = await client.chat.completions.create(ask, { maxRetries: 1 })
    expect(answer.choices[0]?.message.content).toBe('second')
  })

  for (const status of [408, 409, 429, 500, 502, 503, 504]) {
    it(`30 ${status} is tried again`, async ({ client, server }) => {
      server.script(busy(status), json(completion('second')))
      expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('second')
    })
  }

  for (const status of [400, 401, 403, 404, 422]) {
    it(`30 ${status} is never tried again`, async ({ client, server }) => {
      server.always(failure(status))
      expect(await failureOf(client.chat.completions.create(ask))).toMatchObject({ status })
      expect(server.requests).toHaveLength(1)
    })
  }

  it('30 x-should-retry: false is obeyed', async ({ client, server }) => {
    server.always(busy(500, { 'x-should-retry': 'false' }))
    await failureOf(client.chat.completions.create(ask))
    expect(server.requests).toHaveLength(1)
  })

  it('30 x-should-retry: true is obeyed', async ({ client, server }) => {
    server.script(busy(400, { 'x-should-retry': 'true' }), json(completion('second')))
    expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('second')
  })

  const waits: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'retry-after-ms in milliseconds': { 'retry-after-ms': '1', 'retry-after': '30' },
    'retry-after in seconds': { 'retry-after': '0.001' },
    'retry-after of no time': { 'retry-after': '0' },
    'retry-after of a date that has passed': { 'retry-after': new Date(0).toUTCString() },
    'a negative retry-after is ignored': { 'retry-after': '-5' },
    'an unreadable retry-after is ignored': { 'retry-after': 'soon' },
  }
  for (const [wait, headers] of Object.entries(waits)) {
    it(`30 ${wait}`, async ({ client, server }) => {
      server.script(failing(headers), json(completion('second')))
      expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('second')
    })
  }

  const tooLong = [
    ['30 a retry-after that nobody can wait for is not waited for', '3600'],
    ['30 a date that nobody can wait for is not waited for', new Date(Date.now() + 3_600_000).toUTCString()],
  ] as const
  for (const [name, after] of tooLong) {
    it(name, async ({ client, server }) => {
      server.script(failing({ 'retry-after': after }))
      if (differs(subject, 'long-retry-after')) {
        expect(await failureOf(client.chat.completions.create(ask))).toMatchObject({ status: 500, message: '500 busy' })
      } else {
        server.script(json(completion('second')))
        expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('second')
      }
    })
  }

  it('30 what one call was told of waiting, the next one', async ({ client, server }) => {
    server.script(failure(429, { 'retry-after': '30' }))
    const told = await failureOf(client.chat.completions.create(ask, { maxRetries: 0 }))
    expect(told).toBeInstanceOf(OpenAI.RateLimitError)
    if (differs(subject, 'held-back')) {
      const refused = await failureOf(client.chat.completions.create(ask, { maxRetries: 0 }))
      expect(refused).toBeInstanceOf(OpenAI.InternalServerError)
      expect(refused).toMatchObject({ status: 503, code: 'all_circuits_open' })
      expect(server.requests).toHaveLength(1)
    } else {
      server.script(json(completion('at once')))
      expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('at once')
    }
  })

  it('30 retry-after is waited for, longer than the pause that would be made without', async ({ another, server }) => {
    const pass = heldTime()
    const order: string[] = []
    const once = (name: string, first: Answer): Answer => {
      let asked = 0
      return async (exchange) => {
        asked += 1
        if (asked === 1) return await first(exchange)
        order.push(name)
        return await json(completion(name))(exchange)
      }
    }
    const named: Readonly<Record<string, Answer>> = {
      told: once('told', failing({ 'retry-after': '1' })),
      untold: once('untold', bare),
      soon: once('soon', failing({ 'retry-after-ms': '1' })),
      // Dates have whole seconds only: this one is one to two seconds away.
      dated: once('dated', async (exchange) => {
        await failing({ 'retry-after': new Date(Date.now() + 2000).toUTCString() })(exchange)
      }),
    }
    server.always(async (exchange) => await named[String(exchange.request.headers['x-name'])]?.(exchange))
    const call = async (name: string) =>
      await another().chat.completions.create(ask, { headers: { 'x-name': name }, maxRetries: 1 })
    const calls = Promise.all([call('dated'), call('told'), call('untold'), call('soon')])
    await server.received(4)
    await turns(20)
    pass(500)
    await server.received(6)
    await turns(20)
    expect(order.toSorted()).toEqual(['soon', 'untold'])
    pass(1500)
    await calls
    expect(order.slice(2).toSorted()).toEqual(['dated', 'told'])
  })

  it('31 a stream that has started is never replayed', async ({ client, server }) => {
    server.always(async (exchange) => {
      openStream(exchange)
      await exchange.write(frame(chunk('first')))
      setImmediate(() => exchange.cut())
    })
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(items.map(({ choices }) => choices[0]?.delta.content)).toEqual(['first'])
    expect(error).toBeInstanceOf(Error)
    expect(server.requests).toHaveLength(1)
  })

  it('31 a stream that breaks before its first chunk', async ({ client, server }) => {
    server.script(broken)
    if (differs(subject, 'retry-before-content')) {
      server.script(streamed(chunks('second')))
      const { items, error } = await drain(await client.chat.completions.create(streaming))
      expect(error).toBeUndefined()
      expect(items).toHaveLength(3)
    } else {
      const { items, error } = await drain(await client.chat.completions.create(streaming))
      expect(items).toEqual([])
      expect(error).toBeInstanceOf(Error)
    }
  })
})
