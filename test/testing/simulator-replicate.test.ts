import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replicateSdk } from '../../src/providers/replicate/sdk.ts'
import { fakeClock, vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'

const model = 'meta/meta-llama-3-70b-instruct'

interface Prediction {
  readonly id: string
  readonly status: string
  readonly output: unknown
  readonly error: unknown
  readonly metrics?: object
  readonly urls: Readonly<Record<string, string>>
}

/** What the vendor's SDK can do, as far as it is tried here. */
interface Sdk {
  run(name: string, options: object): Promise<unknown>
  stream(name: string, options: object): AsyncIterable<{ readonly event: string; readonly data: string }>
  readonly predictions: {
    create(options: object): Promise<Prediction>
    get(id: string): Promise<Prediction>
    cancel(id: string): Promise<Prediction>
  }
}

const isSdk = (value: unknown): value is Sdk =>
  typeof value === 'object' && value !== null && 'run' in value && 'stream' in value && 'predictions' in value

/** The vendor's own SDK before the simulator. */
async function sdkOf(simulator: VendorSimulator, auth = 'r8_any'): Promise<Sdk> {
  const { default: Client } = await replicateSdk()()
  const client: unknown = new Client({ auth, baseUrl: simulator.door('replicate').baseURL, useFileOutput: false })
  return isSdk(client) ? client : expect.unreachable('this is another SDK')
}

const input = { prompt: 'Hi' }

describe('the simulator speaks Replicate to the vendor’s own SDK', () => {
  it('that runs a model and waits for it', async () => {
    await using simulator = await vendorSimulator()
    simulator.answer('replicate', { deltas: ['Hello', ' you'] })
    const sdk = await sdkOf(simulator)
    for (const name of [model, `${model}:0123abc`] as const) expect(await sdk.run(name, { input })).toEqual(['Hello', ' you'])
    expect(simulator.requests.map(({ path, status }) => [path, status])).toEqual([
      [`/v1/models/${model}/predictions`, 201],
      ['/v1/predictions', 201],
    ])
  })

  it('that runs a model and looks at it', async () => {
    await using simulator = await vendorSimulator()
    simulator.answer('replicate', { deltas: ['Hello'] })
    const sdk = await sdkOf(simulator)
    expect(await sdk.run(model, { input, wait: { mode: 'poll', interval: 1 } })).toEqual(['Hello'])
    expect(simulator.requests.map(({ operation }) => operation)).toEqual(['chat', 'sequel'])
  })

  it('that follows its events', async () => {
    await using simulator = await vendorSimulator()
    simulator.answer('replicate', { deltas: ['One\n', '\n two'] })
    const sdk = await sdkOf(simulator)
    const seen: [string, string][] = []
    for await (const { event, data } of sdk.stream(model, { input })) seen.push([event, data])
    expect(seen).toEqual([
      ['output', 'One\n'],
      ['output', '\n two'],
      ['done', '{}'],
    ])
    expect(simulator.requests.at(-1)).toMatchObject({ operation: 'sequel', stream: true, key: undefined })
  })

  it('that gives up', async () => {
    const clock = fakeClock()
    await using simulator = await vendorSimulator({ clock })
    simulator.answer('replicate', { latency: { headersMs: 60_000 } })
    const { predictions } = await sdkOf(simulator)
    const { id, status, output, urls } = await predictions.create({ model, input })
    expect({ status, output }).toEqual({ status: 'starting', output: null })
    expect(urls).toMatchObject({ get: `${simulator.door('replicate').baseURL}/predictions/${id}` })
    expect(await predictions.cancel(id)).toMatchObject({ id, status: 'canceled' })
    await clock.advanceAsync(60_000)
    expect(await predictions.get(id)).toMatchObject({ status: 'canceled' })
  })

  it('and says of a prediction that is over what it cost and how it ended', async () => {
    await using simulator = await vendorSimulator()
    simulator.queue('replicate', { text: 'Hi', usage: { input: 3, output: 2 } }, { text: 'No.', finish: 'content_filter' })
    const { predictions } = await sdkOf(simulator)
    const good = await predictions.create({ model, input, wait: true })
    expect(good).toMatchObject({ status: 'succeeded', metrics: { input_token_count: 3, output_token_count: 2 } })
    const bad = await predictions.create({ model, input, wait: true })
    expect(bad).toMatchObject({ status: 'failed', error: expect.stringContaining('flagged as sensitive') })
    expect(bad).not.toHaveProperty('metrics')
    // It is over, and stays what it is.
    expect(await predictions.cancel(good.id)).toMatchObject({ status: 'succeeded' })
  })
})

describe('the simulator refuses what Replicate refuses', () => {
  it.each<readonly [object, number, object]>([
    [{}, 422, { title: 'Input validation failed' }],
    [{ input: {} }, 422, { invalid_fields: [{ type: 'required', field: 'input' }] }],
    [{ input: { prompt: 'Hi', max_tokens: 'many' } }, 422, { invalid_fields: [{ field: 'input.max_tokens' }] }],
    [{ input: { prompt: 'Hi', temperature: '1' } }, 422, { invalid_fields: [{ field: 'input.temperature' }] }],
    [{ input: { prompt: 'Hi', stop_sequences: ['a'] } }, 422, { invalid_fields: [{ field: 'input.stop_sequences' }] }],
    [{ input: { prompt: 'Hi' }, temperature: 1 }, 422, { detail: expect.stringContaining('temperature is not allowed') }],
    [{ input: { prompt: 'Hi' } }, 201, { status: 'starting' }],
  ])('%j: %i', async (body, status, answer) => {
    await using simulator = await vendorSimulator({ latency: { headersMs: 60_000 } })
    const url = `${simulator.door('replicate').baseURL}/models/${model}/predictions`
    const response = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer a' }, body: JSON.stringify(body) })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(answer)
  })

  it.each<readonly [string, string, number]>([
    ['POST', '/predictions', 422],
    ['GET', '/predictions/sim00000099', 404],
    ['POST', '/predictions/sim00000099/cancel', 404],
    ['GET', '/streams/sim00000099', 404],
    ['GET', '/nowhere', 404],
    ['GET', '/models', 200],
    ['GET', `/models/${model}`, 200],
  ])('%s %s: %i', async (method, path, status) => {
    await using simulator = await vendorSimulator()
    const init = method === 'POST' ? { method, body: JSON.stringify({ input }) } : { method }
    const headers = { authorization: 'Token a' }
    const response = await fetch(`${simulator.door('replicate').baseURL}${path}`, { ...init, headers })
    expect(response.status).toBe(status)
  })

  it('a key that is none, also where only the state of a prediction is asked for', async () => {
    await using simulator = await vendorSimulator({ keys: { replicate: ['r8_good'] } })
    const { id } = await (await sdkOf(simulator, 'r8_good')).predictions.create({ model, input })
    const bad = await sdkOf(simulator, 'r8_bad')
    await expect(bad.predictions.get(id)).rejects.toThrow(/401|authentication/)
    await expect(bad.predictions.create({ model, input })).rejects.toThrow(/401|authentication/)
  })
})

describe('faults strike', () => {
  it('what the request asked for: events where they are asked for, later requests where these are meant', async () => {
    await using simulator = await vendorSimulator()
    const base = simulator.door('replicate').baseURL
    const headers = { authorization: 'Bearer a' }
    simulator.fail('replicate', 'cut-stream', { after: 1 })
    simulator.fail('replicate', 'http-503', { operation: 'sequel', times: 1, match: ({ stream }) => !stream })
    const body = JSON.stringify({ input, stream: true })
    const created = await fetch(`${base}/models/${model}/predictions`, { method: 'POST', headers, body })
    const { urls }: { urls: Record<'get' | 'stream', string> } = JSON.parse(await created.text())
    expect(created.status).toBe(201)
    expect((await fetch(urls.get, { headers })).status).toBe(503)
    expect((await fetch(urls.get, { headers })).status).toBe(200)
    const events = await (await fetch(urls.stream)).text().catch(() => 'cut')
    expect(events).not.toContain('event: done')
  })
})

it('answers any request with an answer or a refusal, and never breaks', async () => {
  await using simulator = await vendorSimulator()
  const base = simulator.door('replicate').baseURL
  const places = ['/predictions', `/models/${model}/predictions`, '/deployments/a/b/predictions', '/predictions/x/cancel']
  const fields = ['version', 'input', 'stream', 'prompt', 'messages', 'max_tokens', 'temperature', 'stop_sequences', 'webhook', 'x']
  const { body } = fc.letrec((tie) => ({
    body: fc.dictionary(fc.constantFrom(...fields), tie('value'), { maxKeys: 6 }),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>('', 'x', null, true, 0, 3, -1, 0.5),
      fc.array(tie('value'), { maxLength: 2 }),
      tie('body'),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.oneof(body, fc.jsonValue()), fc.boolean(), async (place, sent, waits) => {
      const headers = { authorization: 'Bearer any', ...(waits && { prefer: 'wait' }) }
      const response = await fetch(`${base}${place}`, { method: 'POST', headers, body: JSON.stringify(sent) })
      expect([201, 404, 422]).toContain(response.status)
      expect(JSON.parse(await response.text())).toBeTypeOf('object')
    }),
    { numRuns: 150 },
  )
})
