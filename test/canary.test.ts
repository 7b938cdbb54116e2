// Nobody but a vendor ever gets a key: looked for in everything that a caller can hold and in everything that leaves the
// process, after every fault, at every door.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuth2Client } from 'google-auth-library'
import type OpenAI from 'openai'
import type { APIPromise } from 'openai'
import { APIConnectionError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attemptsOf, routeOf } from '../src/index.ts'
import type { ProviderAdapter } from '../src/index.ts'
import { anthropicBedrock, anthropicVertex } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import * as family from '../src/providers/family/index.ts'
import { githubCopilot } from '../src/providers/github-copilot/index.ts'
import { vertex } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { codestral } from '../src/providers/mistral/index.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import type { FaultName, WireFetch } from '../src/testing/index.ts'
import { placesOf } from '../src/testing/places.ts'
import { doors } from './every-vendor.ts'
import type { Door, DoorWire } from './every-vendor.ts'
import { ask, prompt, struck } from './faults/bench.ts'
import type { Outcome } from './faults/bench.ts'
import { openDoorBench } from './faults/door-bench.ts'
import type { DoorBench } from './faults/door-bench.ts'
import { expectations } from './faults/expectations.ts'
import { casesOf, strikeOf } from './faults/picture.ts'
import { canaryFor } from './secrecy/canaries.ts'
import type { Canary } from './secrecy/canaries.ts'
import { openOutlets } from './secrecy/outlets.ts'
import { forget } from './otel/sdk.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'modelyard-canary-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  forget()
})

const titled = doors.map((door) => [door.name, door] as const)

/** What a caller can get hold of after one request, and what the trail has of it. */
const inHand = ({ seen, events }: Outcome): object => ({
  error: seen.error,
  attempts: attemptsOf(seen.error),
  answers: seen.answers,
  opened: seen.opened,
  route: seen.opened === undefined ? undefined : routeOf(seen.opened),
  events,
})

/** Where the vendor repeats the key wherever it can: in its words, and in headers. */
const repeating = ({ saying, key }: Canary) => ({
  message: saying,
  code: key,
  headers: { 'x-request-id': `req-${key}`, 'x-echo': saying.replaceAll('…', '...'), 'set-cookie': `k=${key}` },
})

describe('the search', () => {
  const { key, traces, saying } = canaryFor('the search', 'openai')

  it('knows every form in which a key may be repeated', () => {
    const unknown = saying.split(' | ').filter((words) => placesOf(traces, { words }).length === 0)
    expect(unknown).toEqual([])
  })

  it('has something to find: vendors do repeat the key', async () => {
    await using simulator = await vendorSimulator()
    simulator.fail('openai', 'bad-key', repeating(canaryFor('the search', 'openai')))
    const response = await fetch(`${simulator.openai.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    for (const said of [await response.text(), response.headers.get('x-echo'), response.headers.get('x-request-id')])
      expect(said).toContain(key)
  })
})

describe('SE-01, SE-02 and SE-08 a key is nowhere, whatever goes wrong', () => {
  it.concurrent.each(titled)('%s', { timeout: 300_000 }, async (name, door) => {
    const canary = canaryFor(name, door.vendor)
    await using outlets = await openOutlets(join(folder, `${name}.jsonl`))
    await using bench = await openDoorBench(door, { key: canary.key, ...outlets })
    const found: unknown[] = []
    const keys = new Set<string | undefined>()
    let strays = 0
    for (const row of expectations) {
      for (const one of casesOf(row, [bench.parties])) {
        bench.renew()
        const { parameters, ...strike } = strikeOf(row, one)
        const words = { ...repeating(canary), ...parameters }
        const outcome = await struck(bench, { ...strike, parameters: words, alone: true })
        strays += outcome.strays
        for (const { key } of bench.simulator.requests) keys.add(key)
        const places = placesOf(canary.traces, inHand(outcome))
        if (places.length > 0) found.push([row.fault, one.mode, places])
      }
    }
    await bench.client.flush()
    expect(found).toEqual([])
    const told = await outlets.told()
    expect(placesOf(canary.traces, told)).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    // The vendor, and nobody else, has got it.
    expect([[...keys], strays]).toEqual([[canary.key], 0])
    // And every outlet has told of it.
    for (const [outlet, all] of Object.entries(told)) expect(placesOf([bench.parties.target], all), outlet).not.toEqual([])
  })
})

async function allOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What a client can be asked, each with what it answers. */
async function askedFor({ client, parties: { target } }: DoorBench): Promise<Readonly<Record<string, unknown>>> {
  const { ledger, breakers } = client
  const report = await ledger.report()
  const explanation = await client.explain({ model: target, messages })
  const verification = await client.verify({ live: { timeoutMs: 500 } })
  return {
    client,
    agent: client.agent('struck'),
    models: await client.models.list(),
    ledger: [ledger, ledger.totals({ by: ['model'] }), ledger.saving(), ledger.toCSV(), String(ledger)],
    report: [report, report.toJSON(), report.toCSV(), String(report)],
    breakers: [breakers, breakers.list(), breakers.history(), breakers.snapshot(target)],
    budgets: client.budgets.list(),
    health: client.health(),
    explanation: [explanation, String(explanation)],
    verification: [verification, String(verification)],
  }
}

/** A comparison in all the forms that it can be read in, with the journal that it has left. */
async function comparedAt({ client, parties }: DoorBench, journal: string): Promise<Readonly<Record<string, unknown>>> {
  const comparison = await client.compare({
    prompts: ['one', 'two', 'three'],
    targets: [parties.target, parties.next.target],
    resume: journal,
    content: true,
  })
  return {
    report: comparison.report,
    table: comparison.toTable(),
    csv: comparison.toCSV(),
    html: await comparison.toHTML(),
    journal: readFileSync(journal, 'utf8'),
  }
}

describe('SE-01 a key is in nothing that can be held, asked for or written', () => {
  it.concurrent.each(titled)('%s', { timeout: 300_000 }, async (name, door) => {
    const canary = canaryFor(name, door.vendor)
    await using bench = await openDoorBench(door, { key: canary.key })
    const { client, simulator, adapter, parties } = bench
    const { headers } = repeating(canary)
    const body = { model: parties.target, messages }
    // A good answer, whose headers repeat the key.
    simulator.fail(door.vendor, 'gzip-good', { headers })
    const whole = client.chat.completions.create(body)
    const { data, response } = await whole.withResponse()
    const raw = await client.chat.completions.create(body).asResponse()
    const streamed = client.chat.completions.create({ ...body, stream: true })
    const opened = await streamed.withResponse()
    const chunks = await allOf(opened.data)
    const runner = client.chat.completions.stream(body)
    await runner.finalChatCompletion()
    expect([data.choices.length, raw.status, chunks.length > 1]).toEqual([1, 200, true])
    const answers = {
      whole: [whole, data, [...response.headers], response],
      raw: [await raw.text(), [...raw.headers]],
      streamed: [streamed, opened, [...opened.response.headers], chunks],
      runner: [runner, await runner.finalChatCompletion()],
      routes: [data, opened.data].map(routeOf),
      adapter,
    }
    const healthy = await askedFor(bench)
    simulator.heal()
    simulator.fail(door.vendor, 'bad-key', { ...repeating(canary), skip: 1 })
    const compared = await comparedAt(bench, join(folder, `${name}.journal.jsonl`))
    const failing = await askedFor(bench)
    expect(failing['verification']).toMatchObject([
      { errors: expect.arrayContaining([expect.objectContaining({ code: 'probe_auth' })]) },
      expect.any(String),
    ])
    expect(compared['report']).toMatchObject({ targets: [{ calls: 3, succeeded: 1, errors: { auth: 2 } }, { succeeded: 3 }] })
    const held = { ...answers, healthy, failing, compared, events: await bench.events() }
    expect(Object.entries(held).flatMap(([what, thing]) => placesOf(canary.traces, thing).map((place) => what + place))).toEqual([])
  })
})

/** Adapters that get what they send from somewhere else than the key store. */
const tokenDoors: readonly (readonly [name: string, of: string, create: (wire: DoorWire, token: string) => ProviderAdapter])[] = [
  ['azure, azureADTokenProvider', 'azure', (wire, token) => azure({ ...wire, azureADTokenProvider: () => token })],
  ['m365Copilot, getToken', 'm365-copilot', (wire, token) => m365Copilot({ ...wire, getToken: () => token })],
  [
    'vertex, authClient',
    'vertex',
    (wire, token) => vertex({ ...wire, project: 'p', authClient: Object.assign(new OAuth2Client(), authClientOf(token)) }),
  ],
  [
    'anthropicVertex, accessToken',
    'anthropic (Vertex AI)',
    (wire, token) => anthropicVertex({ ...wire, project: 'p', accessToken: () => token }),
  ],
  [
    'anthropicVertex, authClient',
    'anthropic (Vertex AI)',
    (wire, token) => anthropicVertex({ ...wire, project: 'p', authClient: authClientOf(token) }),
  ],
  [
    'anthropicBedrock, credentials',
    'anthropic (Bedrock)',
    (wire, token) => anthropicBedrock({ ...wire, region: 'us-east-1', credentials: sessionOf(token) }),
  ],
  [
    'bedrock, credentials',
    'bedrock (Claude)',
    (wire, token) => bedrock({ ...wire, region: 'us-east-1', credentials: sessionOf(token) }),
  ],
]

const authClientOf = (token: string) => ({
  getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${token}` })),
})

const sessionOf = (sessionToken: string) => ({
  accessKeyId: 'AKIDEXAMPLE00000001',
  secretAccessKey: 'secret-of-the-test-0001',
  sessionToken,
})

/** A transport whose errors tell of the whole request, as those of some HTTP clients do. */
function tellingAll(canary: Canary): WireFetch {
  return (input, init) =>
    Promise.reject(
      Object.assign(new TypeError(`fetch failed: ${canary.saying}`, { cause: new Error(canary.key) }), { input, init }),
    )
}

describe('SE-01 and SE-08 a token is as secret as a key', () => {
  it.concurrent.each(tokenDoors)('%s', async (name, of, create) => {
    const door = doors.find((each) => each.name === of) ?? expect.unreachable(`there is a door ${of}`)
    const canary = canaryFor(name, door.vendor)
    await using bench = await openDoorBench({ ...door, create: (wire) => create(wire, canary.key) })
    const asks = (fault: FaultName) =>
      [false, true].map((stream) => ({ parties: bench.parties, fault, stream, alone: true, parameters: repeating(canary) }))
    for (const strike of (['bad-key', 'http-500', 'error-object-200', 'cut-stream', 'gzip-good'] as const).flatMap(asks)) {
      bench.renew()
      const outcome = await struck(bench, strike)
      expect(placesOf(canary.traces, inHand(outcome)), `${strike.fault}, ${strike.stream}`).toEqual([])
    }
    expect(bench.simulator.requests.length).toBeGreaterThan(0)
  })
})

describe('SE-08 a transport whose errors tell of the request tells neither key nor prompt', () => {
  it.concurrent.each(titled)('%s', async (name, door) => {
    const canary = canaryFor(name, door.vendor)
    const telling = { ...door, create: (wire: DoorWire) => door.create({ ...wire, fetch: tellingAll(canary) }) }
    await using bench = await openDoorBench(telling, { key: canary.key })
    for (const stream of [false, true]) {
      const { error } = await ask(bench.client, { stream, model: bench.parties.target, options: { maxRetries: 0 } })
      expect(error).toBeInstanceOf(APIConnectionError)
      expect(placesOf([...canary.traces, prompt], error)).toEqual([])
    }
  })
})

/** Adapters that speak the format of one of the doors, each in its own way as far as options go. */
const { cohere: _, openaiCompatible, ...rows } = family
const known = new Set(doors.map(({ name }) => name))
const siblings: readonly Door[] = Object.entries({
  ...rows,
  codestral: (wire: DoorWire) => codestral(wire),
  openaiCompatible: (wire: DoorWire) => openaiCompatible({ ...wire, id: 'compatible', key: 'COMPATIBLE_KEY' }),
})
  .filter(([name]) => !known.has(name))
  .map(([name, create]) => {
    const [vendor, model] = name === 'codestral' ? (['mistral', 'codestral-latest'] as const) : (['openai', 'gpt-4o'] as const)
    return { name, vendor, model, create: (wire) => create({ ...wire, key: 'KEY' }), does: [], finished: '' }
  })

/** The real runtime, where it is installed for this platform. */
const platforms = join(import.meta.dirname, '../node_modules/@github')
const copilot: readonly Door[] = readdirSync(platforms).some((name) => name.startsWith('copilot-sdk-'))
  ? [
      {
        name: 'github-copilot',
        vendor: 'openai',
        model: 'gpt-4o',
        create: (wire) => githubCopilot({ ...wire, provider: { type: 'openai' } }),
        does: [],
        finished: '',
      },
    ]
  : []

describe('SE-01 a key is nowhere, with whoever speaks the format of another', () => {
  it.concurrent.each([...siblings, ...copilot].map((door) => [door.name, door] as const))('%s', async (name, door) => {
    const canary = canaryFor(name, door.vendor)
    await using bench = await openDoorBench(door, { key: canary.key, limits: { attemptMs: Infinity, firstTokenMs: Infinity } })
    const asks = (fault: FaultName) =>
      [false, true].map((stream) => ({ parties: bench.parties, fault, stream, alone: true, parameters: repeating(canary) }))
    for (const strike of (['bad-key', 'rate-limit', 'http-500', 'reset-mid-body', 'gzip-good'] as const).flatMap(asks)) {
      bench.renew()
      const outcome = await struck(bench, strike)
      expect(placesOf(canary.traces, [inHand(outcome), bench.adapter, bench.client]), `${strike.fault}, ${strike.stream}`).toEqual(
        [],
      )
    }
    expect(new Set(bench.simulator.requests.map(({ key }) => key))).toEqual(new Set([canary.key]))
  })
})

describe('SE-01 a key is nowhere, whatever else is asked for', () => {
  const asked: Readonly<Record<string, (client: OpenAI) => APIPromise<unknown>>> = {
    embeddings: (client) => client.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'Hello' }),
    moderations: (client) => client.moderations.create({ input: 'Hello' }),
    files: (client) => client.get('/files'),
    responses: (client) => client.responses.create({ model: 'gpt-4o', input: 'Hello' }),
  }
  const canary = canaryFor('whatever else', 'openai')

  it.each(Object.entries(asked))('%s', async (_name, make) => {
    const door = doors[0] ?? expect.unreachable('there is a first one')
    await using outlets = await openOutlets(join(folder, `${randomUUID()}.jsonl`))
    await using bench = await openDoorBench(door, { key: canary.key, ...outlets })
    const { client, simulator } = bench
    const held: unknown[] = []
    for (const fault of ['bad-key', 'http-400', 'html-502', 'reset-before-headers', 'gzip-good'] as const) {
      bench.renew()
      simulator.fail('openai', fault, repeating(canary))
      const call = make(client.withOptions({ maxRetries: 0 }))
      const error = await call.withResponse().then(
        ({ data, response }) => void held.push(data, response, [...response.headers]),
        (thrown: unknown) => thrown,
      )
      held.push(call, error)
      expect(error === undefined).toBe(fault === 'gzip-good')
    }
    await client.flush()
    expect(placesOf(canary.traces, [held, await outlets.told()])).toEqual([])
  })
})
