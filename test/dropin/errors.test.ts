import OpenAI from 'openai'
import { expect } from 'vitest'
import { failure, failureBody, json, reset, text } from './answers.ts'
import { startServer } from './server.ts'
import { differs } from './differences.ts'
import { ask, eachSubject, failureOf } from './suite.ts'

/** Every error class of the SDK that a status stands for. */
const classes = [
  [400, OpenAI.BadRequestError],
  [401, OpenAI.AuthenticationError],
  [403, OpenAI.PermissionDeniedError],
  [404, OpenAI.NotFoundError],
  [409, OpenAI.ConflictError],
  [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
  [503, OpenAI.InternalServerError],
  [418, OpenAI.APIError],
] as const

const once = { client: { maxRetries: 0 } } as const

function chainOf(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error, ...chainOf(error.cause)] : []
}

const codesOf = (error: unknown): readonly unknown[] =>
  chainOf(error).flatMap((link): unknown[] => (link instanceof Error && 'code' in link ? [link.code] : []))

eachSubject((it, subject) => {
  for (const [status, errorClass] of classes) {
    it(
      `32 ${status} is exactly ${errorClass.name}, with everything on it`,
      async ({ client, server }) => {
        server.script(failure(status))
        const error = await failureOf(client.chat.completions.create(ask))
        expect(error).toBeInstanceOf(errorClass)
        if (!(error instanceof OpenAI.APIError)) throw new TypeError('not an APIError')
        expect(error.constructor).toBe(errorClass)
        expect(error.message).toBe(`${status} Something is wrong.`)
        expect(error).toMatchObject({ status, type: 'some_error', param: 'messages', code: 'some_code', requestID: 'req_failed' })
        expect(error.error).toEqual(failureBody.error)
        expect(error.headers).toBeInstanceOf(Headers)
        expect(error.headers?.get('X-Request-Id')).toBe('req_failed')
        expect(error.name).toBe('Error')
        expect(error).toBeInstanceOf(OpenAI.OpenAIError)
      },
      once,
    )
  }

  it(
    '33 an error without a body',
    async ({ client, server }) => {
      server.script(text('', { status: 500 }))
      const error = await failureOf(client.chat.completions.create(ask))
      expect(error).toBeInstanceOf(OpenAI.InternalServerError)
      expect(error).toMatchObject({ message: '500 status code (no body)', status: 500, error: undefined, code: undefined })
    },
    once,
  )

  it(
    '33 an error with a body of text',
    async ({ client, server }) => {
      server.script(text('upstream exploded', { status: 502 }))
      const plain = await failureOf(client.chat.completions.create(ask))
      expect(plain).toMatchObject({ message: '502 upstream exploded', status: 502, error: undefined })
    },
    once,
  )

  it(
    '33 an error with a page of HTML',
    async ({ client, server }) => {
      server.script(text('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }))
      const page = await failureOf(client.chat.completions.create(ask))
      expect(page).toBeInstanceOf(OpenAI.InternalServerError)
      const message = differs(subject, 'html-error') ? '502 an HTML page' : '502 <h1>Bad gateway</h1>'
      expect(page).toMatchObject({ message, status: 502 })
    },
    once,
  )

  it(
    '33 an error whose message is an object',
    async ({ client, server }) => {
      server.script(json({ error: { message: { detail: 'deep' }, code: 'odd' } }, { status: 400 }))
      const error = await failureOf(client.chat.completions.create(ask))
      expect(error).toMatchObject({ message: '400 {"detail":"deep"}', code: 'odd' })
    },
    once,
  )

  it(
    '33 an error whose error is a string',
    async ({ client, server }) => {
      server.script(json({ error: 'plain words' }, { status: 400 }))
      const expected = differs(subject, 'error-shape')
        ? { message: '400 plain words', error: { message: 'plain words' } }
        : { message: '400 "plain words"', error: 'plain words' }
      expect(await failureOf(client.chat.completions.create(ask))).toMatchObject(expected)
    },
    once,
  )

  it(
    '33 an error without a message',
    async ({ client, server }) => {
      server.script(json({ error: { code: 'odd' } }, { status: 400 }))
      expect(await failureOf(client.chat.completions.create(ask))).toMatchObject({ message: '400 {"code":"odd"}', code: 'odd' })
    },
    once,
  )

  it(
    '33 an error that is not wrapped in error',
    async ({ client, server }) => {
      server.script(json({ message: 'unwrapped', code: 'odd' }, { status: 400 }))
      const error = await failureOf(client.chat.completions.create(ask))
      expect(error).toMatchObject({ message: '400 unwrapped', code: 'odd', error: { message: 'unwrapped', code: 'odd' } })
    },
    once,
  )

  it(
    '34 a broken connection is an APIConnectionError that keeps its cause',
    async ({ client, server }) => {
      server.script(reset)
      const error = await failureOf(client.chat.completions.create(ask))
      expect(error).toBeInstanceOf(OpenAI.APIConnectionError)
      expect(error).not.toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
      expect(error).toMatchObject({ message: 'Connection error.', status: undefined, headers: undefined })
      expect(codesOf(error)).toContainEqual(expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/))
    },
    once,
  )

  it('34 a refused connection is an APIConnectionError that keeps its cause', async () => {
    const closed = await startServer()
    await closed.close()
    const error = await failureOf(subject.create(closed, { maxRetries: 0 }).chat.completions.create(ask))
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError)
    expect(codesOf(error)).toContain('ECONNREFUSED')
  })

  it(
    '34 JSON that is none is a SyntaxError',
    async ({ client, server }) => {
      server.script(text('{"id": "chatcmpl-1", "choices": [', { headers: { 'content-type': 'application/json' } }))
      const error = await failureOf(client.chat.completions.create(ask))
      if (differs(subject, 'malformed-answer')) {
        expect(error).toBeInstanceOf(OpenAI.APIConnectionError)
        expect(error).toMatchObject({ code: 'malformed_response' })
      } else expect(error).toBeInstanceOf(SyntaxError)
    },
    once,
  )

  it(
    '35 the headers that speak of limits are on the error',
    async ({ client, server }) => {
      const limits = { 'retry-after': '20', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-tokens': '6m0s' }
      server.script(failure(429, limits))
      const error = await failureOf(client.chat.completions.create(ask))
      if (!(error instanceof OpenAI.RateLimitError)) throw new TypeError('not a RateLimitError')
      expect(Object.fromEntries(error.headers.entries())).toMatchObject(limits)
    },
    once,
  )

  it(
    '35 the same for a stream, before there is a stream',
    async ({ client, server }) => {
      server.script(failure(429, { 'x-ratelimit-remaining-requests': '0' }))
      const error = await failureOf(client.chat.completions.create({ ...ask, stream: true }))
      if (!(error instanceof OpenAI.RateLimitError)) throw new TypeError('not a RateLimitError')
      expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0')
      expect(error.message).toBe('429 Something is wrong.')
    },
    once,
  )
})
