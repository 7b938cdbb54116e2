import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { codestralModels, mistralModels } from '../../src/catalog/models/mistral.ts'
import { compilePrices } from '../../src/catalog/prices.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { ModelyardError } from '../../src/errors.ts'
import { codestral, mistral } from '../../src/providers/mistral/index.ts'
import { mistralSdk } from '../../src/providers/mistral/sdk.ts'
import { vendorSimulator } from '../../src/testing/index.ts'
import { mistralDialect } from '../../src/testing/simulator/mistral.ts'
import { answer, call, events, failureOf, json, read, wire } from './mistral-fixtures.ts'

afterEach(() => vi.restoreAllMocks())

const ok = (): Response => json(answer({ content: 'ok' }))

describe('mistral() and codestral()', () => {
  it('go to their own hosts with keys of their own', async () => {
    const { fetch, sent } = wire(ok)
    for (const adapter of [mistral({ fetch }), codestral({ fetch })]) await adapter.complete(call({}))
    expect(sent.map(({ url }) => url)).toEqual([
      'https://api.mistral.ai/v1/chat/completions',
      'https://codestral.mistral.ai/v1/chat/completions',
    ])
    expect([mistral().key, codestral().key]).toEqual(['MISTRAL_API_KEY', 'CODESTRAL_API_KEY'])
    expect([codestral().id, codestral().catalog, codestral().stateOwner]).toEqual(['codestral', 'codestral', 'codestral'])
    expect(codestral()).not.toHaveProperty('embed')
  })

  it.each([
    'https://proxy.example/mistral',
    'https://proxy.example/mistral/',
    'https://proxy.example/mistral/v1',
    'https://proxy.example/mistral/v1/',
  ])('take %s as the same base', async (baseURL) => {
    const { fetch, sent } = wire(ok)
    await mistral({ fetch, baseURL }).complete(call({}))
    expect(sent[0]?.url).toBe('https://proxy.example/mistral/v1/chat/completions')
  })

  it('declare the region of a regional host, unless another one is named', () => {
    expect(mistral().region).toBeUndefined()
    expect(mistral({ baseURL: 'https://api.eu.mistral.ai' }).region).toBe('eu')
    expect(mistral({ baseURL: 'https://api.us.mistral.ai/v1' }).region).toBe('us')
    expect(mistral({ baseURL: 'https://api.eu.mistral.ai.example' }).region).toBeUndefined()
    expect(mistral({ baseURL: 'https://api.eu.mistral.ai', region: 'here' }).region).toBe('here')
  })

  it('refuse options that are unknown or wrong', () => {
    expect(() => mistral({ ...JSON.parse('{ "baseUrl": "https://x" }') })).toThrow(ModelyardError)
    expect(() => codestral({ baseURL: 'http://proxy.example' })).toThrow(/codestral\(\{ baseURL \}\)/)
  })

  it('send the headers of the options and of the call, whose credential stays as it is', async () => {
    const { fetch, sent } = wire(ok)
    const adapter = mistral({ fetch, headers: { 'x-team': 'a', 'user-agent': null } })
    await adapter.complete(call({}, { headers: { 'x-team': 'b', authorization: 'Bearer other' } }))
    const { headers } = sent[0] ?? expect.unreachable('nothing was sent')
    expect(Object.fromEntries(headers)).toEqual({
      accept: 'application/json',
      authorization: 'Bearer key-of-the-tests-0001',
      'content-type': 'application/json',
      'x-team': 'b',
    })
  })

  it('ask for an event stream where they stream', async () => {
    const { fetch, sent } = wire(() => events('[DONE]'))
    await failureOf(read(mistral({ fetch }).stream(call({ stream: true }))))
    expect(sent[0]?.headers.get('accept')).toBe('text/event-stream')
    expect(sent[0]?.body['stream']).toBe(true)
  })

  it('say that a key is no key, without saying it', async () => {
    const { fetch, sent } = wire(ok)
    const failure = await failureOf(mistral({ fetch }).complete(call({}, { secret: new Secret('private-words\nin two lines') })))
    expect(failure).toMatchObject({ kind: 'auth' })
    expect(JSON.stringify(failure)).not.toContain('private-words')
    expect(sent).toEqual([])
  })

  it('print nothing, neither of deprecated models nor where MISTRAL_DEBUG is set', async () => {
    vi.stubEnv('MISTRAL_DEBUG', 'true')
    const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'log'), vi.spyOn(console, 'group')]
    const headers = { 'x-model-deprecation-timestamp': '2026-12-31' }
    await mistral({ fetch: wire(() => json(answer({ content: 'ok' }), { headers })).fetch }).complete(call({}))
    await new Promise<void>((resolve) => setImmediate(resolve))
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
    vi.unstubAllEnvs()
  })
})

describe("a client of the user's own", () => {
  it('addresses, authorises and carries every call, with a key that may be another one each time', async () => {
    const { Mistral, HTTPClient } = await mistralSdk()()
    const seen: Request[] = []
    const httpClient = new HTTPClient({
      fetcher: async (request) => {
        if (request instanceof Request) seen.push(request)
        return Promise.resolve(ok())
      },
    })
    let count = 0
    const client = new Mistral({
      serverURL: 'https://own.example',
      apiKey: async () => Promise.resolve(`key-${(count += 1)}`),
      httpClient,
    })
    const adapter = mistral({ client })
    expect(adapter.key).toBeNull()
    for (const seed of [1, 2]) await adapter.complete(call({ seed }))
    expect(seen.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['https://own.example/v1/chat/completions', 'Bearer key-1'],
      ['https://own.example/v1/chat/completions', 'Bearer key-2'],
    ])
    expect(await Promise.all(seen.map(async (request) => request.json()))).toMatchObject([{ random_seed: 1 }, { random_seed: 2 }])
  })

  it('is built for each key where it comes as a function, and left with the signal where that takes too long', async () => {
    const { Mistral } = await mistralSdk()()
    const { fetch, sent } = wire(ok)
    const adapter = mistral({ fetch, client: (secret) => new Mistral({ apiKey: `${secret.reveal()}-x` }) })
    await adapter.complete(call({}))
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer key-of-the-tests-0001-x')

    const waiting = mistral({ fetch, client: new Mistral({ apiKey: async () => new Promise<string>(() => undefined) }) })
    const controller = new AbortController()
    const work = waiting.complete(call({}, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
  })
})

describe('embeddings', () => {
  const data = [
    { object: 'embedding', index: 1, embedding: [0, 1] },
    { object: 'embedding', index: 0, embedding: [1, 0] },
  ]
  const body = {
    id: 'e',
    object: 'list',
    model: 'mistral-embed',
    data,
    usage: { prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 },
  }

  it('ask for dimensions in the words of the vendor, and answer in the order of the inputs', async () => {
    const { fetch, sent } = wire(() => json(body))
    const embed = mistral({ fetch }).embed ?? expect.unreachable('it embeds')
    const request = { model: 'mistral-embed', input: ['a', 'b'], dimensions: 2 }
    expect(await embed({ ...call({}), model: 'mistral-embed', request })).toEqual({
      object: 'list',
      model: 'mistral-embed',
      data: data.toReversed(),
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    expect(sent[0]).toMatchObject({
      url: 'https://api.mistral.ai/v1/embeddings',
      body: { model: 'mistral-embed', input: ['a', 'b'], output_dimension: 2 },
    })
  })

  it('come as base64 where that is asked for', async () => {
    const embed = mistral({ fetch: wire(() => json(body)).fetch }).embed ?? expect.unreachable('it embeds')
    const { data: encoded } = await embed({
      ...call({}),
      request: { model: 'mistral-embed', input: ['a', 'b'], encoding_format: 'base64' },
    })
    const floats = encoded.map(({ embedding }) => [
      ...new Float32Array(Uint8Array.from(Buffer.from(String(embedding), 'base64')).buffer),
    ])
    expect(floats).toEqual([
      [1, 0],
      [0, 1],
    ])
  })

  it('take text only, and are malformed where one is missing', async () => {
    const embed = mistral({ fetch: wire(() => json(body)).fetch }).embed ?? expect.unreachable('it embeds')
    expect(await failureOf(embed({ ...call({}), request: { model: 'm', input: [[1, 2]] } }))).toMatchObject({
      kind: 'invalid_request',
      param: 'input',
    })
    expect(await failureOf(embed({ ...call({}), request: { model: 'm', input: 'one' } }))).toMatchObject({ kind: 'malformed' })
  })
})

describe('the models', () => {
  const models = [...mistralModels, ...codestralModels]

  it('are listed once, and no alias belongs to two of them', () => {
    const names = models.flatMap(({ provider, id, aliases = [] }) => [id, ...aliases].map((name) => `${provider}/${name}`))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('have prices that are prices, and replacements that live', () => {
    for (const { prices, lifecycle } of models) {
      if (prices !== null) expect(compilePrices(prices)).not.toBeNull()
      const next = mistralModels.find(({ id }) => id === lifecycle?.replacement)
      if (lifecycle !== undefined) expect(next !== undefined && next.lifecycle === undefined).toBe(true)
    }
  })
})

const folder = fileURLToPath(new URL('../../../shared/corpus/open/cases/', import.meta.url))

interface Recorded {
  readonly id: string
  readonly provider: string
  readonly status: number
  readonly request: object | null
}

function isRecorded(value: unknown): value is Recorded {
  return typeof value === 'object' && value !== null && 'provider' in value && value.provider === 'mistral'
}

const fieldNames = `model messages role content text type tool_calls tool_call_id id input tools function name parameters stream n
  max_tokens tool_choice response_format json_schema temperature top_p reasoning_effort thinking prefix`.split(/\s+/)

// JSON that looks like a request from afar: real field names over values of any kind.
const { body: anyBody } = fc.letrec((tie) => ({
  body: fc.dictionary(fc.constantFrom(...fieldNames), tie('value'), { maxKeys: 8 }),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('user', 'assistant', 'tool', 'text', 'auto', 'any', '', 'x', null, true, 0, 3, -1),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('body'),
  ),
}))

describe('the checks of the simulator', () => {
  it('answer any request with an answer or a refusal, and never break', async () => {
    await using simulator = await vendorSimulator({ dialects: [mistralDialect] })
    const { baseURL } = simulator.door('mistral')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/chat/completions', '/v1/embeddings'),
        fc.boolean(),
        anyBody,
        async (path, sound, sent) => {
          const headers = { authorization: 'Bearer any' }
          const body = sound ? JSON.stringify(sent) : `${JSON.stringify(sent)}}`
          const response = await fetch(`${baseURL}${path}`, { method: 'POST', headers, body })
          expect([200, 400, 422]).toContain(response.status)
          expect((await response.text()).length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 150 },
    )
  })

  it.skipIf(!existsSync(folder))(
    'refuse nothing that the vendor accepted (skipped where the recordings are not there)',
    async () => {
      await using simulator = await vendorSimulator({ dialects: [mistralDialect] })
      const recorded = readdirSync(folder).map((file): unknown => JSON.parse(readFileSync(folder + file, 'utf8')))
      const accepted = recorded.filter(isRecorded).filter(({ status, request }) => status === 200 && request !== null)
      const refused: string[] = []
      for (const { id, request } of accepted) {
        // Whoever recorded these replaced ids by words that are none.
        const body = JSON.stringify(request).replaceAll(
          /call_REDACTED_(\d+)/g,
          (_, number: string) => `call${number.padStart(5, '0')}`,
        )
        const headers = { authorization: 'Bearer any' }
        const response = await fetch(`${simulator.door('mistral').baseURL}/v1/chat/completions`, { method: 'POST', headers, body })
        const text = await response.text()
        if (response.status !== 200) refused.push(`${id}: ${text}`)
      }
      expect(refused).toEqual([])
      expect(accepted.length).toBeGreaterThan(30)
    },
  )

  it.each<[string, object, RegExp]>([
    [
      'an id of another form',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', function: { name: 'f', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: 'call_1', content: '' },
        ],
      },
      /3280/,
    ],
    [
      'a user behind a tool',
      {
        messages: [
          { role: 'tool', tool_call_id: 'abcdefghi', content: '' },
          { role: 'user', content: 'x' },
        ],
      },
      /Unexpected role 'user' after role 'tool'/,
    ],
    [
      'an assistant at the end',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'y' },
        ],
      },
      /Expected last role/,
    ],
    [
      'a call without its result',
      {
        messages: [
          { role: 'assistant', content: '', tool_calls: [{ id: 'abcdefghi' }] },
          { role: 'user', content: 'x' },
        ],
      },
      /Not the same number/,
    ],
    [
      'an assistant that says nothing',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: '' },
          { role: 'user', content: 'y' },
        ],
      },
      /must have either content/,
    ],
    ['a name', { messages: [{ role: 'user', name: 'Ada', content: 'x' }] }, /extra_forbidden/],
    ['a field of another vendor', { logit_bias: {} }, /extra_forbidden/],
    ['a function without parameters', { tools: [{ type: 'function', function: { name: 'f' } }] }, /Field required/],
    ['top_p at temperature 0', { temperature: 0, top_p: 0.5 }, /greedy/],
    ['a level of reasoning that the model has not', { reasoning_effort: 'low' }, /reasoning_effort/],
  ])('refuse %s', async (_, fields, words) => {
    await using simulator = await vendorSimulator({ dialects: [mistralDialect] })
    const body = JSON.stringify({ model: 'mistral-small-2603', messages: [{ role: 'user', content: 'x' }], ...fields })
    const headers = { authorization: 'Bearer any' }
    const response = await fetch(`${simulator.door('mistral').baseURL}/v1/chat/completions`, { method: 'POST', headers, body })
    expect(response.ok).toBe(false)
    expect(await response.text()).toMatch(words)
  })
})
