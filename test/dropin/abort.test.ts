import { getEventListeners } from 'node:events'
import { channel } from 'node:diagnostics_channel'
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from 'openai'
import { expect } from 'vitest'
import { chunk, chunks, completion, failure, frame, json, openStream, silence, streamed, unfinished } from './answers.ts'
import { gate, type Answer } from './server.ts'
import { ask, collect, eachSubject, failureOf, heldTime, turns } from './suite.ts'

const reason = new Error('no longer needed')

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

/** Resolves when `fetch` has the headers of its next response, whoever called it. */
async function nextResponse(): Promise<void> {
  const headers = channel('undici:request:headers')
  await new Promise<void>((resolve) => {
    const note = () => {
      headers.unsubscribe(note)
      resolve()
    }
    headers.subscribe(note)
  })
}

/** Half a JSON answer, and then nothing more. */
const stalled: Answer = async ({ head, write }) => {
  head(200, { 'content-type': 'application/json' })
  await write(JSON.stringify(completion('half')).slice(0, 40))
}

const streaming = { ...ask, stream: true } as const

/** Milliseconds before a first retry, at the most. */
const longestPause = 500

eachSubject((it) => {
  it('25 an aborted signal rejects with APIUserAbortError, and nothing is sent', async ({ client, server }) => {
    for (const body of [ask, streaming]) {
      const error = await failureOf(client.chat.completions.create(body, { signal: AbortSignal.abort() }))
      expect(error).toBeInstanceOf(APIUserAbortError)
      expect(error).toMatchObject({ message: 'Request was aborted.', status: undefined, headers: undefined, error: undefined })
    }
    expect(server.requests).toHaveLength(0)
  })

  it('25 the reason of an aborted signal is the cause', async ({ client }) => {
    const signal = AbortSignal.abort(reason)
    expect(causeOf(await failureOf(client.chat.completions.create(ask, { signal })))).toBe(reason)
    expect(causeOf(await failureOf(client.chat.completions.create(streaming, { signal })))).toBe(reason)
  })

  for (const body of [ask, streaming]) {
    const kind = body === ask ? 'a call' : 'a streaming call'
    it(`26 ${kind} aborted in flight rejects at once, is not repeated and leaves the upstream`, async ({ client, server }) => {
      server.script(silence)
      const controller = new AbortController()
      const call = failureOf(client.chat.completions.create(body, { signal: controller.signal }))
      const { gone } = await server.received(1)
      controller.abort()
      expect(await call).toBeInstanceOf(APIUserAbortError)
      await gone
      await turns(5)
      expect(server.requests).toHaveLength(1)
    })
  }

  it('26 the reason of an abort in flight is the cause', async ({ client, server }) => {
    server.script(silence)
    const controller = new AbortController()
    const call = failureOf(client.chat.completions.create(ask, { signal: controller.signal }))
    await server.received(1)
    controller.abort(reason)
    const error = await call
    expect(error).toBeInstanceOf(APIUserAbortError)
    expect(causeOf(error)).toBe(reason)
  })

  it('26 an abort while the body arrives rejects and leaves the upstream', async ({ client, server }) => {
    server.script(stalled)
    const controller = new AbortController()
    const headers = nextResponse()
    const call = failureOf(client.chat.completions.create(ask, { signal: controller.signal }))
    const { gone } = await server.received(1)
    await headers
    await turns(3)
    controller.abort()
    expect(await call).toBeInstanceOf(APIUserAbortError)
    await gone
    expect(server.requests).toHaveLength(1)
  })

  it('26 an abort in the pause before a retry rejects at once, and nothing more is sent', async ({ client, server }) => {
    server.script(failure(500, { 'retry-after-ms': '55000' }))
    const controller = new AbortController()
    const headers = nextResponse()
    const call = failureOf(client.chat.completions.create(ask, { signal: controller.signal }))
    await headers
    await turns(20)
    controller.abort()
    expect(await call).toBeInstanceOf(APIUserAbortError)
    expect(server.requests).toHaveLength(1)
  })

  it('27 no listener stays on a long-lived signal', async ({ another, server }) => {
    const { signal } = new AbortController()
    const client = another({ maxRetries: 0 })
    const { completions } = client.chat
    server.script(...Array.from({ length: 10 }, () => json(completion())), failure(400), failure(429))
    for (let call = 0; call < 10; call += 1) await completions.create(ask, { signal })
    for (let call = 0; call < 2; call += 1) await failureOf(completions.create(ask, { signal }))
    await turns()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('27 no listener stays on a long-lived signal after streams', async ({ client, server }) => {
    const { signal } = new AbortController()
    const { completions } = client.chat
    server.always(streamed(chunks('a', 'b')))
    for (let call = 0; call < 5; call += 1) await collect(await completions.create(streaming, { signal }))
    for (let call = 0; call < 5; call += 1) {
      for await (const item of await completions.create(streaming, { signal })) if (item.id !== '') break
    }
    await completions.stream(ask, { signal }).done()
    await turns(5)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('28 a timeout is an APIConnectionTimeoutError and leaves the upstream', async ({ another, server }) => {
    const pass = heldTime()
    server.always(silence)
    const client = another({ maxRetries: 0, timeout: 20 })
    for (const [index, body] of [ask, streaming].entries()) {
      const failed = failureOf(client.chat.completions.create(body))
      const { gone } = await server.received(index + 1)
      pass(20)
      const error = await failed
      expect(error).toBeInstanceOf(APIConnectionTimeoutError)
      expect(error).toBeInstanceOf(APIConnectionError)
      expect(error).not.toBeInstanceOf(APIUserAbortError)
      expect(error).toMatchObject({ message: 'Request timed out.', status: undefined })
      await gone
    }
    expect(server.requests).toHaveLength(2)
  })

  it('28 a timeout of the request wins over that of the client', async ({ client, server }) => {
    const pass = heldTime()
    server.script(silence)
    const failed = failureOf(client.chat.completions.create(ask, { timeout: 20, maxRetries: 0 }))
    await server.received(1)
    pass(20)
    expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
  })

  it('28 a timeout is retried', async ({ client, server }) => {
    const pass = heldTime()
    server.script(silence, json(completion('second')))
    const called = client.chat.completions.create(ask, { timeout: 700, maxRetries: 1 })
    const { gone } = await server.received(1)
    pass(700)
    await gone
    await turns(20)
    pass(longestPause)
    expect((await called).choices[0]?.message.content).toBe('second')
    expect(server.requests).toHaveLength(2)
  })

  it('28 a timeout does not cut a running stream', async ({ another, server }) => {
    const pass = heldTime()
    const more = gate()
    server.script(async (exchange) => {
      openStream(exchange)
      await exchange.write(frame(chunk('first')))
      await more.opened
      await exchange.write(frame(chunk('second')))
      exchange.end(`${frame(chunk({}, 'stop'))}data: [DONE]\n\n`)
    }, silence)
    const client = another({ timeout: 300, maxRetries: 0 })
    const stream = await client.chat.completions.create(streaming)
    const texts: unknown[] = []
    for await (const { choices } of stream) {
      texts.push(choices[0]?.delta.content)
      if (texts.length > 1) continue
      // The same limit, started later, is over: so it is over for the stream too.
      const failed = failureOf(client.chat.completions.create(ask))
      await server.received(2)
      pass(300)
      expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
      more.open()
    }
    expect(texts).toEqual(['first', 'second', undefined])
  })

  it('28 a timeout cuts a body that stalls', async ({ another, server }) => {
    const pass = heldTime()
    server.script(stalled)
    const headers = nextResponse()
    const failed = failureOf(another({ timeout: 60, maxRetries: 0 }).chat.completions.create(ask))
    const { gone } = await server.received(1)
    await headers
    await turns(20)
    pass(60)
    expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
    await gone
  })

  it('28 a body that stalls is retried, and withResponse() reports the answer that came', async ({ another, server }) => {
    const pass = heldTime()
    server.script(stalled, json(completion('whole'), { headers: { 'x-request-id': 'req_second' } }))
    const headers = nextResponse()
    const call = another({ timeout: 700, maxRetries: 1 }).chat.completions.create(ask).withResponse()
    const { gone } = await server.received(1)
    await headers
    await turns(20)
    pass(700)
    await gone
    await turns(20)
    pass(longestPause)
    const { data, request_id } = await call
    expect(data.choices[0]?.message.content).toBe('whole')
    expect(request_id).toBe('req_second')
    expect(server.requests).toHaveLength(2)
  })

  it('28 what is no positive number is refused as a timeout', async ({ client, server }) => {
    for (const timeout of [-1, 1.5]) {
      expect(await failureOf(client.chat.completions.create(ask, { timeout }))).toBeInstanceOf(OpenAI.OpenAIError)
    }
    expect(server.requests).toHaveLength(0)
  })

  it('26 a stream that the caller aborts while it waits leaves the upstream', async ({ client, server }) => {
    server.script(unfinished(chunk('first')))
    const controller = new AbortController()
    const stream = await client.chat.completions.create(streaming, { signal: controller.signal })
    const { gone } = await server.received(1)
    controller.abort()
    await gone
    expect(await collect(stream)).toEqual([])
  })
})
