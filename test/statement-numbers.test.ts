import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** The numbered statements that the tests are named after, group by group: `BR-01`. */
const statements: Readonly<Record<string, readonly (number | readonly [first: number, last: number])[]>> = {
  /** Circuit breakers, and those that several processes share. */
  BR: [
    [1, 26],
    [30, 34],
  ],
  /** What follows from a failure. */
  CL: [
    [1, 28],
    [30, 33],
  ],
  /** Trying again and going on. */
  RT: [[1, 14]],
  /** Streams. */
  ST: [[1, 17]],
  /** Limits of time. */
  TO: [[1, 5]],
  /** Aborts, concurrency, hygiene. */
  AB: [[1, 7]],
  /** The audit trail. */
  AU: [[1, 8]],
  /** Its sinks. */
  SI: [[1, 7]],
  /** Keys that nobody but their vendor gets. */
  SE: [[1, 10]],
  /** Encrypted keys. */
  KS: [[1, 12]],
  /** Service keys. */
  SK: [[1, 3]],
}

const numbers = Object.entries(statements).flatMap(([group, ranges]) =>
  ranges.flatMap((range) => {
    const [first, last] = typeof range === 'number' ? [range, range] : range
    return Array.from({ length: last - first + 1 }, (_, index) => `${group}-${String(first + index).padStart(2, '0')}`)
  }),
)

/** The numbers with which the names of tests and of their groups begin; a name may begin with several. */
function namedIn(file: string): readonly string[] {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8')
  const names = source.matchAll(/(?:^|[\s([,])['"`]((?:[A-Z]{2}-\d\d(?:, | and | to |:? |(?=['"`])))+)/gm)
  return Array.from(names, ([, numbered = '']) => [...numbered.matchAll(/[A-Z]{2}-\d\d/g)].map(([number]) => number)).flat()
}

it('every numbered statement has a test whose name begins with its number', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  const named = new Set(files.flatMap(namedIn))
  expect(named.size).toBeGreaterThan(50)
  expect(numbers.filter((number) => !named.has(number))).toEqual([])
})
