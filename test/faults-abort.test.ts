import { APIUserAbortError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { routeOf } from '../src/index.ts'
import { ask, fallbackOf, halfSpoken, openBench, prompt, spoken, targetOf, until, vendors } from './faults/bench.ts'
import type { Bench, Vendor } from './faults/bench.ts'

const messages = [{ role: 'user' as const, content: prompt }]

/** Nobody is to blame when a caller leaves: no fallback, nothing counted, one end in the books, the connection closed. */
async function expectLeft({ simulator, client, events }: Bench, vendor: Vendor): Promise<void> {
  await simulator.settled()
  expect(simulator.requests.map((request) => [request.vendor, request.abortedByClient])).toEqual([[vendor, true]])
  expect(client.breakers.snapshot(targetOf(vendor))).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
  const trail = await events()
  expect(trail.filter(({ type }) => /^request\.(?:completed|failed|cancelled)$/.test(type)).map(({ type }) => type)).toEqual([
    'request.cancelled',
  ])
  expect(trail.find((event) => event.type === 'attempt.failed')).toMatchObject({ kind: 'aborted' })
  expect(client.ledger.totals()).toMatchObject([{ calls: 1, cancelled: 1 }])
}

const everywhere = (
  modes: readonly ['unary' | 'streamed', boolean][],
  faults: readonly ('stall-before-headers' | 'stall-after-headers' | 'stall-mid-body')[],
) => vendors.flatMap((vendor) => modes.flatMap(([mode, stream]) => faults.map((fault) => [vendor, mode, fault, stream] as const)))

describe('AB-02 a caller that gives up', () => {
  const silent = [
    ...everywhere([['unary', false]], ['stall-before-headers', 'stall-after-headers', 'stall-mid-body']),
    ...everywhere([['streamed', true]], ['stall-before-headers']),
  ]
  it.concurrent.each(silent)(
    'is told so with its own reason, and nobody else is asked (%s, %s, %s)',
    async (vendor, _mode, fault, stream) => {
      await using bench = await openBench()
      bench.simulator.fail(vendor, fault)
      const controller = new AbortController()
      const asked = ask(bench.client.agent(vendor), { stream, options: { signal: controller.signal } })
      await until(() => bench.simulator.requests.length === 1)
      const reason = new Error('enough')
      controller.abort(reason)
      const { error } = await asked
      expect(error).toBeInstanceOf(APIUserAbortError)
      expect(error).toMatchObject({ cause: reason })
      await expectLeft(bench, vendor)
    },
  )

  it.concurrent.each(vendors)('in the middle of a stream ends its loop quietly (%s)', async (vendor) => {
    await using bench = await openBench()
    bench.simulator.fail(vendor, 'stall-mid-body', { after: 2 })
    const controller = new AbortController()
    const onText = (text: string): void => {
      if (text === halfSpoken(vendor)) controller.abort()
    }
    const seen = await ask(bench.client.agent(vendor), { stream: true, onText, options: { signal: controller.signal } })
    expect(seen).toMatchObject({ text: halfSpoken(vendor), finish: undefined, error: undefined })
    await expectLeft(bench, vendor)
  })

  it.concurrent.each(vendors)('AB-01 before it has begun sends nothing (%s)', async (vendor) => {
    await using bench = await openBench()
    for (const stream of [false, true]) {
      const { error } = await ask(bench.client.agent(vendor), { stream, options: { signal: AbortSignal.abort() } })
      expect(error).toBeInstanceOf(APIUserAbortError)
    }
    expect(bench.simulator.requests).toEqual([])
  })

  it('while the last target is waited for is heard at once', async () => {
    await using bench = await openBench()
    bench.simulator.fail('openai', 'rate-limit', { retryAfter: { seconds: 30 } })
    const controller = new AbortController()
    const asked = ask(bench.client, { stream: false, model: targetOf('openai'), options: { signal: controller.signal } })
    await until(() => bench.clock.nextAt === 30_000)
    controller.abort()
    expect((await asked).error).toBeInstanceOf(APIUserAbortError)
    expect(bench.simulator.requests).toHaveLength(1)
    expect((await bench.events()).at(-1)).toMatchObject({ type: 'request.cancelled', attempts: 1 })
  })
})

describe('ST-09 a caller that leaves its loop', () => {
  const ways: readonly (readonly [
    string,
    (stream: AsyncIterable<OpenAI.ChatCompletionChunk> & { controller: AbortController }) => Promise<void>,
  ])[] = [
    [
      'by break',
      async (stream) => {
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
      },
    ],
    [
      'by an error of its own',
      async (stream) => {
        const mine = new Error('mine')
        const read = async (): Promise<void> => {
          for await (const chunk of stream) if (chunk.choices[0]?.delta.content) throw mine
        }
        await expect(read()).rejects.toBe(mine)
      },
    ],
    [
      "by the stream's own controller",
      async (stream) => {
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort()
      },
    ],
  ]
  it.concurrent.each(vendors.flatMap((vendor) => ways.map(([name, leave]) => [name, vendor, leave] as const)))(
    '%s closes the upstream, and counts for nobody (%s)',
    async (_name, vendor, leave) => {
      await using bench = await openBench()
      bench.simulator.fail(vendor, 'stall-mid-body', { after: 2 })
      const opened = await bench.client.agent(vendor).chat.completions.create({ model: 'auto', messages, stream: true })
      await leave(opened)
      await expectLeft(bench, vendor)
    },
  )
})

it("AB-03 leaves no listener on the caller's signal, however a call ends", async () => {
  await using bench = await openBench()
  const { signal } = new AbortController()
  const listeners = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners.add(given[1])
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners.delete(given[1])
    remove(...given)
  }
  for (const fault of [undefined, 'http-503', 'http-400', 'cut-stream', 'error-first', 'truncated-json'] as const) {
    if (fault !== undefined) bench.simulator.fail('*', fault)
    for (const vendor of vendors)
      for (const stream of [false, true]) await ask(bench.client.agent(vendor), { stream, options: { signal, maxRetries: 0 } })
    bench.simulator.heal()
  }
  expect(listeners.size).toBe(0)
})

describe('what a stream carries over a switch', () => {
  const asks = vendors.flatMap((vendor) => [false, true].map((include) => [vendor, include] as const))
  it.concurrent.each(asks)(
    'one role, one id, one model, one finish; usage only if asked for (%s, asked: %s)',
    async (vendor, include) => {
      await using bench = await openBench()
      bench.simulator.fail(vendor, 'error-before-content')
      const body = { model: 'auto', messages, stream: true as const, ...(include && { stream_options: { include_usage: true } }) }
      const chunks: OpenAI.ChatCompletionChunk[] = []
      const opened = await bench.client.agent(vendor).chat.completions.create(body)
      for await (const chunk of opened) chunks.push(chunk)
      const next = fallbackOf[vendor]
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(spoken(next).join(''))
      expect(routeOf(opened)?.target).toBe(targetOf(next))
      const some = (holds: (chunk: OpenAI.ChatCompletionChunk) => unknown): number =>
        chunks.filter((chunk) => Boolean(holds(chunk))).length
      expect({
        roles: some(({ choices }) => choices[0]?.delta.role),
        finishes: some(({ choices }) => choices[0]?.finish_reason),
        usages: some(({ usage }) => usage),
        identities: new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size,
      }).toEqual({ roles: 1, finishes: 1, usages: include ? 1 : 0, identities: 1 })
    },
  )

  it.concurrent.each(vendors)('tool calls that were cut are handed over, and said to be incomplete (%s)', async (vendor) => {
    await using bench = await openBench()
    bench.simulator.answer(vendor, {
      toolCalls: [{ name: 'weather', arguments: { city: 'Oslo, where it rains all day long' } }, { name: 'clock' }],
    })
    bench.simulator.fail(vendor, 'cut-stream', { after: 2 })
    const { error } = await ask(bench.client.agent(vendor), { stream: true })
    const partial: unknown = error instanceof Error ? Reflect.get(error, 'partialToolCalls') : undefined
    expect(partial).toMatchObject([
      { name: 'weather', complete: false },
      ...(vendor === 'google' ? [{ name: 'clock', complete: false }] : []),
    ])
    expect(JSON.stringify(error)).not.toContain('Oslo')
  })
})
