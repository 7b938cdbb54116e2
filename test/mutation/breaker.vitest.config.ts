import { defineConfig } from 'vitest/config'

const names = ['breaker', 'breaker-fleet', 'breaker-member', 'failover-docs', 'failover-options', 'health', 'shared-breakers']

export default defineConfig({
  test: {
    include: names.map((name) => `test/${name}.test.ts`),
    setupFiles: ['test/setup.ts'],
    isolate: false,
    testTimeout: 60_000,
  },
})
