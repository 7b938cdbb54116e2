import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, attemptsOf } from '../src/index.ts'
import { faults } from '../src/testing/index.ts'
import { openBench, partiesOf, struck } from './faults/bench.ts'
import type { BenchOptions } from './faults/bench.ts'
import { expectations } from './faults/expectations.ts'
import type { Expectation } from './faults/expectations.ts'
import { casesOf, classOf, expected, labelOf, modes, nameOf, pictureOf, strikeOf } from './faults/picture.ts'
import type { Case } from './faults/picture.ts'

const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000 }

const titleOf = (row: Expectation): string =>
  `${row.fault}${row.label === undefined ? '' : ` (${row.label})`}: ${modes
    .flatMap((mode) => (row[mode] === undefined ? [] : [`${mode} ${row[mode].join(' or ')}`]))
    .join(', ')}`
const titled = expectations.map((row) => [titleOf(row), row] as const)

async function runWithFallback(row: Expectation, one: Case, options: BenchOptions = {}) {
  await using bench = await openBench({ clocks, byDoor: row.unsent === true, ...options })
  const outcome = await struck(bench, strikeOf(row, one))
  const failed = outcome.events.find((event) => event.type === 'attempt.failed')
  const switched = outcome.events.find((event) => event.type === 'route.switched')
  const error = classOf(bench.simulator.requests[0]?.status)
  return {
    picture: pictureOf(outcome),
    allowed: one.verdicts.map((verdict) => expected(row, verdict, { ...one, error })),
    kind: failed?.kind,
    switched,
    error: outcome.seen.error,
    text: outcome.seen.text,
  }
}

describe('a vendor with a fault, another one behind it', () => {
  it('is tried with every fault that the simulator has', () => {
    const named = new Set<string>(expectations.map(({ fault }) => fault))
    // A stream that never ends has no text to compare: `faults-vendors.test.ts` sees it end at every vendor.
    expect(Object.keys(faults).filter((fault) => !named.has(fault))).toEqual(['endless-stream'])
  })

  it.concurrent.each(titled)('%s', async (_title, row) => {
    await Promise.all(
      casesOf(row).map(async (one) => {
        const { picture, allowed, kind, switched, error, text } = await runWithFallback(row, one)
        const label = labelOf(one)
        if (allowed.length === 1) expect(picture, label).toEqual(allowed[0])
        else expect(allowed, label).toContainEqual(picture)
        if (kind !== undefined) expect(row.kinds, label).toContain(kind)
        if (switched !== undefined)
          expect(switched, label).toMatchObject({ from: one.parties.target, to: one.parties.next.target, reason: kind })
        if (error instanceof StreamInterruptedError) expect(error, label).toMatchObject({ kind, partialText: text })
      }),
    )
  })
})

describe('the long way through the OpenAI client', () => {
  it.concurrent.each(titled)('comes to the same: %s', async (_title, row) => {
    for (const one of casesOf(row, [partiesOf('openai')])) {
      const { picture, allowed } = await runWithFallback(row, one, { fastPath: false })
      // The answer has been through JSON, and the router does not know it again.
      const anonymous = allowed.map((each) => ({ ...each, servedBy: undefined }))
      expect(anonymous, one.mode).toContainEqual({ ...picture, servedBy: undefined })
    }
  })
})

/** What the caller gets of a vendor that nobody stands behind: the class, and what can be read off it. */
function alone(fault: string, kind: string | undefined, status: number | undefined) {
  if (status !== undefined && status >= 300) return { type: classOf(status), status, code: undefined }
  switch (kind) {
    case 'timeout':
      return { type: 'APIConnectionTimeoutError', status: undefined, code: undefined }
    case 'malformed':
      // A vendor's error object brings a code of its own.
      return {
        type: 'APIConnectionError',
        status: undefined,
        code: fault === 'error-object-200' ? undefined : 'malformed_response',
      }
    case 'network':
    case 'truncated':
      return { type: 'APIConnectionError', status: undefined, code: undefined }
    default:
      // An error event: an APIError without status, as the OpenAI client throws for one.
      return { type: 'APIError', status: undefined, code: undefined }
  }
}

describe('a vendor with a fault and nobody behind it', () => {
  const failing = titled.filter(([, { unary = [], stream = [] }]) => ![...unary, ...stream].includes('primary'))
  it.concurrent.each(failing)('%s', async (_title, row) => {
    await Promise.all(
      casesOf(row).map(async (one) => {
        await using bench = await openBench({ clocks, byDoor: row.unsent === true })
        const { seen, events, closed, wire, strays } = await struck(bench, { ...strikeOf(row, one), alone: true })
        const label = labelOf(one)
        const { error } = seen
        const failed = events.find((event) => event.type === 'attempt.failed')
        const sent = row.unsent === true ? {} : { [one.parties.vendor]: 1 }
        expect({ closed, strays, wire }, label).toEqual({ closed: true, strays: 0, wire: sent })
        expect(attemptsOf(error), label).toMatchObject([{ target: one.parties.target, kind: failed?.kind }])
        expect(events.at(-1), label).toMatchObject({ type: 'request.failed', kind: failed?.kind, attempts: 1 })
        if (one.verdicts.includes('stream-error') && seen.text !== '') {
          expect(error, label).toBeInstanceOf(StreamInterruptedError)
          return
        }
        const { type, status, code } = alone(row.fault, failed?.kind, bench.simulator.requests[0]?.status)
        expect([nameOf(error), statusOf(error)], label).toEqual([type, status])
        if (code !== undefined) expect(error, label).toMatchObject({ code })
        if (type === 'APIConnectionError') expect(error, label).toBeInstanceOf(APIConnectionError)
        if (type === 'APIConnectionTimeoutError') expect(error, label).toBeInstanceOf(APIConnectionTimeoutError)
      }),
    )
  })

  const refused = failing.filter(([, { unary, fault }]) => unary !== undefined && isRefusal(fault))
  it.concurrent.each(refused)('%s: reads like the error of the OpenAI client on the same response', async (_title, row) => {
    await using bench = await openBench({ clocks })
    const { seen } = await struck(bench, {
      ...strikeOf(row, { parties: partiesOf('openai'), mode: 'unary', verdicts: [] }),
      alone: true,
    })
    const bare = new OpenAI({ apiKey: 'any key at all', baseURL: bench.simulator.openai.baseURL, maxRetries: 0 })
    const error: unknown = await bare.chat.completions
      .create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] })
      .catch((thrown: unknown) => thrown)
    expect(described(seen.error)).toEqual(described(error))
  })
})

function statusOf(error: unknown): unknown {
  return error instanceof APIError ? error.status : undefined
}

function isRefusal(fault: string): boolean {
  return (
    fault.startsWith('http-') ||
    (Object.hasOwn(faults, fault) && !/stall|reset|close|cut|200|204|redirect|garbage|gzip|json|no-choices/.test(fault))
  )
}

/** What an application reads off an error. */
function described(error: unknown): unknown {
  if (!(error instanceof APIError)) return String(error)
  const { status, code, type, param } = error
  return { class: error.constructor.name, status, code, type, param }
}
