import { defineConfig } from 'vitest/config'

/** The drop-in suite once more on every other tested version of the SDK, under its npm alias. */
const aliases = ['openai-5', 'openai-6', 'openai-7-30']

export default defineConfig({
  test: {
    projects: aliases.map((alias) => ({
      resolve: { alias: [{ find: /^openai(?=\/|$)/, replacement: alias }] },
      test: {
        name: alias,
        include: ['test/dropin/*.test.ts'],
        isolate: false,
        testTimeout: 120_000,
        provide: { sdk: alias },
      },
    })),
  },
})
