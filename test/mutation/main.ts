// npm run test:mutation -- [PART ...] [--mutate FILES]: changes the source in one place after the other and looks whether a
// test notices. Parts: breaker, route, deliver; all of them by default. What has been found is kept in .tmp, so that a second run
// is short.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Part {
  /** What is changed. */
  readonly files: readonly string[]
  /** The tests that must notice: `TESTS.vitest.config.ts`. */
  readonly tests: string
  /** The least share of changes that are noticed, in percent. */
  readonly least: number
}

const parts: Readonly<Record<string, Part>> = {
  breaker: { files: ['src/breaker/*.ts'], tests: 'breaker', least: 90 },
  route: { files: ['src/classification.ts', 'src/route.ts', 'src/retry-budget.ts'], tests: 'route', least: 90 },
  // Much of it only saves time for every chunk: docs/decisions/0031.
  deliver: { files: ['src/deliver.ts'], tests: 'route', least: 70 },
}

const { values, positionals } = parseArgs({ options: { mutate: { type: 'string' } }, allowPositionals: true })

mkdirSync('.tmp', { recursive: true })
for (const name of positionals.length === 0 ? Object.keys(parts) : positionals) {
  const part = parts[name]
  if (part === undefined) throw new RangeError(`no part is called ${name}; there are ${Object.keys(parts).join(', ')}`)
  const settings = {
    mutate: values.mutate?.split(',') ?? part.files,
    testRunner: 'vitest',
    vitest: { configFile: `test/mutation/${part.tests}.vitest.config.ts` },
    plugins: ['@stryker-mutator/vitest-runner'],
    // There is none to be read: TypeScript 7 has no API for it, and vitest strips the types itself.
    tsconfigFile: 'no-tsconfig.json',
    packageManager: 'npm',
    coverageAnalysis: 'perTest',
    concurrency: 1,
    incremental: true,
    incrementalFile: `.tmp/stryker-${name}.json`,
    tempDirName: '.tmp/stryker',
    ignorePatterns: ['/dist', '/bench', '/examples', '/test/package', '/test/dropin', '/test/corpus', '/test/providers'],
    reporters: ['clear-text', 'progress'],
    clearTextReporter: { allowColor: false, logTests: false },
    thresholds: { high: 95, low: part.least, break: part.least },
  }
  const file = `.tmp/stryker-${name}.config.json`
  writeFileSync(file, JSON.stringify(settings))
  // By its command, for its types do not compile under this project's settings.
  execFileSync('stryker', ['run', file], { stdio: 'inherit' })
}
