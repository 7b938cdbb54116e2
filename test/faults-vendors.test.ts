import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, classification } from '../src/index.ts'
import type { FailureKind } from '../src/index.ts'
import { doors } from './every-vendor.ts'
import type { Door } from './every-vendor.ts'
import { ask, halfSpoken, partiesOf, spoken, struck, until } from './faults/bench.ts'
import type { Parties } from './faults/bench.ts'
import { openDoorBench } from './faults/door-bench.ts'
import type { DoorBench } from './faults/door-bench.ts'
import { bareStatuses, belowVendors, expectations } from './faults/expectations.ts'
import type { Expectation } from './faults/expectations.ts'
import { casesOf, classOf, expected, pictureOf, strikeOf } from './faults/picture.ts'
import type { Case, Picture } from './faults/picture.ts'

/** Those that `faults.test.ts` goes through, with and without somebody behind them. */
const known = new Set(['openai', 'anthropic', 'google'])
/** Those whose adapter is another one's, with other words: what is below words and formats is that one's. */
const siblings = new Set(['anthropic (Mantle)', 'anthropic (Vertex AI)', 'vertex', 'bedrock (Nova)', 'xai', 'groq', 'openrouter'])

/** What a vendor does not say in the way of the table. */
const unsaid: readonly { readonly doors: RegExp; readonly rows: RegExp; readonly why: string }[] = [
  { doors: /^bedrock/, rows: /about the balance|about a retired model/, why: 'it has names of its own for these' },
  { doors: /^cohere|^replicate/, rows: /the request's own fault/, why: 'an error inside a stream is words, without a type' },
]

function rowsOf({ name }: Door): readonly Expectation[] {
  const left = unsaid.filter(({ doors: some }) => some.test(name))
  return expectations.filter(
    (row) => !(siblings.has(name) && belowVendors.has(row)) && !left.some(({ rows }) => rows.test(row.label ?? row.fault)),
  )
}

/** A stream that is refused is refused as any other request; the table of statuses is long. */
function casesAt(row: Expectation, parties: Parties): readonly Case[] {
  const cases = casesOf(row, [parties])
  return bareStatuses.has(row) ? cases.slice(0, 1) : cases
}

const consequenceOf = (kind: FailureKind | undefined): unknown => {
  if (kind === undefined) return undefined
  const { breaker, same, next } = classification[kind]
  return { breaker, same, next }
}

/** What came of one fault, and what had to. The name of a failure is the vendor's to choose, what follows from it is not. */
async function compared(bench: DoorBench, row: Expectation, one: Case) {
  bench.renew()
  const outcome = await struck(bench, strikeOf(row, one))
  const kind = outcome.events.find((event) => event.type === 'attempt.failed')?.kind
  const error = classOf(bench.simulator.requests.find(({ operation }) => operation === 'chat')?.status)
  const picture = { ...evened(pictureOf(outcome), row, one), consequence: consequenceOf(kind) }
  const kinds = kind === undefined ? [undefined] : row.kinds
  const allowed = one.verdicts.flatMap((verdict) =>
    kinds.map((each) => ({ ...expected(row, verdict, { ...one, error }), consequence: consequenceOf(each) })),
  )
  return { picture, wanted: allowed.find((each) => isDeepStrictEqual(each, picture)) ?? allowed[0] }
}

/** Where gzip breaks off depends on the compression: some of the text has come. */
function evened(picture: Picture, { fault }: Expectation, { parties }: Case): Picture {
  const isSome = fault === 'gzip-broken' && picture.text !== '' && spoken(parties.vendor).join('').startsWith(picture.text)
  return isSome ? { ...picture, text: halfSpoken(parties.vendor) } : picture
}

const titleOf = (row: Expectation, { mode }: Case): string =>
  `${row.fault}${row.label === undefined ? '' : ` (${row.label})`}, ${mode}`

const titled = (some: readonly Door[]) => some.map((door) => [door.name, door] as const)

describe('every fault at every other vendor', () => {
  it.concurrent.each(titled(doors.filter(({ name }) => !known.has(name))))('%s', { timeout: 300_000 }, async (_name, door) => {
    await using bench = await openDoorBench(door)
    const seen: Record<string, unknown> = {}
    const wanted: Record<string, unknown> = {}
    for (const row of rowsOf(door)) {
      for (const one of casesAt(row, bench.parties)) {
        const result = await compared(bench, row, one)
        seen[titleOf(row, one)] = result.picture
        wanted[titleOf(row, one)] = result.wanted
      }
    }
    expect(seen).toEqual(wanted)
  })

  it('are, with those of `faults.test.ts`, as many cases as the guide says', async () => {
    const others = doors.filter(({ name }) => !known.has(name))
    const there = others.flatMap((door) => rowsOf(door).flatMap((row) => casesAt(row, partiesOf('openai')))).length
    const all = expectations.flatMap((row) => casesOf(row)).length + there
    const guide = await readFile(new URL('../docs/failover.md', import.meta.url), 'utf8')
    expect(guide).toContain(`**${all} of ${all} cases** at ${doors.length} doors`)
  })

  it('leaves out nothing but what the vendors do not say', () => {
    const left = doors.flatMap((door) =>
      siblings.has(door.name) || known.has(door.name)
        ? []
        : expectations.filter((row) => !rowsOf(door).includes(row)).map((row) => `${door.name}: ${row.label ?? row.fault}`),
    )
    expect(left).toEqual([
      'bedrock (Claude): about the balance',
      'bedrock (Claude): about a retired model',
      "cohere: the request's own fault",
      "replicate: the request's own fault",
    ])
  })
})

describe('a stream that never ends', () => {
  it.concurrent.each(titled(doors))(
    'CL-03 is an interruption when all the time is used up, and is let go (%s)',
    async (_name, door) => {
      await using bench = await openDoorBench(door, { limits: { idleMs: Infinity } })
      const { simulator, client, clock, parties } = bench
      simulator.fail(door.vendor, 'endless-stream', { after: 3, everyMs: 1 })
      const begun = spoken(door.vendor).slice(0, 3).join('')
      let text = ''
      const asked = ask(client.agent(parties.agent), { stream: true, onText: (all) => (text = all) })
      // Where every event holds all of the text, the same event once more adds nothing to it.
      await until(() => text.length >= begun.length)
      await clock.advanceAsync(5001)
      const { error } = await asked
      expect(error).toBeInstanceOf(StreamInterruptedError)
      expect(error).toMatchObject({ kind: 'deadline', partialText: text })
      await simulator.settled()
    },
  )
})
