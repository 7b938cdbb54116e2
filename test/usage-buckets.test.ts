import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import type { RouteRecord, Usage } from '../src/index.ts'
import type { UsageWire, WireUsage } from './providers/usage-wires.ts'
import { wires } from './providers/usage-wires.ts'

/** One router per vendor: its next answer has the usage that is put before it. */
function asking(wire: UsageWire): (usage: WireUsage) => Promise<RouteRecord | undefined> {
  let body: unknown
  const provider = wire.adapter(() => body)
  const client = createRouter({ providers: [provider], keys: memoryKeys({ [String(provider.key)]: 'test-key' }) })
  return async (usage) => {
    body = wire.body(usage)
    const request = { model: wire.model, messages: [{ role: 'user' as const, content: 'Is it so?' }], ...wire.request }
    return routeOf(await client.chat.completions.create(request))
  }
}

function sums(usage: Usage | null | undefined): { readonly prompt: number; readonly completion: number } | undefined {
  if (usage === null || usage === undefined) return undefined
  const { input, cached, cacheWrite, cacheWrite1h, audioInput, imageInput = 0 } = usage
  const { output, reasoning, audioOutput, imageOutput = 0 } = usage
  return {
    prompt: input + cached + cacheWrite + cacheWrite1h + audioInput + imageInput,
    completion: output + reasoning + audioOutput + imageOutput,
  }
}

/** Places of numbers in a usage. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))
}

function replaced(usage: WireUsage, path: readonly string[], value: unknown): WireUsage {
  const copy = structuredClone(usage)
  const last = path.at(-1) ?? ''
  let holder: object = copy
  for (const name of path.slice(0, -1)) {
    const inner: unknown = Reflect.get(holder, name)
    if (typeof inner === 'object' && inner !== null) holder = inner
  }
  Reflect.set(holder, last, value)
  return copy
}

/** Counts that nothing is worked out from: the vendor's own sums, and what stands in another count too. */
const unread =
  /^(?:total_?tokens|totalTokenCount|prompt_cache_miss_tokens|rejected_prediction_tokens|ephemeral_5m_input_tokens|billed_units)$/i

describe.each(wires.map((wire) => [wire.vendor, wire] as const))('what %s counts', (_vendor, wire) => {
  const ask = asking(wire)

  it('lies in disjoint buckets that sum to its own totals', async () => {
    await fc.assert(
      fc.asyncProperty(wire.usage, async (usage) => {
        const { prompt, completion } = wire.totals(usage)
        fc.pre(prompt + completion > 0)
        const route = await ask(usage)
        expect(route?.usageSource).toBe('provider')
        expect(sums(route?.usage)).toEqual({ prompt, completion })
        for (const tokens of Object.values(route?.usage ?? {})) expect(tokens).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 60 },
    )
  })

  it('is flagged where it cannot be right, wherever in it that is', async () => {
    const nonsense = fc.constantFrom(-1, -1_000_000, 0.5, 1e15)
    await fc.assert(
      fc.asyncProperty(wire.usage, fc.nat(), nonsense, async (usage, pick, value) => {
        const read = places(usage).filter((path) => !path.some((name) => unread.test(name)))
        const path = read[pick % read.length] ?? []
        fc.pre(path.length > 0)
        const route = await ask(replaced(usage, path, value))
        expect({ path, source: route?.usageSource }).toEqual({ path, source: 'implausible' })
        for (const tokens of Object.values(route?.usage ?? {})) expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
