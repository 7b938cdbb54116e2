import { answerChecks } from './conformance/answer-checks.ts'
import { Bench } from './conformance/bench.ts'
import type { AdapterUnderTest } from './conformance/bench.ts'
import { adapterParts } from './conformance/check.ts'
import type { AdapterPart, Check } from './conformance/check.ts'
import { failureChecks } from './conformance/failure-checks.ts'
import { toolChecks } from './conformance/tool-checks.ts'
import { wireChecks } from './conformance/wire-checks.ts'

/** What to leave out, and why: the reason is part of the report. */
export interface AdapterSuite extends AdapterUnderTest {
  readonly skip?: Readonly<Partial<Record<AdapterPart, string>>>
}

/** One statement of the adapter contract, ready to run. */
export interface AdapterCheck {
  readonly part: AdapterPart
  readonly name: string
  /** Why it is left out; `undefined` where it is not. */
  readonly skipped: string | undefined
  /** Resolves where the statement holds; else rejects with an AssertionError. */
  readonly run: () => Promise<void>
}

/** The functions of a test runner, as vitest, jest and node:test have them. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    readonly skip: (name: string, body: () => Promise<void>) => unknown
  }
}

/** The adapter contract as plain functions, for use without a test runner. */
export function adapterChecks(suite: AdapterSuite): readonly AdapterCheck[] {
  const { skip = {} } = suite
  for (const [part, reason] of Object.entries(skip)) {
    if (!Object.hasOwn(adapterParts, part))
      throw new RangeError(`skip.${part} is no part; there are ${Object.keys(adapterParts).join(', ')}`)
    if (reason === '') throw new RangeError(`skip.${part} needs a reason`)
  }
  return allChecks.map(({ part, name, run }) => ({
    part,
    name,
    skipped: skip[part],
    run: async () => run(async (options) => Bench.open(suite, options)),
  }))
}

const allChecks: readonly Check[] = [...answerChecks, ...toolChecks, ...failureChecks, ...wireChecks]

/**
 * The adapter contract as a suite for your own adapter. It runs against a vendor simulator on loopback and uses
 * `node:assert`, so any test runner with `describe` and `it` will do.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest'
 *
 * describeAdapter({
 *   describe,
 *   it,
 *   name: 'acme',
 *   wire: 'openai',
 *   create: ({ baseURL, fetch }) => acme({ baseURL, fetch }),
 *   environment: process.env,
 *   skip: { embeddings: 'acme has none' },
 * })
 * ```
 */
export function describeAdapter({ describe, it, ...suite }: AdapterSuite & TestRunner): void {
  const checks = adapterChecks(suite)
  describe(`${suite.name} keeps the adapter contract`, () => {
    for (const { part, name, skipped, run } of checks) {
      if (skipped === undefined) it(`${part}: ${name}`, run)
      else it.skip(`${part}: ${name} (skipped: ${skipped})`, run)
    }
  })
}
