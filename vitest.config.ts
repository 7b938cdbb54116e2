import { defineConfig } from 'vitest/config'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  throw new Error(
    `The tests need Node 22.13 or newer and run on ${process.version}. The project brings Node 24 as a devDependency: ` +
      'run `npm install && npm test`; if its binary is missing, `npm rebuild node` fetches it.',
  )
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    isolate: false,
    // Finds what hangs; a loaded machine is no reason to fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
