import assert from 'node:assert/strict'
import type { FailureKind } from '../../contracts/failure.ts'
import { classification, kindOfStatus } from '../../classification.ts'
import type { ProblemName } from '../simulator/dialect.ts'
import type { FaultName } from '../simulator/faults.ts'
import { textOf } from './bench.ts'
import type { Refusal } from './bench.ts'
import type { Check } from './check.ts'
import { junk } from './junk.ts'

// Without 407 and 421: fetch itself makes a network error of the one and a second request of the other.
const plainStatuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529]
// What follows from these is the vendor's word: some say of any 4xx that the request is invalid.
const otherStatuses = [405, 406, 410, 415, 424, 425, 451, 499, 501, 520, 524]

const problems: Readonly<Record<ProblemName, FailureKind>> = {
  'no-key': 'auth',
  'bad-key': 'auth',
  'no-credit': 'quota',
  quota: 'quota',
  permission: 'permission',
  'model-not-found': 'not_found',
  'rate-limit': 'rate_limit',
  overloaded: 'overloaded',
  'server-error': 'server',
  'too-large': 'too_large',
  'context-length': 'context_length',
  'content-filter': 'content_filter',
  'invalid-request': 'invalid_request',
}

const noAnswers: readonly FaultName[] = [
  'html-200',
  'empty-200',
  'no-content-204',
  'null-200',
  'error-object-200',
  'no-choices',
  'truncated-json',
  'gzip-broken',
  'reset-mid-body',
  'close-mid-body',
  'stall-then-close',
]

const brokenStreams: readonly FaultName[] = [
  'empty-stream',
  'only-terminal',
  'cut-before-content',
  'cut-stream',
  'cut-mid-event',
  'terminal-without-finish',
  'error-first',
  'error-before-content',
  'error-mid-stream',
  'malformed-event',
  'error-object-200',
  'html-200',
  'empty-200',
  'no-content-204',
  'gzip-broken',
  'reset-mid-body',
  'close-mid-body',
  'stall-then-close',
]

/** What a sound adapter makes of everything that goes wrong. */
export const failureChecks: readonly Check[] = [
  {
    part: 'one attempt',
    name: 'makes one request for each call, whatever status comes back, and passes the status on',
    run: async (open) => {
      await using bench = await open()
      for (const status of [...plainStatuses, ...otherStatuses]) {
        using _ = bench.simulator.fail(bench.vendor, `http-${status}`, { headers: { 'x-conformance': '1' } })
        for (const refusal of [await bench.refusal(), await bench.brokenStream()]) {
          assert.equal(refusal.failure.status, status)
          if (plainStatuses.includes(status)) assertConsequence(refusal, kindOfStatus(status), `status ${status}`)
          assert.equal(
            refusal.failure.headers?.get('x-conformance'),
            '1',
            `the response's headers are in the failure (status ${status})`,
          )
        }
      }
      assert.equal(bench.requests.length, (plainStatuses.length + otherStatuses.length) * 2)
      assert.ok([0, bench.requests.length].includes(bench.preludes.length), 'what comes first is asked for once a call')
    },
  },
  {
    part: 'one attempt',
    name: 'goes no further where what has to be asked for first is refused, breaks or is nothing',
    run: async (open) => {
      await using bench = await open()
      if (bench.simulator.dialect(bench.vendor).prelude === undefined) return
      for (const fault of ['http-401', 'http-429', 'http-503', 'reset-before-headers', 'html-200', 'truncated-json'] as const) {
        using _ = bench.simulator.fail(bench.vendor, fault, { operation: 'prelude' })
        for (const refusal of [await bench.refusal(), await bench.brokenStream()]) assertGoesOn(refusal, fault)
      }
      assert.equal(bench.preludes.length, 12)
      assert.equal(bench.requests.length, 0)
    },
  },
  {
    part: 'one attempt',
    name: 'makes one request where the connection breaks, and calls it network',
    run: async (open) => {
      await using bench = await open()
      const broken = ['reset-before-headers', 'close-before-headers', 'cut-headers', 'garbage-head'] as const
      for (const fault of broken) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        for (const { failure } of [await bench.refusal(), await bench.brokenStream()]) assert.equal(failure.kind, 'network', fault)
      }
      assert.equal(bench.requests.length, broken.length * 2)
    },
  },
  {
    part: 'failures',
    name: "reads the vendor's own errors: what follows from each is right",
    run: async (open) => {
      await using bench = await open()
      for (const [name, kind] of entries(problems)) {
        bench.simulator.failOnce(bench.vendor, name)
        assertConsequence(await bench.refusal(), kind, name)
      }
      for (const fault of ['html-502', 'empty-503'] as const) {
        bench.simulator.failOnce(bench.vendor, fault)
        assertConsequence(await bench.refusal(), 'server', fault)
      }
      bench.simulator.failOnce(bench.vendor, 'html-403')
      assertConsequence(await bench.refusal(), 'permission', 'html-403')
    },
  },
  {
    part: 'failures',
    name: 'reads how long to wait: seconds, milliseconds, a date; and nothing where it cannot be read',
    run: async (open) => {
      await using bench = await open()
      const asked = async (
        retryAfter: { seconds: number } | { ms: number } | { date: Date } | { text: string },
      ): Promise<number | undefined> => {
        bench.simulator.failOnce(bench.vendor, 'http-503', { retryAfter })
        return (await bench.refusal()).failure.retryAfterMs
      }
      assert.equal(await asked({ seconds: 3 }), 3_000)
      assert.equal(await asked({ ms: 1_500 }), 1_500)
      assert.equal(await asked({ text: 'soon' }), undefined)
      const hour = (await asked({ date: new Date(Date.now() + 3_600_000) })) ?? 0
      assert.ok(hour > 3_500_000 && hour <= 3_601_000, `a date in an hour is an hour, got ${hour} ms`)
    },
  },
  {
    part: 'failures',
    name: 'has an answer to anything that could be thrown, and never throws itself',
    run: async (open) => {
      await using bench = await open()
      for (const thrown of junk()) {
        const { kind, message } = bench.adapter.failure(thrown)
        assert.ok(Object.hasOwn(classification, kind), `kind is ${kind}`)
        assert.equal(typeof message, 'string')
      }
    },
  },
  {
    part: 'no answers',
    name: 'rejects every 200 that is no answer, and the chain may go on',
    run: async (open) => {
      await using bench = await open()
      for (const fault of noAnswers) {
        bench.simulator.failOnce(bench.vendor, fault)
        const refusal = await bench.refusal().catch((error: unknown) => assert.fail(`${fault}: ${String(error)}`))
        assertGoesOn(refusal, fault)
      }
    },
  },
  {
    part: 'no answers',
    name: 'reads or rejects an answer with the wrong content type or with something behind it, but invents nothing',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, 'a whole answer')
      for (const fault of ['text-plain', 'trailing-garbage'] as const) {
        bench.simulator.failOnce(bench.vendor, fault)
        const outcome = await bench.complete().catch((thrown: unknown) => ({ thrown }))
        if ('thrown' in outcome) assertGoesOn({ ...outcome, failure: bench.adapter.failure(outcome.thrown) }, fault)
        else assert.equal(outcome.choices[0]?.message.content, 'a whole answer', fault)
      }
    },
  },
  {
    part: 'broken streams',
    name: 'throws where a stream has no finish reason, after handing over what came, and the chain may go on',
    run: async (open) => {
      await using bench = await open()
      const deltas = ['one ', 'two ', 'three ', 'four']
      bench.simulator.answer(bench.vendor, { deltas })
      for (const fault of brokenStreams) {
        bench.simulator.failOnce(bench.vendor, fault)
        const broken = await bench.brokenStream().catch((error: unknown) => assert.fail(`${fault}: ${String(error)}`))
        assertGoesOn(broken, fault)
        assert.ok(deltas.join('').startsWith(textOf(broken.chunks)), `${fault}: the text is as it was sent`)
        const finished = broken.chunks.some(({ choices }) => choices.some(({ finish_reason }) => (finish_reason ?? null) !== null))
        assert.ok(!finished, `${fault}: a finish reason was made up`)
      }
    },
  },
  {
    part: 'broken streams',
    name: 'takes a whole answer for a stream request as what it is: read it or reject it, but never an empty stream',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, 'a whole answer')
      bench.simulator.failOnce(bench.vendor, 'unary-for-stream')
      const { chunks, error } = await bench.streamed()
      if (error === undefined) assert.equal(textOf(chunks), 'a whole answer')
      else assertGoesOn({ thrown: error.thrown, failure: bench.adapter.failure(error.thrown) }, 'unary-for-stream')
    },
  },
]

function assertConsequence({ failure }: Refusal, expected: FailureKind, what: string): void {
  const { breaker, next } = classification[failure.kind]
  const wanted = classification[expected]
  assert.deepEqual(
    { breaker, next },
    { breaker: wanted.breaker, next: wanted.next },
    `${what} is ${failure.kind}, which is not like ${expected}`,
  )
}

function assertGoesOn({ failure }: Refusal, what: string): void {
  const { breaker, next } = classification[failure.kind]
  assert.deepEqual({ breaker, next }, { breaker: 'failure', next: true }, `${what} is ${failure.kind}: ${failure.message}`)
}

function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): readonly [Key, Value][] {
  const names = Object.keys(record).filter((name): name is Key => Object.hasOwn(record, name))
  return names.map((name) => [name, record[name]])
}
