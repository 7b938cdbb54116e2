import { defineConfig } from 'vitest/config'

const names = [
  'after-commit',
  'clocks',
  'failover',
  'failover-docs',
  'failover-options',
  'guards',
  'hedging',
  'retry-budget',
  'statements',
  'streams',
]

export default defineConfig({
  test: {
    include: names.map((name) => `test/${name}.test.ts`),
    setupFiles: ['test/setup.ts'],
    isolate: false,
    testTimeout: 60_000,
  },
})
