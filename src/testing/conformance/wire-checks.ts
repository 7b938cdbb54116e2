import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Secret } from '../../contracts/secret.ts'
import { classification } from '../../classification.ts'
import type { FaultName } from '../simulator/faults.ts'
import type { RecordedRequest } from '../simulator/recorder.ts'
import type { Bench } from './bench.ts'
import type { Check } from './check.ts'

/** What a sound adapter does to the wire. */
export const wireChecks: readonly Check[] = [
  {
    part: 'abort',
    name: 'sends nothing for a signal that has fired already',
    run: async (open) => {
      await using bench = await open()
      const signal = AbortSignal.abort(new Error('before'))
      await bench.refusal({ signal })
      await bench.brokenStream({ signal })
      assert.equal(bench.simulator.requests.length, 0)
    },
  },
  {
    part: 'abort',
    name: 'ends with the signal wherever the vendor is silent, and closes the connection',
    run: async (open) => {
      await using bench = await open()
      for (const fault of ['stall-before-headers', 'stall-after-headers', 'stall-mid-body'] as const) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        await abortOne(bench, fault, (signal) => bench.refusal({ signal }))
        await abortOne(bench, fault, (signal) => bench.brokenStream({ signal }))
      }
    },
  },
  {
    part: 'abort',
    name: 'closes the connection where the consumer leaves the loop',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.fail(bench.vendor, 'stall-mid-body', { after: 2 })
      const leave = async (): Promise<void> => {
        for await (const chunk of bench.adapter.stream(bench.call({ request: bench.asking('hi', { stream: true }) }))) {
          if (chunk.choices[0]?.delta.content) break
        }
      }
      await bench.within(leave(), 'leaving the loop')
      assert.equal(await bench.within(struck(bench).ended, 'the request'), 'aborted')
    },
  },
  {
    part: 'redirects',
    name: 'does not follow a redirect, and takes it as a failure of the provider',
    run: async (open) => {
      await using bench = await open()
      for (const status of [301, 302, 303, 307, 308]) {
        using _ = bench.simulator.fail(bench.vendor, 'redirect', { status })
        for (const { failure } of [await bench.refusal(), await bench.brokenStream()]) {
          assert.ok(classification[failure.kind].next, `${status} is ${failure.kind}`)
        }
      }
      assert.equal(bench.simulator.strayRequests.length, 0, 'somebody went where the redirect pointed')
    },
  },
  {
    part: 'secrecy',
    name: 'sends the key that the call brings, also when it changes',
    run: async (open) => {
      await using bench = await open()
      const keys = ['key-one-11111111', 'key-two-22222222', 'key-one-11111111']
      for (const key of keys) await bench.complete({ secret: new Secret(key) })
      assert.deepEqual(
        bench.requests.map(({ key }) => key),
        keys,
      )
      for (const { url, body } of bench.requests)
        assert.ok(!/key-one|key-two/.test(url + JSON.stringify(body)), 'the key is in URL or body')
    },
  },
  {
    part: 'secrecy',
    name: 'puts no key into errors and failures, also where the vendor repeats it',
    run: async (open) => {
      await using bench = await open()
      const key = bench.secret.reveal()
      const faults: readonly FaultName[] = [
        'bad-key',
        'http-500',
        'reset-before-headers',
        'html-200',
        'reset-mid-body',
        'error-object-200',
      ]
      for (const fault of faults) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        for (const { thrown, failure } of [await bench.refusal(), await bench.brokenStream()]) {
          assert.ok(!shown(thrown).includes(key), `${fault}: the key is in the error`)
          assert.ok(!shown(failure).includes(key), `${fault}: the key is in the failure`)
        }
      }
      bench.simulator.failOnce(bench.vendor, 'bad-key', { message: `Incorrect API key provided: ${key}.` })
      const { failure } = await bench.refusal()
      assert.ok(!shown([failure.message, failure.body]).includes(key), 'the key that a vendor repeats is in the failure')
      assert.ok(!shown(bench.adapter).includes(key), 'the key is in the adapter')
    },
  },
  {
    part: 'environment',
    name: 'reads no environment variable: neither host nor key nor headers come from there',
    run: async (open) => {
      await using bench = await open()
      const { environment, create } = bench.subject
      assert.ok(
        environment !== undefined,
        "no environment was given; pass that of the process, or skip the part: { environment: 'why' }",
      )
      const variables = bench.simulator.dialect(bench.vendor).environment(bench.simulator.elsewhere)
      using _ = poisoned(environment, variables)
      const { baseURL, fetch } = bench.simulator.door(bench.vendor)
      for (const given of [{ baseURL }, { fetch }]) {
        const adapter = await create(given)
        await bench.within(adapter.complete(bench.call()), 'complete()')
        await bench.within(readThrough(adapter.stream(bench.call({ request: bench.asking('hi', { stream: true }) }))), 'stream()')
        await adapter.close?.()
      }
      assert.equal(bench.simulator.strayRequests.length, 0, 'a variable led a request astray')
      assert.equal(bench.requests.length, 4)
      for (const { url, headers, body, key } of bench.requests) {
        assert.equal(key, bench.secret.reveal())
        assert.ok(!shown([url, headers, body]).includes('poison'), 'the value of a variable is on the wire')
      }
    },
  },
  {
    part: 'headers',
    name: "sends the caller's headers, and hands over the vendor's once, when it has accepted the call",
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { text: 'ok', headers: { 'x-from-vendor': 'yes' } })
      const seen: (string | null)[] = []
      const overrides = {
        headers: { 'x-from-caller': 'yes' },
        onHeaders: (headers: Headers) => seen.push(headers.get('x-from-vendor')),
      }
      await bench.complete(overrides)
      await bench.chunks(overrides)
      assert.deepEqual(seen, ['yes', 'yes'])
      for (const { headers } of bench.requests) assert.equal(headers['x-from-caller'], 'yes')
      bench.simulator.failOnce(bench.vendor, 'http-503')
      await bench.refusal(overrides)
      assert.equal(seen.length, 2, 'the headers of a refusal are in its failure, not handed over')
    },
  },
  {
    part: 'provider options',
    name: 'merges vendor-only parameters into the body',
    run: async (open) => {
      await using bench = await open({ validate: false })
      await bench.complete({ providerOptions: { conformance_probe: { deep: [1, 'two'] } } })
      await bench.chunks({ providerOptions: { conformance_probe: { deep: [1, 'two'] } } })
      for (const { body } of bench.requests)
        assert.ok(shown(body).includes('conformance_probe'), 'the parameter is not on the wire')
    },
  },
  {
    part: 'concurrency',
    name: 'keeps forty calls at the same time apart, keys and answers',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, (turn) => `answer to ${/question-\d+/.exec(turn.lastText)?.[0]}`)
      const one = async (number: number): Promise<void> => {
        const overrides = { request: bench.asking(`question-${number}`), secret: new Secret(`key-of-${number}`) }
        const streamed = number % 2 === 1
        const said = streamed
          ? (await bench.chunks(overrides)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')
          : (await bench.complete(overrides)).choices[0]?.message.content
        assert.equal(said, `answer to question-${number}`)
      }
      await Promise.all(Array.from({ length: 40 }, async (_, number) => one(number)))
      for (const { body, key } of bench.requests) assert.equal(`key-of-${/question-(\d+)/.exec(shown(body))?.[1]}`, key)
    },
  },
]

/** Aborts a call once its request has arrived, and sees the connection closed. */
async function abortOne(bench: Bench, fault: string, start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const before = bench.simulator.requests.length
  const controller = new AbortController()
  const call = start(controller.signal)
  const arrived = async (): Promise<void> => {
    while (!bench.simulator.requests.slice(before).some(isStruck)) await new Promise<void>((resolve) => setImmediate(resolve))
    // The response's head and first bytes may still be on their way; the abort must do at any time.
    await new Promise<void>((resolve) => setTimeout(resolve, 5))
  }
  await bench.within(arrived(), 'the request')
  controller.abort(new Error('enough'))
  await call
  assert.equal(await bench.within(struck(bench).ended, `the request (${fault})`), 'aborted')
}

/** The latest request that a fault has struck. */
function struck(bench: Bench): RecordedRequest {
  const request = bench.simulator.requests.findLast(isStruck)
  assert.ok(request !== undefined, 'no request was struck by the fault')
  return request
}

function isStruck({ fault }: RecordedRequest): boolean {
  return fault !== undefined
}

async function readThrough(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks) continue
}

function shown(value: unknown): string {
  return inspect(value, { depth: 12, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity })
}

/** Sets variables until it is disposed. */
function poisoned(environment: Record<string, string | undefined>, values: Readonly<Record<string, string>>): Disposable {
  const before = Object.keys(values).map((name) => [name, environment[name]] as const)
  Object.assign(environment, values)
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(environment, name)
        else Object.assign(environment, { [name]: value })
      }
    },
  }
}
