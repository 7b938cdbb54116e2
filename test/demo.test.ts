import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'modelyard-demo-test-'))
const keyLike = /\b(?:sk|AIza)[-_\w]{12,}/

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** What `npm run demo` runs, with an environment that holds no vendor's key. */
function demo(options: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_(API_)?(KEY|TOKEN|BASE_URL)$/.test(name)))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', './scripts/from-source.mjs', 'examples/demo/main.ts', ...options], {
      cwd: root,
      env: { ...inherited, ...environment },
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (data) => (output += String(data)))
    child.stderr.on('data', (data) => (errors += String(data)))
    child.on('close', (code) => resolve({ code, output, errors }))
  })
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the demo', { timeout: 60_000 }, () => {
  const auditPath = join(folder, 'audit.jsonl')
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await demo(['--quick', '--audit', auditPath])
  }, 60_000)

  it('ends by itself, well, and with no complaint', () => {
    expect({ code: outcome.code, errors: outcome.errors }).toEqual({ code: 0, errors: '' })
  })

  it('says first of all that the vendors are simulated', () => {
    expect(outcome.output.split('\n')[0]).toMatch(/^SIMULATED: the vendors are simulated/)
  })

  it('answers every call although a vendor dies on the way', () => {
    expect(outcome.output).toContain('openai goes down (simulated)')
    expect(outcome.output).toMatch(/callers +36 of 36 calls answered, 0 failed/)
  })

  it('routes over all three vendors and tiers', () => {
    expect(outcome.output).toMatch(/^ +simple +openai\/\S+ +\d+ /m)
    expect(outcome.output).toMatch(/^ +simple +anthropic\/\S+ +\d+ /m)
    expect(outcome.output).toMatch(/^ +standard +google\/\S+ +\d+ /m)
    expect(outcome.output).toMatch(/^ +complex +google\/\S+ +\d+ /m)
  })

  it('shows the switch, and the breaker opening, testing and closing', () => {
    expect(outcome.output).toMatch(/switched +\d+ × openai\/\S+ -> (anthropic|google)\/\S+ {2}\(.*\d+ overloaded.*\)/)
    expect(outcome.output).toMatch(/breaker opened +openai\/\S+ +failures/)
    expect(outcome.output).toMatch(/breaker half-open +openai\//)
    expect(outcome.output).toMatch(/breaker closed +openai\/\S+ +probe_succeeded/)
  })

  it('shows a saving against the baseline that it names, and what the figures are worth', () => {
    const [, spent = '', baseline = '', saved = ''] =
      /spent +\$([\d.]+)\s+the same on anthropic\/claude-opus-5-5 +\$([\d.]+)\s+saved +\$([\d.]+)/.exec(outcome.output) ?? []
    expect(Number(saved)).toBeGreaterThan(0)
    expect(Number(baseline) - Number(spent)).toBeCloseTo(Number(saved), 3)
    expect(outcome.output).toContain("The simulator's token counts of real requests and simulated answers, at list prices")
  })

  it('leaves a whole audit trail where it says, and shows or writes no key', () => {
    expect(outcome.output).toContain(`Audit trail: ${auditPath}`)
    const trail = readFileSync(auditPath, 'utf8')
    const types = trail
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line).event.type)
    expect(types.filter((type) => type === 'request.completed')).toHaveLength(36)
    expect(types).toContain('route.switched')
    expect(outcome.output + trail).not.toMatch(keyLike)
  })

  it('uses no colours where nobody can see them', () => {
    expect(outcome.output).not.toContain('\u001b')
  })

  it('takes prompts from a file, with the tier that a line names', async () => {
    const path = file('good.jsonl', '{"prompt": "Translate into French: good morning"}\n\n{"prompt": "hello", "tier": "complex"}\n')
    const { code, output } = await demo(['--quick', '--prompts', path, '--audit', join(folder, 'own.jsonl')])
    expect(code).toBe(0)
    expect(output).toContain('callers   2 of 2 calls answered')
    expect(output).toMatch(/^ +complex +\w+\/\S+ +1 /m)
  })

  it.each([
    ['{"prompt": "a"}\nnot json\n', /bad\.jsonl, line 2: no JSON; expected/],
    ['{"prompt": 5}\n', /bad\.jsonl, line 1: "prompt" must be a text/],
    ['\n{"prompt": "a", "tier": "hard"}\n', /bad\.jsonl, line 2: "tier" must be one of simple, standard, complex/],
    ['{"prompt": "a", "teir": "simple"}\n', /bad\.jsonl, line 1: unknown field "teir"/],
    ['\n', /bad\.jsonl holds no prompts/],
  ])('names the line of a prompts file that is wrong: %j', async (text, message) => {
    const { code, output, errors } = await demo(['--prompts', file('bad.jsonl', text)])
    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors).toMatch(message)
  })

  it('names the keys that --live could use when there is none, and asks nobody', async () => {
    const { code, errors } = await demo(['--live'])
    expect(code).toBe(2)
    expect(errors).toContain('--live needs a key in the environment: OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY')
  })

  it.each([
    [['--fast']],
    [['--prompts', join(folder, 'absent.jsonl')]],
    [['--quick', '--audit', join(folder, 'no/such/folder.jsonl')]],
  ])('refuses %j with a sentence, not a stack', async (options) => {
    const { code, errors } = await demo(options)
    expect(code).toBe(2)
    expect(errors).not.toMatch(/^\s+at /m)
    expect(errors.length).toBeGreaterThan(20)
  })

  it('--help lists every option', async () => {
    const { code, output } = await demo(['--help'])
    expect(code).toBe(0)
    for (const option of ['--quick', '--live', '--prompts', '--audit', '--baseline']) expect(output).toContain(option)
  })
})
