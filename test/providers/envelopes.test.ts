import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import { Secret } from '../../src/contracts/secret.ts'
import type { ProviderAdapter } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { google } from '../../src/providers/google/index.ts'
import { mistral } from '../../src/providers/mistral/index.ts'
import { mistralSdk } from '../../src/providers/mistral/sdk.ts'
import { openai } from '../../src/providers/openai/index.ts'

const key = 'a-key-for-tests'
const { Mistral } = await mistralSdk()()

interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: unknown
}

/** An adapter, and what it has sent. Answers do not matter here. */
interface Wired {
  readonly adapter: ProviderAdapter
  readonly sent: Sent[]
}

type Transport = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

function wired(make: (fetch: Transport) => ProviderAdapter): Wired {
  const sent: Sent[] = []
  const adapter = make(async (input, init) => {
    const request = new Request(input, init)
    sent.push({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: await request.json(),
    })
    // A transport may add to what it is given.
    if (init?.headers instanceof Headers) init.headers.set('x-added-by-transport', 'yes')
    return Response.json({})
  })
  return { adapter, sent }
}

async function sendBy({ adapter, sent }: Wired, call: AdapterCall, stream: boolean): Promise<Sent> {
  const before = sent.length
  try {
    if (stream) for await (const _ of adapter.stream(call)) break
    else await adapter.complete(call)
  } catch {
    // An empty object is no answer.
  }
  const [only, second] = sent.slice(before)
  if (only === undefined || second !== undefined) throw new Error(`${sent.length - before} requests`)
  return only
}

/** A smithy handler over a `fetch`: with one of these the SDK makes every request whole. */
function handlerOver(fetch: Transport) {
  return {
    async handle(request: object) {
      const { protocol, hostname, path, method, headers, body } = Object.assign(
        { protocol: '', hostname: '', path: '', method: '', headers: {}, body: '' },
        request,
      )
      await fetch(`${protocol}//${hostname}${path}`, { method, headers, body })
      return { response: { statusCode: 200, headers: {}, body: '{}' } }
    },
  }
}

/** Each vendor with a client of ours, and with the SDK making every request anew. */
const vendors = [
  {
    vendor: 'openai',
    model: 'gpt-4o',
    ours: (fetch: Transport) => openai({ fetch }),
    sdks: (fetch: Transport) =>
      openai({
        client: new OpenAI({ apiKey: key, baseURL: 'https://api.openai.com/v1', organization: null, project: null, fetch }),
      }),
  },
  {
    vendor: 'anthropic',
    model: 'claude-opus-5',
    ours: (fetch: Transport) => anthropic({ fetch }),
    sdks: (fetch: Transport) =>
      anthropic({ client: new Anthropic({ apiKey: key, authToken: null, baseURL: 'https://api.anthropic.com', fetch }) }),
  },
  {
    vendor: 'google',
    model: 'gemini-3.8-flash',
    ours: (fetch: Transport) => google({ fetch }),
    sdks: (fetch: Transport) =>
      google({
        client: new GoogleGenAI({
          apiKey: key,
          httpOptions: { baseUrl: 'https://generativelanguage.googleapis.com', apiVersion: 'v1beta', fetch },
        }),
      }),
  },
  {
    vendor: 'mistral',
    model: 'mistral-small-2603',
    ours: (fetch: Transport) => mistral({ fetch }),
    sdks: (fetch: Transport) => mistral({ client: new Mistral({ apiKey: key }), fetch }),
  },
  {
    vendor: 'bedrock',
    model: 'eu.anthropic.claude-opus-5',
    ours: (fetch: Transport) => bedrock({ region: 'eu-central-1', fetch }),
    sdks: (fetch: Transport) => bedrock({ region: 'eu-central-1', requestHandler: handlerOver(fetch) }),
  },
] as const

type Vendor = (typeof vendors)[number]

const messages = [{ role: 'user' as const, content: 'Hi' }]

function callOf({ model }: Vendor, more: Partial<AdapterCall> = {}): AdapterCall {
  const request = { model, messages }
  return { model, card: undefined, request, secret: new Secret(key), signal: new AbortController().signal, ...more }
}

/** A number of its own for every request, and what names a client of the user's own. */
const unlike = ['amz-sdk-invocation-id', 'host', 'content-length', 'x-added-by-transport']

function compared({ headers, ...rest }: Sent): Sent {
  return { ...rest, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !unlike.includes(name))) }
}

describe.each(vendors)('what $vendor is sent', (vendor) => {
  it.each([
    ['whole', false, {}],
    ['streamed', true, {}],
    ['with headers of the caller’s', false, { headers: { 'x-own': 'yes', 'user-agent': null, 'anthropic-beta': 'one' } }],
    ['with a body that needs headers', false, { request: { model: vendor.model, messages, service_tier: 'fast' as const } }],
    [
      'with both',
      true,
      { request: { model: vendor.model, messages, service_tier: 'fast' as const }, headers: { 'anthropic-beta': 'one' } },
    ],
    ['with options of the vendor’s', false, { providerOptions: { temperature: 0.5 } }],
  ])('%s is what its SDK would send, every time', async (_what, stream, more) => {
    const [ours, sdks] = [wired(vendor.ours), wired(vendor.sdks)]
    const expected = compared(await sendBy(sdks, callOf(vendor, more), stream))
    for (let time = 0; time < 3; time += 1) expect(compared(await sendBy(ours, callOf(vendor, more), stream))).toEqual(expected)
  })

  it('is authorised by the key of the call, whatever the caller’s headers say', async () => {
    const ours = wired(vendor.ours)
    for (const each of ['first-key-of-the-test', 'second-key-of-the-test', 'first-key-of-the-test']) {
      const headers = { authorization: 'theirs', 'x-api-key': 'theirs', 'x-goog-api-key': 'theirs' }
      const { headers: sent } = await sendBy(ours, callOf(vendor, { secret: new Secret(each), headers }), false)
      expect(Object.values(sent).filter((value) => value.includes('-key-of-the-test'))).toEqual([expect.stringContaining(each)])
      expect(JSON.stringify(sent)).not.toContain('theirs')
    }
  })

  it('keeps nothing of one call for the next', async () => {
    const ours = wired(vendor.ours)
    const plain = compared(await sendBy(ours, callOf(vendor), false))
    await sendBy(ours, callOf(vendor, { headers: { 'x-own': 'yes', 'user-agent': null } }), false)
    const again = await sendBy(ours, callOf(vendor), false)
    expect(compared(again)).toEqual(plain)
    expect(again.headers).not.toHaveProperty('x-added-by-transport')
  })
})

it('bedrock is sent a number of its own with every request', async () => {
  const vendor = vendors[4]
  const ours = wired(vendor.ours)
  const numbers = new Set<string | undefined>()
  for (let time = 0; time < 3; time += 1) numbers.add((await sendBy(ours, callOf(vendor), false)).headers['amz-sdk-invocation-id'])
  const uuid: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect([...numbers]).toEqual([uuid, uuid, uuid])
})
