import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

// Recorded vendor traffic lies beside the project, not in it: a clone elsewhere has none of it.
const runner = fileURLToPath(new URL('../../shared/corpus/run.mjs', import.meta.url))
const present = existsSync(runner)
const module = fileURLToPath(new URL('corpus/module.ts', import.meta.url))

async function failures(
  providers: string,
  chunking: string,
): Promise<{ readonly failed: readonly string[]; readonly passed: number }> {
  const run = promisify(execFile)(
    process.execPath,
    [runner, '--set', 'open', '--provider', providers, '--chunking', chunking, '--verbose'],
    {
      env: { ...process.env, ROUTER_MODULE: module },
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  const output = await run.then(
    ({ stdout }) => stdout,
    (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : ''),
  )
  const passed = /^(\d+) passed, \d+ failed$/m.exec(output)?.[1]
  if (passed === undefined) throw new Error(`the runner did not finish: ${output.slice(-500)}`)
  return { failed: [...output.matchAll(/^FAIL (\S+)/gm)].map(([, id]) => id ?? ''), passed: Number(passed) }
}

if (present) {
  describe('recorded vendor traffic, through the public client', { timeout: 180_000 }, () => {
    it.each([
      ['openai', 126],
      ['anthropic', 209],
      ['google,vertex', 161],
      ['mistral', 55],
      ['bedrock', 66],
      ['azure', 29],
      ['perplexity', 17],
      ['github-copilot', 17],
      ['m365-copilot', 4],
      ['xai,deepseek,groq,together,openrouter,cerebras,cohere,huggingface,moonshot,alibaba,zai,compat', 407],
    ])('becomes what it must: every case of %s, cut at random', async (providers, cases) => {
      const { failed, passed } = await failures(providers, 'random')
      expect(failed).toEqual([])
      expect(passed).toBeGreaterThanOrEqual(cases)
    })

    it.each(['random', 'bytes:1'])('becomes what it must: every case of replicate but one, cut by %s', async (chunking) => {
      const { failed, passed } = await failures('replicate', chunking)
      // A unit test of the vendor's SDK ends its stream without `done`: as everywhere, that is a stream that broke.
      expect(failed).toEqual(['replicate-flow-007-vendor-test'])
      expect(passed).toBeGreaterThanOrEqual(3)
    })

    it('does so one byte at a time', async () => {
      expect((await failures('openai,anthropic,google,vertex,mistral,bedrock,azure,m365-copilot', 'bytes:1')).failed).toEqual([])
    })
  })
} else {
  it('recorded vendor traffic is not beside this clone: its cases were not run', () => {
    expect(present).toBe(false)
  })
}
