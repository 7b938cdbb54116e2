import { describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import { AttemptError } from '../../src/errors.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { adapterChecks, adapterParts, describeAdapter, dialects } from '../../src/testing/index.ts'
import type { AdapterSuite, AdapterWire, Dialect } from '../../src/testing/index.ts'

const sound: AdapterSuite = { name: 'sound', wire: 'openai', create: openai, environment: { PATH: 'x' } }

type Flaw = (adapter: ProviderAdapter) => ProviderAdapter

/** What the checks of one part say. */
async function complaints(suite: AdapterSuite, part: string): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (const check of adapterChecks(suite)) if (check.part === part) await check.run().catch((error: unknown) => found.push(error))
  return found
}

describe('describeAdapter', () => {
  it('finds nothing wrong with a sound adapter', async () => {
    const wrong: string[] = []
    for (const { part, name, run } of adapterChecks(sound)) {
      await run().catch((error: unknown) => wrong.push(`${part}: ${name}: ${String(error)}`))
    }
    expect(wrong).toEqual([])
  }, 60_000)

  const flaws: readonly [string, string, Flaw][] = [
    [
      'writes to the request',
      'answers',
      (adapter) => ({
        ...adapter,
        complete: async (call) => adapter.complete({ ...call, request: Object.assign(call.request, { seed: 1 }) }),
      }),
    ],
    [
      'tries again by itself',
      'one attempt',
      (adapter) => ({ ...adapter, complete: async (call) => adapter.complete(call).catch(async () => adapter.complete(call)) }),
    ],
    [
      'throws in failure()',
      'failures',
      (adapter) => ({ ...adapter, failure: (error) => adapter.failure(error && Object(error).message.length > 0 ? error : null) }),
    ],
    [
      'takes a cut stream for its end',
      'broken streams',
      (adapter) => ({
        ...adapter,
        async *stream(call) {
          try {
            yield* adapter.stream(call)
          } catch {
            return
          }
        },
      }),
    ],
    [
      'makes a finish reason up where a stream is cut',
      'broken streams',
      (adapter) => ({
        ...adapter,
        async *stream(call) {
          let last
          try {
            for await (const chunk of adapter.stream(call)) yield (last = chunk)
          } catch (error) {
            if (last === undefined) throw error
            yield { ...last, choices: [{ index: 0, delta: {}, finish_reason: 'stop' as const }] }
            throw error
          }
        },
      }),
    ],
    [
      'keeps a stream back until it is whole',
      'streams',
      (adapter) => ({
        ...adapter,
        async *stream(call) {
          const chunks = []
          for await (const chunk of adapter.stream(call)) chunks.push(chunk)
          yield* chunks
        },
      }),
    ],
    [
      'does not pass the signal on',
      'abort',
      (adapter) => ({ ...adapter, complete: async (call) => adapter.complete({ ...call, signal: new AbortController().signal }) }),
    ],
    [
      'puts the key into its errors',
      'secrecy',
      (adapter) => ({
        ...adapter,
        complete: async (call) =>
          adapter.complete(call).catch((error: unknown) => {
            throw new AttemptError(adapter.failure(error).kind, `with ${call.secret.reveal()}`, { cause: error })
          }),
      }),
    ],
    [
      'remembers the first key',
      'secrecy',
      (adapter) => {
        let first: Parameters<ProviderAdapter['complete']>[0]['secret'] | undefined
        return { ...adapter, complete: async (call) => adapter.complete({ ...call, secret: (first ??= call.secret) }) }
      },
    ],
    [
      'drops the headers of the caller',
      'headers',
      (adapter) => ({ ...adapter, complete: async (call) => adapter.complete({ ...call, headers: {} }) }),
    ],
    [
      'gives vendor-only parameters away',
      'provider options',
      (adapter) => ({ ...adapter, complete: async (call) => adapter.complete({ ...call, providerOptions: {} }) }),
    ],
    [
      'takes a proxy for the vendor, and its word for an answer',
      'no answers',
      (adapter) => ({
        ...adapter,
        complete: async (call) =>
          adapter.complete(call).catch((error: unknown) => {
            if (adapter.failure(error).kind !== 'malformed') throw error
            return { id: 'x', object: 'chat.completion' as const, created: 0, model: call.model, choices: [] }
          }),
      }),
    ],
    [
      'says the model that was asked',
      'served model',
      (adapter) => ({ ...adapter, complete: async (call) => ({ ...(await adapter.complete(call)), model: call.model }) }),
    ],
    [
      'numbers tool calls from one',
      'tools',
      (adapter) => ({
        ...adapter,
        async *stream(call) {
          for await (const chunk of adapter.stream(call)) {
            yield {
              ...chunk,
              choices: chunk.choices.map((choice) => ({
                ...choice,
                delta: {
                  ...choice.delta,
                  ...(choice.delta.tool_calls && {
                    tool_calls: choice.delta.tool_calls.map((one) => ({ ...one, index: one.index + 1 })),
                  }),
                },
              })),
            }
          }
        },
      }),
    ],
  ]
  it.each(flaws)('catches an adapter that %s', async (_, part, flaw) => {
    const flawed = { ...sound, patienceMs: 300, create: (wire: AdapterWire) => flaw(openai(wire)) }
    expect(await complaints(flawed, part)).not.toEqual([])
  })

  it('asks for a reason for every part that is skipped, and knows every part', () => {
    expect(() => adapterChecks({ ...sound, skip: { embeddings: '' } })).toThrow(/skip\.embeddings needs a reason/)
    const misspelt: object = { embedings: 'why' }
    expect(() => adapterChecks({ ...sound, skip: misspelt })).toThrow(/skip\.embedings is no part; there are /)
    expect(new Set(adapterChecks(sound).map(({ part }) => part))).toEqual(new Set(Object.keys(adapterParts)))
  })

  it('names the reason in the report of the runner', () => {
    const names: string[] = []
    const say = (what: string) => (name: string) => {
      names.push(`${what}${name}`)
    }
    describeAdapter({
      ...sound,
      describe: (name, body) => {
        names.push(name)
        body()
      },
      it: Object.assign(say('run '), { skip: say('skip ') }),
      skip: { embeddings: 'none there' },
    })
    expect(names[0]).toBe('sound keeps the adapter contract')
    expect(names.filter((name) => name.startsWith('skip'))).toEqual([
      'skip embeddings: gives one vector for each input, as numbers (skipped: none there)',
    ])
    expect(names.length).toBe(1 + adapterChecks(sound).length)
  })

  it('runs on a wire format of the user', async () => {
    const acme: Dialect = { ...dialects.openai, vendor: 'acme', headers: () => ({ 'x-acme': '1' }) }
    const checks = adapterChecks({ ...sound, wire: acme, model: 'acme-large' }).filter(({ part }) => part === 'answers')
    expect(checks.length).toBeGreaterThan(1)
    for (const { run } of checks) await run()
  })
})
