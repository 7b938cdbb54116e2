import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('chaos/main.ts', import.meta.url))

it('120 seeded random runs of faults, vendors and policies keep every invariant, and the processes end by themselves', async () => {
  // `npm run test:chaos` makes ten thousand, from another seed each time.
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--seed', '20261122', '--runs', '120'])
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^120 passed, 0 failed: \d+ calls in \d+ s$/)
}, 300_000)
