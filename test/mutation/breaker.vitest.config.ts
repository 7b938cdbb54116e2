import { defineConfig } from 'vitest/config'

/** They load nothing but the breakers, so that a mutant is a matter of a second. */
const names = ['breaker', 'breaker-fleet', 'breaker-member', 'shared-breakers']

export default defineConfig({
  test: {
    include: names.map((name) => `test/${name}.test.ts`),
    isolate: false,
    testTimeout: 60_000,
  },
})
