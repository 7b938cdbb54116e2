import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { APIError } from 'openai'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ModelyardError, StreamInterruptedError, createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import type { ProviderAdapter, Secret } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { google } from '../src/providers/google/index.ts'
import * as family from '../src/providers/family/index.ts'
import { githubCopilot } from '../src/providers/github-copilot/index.ts'
import { codestral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { doors } from './every-vendor.ts'
import type { DoorWire } from './every-vendor.ts'
import { ask, canaries, openBench, partiesOf, prompt, struck, targetOf, vendors } from './faults/bench.ts'
import type { Outcome, Vendor } from './faults/bench.ts'
import { openDoorBench } from './faults/door-bench.ts'
import { expectations } from './faults/expectations.ts'
import { casesOf, labelOf, strikeOf } from './faults/picture.ts'
import { canaryFor } from './secrecy/canaries.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import { placesOf } from '../src/testing/places.ts'

const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000 }
const keys = Object.values(canaries)
/** Whole, and what a mask would leave of them: their first letters beyond the vendor's own prefix, and their last ones. */
const secrets = keys.flatMap((key) => [key, key.slice(0, 16), key.slice(-8)])
const messages = [{ role: 'user' as const, content: prompt }]

const titled = doors.map((door) => [door.name, door] as const)

/** Whatever takes an address: the doors, and every other factory. */
const { openaiCompatible, ...others } = family
const factories: Readonly<Record<string, (wire: DoorWire) => ProviderAdapter>> = {
  ...others,
  ...Object.fromEntries(doors.map(({ name, create }) => [name, create])),
  openaiCompatible: (wire) => openaiCompatible({ ...wire, id: 'compatible' }),
  codestral,
  githubCopilot: (wire) => githubCopilot({ ...wire, provider: {} }),
}

/** What a caller can get hold of after one request. */
const inHand = ({ seen, events }: Outcome): object => ({ error: seen.error, answers: seen.answers, opened: seen.opened, events })

describe('the search', () => {
  it.each([
    ['OpenAI', () => new OpenAI({ apiKey: canaries.openai })],
    ['Anthropic', () => new Anthropic({ apiKey: canaries.anthropic })],
    [
      'an error with the request on it',
      () => Object.assign(new Error('no'), { request: new Headers({ authorization: keys[0] ?? '' }) }),
    ],
    ['a cause of a cause', () => new Error('no', { cause: new Error('no', { cause: new Error(keys[0]) }) })],
    ['a hidden field', () => Object.defineProperty({}, 'hidden', { value: new Map([['key', keys[0]]]) })],
  ])('finds a key that is there: %s', (_name, make) => {
    expect(placesOf(secrets, make())).not.toEqual([])
  })
})

/** A promise of the client that nobody need wait for. */
function settled<Made extends Promise<unknown>>(made: Made): Made {
  made.catch(() => undefined)
  return made
}

describe('SE-01 no key can be found', () => {
  it.concurrent.each(titled)('where the vendor writes it into every field of its error (%s)', async (name, door) => {
    const { key, traces } = canaryFor(name, door.vendor)
    const fields = {
      message: key,
      code: key,
      type: key,
      param: key,
      status: key,
      details: [{ reason: key, '@type': key, [key]: key }],
    }
    const parameters = { body: { type: 'error', message: key, error: fields, request_id: key, detail: key } }
    await using bench = await openDoorBench(door, { key })
    for (const status of [400, 401, 429, 500] as const) {
      bench.renew()
      const strike = { parties: bench.parties, fault: `http-${status}`, stream: false, alone: true, parameters } as const
      const outcome = await struck(bench, strike)
      expect(outcome.seen.error).toBeInstanceOf(APIError)
      expect(placesOf(traces, inHand(outcome)), String(status)).toEqual([])
    }
  })

  it('in the client, its parts, its answers and what is asked of it', async () => {
    await using bench = await openBench({ clocks })
    const { client, simulator, audit } = bench
    const body = { model: 'auto', messages }
    const things: Record<string, unknown> = {
      client,
      ledger: client.ledger,
      breakers: client.breakers.snapshot(targetOf('openai')),
    }
    for (const vendor of vendors) {
      const agent = client.agent(vendor)
      const completion = await agent.chat.completions.create(body).withResponse()
      const stream = await agent.chat.completions.create({ ...body, stream: true })
      const runner = agent.chat.completions.stream(body)
      await runner.finalChatCompletion()
      for await (const chunk of stream) things[`${vendor} chunk`] = chunk
      Object.assign(things, {
        [`${vendor} agent`]: agent,
        [`${vendor} completion`]: completion,
        [`${vendor} headers`]: [...completion.response.headers],
        [`${vendor} stream`]: stream,
        [`${vendor} runner`]: runner,
        [`${vendor} route`]: [routeOf(completion.data), routeOf(stream)],
        [`${vendor} decision`]: await agent.explain(body),
        [`${vendor} promise`]: settled(agent.chat.completions.create(body)),
      })
    }
    things['models'] = await client.models.list()
    await client.flush()
    things['trail'] = audit.records
    // The keys were there to be found: every vendor has got its own, and nothing of another's.
    for (const vendor of vendors)
      expect(new Set(simulator.requests.filter((one) => one.vendor === vendor).map(({ key }) => key))).toEqual(
        new Set([canaries[vendor]]),
      )
    for (const { url, body: sent, vendor, headers } of simulator.requests) {
      expect(placesOf(secrets, [url, sent])).toEqual([])
      const foreign = vendors.filter((other) => other !== vendor).map((other) => canaries[other])
      expect(placesOf(foreign, headers)).toEqual([])
    }
    for (const [name, thing] of Object.entries(things)) expect(placesOf(secrets, thing), name).toEqual([])
  })

  it('in adapters that were used, key stores, and secrets however they are printed', async () => {
    await using bench = await openBench({ clocks })
    const { simulator } = bench
    const providers = [
      openai({ baseURL: simulator.openai.baseURL }),
      anthropic({ baseURL: simulator.anthropic.baseURL }),
      google({ baseURL: simulator.google.baseURL }),
    ]
    const store = memoryKeys({
      OPENAI_API_KEY: canaries.openai,
      ANTHROPIC_API_KEY: canaries.anthropic,
      GEMINI_API_KEY: canaries.google,
    })
    const client = createRouter({ providers, keys: store })
    for (const vendor of vendors) {
      await ask(client, { stream: false, model: targetOf(vendor) })
      await ask(client, { stream: true, model: targetOf(vendor) })
    }
    const secret = await store.get('OPENAI_API_KEY', { provider: 'openai' })
    expect(secret?.reveal()).toBe(canaries.openai)
    expect(`${String(secret)} ${inspect(secret)} ${JSON.stringify({ secret })}`).toBe('[secret] [secret] {"secret":"[secret]"}')
    for (const thing of [providers, store, await store.list(), client]) expect(placesOf(secrets, thing)).toEqual([])
  })

  it('in what a store says that fails, whatever its error carries', async () => {
    const key = 'sk-of-the-vault-0123456789abcdef'
    const request = { headers: { 'x-vault-token': 'hvs.token-of-the-vault' }, answer: { data: { key } } }
    const failing = {
      get: () => Promise.reject(Object.assign(new Error(`503 of the vault, not ${key}`), { code: 'EBUSY', request })),
    }
    const client = createRouter({ providers: [openai()], keys: failing, maxRetries: 0 })
    const { error } = await ask(client, { stream: false, model: targetOf('openai') })
    expect(error).toMatchObject({ code: 'MISSING_KEY', cause: { message: '503 of the vault, not [key]', code: 'EBUSY' } })
    expect(placesOf([key, 'hvs.token'], error)).toEqual([])
  })

  it('in the errors of keys and options that are wrong', () => {
    const key = canaries.openai
    const wrong = [
      [memoryKeys, { OPENAI_API_KEY: `${key}\n` }],
      [memoryKeys, { OPENAI_API_KEY: { key } }],
      [createRouter, { apiKey: key }],
      [createRouter, { keys: key }],
      [createRouter, { keys: { OPENAI_API_KEY: key } }],
      [openai, { apiKey: key }],
      [openai, key],
    ] as const
    for (const [make, given] of wrong) {
      const error = refusalOf(make, given)
      expect(error).toBeInstanceOf(ModelyardError)
      expect(placesOf(secrets, error), inspect(given)).toEqual([])
    }
  })
})

function refusalOf(make: (...given: never[]) => unknown, given: unknown): unknown {
  try {
    const made: unknown = Reflect.apply(make, undefined, [given])
    return made
  } catch (error) {
    return error
  }
}

const said = 'a wombat is what the model has told'

describe('AU-05 content stays out', () => {
  const rows = expectations.map((row) => [`${row.fault}${row.label === undefined ? '' : ` (${row.label})`}`, row] as const)
  it.concurrent.each(rows)('of the trail, and answers out of errors: %s', async (_name, row) => {
    for (const one of casesOf(row)) {
      await using bench = await openBench({ clocks })
      // In two pieces and more, so that a part of it arrives.
      const pieces = { deltas: ['a wombat ', 'is what ', 'the model ', 'has told'] }
      if (row.silent === undefined) for (const vendor of vendors) bench.simulator.answer(vendor, pieces)
      const { seen, events } = await struck(bench, { ...strikeOf(row, one), alone: true })
      expect(placesOf([prompt, 'wombat'], events), labelOf(one)).toEqual([])
      expect(placesOf(['wombat'], hiddenPartsOff(seen.error)), labelOf(one)).toEqual([])
    }
  })

  it.concurrent.each(vendors)(
    'of the trail where the vendor repeats the prompt; the caller sees its words (%s)',
    async (vendor) => {
      for (const fault of ['http-400', 'http-500', 'content-filter'] as const) {
        await using bench = await openBench({ clocks })
        const parameters = { message: `Not this: ${prompt}`, code: 'invalid_value' }
        const { seen, events } = await struck(bench, { parties: partiesOf(vendor), fault, stream: false, alone: true, parameters })
        expect(String(seen.error)).toContain(prompt)
        expect(placesOf([prompt], events)).toEqual([])
      }
    },
  )

  it.concurrent.each(vendors)('of the trail, the ledger and the decision of a good call (%s)', async (vendor) => {
    await using bench = await openBench({ clocks })
    bench.simulator.answer(vendor, { text: said })
    const agent = bench.client.agent(vendor)
    for (const stream of [false, true]) expect((await ask(agent, { stream })).text).toBe(said)
    const decision = await agent.explain({ model: 'auto', messages })
    expect(
      placesOf([prompt, 'wombat'], [await bench.events(), bench.client.ledger, bench.client.ledger.toString(), decision]),
    ).toEqual([])
  })

  it('an interruption shows its partial text to whoever asks for it, and prints none', async () => {
    await using bench = await openBench({ clocks })
    bench.simulator.answer('openai', { deltas: ['a wombat ', 'is what ', 'the model ', 'has told'] })
    const { seen } = await struck(bench, { parties: partiesOf('openai'), fault: 'cut-stream', stream: true, alone: true })
    expect(seen.error).toMatchObject({ partialText: 'a wombat is what ' })
    expect(Object.keys(seen.error ?? {})).not.toContain('partialText')
    expect(`${String(seen.error)} ${inspect(seen.error)} ${JSON.stringify(seen.error)}`).not.toContain('wombat')
  })
})

/** The error without the two fields that are there to carry what had arrived. */
function hiddenPartsOff(error: unknown): unknown {
  if (!(error instanceof StreamInterruptedError)) return error
  const parts = Reflect.ownKeys(error).filter((name) => name !== 'partialText' && name !== 'partialToolCalls')
  return [error.message, inspect(error), ...parts.map((name): unknown => Reflect.get(error, name))]
}

describe('SE-04 the environment has no say', () => {
  const before = { ...process.env }
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name)
    Object.assign(process.env, before)
    vi.restoreAllMocks()
  })

  it('neither at the making of a router nor at a call: no host, key, header or log comes from there', async () => {
    await using bench = await openBench({ clocks })
    const { simulator } = bench
    for (const vendor of vendors) Object.assign(process.env, simulator.dialect(vendor).environment(simulator.elsewhere))
    Object.assign(process.env, {
      OPENAI_LOG: 'debug',
      ANTHROPIC_LOG: 'debug',
      GOOGLE_API_BASE_URL: simulator.elsewhere,
      GEMINI_BASE_URL: simulator.elsewhere,
      GEMINI_CUSTOM_HEADERS: 'x-poison: poison-header',
      HTTP_PROXY: simulator.elsewhere,
      HTTPS_PROXY: simulator.elsewhere,
      ALL_PROXY: simulator.elsewhere,
    })
    const spoken = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockReturnValue(undefined),
    )
    const client = createRouter({
      providers: [
        openai({ baseURL: simulator.openai.baseURL }),
        anthropic({ baseURL: simulator.anthropic.baseURL }),
        google({ baseURL: simulator.google.baseURL }),
      ],
      keys: memoryKeys({ OPENAI_API_KEY: canaries.openai, ANTHROPIC_API_KEY: canaries.anthropic, GEMINI_API_KEY: canaries.google }),
      audit: memoryAudit(),
    })
    for (const vendor of vendors) {
      for (const stream of [false, true]) expect((await ask(client, { stream, model: targetOf(vendor) })).error).toBeUndefined()
    }
    expect(simulator.strayRequests).toEqual([])
    expect(simulator.requests).toHaveLength(6)
    for (const { vendor, key, url, headers, body } of simulator.requests) {
      expect(key).toBe(keyOf(vendor))
      expect(placesOf(['poison'], [url, headers, body])).toEqual([])
    }
    for (const method of spoken) expect(method).not.toHaveBeenCalled()
  })
})

function keyOf(vendor: string): string | undefined {
  return Object.entries(canaries).find(([name]) => name === vendor)?.[1]
}

describe('where a key may go', () => {
  it.concurrent.each(titled)(
    'SE-03 it goes to its own origin: a redirect is not followed, whatever its status (%s)',
    async (name, door) => {
      await using bench = await openDoorBench(door, { key: canaryFor(name, door.vendor).key })
      for (const status of [301, 302, 303, 307, 308]) {
        for (const stream of [false, true]) {
          bench.renew()
          const strike = { parties: bench.parties, fault: 'redirect', stream, alone: true, parameters: { status } } as const
          const { seen, strays } = await struck(bench, strike)
          expect([strays, seen.error instanceof APIError ? seen.error.status : seen.error]).toEqual([0, status])
        }
      }
    },
  )

  it.each([
    ['m365-copilot', 'prelude'],
    ['replicate', 'sequel'],
  ] as const)('SE-03 nor where the vendor is asked several things (%s, %s)', async (name, operation) => {
    const door = doors.find((each) => each.name === name) ?? expect.unreachable('there is one')
    await using bench = await openDoorBench(door, { key: canaryFor(name, name).key })
    for (const stream of [false, true]) {
      bench.renew()
      const strike = { parties: bench.parties, fault: 'redirect', stream, alone: true, parameters: { operation } } as const
      expect((await struck(bench, strike)).strays).toBe(0)
    }
    expect(bench.simulator.requests.some((request) => request.operation === operation)).toBe(true)
  })

  it.each(Object.entries(factories))('SE-06 it does not go out in clear, but to this machine (%s)', (_name, make) => {
    for (const baseURL of ['http://api.example.com/v1', 'http://10.0.0.1/v1', 'http://localhost.example.com/v1'])
      expect(() => make({ baseURL })).toThrow(/https/)
    for (const baseURL of ['http://127.0.0.1:1/v1', 'http://localhost:1/v1', 'http://[::1]:1/v1', 'https://api.example.com/v1'])
      expect(() => make({ baseURL })).not.toThrow()
    expect(() => make({ baseURL: 'http://api.example.com/v1', allowInsecureHttp: true })).not.toThrow()
  })

  it('leaves ids of requests alone, which are as long as keys', async () => {
    await using bench = await openBench({ clocks })
    const id = `req_${'0123456789abcdef'.repeat(2)}`
    bench.simulator.failOnce('openai', 'http-400', { headers: { 'x-request-id': id }, message: `No. Your request was ${id}.` })
    const { error } = await ask(bench.client, { stream: false, model: targetOf('openai') })
    expect(error).toMatchObject({ requestID: id, message: `400 No. Your request was ${id}.` })
  })

  it("RT-09 a caller's header does not take its place", async () => {
    await using bench = await openBench({
      clocks,
      defaultHeaders: { authorization: 'Bearer someone-elses', 'x-api-key': 'someone-elses', 'x-goog-api-key': 'someone-elses' },
    })
    for (const vendor of vendors) await ask(bench.client, { stream: false, model: targetOf(vendor) })
    expect(bench.simulator.requests.map(({ key }) => key)).toEqual(vendors.map((vendor) => canaries[vendor]))
    expect(
      placesOf(
        ['someone-elses'],
        bench.simulator.requests.map(({ headers }) => headers),
      ),
    ).toEqual([])
  })
})

describe('SE-09 the clients that are built with a key', () => {
  it('are one for each adapter, and are dropped after a rotation, once the next call has come', async () => {
    await using simulator = await vendorSimulator()
    const built: WeakRef<OpenAI>[] = []
    const build = (secret: Secret): OpenAI => {
      const client = new OpenAI({ apiKey: secret.reveal(), baseURL: simulator.openai.baseURL, maxRetries: 0 })
      built.push(new WeakRef(client))
      return client
    }
    const store = memoryKeys({ OPENAI_API_KEY: 'sk-the-key-before-the-rotation' })
    const client = createRouter({ providers: [openai({ client: build })], keys: store })
    const askTwice = async () => {
      for (const stream of [false, true]) expect((await ask(client, { stream, model: targetOf('openai') })).error).toBeUndefined()
    }
    await askTwice()
    await store.set('OPENAI_API_KEY', 'sk-the-key-after-the-rotation')
    await askTwice()
    expect(built).toHaveLength(2)
    await collected(built[0] ?? expect.unreachable('it was built'))
    await askTwice()
    expect(built).toHaveLength(2)
    expect(new Set(simulator.requests.map(({ key }) => key)).size).toBe(2)
  })
})

/** Resolves once the garbage collector has taken it. */
async function collected(ref: WeakRef<object>): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc !== 'function') expect.unreachable('there is a gc()')
  // Whoever looks at it keeps it until the end of the turn.
  while (ref.deref() !== undefined) {
    await turn()
    Reflect.apply(gc, undefined, [])
  }
}

describe('SE-10 `__proto__` and `constructor` in what a vendor sends', () => {
  const hostile = '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"no"'
  const bodies: Record<Vendor, string> = {
    openai: `{${hostile},"id":"x","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{${hostile},"index":0,"finish_reason":"tool_calls","message":{${hostile},"role":"assistant","content":"fine","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{${hostile.replaceAll('"', '\\"')}}"}}]}}],"usage":{${hostile},"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
    anthropic: `{${hostile},"id":"msg","type":"message","role":"assistant","model":"claude-haiku-5-5","content":[{${hostile},"type":"text","text":"fine"},{"type":"tool_use","id":"t","name":"f","input":{${hostile}}}],"stop_reason":"tool_use","usage":{${hostile},"input_tokens":1,"output_tokens":1}}`,
    google: `{${hostile},"candidates":[{${hostile},"content":{"role":"model","parts":[{${hostile},"text":"fine"},{"functionCall":{"name":"f","args":{${hostile}}}}]},"finishReason":"STOP"}],"usageMetadata":{${hostile},"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`,
  }

  it.concurrent.each(vendors)('are harmless, in answers and in errors (%s)', async (vendor) => {
    await using bench = await openBench({ clocks })
    bench.simulator.queue(vendor, { body: JSON.parse(bodies[vendor]) })
    const seen = await ask(bench.client, { stream: false, model: targetOf(vendor) })
    expect([seen.error, seen.text]).toEqual([undefined, 'fine'])
    bench.simulator.failOnce(vendor, 'http-400', { body: JSON.parse(`{${hostile},"error":{${hostile},"message":"no"}}`) })
    const refused = await ask(bench.client, { stream: false, model: targetOf(vendor) })
    expect(refused.error).toBeInstanceOf(APIError)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    for (const thing of [seen.answers[0], refused.error])
      expect(isObject(thing) ? Reflect.get(thing, 'polluted') : undefined).toBeUndefined()
  })
})

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
