// npm run test:mutation -- [PART ...] [--mutate FILES]: changes the source in one place after the other and looks whether a
// test notices. Parts: breaker, route; all of them by default. What has been found is kept in .tmp, so that a second run is short.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What is changed; the tests that must notice are those of `PART.vitest.config.ts`. */
const parts: Readonly<Record<string, readonly string[]>> = {
  breaker: ['src/breaker/*.ts'],
  route: ['src/classification.ts', 'src/route.ts', 'src/deliver.ts', 'src/retry.ts', 'src/retry-budget.ts'],
}

const { values, positionals } = parseArgs({ options: { mutate: { type: 'string' } }, allowPositionals: true })

mkdirSync('.tmp', { recursive: true })
for (const part of positionals.length === 0 ? Object.keys(parts) : positionals) {
  const mutate = values.mutate?.split(',') ?? parts[part]
  if (mutate === undefined) throw new RangeError(`no part is called ${part}; there are ${Object.keys(parts).join(' and ')}`)
  const settings = {
    mutate,
    testRunner: 'vitest',
    vitest: { configFile: `test/mutation/${part}.vitest.config.ts` },
    plugins: ['@stryker-mutator/vitest-runner'],
    // There is none to be read: TypeScript 7 has no API for it, and vitest strips the types itself.
    tsconfigFile: 'no-tsconfig.json',
    packageManager: 'npm',
    coverageAnalysis: 'perTest',
    concurrency: 1,
    incremental: true,
    incrementalFile: `.tmp/stryker-${part}.json`,
    tempDirName: '.tmp/stryker',
    ignorePatterns: ['/dist', '/bench', '/examples', '/test/package', '/test/dropin', '/test/corpus', '/test/providers'],
    reporters: ['clear-text', 'progress'],
    clearTextReporter: { allowColor: false, logTests: false },
    thresholds: { high: 95, low: 90, break: 90 },
  }
  const file = `.tmp/stryker-${part}.config.json`
  writeFileSync(file, JSON.stringify(settings))
  // By its command, for its types do not compile under this project's settings.
  execFileSync('stryker', ['run', file], { stdio: 'inherit' })
}
