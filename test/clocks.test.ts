import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { createRouter } from '../src/index.ts'
import type { Clocks, RouterOptions } from '../src/index.ts'
import { answer, stall } from '../src/testing/index.ts'
import { until } from './faults/bench.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

/** After how long the first target, which says nothing, is left for the second. */
async function leftAfter(options: Partial<RouterOptions>, call: Partial<Clocks> | undefined, body: { readonly stream: boolean }) {
  const { client, clock, first } = two([stall()], [answer('fallback')], options)
  const agent = call === undefined ? client.agent('support') : client.agent('support').with({ clocks: call })
  const began = clock.now()
  const asked = text(agent, body.stream)
  await until(() => first.calls.length === 1)
  const due = clock.nextAt
  if (due === undefined) throw new TypeError('no limit is in force')
  await clock.advanceAsync(due - began)
  expect(await asked).toBe('fallback')
  return due - began
}

async function text(client: OpenAI, stream: boolean): Promise<string> {
  if (!stream) return (await client.chat.completions.create({ model: 'auto', messages })).choices[0]?.message.content ?? ''
  let said = ''
  for await (const { choices } of await client.chat.completions.create({ model: 'auto', messages, stream: true }))
    said += choices[0]?.delta.content ?? ''
  return said
}

const set = (ms: number) => ({ attemptMs: ms, firstTokenMs: ms })
const given = (options: object) => (): unknown =>
  Reflect.apply(createRouter, undefined, [{ providers: [two([], []).first], ...options }])

const agents = (clocks: Partial<Clocks>): Partial<RouterOptions> => ({
  agents: { support: { primary: 'first/model-a', fallback: ['second/model-b'], clocks } },
})
const targets = (clocks: Partial<Clocks>): Partial<RouterOptions> => ({ targets: { 'first/model-a': { clocks } } })

describe('TO-01 the limits of router, agent, call and target', () => {
  const rows: readonly (readonly [name: string, options: Partial<RouterOptions>, call: Partial<Clocks> | undefined, ms: number])[] =
    [
      ['the router', { clocks: { attemptMs: 5000, firstTokenMs: 5000 } }, undefined, 5000],
      ['an agent', agents({ attemptMs: 5000, firstTokenMs: 5000 }), undefined, 5000],
      ['a call', {}, { attemptMs: 5000, firstTokenMs: 5000 }, 5000],
      ['a target', targets({ attemptMs: 5000, firstTokenMs: 5000 }), undefined, 5000],
      [
        'a target that may take longer than the default',
        targets({ attemptMs: 500_000, firstTokenMs: 500_000 }),
        undefined,
        500_000,
      ],
    ]

  it.each(rows)('hold where %s sets them', async (_name, options, call, ms) => {
    expect(await leftAfter(options, call, { stream: false })).toBe(ms)
    expect(await leftAfter(options, call, { stream: true })).toBe(ms)
  })

  const looser: readonly (readonly [name: string, options: Partial<RouterOptions>, call: Partial<Clocks> | undefined])[] = [
    ['an agent', { ...agents(set(9000)), clocks: set(5000) }, undefined],
    ['a call', { clocks: set(5000) }, set(9000)],
    ['a call', agents(set(5000)), { attemptMs: Infinity, firstTokenMs: Infinity }],
    ['a target', { ...targets(set(9000)), clocks: set(5000) }, undefined],
    ['a target', targets(set(9000)), set(5000)],
  ]

  it.each(looser)('are never loosened further in: %s cannot', async (_name, options, call) => {
    expect(await leftAfter(options, call, { stream: false })).toBe(5000)
    expect(await leftAfter(options, call, { stream: true })).toBe(5000)
  })

  it('hold for one target alone: the next one has its own', async () => {
    const { agent, clock, first, second } = two([stall()], [stall()], { ...targets(set(1000)), maxRetries: 0 })
    const failed = expect(text(agent, false)).rejects.toThrow(/240000 ms \(clocks.attemptMs\)/)
    await clock.advanceAsync(1001)
    expect([first.calls.length, second.calls.length]).toEqual([1, 1])
    await clock.advanceAsync(240_000)
    await failed
  })

  it('of a target have no totalMs, which is the whole request’s, and their target must be there', () => {
    expect(given({ targets: { 'first/model-a': { clocks: { totalMs: 5 } } } })).toThrow(
      /unknown option targets\.first\/model-a\.clocks\.totalMs/,
    )
    expect(given({ targets: { 'first/model-a': { clocks: { idleMs: 0 } } } })).toThrow(/milliseconds above 0/)
    expect(given({ targets: { 'frist/model-a': { clocks: { idleMs: 5 } } } })).toThrow(/did you mean first/)
  })
})
