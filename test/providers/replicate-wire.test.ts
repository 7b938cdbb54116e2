import { describe, expect, it } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import { AttemptError } from '../../src/errors.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import type { ReplicateOptions } from '../../src/providers/replicate/index.ts'
import { fakeClock, vendorSimulator } from '../../src/testing/index.ts'
import type { FaultName } from '../../src/testing/index.ts'
import { call, failureOf, follow, key, read } from './replicate-fixtures.ts'

const vendor = 'replicate'

/** An adapter before a simulated vendor, whose time is the test's. */
async function connected(options: ReplicateOptions = {}) {
  const clock = fakeClock()
  const simulator = await vendorSimulator({ clock })
  const adapter = replicate({ baseURL: simulator.door(vendor).baseURL, pollMs: 1, ...options })
  const asked = () => simulator.requests.map(({ method, path }) => `${method} ${path.replace(/sim\d+/, 'ID')}`)
  /** A call for an answer that takes an hour, when the vendor has stopped to hold its response back. */
  const waiting = async (over: Partial<AdapterCall> = {}) => {
    simulator.answer(vendor, { text: 'At last.', latency: { headersMs: 3_600_000 } })
    const work = adapter.complete(call({}, over))
    // Nobody may see a rejection before a test looks for it.
    work.catch(() => undefined)
    await expect.poll(() => clock.pending).toBe(1)
    await clock.advanceAsync(60_000)
    return { work }
  }
  return { simulator, adapter, clock, asked, waiting, [Symbol.asyncDispose]: () => simulator.close() }
}

const creation = 'POST /v1/models/meta/meta-llama-3-70b-instruct/predictions'
const look = 'GET /v1/predictions/ID'
const cancellation = 'POST /v1/predictions/ID/cancel'

describe('a creation that fails is made once, whatever the SDK would do', () => {
  it.each<FaultName>([
    'rate-limit',
    'http-500',
    'http-502',
    'http-503',
    'http-504',
    'html-502',
    'reset-before-headers',
    'close-before-headers',
    'cut-headers',
    'garbage-head',
  ])('%s', async (fault) => {
    for (const stream of [false, true]) {
      await using wire = await connected()
      wire.simulator.fail(vendor, fault)
      const outcome = stream ? await follow(wire.adapter, call({ stream })) : undefined
      const failure = outcome === undefined ? await failureOf(wire.adapter.complete(call()), wire.adapter) : outcome.failure
      expect(failure?.kind).toMatch(/^(?:rate_limit|server|network)$/)
      expect(wire.asked()).toEqual([creation])
    }
  })

  it('no connection at all', async () => {
    await using simulator = await vendorSimulator()
    let tries = 0
    const adapter = replicate({
      baseURL: `${simulator.unreachable}/v1`,
      fetch: (input, init) => {
        tries += 1
        return fetch(input, init)
      },
    })
    expect(await failureOf(adapter.complete(call()))).toMatchObject({ kind: 'network' })
    expect(tries).toBe(1)
  })
})

describe('an answer that is not there yet', () => {
  it('is waited for in the creation, and asked for afterwards', async () => {
    await using wire = await connected()
    const { work } = await wire.waiting()
    await expect.poll(() => wire.asked().length).toBeGreaterThan(3)
    await wire.clock.advanceAsync(3_600_000)
    expect((await work).choices[0]?.message.content).toBe('At last.')
    const [first, ...looks] = wire.asked()
    expect(first).toBe(creation)
    expect(new Set(looks)).toEqual(new Set([look]))
    expect(new Set(wire.simulator.requests.map((request) => request.key))).toEqual(new Set([key]))
  })

  it('is asked for again where a look failed for a passing reason', async () => {
    await using wire = await connected()
    const outage = wire.simulator.fail(vendor, 'http-503', { operation: 'sequel', times: 2 })
    const { work } = await wire.waiting()
    await expect.poll(() => outage.hits).toBe(2)
    await wire.clock.advanceAsync(3_600_000)
    expect((await work).choices[0]?.message.content).toBe('At last.')
  })

  it.each<readonly [FaultName, string, number]>([
    ['http-503', 'server', 3],
    ['reset-before-headers', 'network', 3],
    ['bad-key', 'auth', 1],
  ])('is given up, and canceled, after %s (%s): looks: %i', async (fault, kind, looks) => {
    await using wire = await connected()
    wire.simulator.fail(vendor, fault, { operation: 'sequel' })
    const { work } = await wire.waiting()
    expect(await failureOf(work)).toMatchObject({ kind })
    await expect.poll(wire.asked).toEqual([creation, ...Array.from({ length: looks }, () => look), cancellation])
  })
})

describe('a prediction that nobody wants any more is canceled', () => {
  it('when the signal fires while it is waited for; the abort waits for nothing', async () => {
    await using wire = await connected()
    wire.simulator.fail(vendor, 'stall-before-headers', { operation: 'sequel' })
    const stop = new AbortController()
    const { work } = await wire.waiting({ signal: stop.signal })
    await expect.poll(wire.asked).toEqual([creation, look])
    stop.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
    await expect.poll(wire.asked).toEqual([creation, look, cancellation])
    expect(await wire.simulator.requests[1]?.ended).toBe('aborted')
  })

  it('when the signal fires in the midst of its events, whose socket is closed', async () => {
    await using wire = await connected()
    wire.simulator.answer(vendor, { deltas: ['One ', 'two ', 'three'], latency: { tokenMs: 600_000 } })
    const stop = new AbortController()
    const stream = wire.adapter.stream(call({ stream: true }, { signal: stop.signal }))
    const chunks = (async () => {
      for await (const { choices } of stream) if (choices[0]?.delta.content) stop.abort(new Error('enough'))
    })()
    await expect(chunks).rejects.toThrow('enough')
    await expect.poll(wire.asked).toEqual([creation, 'GET /v1/streams/ID', cancellation])
    expect(await wire.simulator.requests[1]?.ended).toBe('aborted')
  })

  it('when its reader leaves', async () => {
    await using wire = await connected()
    wire.simulator.answer(vendor, { deltas: ['One ', 'two ', 'three'], latency: { tokenMs: 600_000 } })
    for await (const { choices } of wire.adapter.stream(call({ stream: true }))) if (choices[0]?.delta.content) break
    await expect.poll(wire.asked).toEqual([creation, 'GET /v1/streams/ID', cancellation])
    expect(await wire.simulator.requests[1]?.ended).toBe('aborted')
  })

  it('when its events break off', async () => {
    await using wire = await connected()
    wire.simulator.fail(vendor, 'cut-stream', { after: 1 })
    const { failure } = await follow(wire.adapter, call({ stream: true }))
    expect(['truncated', 'network']).toContain(failure?.kind)
    await expect.poll(wire.asked).toEqual([creation, 'GET /v1/streams/ID', cancellation])
  })

  it('and no other: one that is over is left alone', async () => {
    await using wire = await connected()
    await wire.adapter.complete(call())
    await read(wire.adapter.stream(call({ stream: true })))
    wire.simulator.answer(vendor, { text: 'No.', finish: 'content_filter' })
    await follow(wire.adapter, call({ stream: true }))
    wire.simulator.failOnce(vendor, 'error-mid-stream')
    await follow(wire.adapter, call({ stream: true }))
    const stop = new AbortController()
    stop.abort(new AttemptError('internal', 'before it began'))
    await expect(wire.adapter.complete(call({}, { signal: stop.signal }))).rejects.toThrow('before it began')
    await wire.simulator.settled()
    expect(wire.asked().filter((request) => request !== creation)).toEqual([
      'GET /v1/streams/ID',
      look,
      'GET /v1/streams/ID',
      look,
      'GET /v1/streams/ID',
    ])
  })
})

describe('a stream over real sockets', () => {
  it('has its text and its count', async () => {
    await using wire = await connected()
    wire.simulator.answer(vendor, { deltas: ['One\n', '\n two'], usage: { input: 7, output: 3 } })
    const { text, finish, usage } = await follow(wire.adapter, call({ stream: true }))
    expect({ text, finish }).toEqual({ text: 'One\n\n two', finish: 'stop' })
    expect(usage).toEqual({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 })
  })

  it('is complete where its count cannot be had', async () => {
    await using wire = await connected()
    wire.simulator.answer(vendor, 'Hello')
    wire.simulator.fail(vendor, 'http-500', { operation: 'sequel', match: ({ stream }) => !stream })
    const { text, finish, usage, failure } = await follow(wire.adapter, call({ stream: true }))
    expect({ text, finish, usage, failure }).toEqual({ text: 'Hello', finish: 'stop', usage: undefined, failure: undefined })
  })
})
