import { APIError, type OpenAI } from 'openai'
import { expect } from 'vitest'
import { bytes, chunk, chunks, done, frame, openStream } from './answers.ts'
import { differs } from './differences.ts'
import { ask, collect, drain, eachSubject } from './suite.ts'

const streaming = { ...ask, stream: true } as const

const textsOf = (items: readonly OpenAI.ChatCompletionChunk[]): readonly unknown[] =>
  items.map(({ choices }) => choices[0]?.delta.content)

const overloaded = { message: 'The engine is overloaded.', type: 'server_error', code: 'overloaded', param: null }

eachSubject((it, subject) => {
  it('41 an error frame throws after the earlier chunks', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), frame(chunk('b')), frame({ error: overloaded }), done))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(textsOf(items)).toEqual(['a', 'b'])
    if (!(error instanceof APIError)) throw new TypeError('not an APIError')
    expect(error.status).toBeUndefined()
    expect(error.message).toBe('The engine is overloaded.')
    expect(error).toMatchObject({ code: 'overloaded', type: 'server_error', requestID: 'req_stream' })
    expect(error.error).toEqual(overloaded)
  })

  it('41 an error event throws after the earlier chunks', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), `event: error\n${frame({ error: overloaded })}`))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(textsOf(items)).toEqual(['a'])
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: undefined, message: 'The engine is overloaded.', code: 'overloaded' })
  })

  it('41 an error event whose data is the error itself', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), `event: error\n${frame(overloaded)}`))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(textsOf(items)).toEqual(['a'])
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ message: 'The engine is overloaded.' })
  })

  it('41 a broken connection throws after the earlier chunks', async ({ client, server }) => {
    server.script(async (exchange) => {
      openStream(exchange)
      await exchange.write(frame(chunk('a')) + frame(chunk('b')))
      setImmediate(() => exchange.cut())
    })
    const stream = await client.chat.completions.create(streaming)
    const { items, error } = await drain(stream)
    expect(textsOf(items)).toEqual(['a', 'b'])
    expect(error).toBeInstanceOf(Error)
  })

  it('41 a frame that is no JSON throws after the earlier chunks', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), 'data: {"id": \n\n', done))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(textsOf(items)).toEqual(['a'])
    if (differs(subject, 'broken-stream-class')) {
      expect(error).toBeInstanceOf(APIError)
      expect(error).toMatchObject({ status: undefined, code: 'stream_interrupted' })
    } else expect(error).toBeInstanceOf(SyntaxError)
  })

  it('41 a stream that stops without a finish reason', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), frame(chunk('b'))))
    const { items, error } = await drain(await client.chat.completions.create(streaming))
    expect(textsOf(items)).toEqual(['a', 'b'])
    if (differs(subject, 'truncated-stream')) expect(error).toBeInstanceOf(APIError)
    else expect(error).toBeUndefined()
  })

  it('41 a stream that ends at its finish reason needs no [DONE]', async ({ client, server }) => {
    server.script(bytes(...chunks('a').map(frame)))
    expect(textsOf(await collect(await client.chat.completions.create(streaming)))).toEqual(['', 'a', undefined])
  })

  it('41 the last frame needs no blank line after it', async ({ client, server }) => {
    server.script(bytes(frame(chunk('a')), `data: ${JSON.stringify(chunk({}, 'stop'))}`))
    const items = await collect(await client.chat.completions.create(streaming))
    expect(items.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, 'stop'])
  })

  it('41 what follows [DONE] is ignored, and nobody waits for it', async ({ client, server }) => {
    server.script(async (exchange) => {
      openStream(exchange)
      await exchange.write(chunks('a').map(frame).join('') + done + frame(chunk('late')))
    })
    expect(textsOf(await collect(await client.chat.completions.create(streaming)))).toEqual(['', 'a', undefined])
  })

  it('41 frames survive any cut of the bytes, comments, CRLF and other fields', async ({ client, server }) => {
    const wire = [
      ': keep-alive\r\n\r\n',
      frame(chunk('größe 🌍')).replaceAll('\n', '\r\n'),
      `id: 7\nretry: 5\n${frame(chunk('b'))}`,
      'event: ping\ndata: {"id":"x","object":"chat.completion.chunk","choices":[]}\n\n',
      `data:${JSON.stringify(chunk({}, 'stop'))}\n\n`,
      done,
    ].join('')
    server.script(async (exchange) => {
      openStream(exchange)
      for (const byte of Buffer.from(wire)) await exchange.write(Buffer.of(byte))
      exchange.end()
    })
    const items = await collect(await client.chat.completions.create(streaming))
    expect(textsOf(items.filter(({ choices }) => choices.length > 0))).toEqual(['größe 🌍', 'b', undefined])
  })
})
