import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { google } from '../src/providers/google/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { VendorSimulator } from '../src/testing/index.ts'
import { vendorSimulator } from '../src/testing/index.ts'

const targets = ['openai/gpt-6-luna', 'anthropic/claude-haiku-4-5', 'google/gemini-3.5-flash-lite']
let folder = ''
let simulator: VendorSimulator
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-wire-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  simulator = await vendorSimulator()
})
afterEach(() => simulator[Symbol.asyncDispose]())

const client = () =>
  createRouter({
    providers: [
      openai({ baseURL: simulator.openai.baseURL }),
      anthropic({ baseURL: simulator.anthropic.baseURL }),
      google({ baseURL: simulator.google.baseURL }),
    ],
    keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any', GEMINI_API_KEY: 'any' }),
  })

describe('a comparison over the wire', () => {
  it('asks each vendor in its own format and counts what each has counted, to the pico-dollar', async () => {
    const usage = { input: 1000, cached: 0, cacheWrite: 0, output: 100, reasoning: 0 }
    simulator.answer('*', { text: 'four words or so', usage })
    const compared = client()
    const { report } = await compared.compare({ prompts: ['one', 'two'], targets, params: { max_completion_tokens: 50 } })
    expect(simulator.requests).toHaveLength(6)
    expect(report).toMatchObject({ interrupted: null, flagged: [], calls: { made: 6, missing: 0 } })
    for (const target of report.targets) {
      expect(target).toMatchObject({ succeeded: 2, tokens: { input: 2000, output: 200 }, agreement: { value: 1 } })
      expect(target.firstTokenMs.p50?.n).toBe(2)
      const booked = compared.ledger.totals({
        where: { role: 'compare', provider: target.target.slice(0, target.target.indexOf('/')) },
      })
      expect(target.cost.total.picoUsd).toBe(booked[0]?.spentPicoUsd)
      expect(BigInt(target.cost.total.picoUsd)).toBeGreaterThan(0n)
    }
    const total = report.targets.reduce((sum, { cost }) => sum + BigInt(cost.total.picoUsd), 0n)
    expect(report.spend.total.picoUsd).toBe(String(total))
  })

  it('begins only where every target has its key', async () => {
    const keyless = createRouter({
      providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
      keys: memoryKeys({ OPENAI_API_KEY: 'any' }),
    })
    const options = { prompts: ['one'], targets: targets.slice(0, 2) }
    await expect(keyless.compare(options)).rejects.toMatchObject({ code: 'MISSING_KEY', field: 'targets[1]' })
    expect(simulator.requests).toHaveLength(0)
  })

  it('tells failures apart by kind and charges nothing for what was refused', async () => {
    simulator.answer('*', { text: 'fine' })
    simulator.fail('openai', 'rate-limit')
    simulator.fail('anthropic', 'cut-stream', { after: 1 })
    const { report } = await client().compare({ prompts: ['one', 'two'], targets })
    expect(report.targets.map(({ errors }) => errors)).toEqual([{ rate_limit: 2 }, { truncated: 2 }, {}])
    expect(report.targets[0]?.cost.total.picoUsd).toBe('0')
    // Two wire calls each: nothing was tried again.
    expect(simulator.requests).toHaveLength(6)
  })

  it('whose process is killed goes on in another one: only the calls under way are made again, and named', async () => {
    const prompts = Array.from({ length: 12 }, (_, index) => `prompt ${index}`)
    const resume = join(folder, 'killed.jsonl')
    // Six are answered; the two after them hang until the process is gone.
    const hanging = Promise.withResolvers<void>()
    let asked = 0
    simulator.answer('openai', () => {
      asked += 1
      if (asked === 8) hanging.resolve()
      return { text: 'fine', latency: { headersMs: asked > 6 ? 600_000 : 1 } }
    })
    const worker = fileURLToPath(new URL('compare/worker.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', './scripts/from-source.mjs', worker], {
      env: { ...process.env, COMPARE: JSON.stringify({ baseURL: simulator.openai.baseURL, prompts, resume }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
    // It tells of every call that is done, which is when its result is on the disk.
    const sixDone = new Promise<void>((resolve) => {
      let told = ''
      child.stdout.on('data', (chunk) => {
        told += String(chunk)
        if (told.includes('6\n')) resolve()
      })
    })
    await Promise.all([sixDone, hanging.promise])
    child.kill('SIGKILL')
    expect(await exited).toBe('SIGKILL')

    simulator.answer('openai', { text: 'fine' })
    const { report } = await client().compare({ prompts, targets: ['openai/gpt-6-luna'], concurrency: 2, resume })
    expect(report.calls).toEqual({ planned: 12, made: 6, resumed: 6, missing: 0 })
    expect(simulator.requests).toHaveLength(14)
    expect(report.flagged.map(({ code }) => code)).toEqual(['unsettled', 'unsettled'])
  })
})
