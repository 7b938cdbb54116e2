import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GoogleGenAI } from '@google/genai'
import { describe, expect, it, vi } from 'vitest'
import { google, vertex } from '../../src/providers/google/index.ts'
import { callOf, collect, completionOf, failureOf, json, raw, says, sse, wire } from './google-fixtures.ts'

const hello = json(says([{ text: 'Hello' }]))

function never(_input: unknown, { signal }: RequestInit = {}) {
  return new Promise<Response>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}

function breaking() {
  const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

describe('Google: one request per call', () => {
  it('is made, also where the SDK would ask again by itself', async () => {
    const { choices } = await completionOf(
      says([{ text: 'Half' }], { finishReason: 'CONTINUATION', continuationToken: 'dG9rZW4=' }),
    )
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'Half' } })
  })

  it('is made over the transport of the caller, also with a client of the caller', async () => {
    const { fetch, sent } = wire(hello, hello)
    const client = new GoogleGenAI({
      vertexai: false,
      apiKey: 'their-key',
      apiVersion: 'v1',
      httpOptions: { baseUrl: 'https://their.example', fetch, retryOptions: { attempts: 5 } },
    })
    const adapter = google({ client })
    expect(adapter.key).toBeNull()
    await adapter.complete(callOf({}))
    await google({ client: () => client }).complete(callOf({}))
    expect(sent.map(({ url, headers }) => [url.host, headers.get('x-goog-api-key')])).toEqual([
      ['their.example', 'their-key'],
      ['their.example', 'their-key'],
    ])
  })

  it('is not made on a signal that is aborted already', async () => {
    const { fetch, sent } = wire()
    const reason = new Error('Enough.')
    await expect(google({ fetch }).complete(callOf({}, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(sent).toEqual([])
  })

  it('ends with the reason of the signal, on the wire and while the SDK waits for a token', async () => {
    const controller = new AbortController()
    const waiting = google({ fetch: never }).complete(callOf({}, { signal: controller.signal }))
    const { OAuth2Client } = await import('google-auth-library')
    const authClient = new OAuth2Client()
    authClient.getRequestHeaders = () => new Promise(() => undefined)
    const authorising = vertex({ project: 'p', authClient }).complete(callOf({}, { signal: controller.signal }))
    setImmediate(() => controller.abort(new Error('Enough.')))
    await expect(waiting).rejects.toThrow('Enough.')
    await expect(authorising).rejects.toThrow('Enough.')
  })

  it('fails where the connection breaks inside the answer', async () => {
    const adapter = google({ fetch: wire(breaking, breaking).fetch })
    expect(await failureOf(adapter, adapter.complete(callOf({})))).toMatchObject({ kind: 'network' })
    expect(await failureOf(adapter, collect(adapter.stream(callOf({ stream: true }))))).toMatchObject({ kind: 'network' })
  })

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const { fetch } = wire(hello, sse([says([{ text: 'a' }])]), raw(''))
    const adapter = google({ fetch })
    await adapter.complete(callOf({}, { signal }))
    await collect(adapter.stream(callOf({ stream: true }, { signal })))
    await failureOf(adapter, collect(adapter.stream(callOf({ stream: true }, { signal }))))
    expect(add.mock.calls.length).toBeGreaterThan(0)
    expect(remove.mock.calls.map(([name, listener]) => [name, listener])).toEqual(
      expect.arrayContaining(add.mock.calls.map(([name, listener]) => [name, listener])),
    )
  })

  it('goes over a real socket', async () => {
    const paths: (string | undefined)[] = []
    const server = createServer((request, response) => {
      paths.push(request.url)
      request.resume().on('end', () => {
        const stream = request.url?.includes('stream') === true
        response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
        response.end(stream ? `data: ${JSON.stringify(says([{ text: 'Hi' }]))}\n\n` : JSON.stringify(says([{ text: 'Hi' }])))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const adapter = google({ baseURL: `http://127.0.0.1:${portOf(server.address())}` })
      expect((await adapter.complete(callOf({}))).choices[0]?.message.content).toBe('Hi')
      expect((await collect(adapter.stream(callOf({ stream: true }))))[1]?.choices[0]?.delta.content).toBe('Hi')
      await adapter.close?.()
      expect(paths).toHaveLength(2)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
