import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { BadRequestError } from 'openai'
import type OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attemptsOf, createRouter, memoryKeys } from '../src/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { moonshot, ollama } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { answer, dialects, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import type { Dialect, VendorSimulator } from '../src/testing/index.ts'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const pdf = Buffer.from('%PDF-1.4\n%%EOF\n')

type Route = (response: ServerResponse, request: IncomingMessage) => void

const send =
  (bytes: Uint8Array | string, headers: Readonly<Record<string, string>> = {}, status = 200): Route =>
  (response) =>
    void response.writeHead(status, headers).end(bytes)

/** A host of images; `hits` are the paths that were asked for. */
const routes: Readonly<Record<string, Route>> = {
  '/a.png': send(png, { 'content-type': 'image/png' }),
  '/mislabelled': send(png, { 'content-type': 'text/html' }),
  '/doc': send(pdf, { 'content-type': 'application/octet-stream' }),
  '/notes.csv': send('a,b\n1,2\n', { 'content-type': 'text/csv; charset=utf-8' }),
  '/page': send('<!doctype html><title>Log in</title>', { 'content-type': 'image/png' }),
  '/bitmap': send('BM000000000000', { 'content-type': 'image/png' }),
  '/empty': send(''),
  '/gone': send('no', {}, 404),
  '/moved': send('', { location: '/a.png' }, 302),
  '/nowhere': send('', {}, 302),
  '/round': send('', { location: '/round' }, 302),
  '/away': send('', { location: 'http://10.0.0.1/a.png' }, 302),
  '/file': send('', { location: 'file:///etc/passwd' }, 302),
  '/zipped': send(png, { 'content-type': 'image/png', 'content-encoding': 'gzip' }),
  '/announced': (response) => response.writeHead(200, { 'content-length': '99000000' }).flushHeaders(),
  '/endless': (response) => {
    response.writeHead(200, { 'content-type': 'image/png' }).write(png)
    const more = (): void =>
      void (response.destroyed || (response.write(Buffer.alloc(100_000)) ? setImmediate(more) : response.once('drain', more)))
    more()
  },
  '/silent': () => undefined,
  '/torn': (response) => {
    response.writeHead(200, { 'content-length': '1000' }).write(png)
    setImmediate(() => response.destroy())
  },
}
let hits: string[] = []
const host = createServer((request, response) => {
  hits.push(request.url ?? '')
  const route = routes[new URL(request.url ?? '/', 'http://x').pathname]
  if (route === undefined) response.writeHead(404).end()
  else route(response, request)
})

/** OpenAI's wire, for the vendors of the family that take no addresses. */
const compatible: Dialect = { ...dialects.openai, vendor: 'compatible' }
let simulator: VendorSimulator
let at = ''

beforeAll(async () => {
  simulator = await vendorSimulator({ dialects: [compatible] })
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve))
  const address = host.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  at = `http://127.0.0.1:${address.port}`
})
afterAll(async () => {
  await simulator.close()
  host.closeAllConnections()
  host.close()
})
beforeEach(() => {
  hits = []
  simulator.reset()
})

type Media = NonNullable<Parameters<typeof google>[0]>['media']
type Parts = OpenAI.ChatCompletionContentPart[]

const own: Media = { download: { allowPrivate: true } }
const vendors = {
  google: (media: Media) => google({ baseURL: simulator.google.baseURL, media }),
  bedrock: (media: Media) => bedrock({ region: 'us-east-1', baseURL: simulator.door('bedrock').baseURL, media }),
  ollama: (media: Media) => ollama({ baseURL: simulator.door('compatible').baseURL, key: 'OLLAMA_API_KEY', media }),
  moonshot: (media: Media) => moonshot({ baseURL: simulator.door('compatible').baseURL, media }),
} as const
const models = {
  google: 'google/gemini-3.8-flash',
  bedrock: 'bedrock/us.anthropic.claude-opus-5-5',
  ollama: 'ollama/llava',
  moonshot: 'moonshot/kimi-k2.5',
} as const
type Vendor = keyof typeof vendors

const keys = memoryKeys({
  GEMINI_API_KEY: 'key-g',
  AWS_BEARER_TOKEN_BEDROCK: 'key-b',
  MOONSHOT_API_KEY: 'key-m',
  OLLAMA_API_KEY: 'key-o',
})
const routerOf = (...providers: ProviderAdapter[]) => createRouter({ providers, keys, maxRetries: 0 })
const image = (url: string): Parts[number] => ({ type: 'image_url', image_url: { url } })
const asking = (model: string, ...parts: Parts) => ({
  model,
  messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Look.' }, ...parts] }],
})

async function refused(call: Promise<unknown>): Promise<BadRequestError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BadRequestError)) throw new Error(`not a BadRequestError: ${String(error)}`)
  return error
}

const sentBody = (): string => JSON.stringify(simulator.requests.at(-1)?.body)

describe('an image at a web address, for a vendor that fetches none,', () => {
  it.each(Object.keys(vendors).filter((name): name is Vendor => name in vendors))(
    'reaches %s as its bytes, unary and streamed',
    async (vendor) => {
      const client = routerOf(vendors[vendor](own))
      const body = asking(models[vendor], image(`${at}/a.png?signature=secret`))
      await client.chat.completions.create(body)
      expect(sentBody()).toContain(png.toString('base64'))
      const stream = await client.chat.completions.create({ ...body, stream: true })
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      expect(text).not.toBe('')
      expect(sentBody()).toContain(png.toString('base64'))
      expect(simulator.requests).toHaveLength(2)
    },
  )

  it('is of the type that its bytes tell, whatever its host says', async () => {
    await routerOf(vendors.google(own)).chat.completions.create(asking(models.google, image(`${at}/mislabelled`)))
    expect(sentBody()).toContain('"mimeType":"image/png"')
  })

  it('may be a document where the vendor takes one in its place, and nowhere else', async () => {
    await routerOf(vendors.google(own)).chat.completions.create(asking(models.google, image(`${at}/doc`)))
    expect(sentBody()).toContain('"mimeType":"application/pdf"')
    const error = await refused(routerOf(vendors.bedrock(own)).chat.completions.create(asking(models.bedrock, image(`${at}/doc`))))
    expect(error).toMatchObject({ code: 'unsupported_media', param: 'messages[0].content[1].image_url.url' })
  })

  it('is fetched once, however often it is named, and again only for another request', async () => {
    const client = routerOf(vendors.bedrock(own))
    await client.chat.completions.create(asking(models.bedrock, image(`${at}/a.png`), image(`${at}/a.png`), image(`${at}/a.png`)))
    expect(hits).toEqual(['/a.png'])
    expect(sentBody().split(png.toString('base64'))).toHaveLength(4)
  })

  it('is not fetched again where the vendor is tried again', async () => {
    const client = createRouter({ providers: [vendors.google(own)], keys, maxRetries: 2, fastPath: true })
    simulator.failOnce('google', 'http-503')
    await client.chat.completions.create(asking(models.google, image(`${at}/a.png`)))
    expect(simulator.requests).toHaveLength(2)
    expect(hits).toEqual(['/a.png'])
  })

  it('follows a redirect', async () => {
    await routerOf(vendors.google(own)).chat.completions.create(asking(models.google, image(`${at}/moved`)))
    expect(hits).toEqual(['/moved', '/a.png'])
    expect(sentBody()).toContain(png.toString('base64'))
  })

  it('is sent as it came by a fetcher of the user’s own', async () => {
    const asked: string[] = []
    const fetch = async (url: string | URL | Request): Promise<Response> => {
      asked.push(url instanceof Request ? url.url : url.toString())
      return new Response(png, { headers: { 'content-type': 'image/png' } })
    }
    await routerOf(vendors.google({ download: { fetch } })).chat.completions.create(
      asking(models.google, image('https://cdn.example/a.png')),
    )
    expect(asked).toEqual(['https://cdn.example/a.png'])
    expect(sentBody()).toContain(png.toString('base64'))
  })
})

describe('a file at a web address', () => {
  it.each([
    ['google', '/doc', '"mimeType":"application/pdf"'],
    ['google', '/notes.csv', '"mimeType":"text/csv"'],
    ['bedrock', '/doc', '"format":"pdf","name":"doc"'],
    ['bedrock', '/notes.csv', '"format":"csv","name":"notes"'],
  ] as const)('reaches %s as its bytes: %s', async (vendor, path, expected) => {
    const part: Parts[number] = { type: 'file', file: { file_data: `${at}${path}` } }
    await routerOf(vendors[vendor](own)).chat.completions.create(asking(models[vendor], part))
    expect(sentBody()).toContain(expected)
  })
})

describe('what cannot be fetched', () => {
  it.each([
    ['is not there', '/gone', 'image_unreachable', /its host answers 404/],
    ['is empty', '/empty', 'image_unreachable', /nothing in it/],
    ['breaks off', '/torn', 'image_unreachable', /the connection failed/],
    ['redirects nowhere', '/nowhere', 'image_unreachable', /redirects nowhere/],
    ['redirects for ever', '/round', 'image_unreachable', /redirects more than 3 times/],
    ['redirects to a file', '/file', 'image_unreachable', /only http and https/],
    ['comes compressed', '/zipped', 'image_unreachable', /compressed/],
    ['is a page', '/page', 'unsupported_media', /no image, but .*'text\/html'/],
    ['is a text', '/notes.csv', 'unsupported_media', /no image, but .*'text\/csv'/],
    ['is of a type that the vendor does not take', '/bitmap', 'unsupported_media', /'image\/bmp' are not accepted/],
    ['announces too much', '/announced', 'unsupported_media', /more than 1000000 bytes/],
    ['never ends', '/endless', 'unsupported_media', /more than 1000000 bytes/],
  ])('because it %s is the caller’s fault, by field, provider and rule', async (_, path, code, words) => {
    const client = routerOf(vendors.google({ download: { allowPrivate: true, maxBytes: 1_000_000 } }))
    const error = await refused(client.chat.completions.create(asking(models.google, image(`${at}${path}?token=hush`))))
    expect(error).toMatchObject({ status: 400, code, param: 'messages[0].content[1].image_url.url', type: 'invalid_request_error' })
    expect(error.message).toMatch(words)
    expect(error.message).toContain('google: messages[0].content[1].image_url.url')
    expect(inspect(error, { depth: 9 })).not.toContain('hush')
    expect(simulator.requests).toHaveLength(0)
    expect(attemptsOf(error)).toMatchObject([{ target: models.google, kind: 'media' }])
  })

  it('within its time is given up', async () => {
    const client = routerOf(vendors.google({ download: { allowPrivate: true, timeoutMs: 50 } }))
    const error = await refused(client.chat.completions.create(asking(models.google, image(`${at}/silent`))))
    expect(error).toMatchObject({ code: 'image_unreachable' })
    expect(error.message).toContain('it took longer than 50 ms')
  })

  it('ends with the caller’s signal', async () => {
    const caller = new AbortController()
    const call = routerOf(vendors.google(own)).chat.completions.create(asking(models.google, image(`${at}/silent`)), {
      signal: caller.signal,
    })
    await expect.poll(() => hits).toEqual(['/silent'])
    caller.abort()
    await expect(call).rejects.toThrow(/aborted/)
  })

  it('by a vendor that fetches for itself is the same: the chain goes on, the breaker takes no notice', async () => {
    const other = fakeProvider({ id: 'other', models: ['m'], script: [answer('I could.')] })
    const primary = openai({ baseURL: simulator.openai.baseURL, key: 'GEMINI_API_KEY' })
    const client = createRouter({ providers: [primary, other], keys, maxRetries: 0, breaker: { failures: 1 } })
    const error = {
      message: 'Timeout while downloading https://slow.example/a.png.',
      type: 'invalid_request_error',
      code: 'invalid_image_url',
    }
    simulator.fail('openai', 'http-400', { body: { error } })
    const body = asking('openai/gpt-4o', image('https://slow.example/a.png'))
    const completion = await client.with({ fallback: ['other/m'] }).chat.completions.create(body)
    expect(completion.choices[0]?.message.content).toBe('I could.')
    expect(client.breakers.list().find(({ target }) => target === 'openai/gpt-4o')).toMatchObject({ state: 'closed' })
    const failed = await refused(client.chat.completions.create(body))
    expect(failed).toMatchObject({ status: 400, code: 'invalid_image_url' })
    expect(attemptsOf(failed)).toMatchObject([{ target: 'openai/gpt-4o', kind: 'media' }])
  })

  it('leaves the breaker alone, and the chain goes on: another vendor may fetch by itself', async () => {
    const other = fakeProvider({ id: 'other', models: ['m'], script: Array.from({ length: 10 }, () => answer('I could.')) })
    const client = createRouter({ providers: [vendors.google(own), other], keys, maxRetries: 0, breaker: { failures: 1 } }).with({
      fallback: ['other/m'],
    })
    for (let round = 0; round < 3; round += 1) {
      const completion = await client.chat.completions.create(asking(models.google, image(`${at}/gone`)))
      expect(completion.choices[0]?.message.content).toBe('I could.')
    }
    expect(hits).toHaveLength(3)
    expect(client.breakers.list().find(({ target }) => target === models.google)).toMatchObject({ state: 'closed' })
  })
})
