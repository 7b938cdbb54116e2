import { defineConfig } from 'vitest/config'

const names = [
  'after-commit',
  'clocks',
  'escalation',
  'failover',
  'failover-docs',
  'failover-options',
  'guards',
  'hedging',
  'ledger-roles',
  'one-request',
  'retry-budget',
  'schema',
  'statements',
  'streams',
  'target-limits',
]

export default defineConfig({
  test: {
    include: names.map((name) => `test/${name}.test.ts`),
    setupFiles: ['test/setup.ts'],
    isolate: false,
    testTimeout: 60_000,
  },
})
