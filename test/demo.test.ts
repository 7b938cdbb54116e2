import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditFile } from '../examples/demo/audit-file.ts'
import manifest from '../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'modelyard-demo-test-'))
const keyLike = /\b(?:sk|AIza)[-_\w]{12,}/

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** What `npm run example FILE` runs, with an environment that holds no vendor's key. */
function example(path: string, options: readonly string[] = []): Promise<Outcome> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_(API_)?(KEY|TOKEN|BASE_URL)$/.test(name)))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', './scripts/from-source.mjs', path, ...options], { cwd: root, env })
    let output = ''
    let errors = ''
    child.stdout.on('data', (data) => (output += String(data)))
    child.stderr.on('data', (data) => (errors += String(data)))
    child.on('close', (code) => resolve({ code, output, errors }))
  })
}

/** What `npm run demo` runs. */
function demo(options: readonly string[]): Promise<Outcome> {
  return example('examples/demo/main.ts', options)
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the demo', { timeout: 180_000 }, () => {
  const auditPath = join(folder, 'audit.jsonl')
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await demo(['--quick', '--audit', auditPath])
  }, 180_000)

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
    const [, simple = '', standard = '', complex = ''] =
      /^ +simple$([^]*?)^ +standard$([^]*?)^ +complex$([^]*?)^ +all /m.exec(outcome.output) ?? []
    expect(simple).toMatch(/^ +openai\/\S+ +\d+ /m)
    expect(simple).toMatch(/^ +anthropic\/\S+ +\d+ /m)
    expect(standard).toMatch(/^ +google\/\S+ +\d+ /m)
    expect(complex).toMatch(/^ +google\/\S+ +\d+ /m)
  })

  it('shows every switch with its time, reason and both ends, and sums them up', () => {
    const switches = outcome.output.match(/^ +\+[\d.]+ m?s +openai\/\S+ +(overloaded( \(503\))?|breaker_open) -> \w+\/\S+$/gm) ?? []
    const sums = [...outcome.output.matchAll(/switched +(\d+) × openai\/\S+ -> (?:anthropic|google)\/\S+\s+\(/g)]
    expect(switches.length).toBeGreaterThan(0)
    expect(sums.reduce((total, [, count]) => total + Number(count), 0)).toBe(switches.length)
  })

  it('shows the breaker opening, testing and closing', () => {
    expect(outcome.output).toMatch(/openai\/\S+ +breaker opened: failures/)
    expect(outcome.output).toMatch(/openai\/\S+ +breaker half-open: one request tests it/)
    expect(outcome.output).toMatch(/openai\/\S+ +breaker closed: probe_succeeded/)
  })

  it('fits into 80 columns', () => {
    expect(outcome.output.split('\n').filter((line) => line.length > 80 && !line.includes(auditPath))).toEqual([])
  })

  it('shows a saving against the baseline that it names, and what the figures are worth', () => {
    const [, spent = '', baseline = '', saved = ''] =
      /spent +\$([\d.]+)\s+the same on anthropic\/claude-opus-5-5 +\$([\d.]+)\s+saved +\$([\d.]+)/.exec(outcome.output) ?? []
    expect(Number(saved)).toBeGreaterThan(0)
    expect(Number(baseline) - Number(spent)).toBeCloseTo(Number(saved), 3)
    expect(outcome.output).toMatch(/The simulator's token counts of real requests and simulated answers, at list\s+prices/)
  })

  it('leaves a whole audit trail where it says, and shows or writes no key', () => {
    const trail = readFileSync(auditPath, 'utf8')
    const types = trail
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line).event.type)
    expect(outcome.output).toContain(`Audit trail: ${types.length} records, no content, no keys\n  ${auditPath}\n`)
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
    expect(output).toMatch(/^ +complex\n +\w+\/\S+ +1 /m)
  })

  it.each([1, 2, 3, 4, 5])('heals no vendor that had not failed: %i prompts', async (count) => {
    const path = file(`few-${count}.jsonl`, '{"prompt": "hello"}\n'.repeat(count))
    const { code, output } = await demo(['--quick', '--prompts', path, '--audit', join(folder, `few-${count}-audit.jsonl`)])
    const marks = output.match(/openai (goes down|is healthy again)/g) ?? []
    const down = 'openai goes down'
    const healthy = 'openai is healthy again'
    expect(code).toBe(0)
    // As it happens, and once more in the timeline.
    expect(marks).toEqual(count === 1 ? [] : [down, healthy, down, healthy])
  })

  it('counts in an audit file that is there already only what it wrote itself', async () => {
    const trail = file('before.jsonl', '{"seq": 1}\nno JSON at all\n')
    const { code, output } = await demo(['--quick', '--prompts', file('one.jsonl', '{"prompt": "hello"}'), '--audit', trail])
    const lines = readFileSync(trail, 'utf8').trimEnd().split('\n')
    expect(code).toBe(0)
    expect(output).toContain(`Audit trail: ${lines.length - 2} records`)
  })

  it('counts as written only what is really in the audit file, whole', () => {
    const path = file('torn.jsonl', '')
    const { holds } = auditFile(path)
    const records = [1, 2, 3].map(
      (seq) =>
        ({ v: 1, id: `router-${seq}`, at: '2026-11-22T12:00:00.000Z', seq, event: { type: 'sink.dropped', count: seq } }) as const,
    )
    const lines = records.map((record) => JSON.stringify(record))
    writeFileSync(path, `${lines[0]}\n${lines[2]?.slice(0, 20)}`)
    expect(holds(records)).toBe(1)
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
    [['--quick', '--audit', folder]],
    [['--quick', '--audit', devNull]],
  ])('refuses %j with a sentence, not a stack, before it calls anyone', async (options) => {
    const { code, output, errors } = await demo(options)
    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors).not.toMatch(/^\s+at /m)
    expect(errors.length).toBeGreaterThan(20)
  })

  it('--help lists every option', async () => {
    const { code, output } = await demo(['--help'])
    expect(code).toBe(0)
    for (const option of ['--quick', '--live', '--prompts', '--audit', '--baseline']) expect(output).toContain(option)
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('the examples', { timeout: 180_000 }, () => {
  const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))

  it.each(files)('%s says the command that runs it in a fresh clone', (name) => {
    const [head = ''] = readFileSync(join(root, 'examples', name), 'utf8').split('\nimport ')
    expect(head).toContain(`npm run example examples/${name}`)
  })

  it('run from the sources, without a build', async () => {
    expect(manifest.scripts.example).toBe('node --import ./scripts/from-source.mjs')
    const { code, output, errors } = await example(`examples/${files[0]}`)
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toContain('An OpenAI client: true')
  })
})
