import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Tier } from 'modelyard'
import type { Prompt } from './prompt.ts'

const root = join(import.meta.dirname, '../..')

/** A request in short: what is asked, about which files, and how long a good answer would be. */
interface Task {
  readonly title: string
  readonly ask: string
  readonly files?: readonly string[]
  /** Used instead of whole files. */
  readonly text?: string
  readonly tokens: number
}

const system = 'You help the maintainers of a TypeScript library. Be exact, and say so when something is not in the material.'

/** The built-in workload: 36 requests about this repository, made of its own files as they are now, the tiers mixed. */
export function workload(): readonly Prompt[] {
  const columns = [
    simple().map((task) => prompt(task, 'simple')),
    standard.map((task) => prompt(task, 'standard')),
    complex.map((task) => prompt(task, 'complex')),
  ]
  const rounds = Math.max(...columns.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) => columns.flatMap((column) => column[round] ?? [])).flat()
}

function prompt({ title, ask, files = [], text, tokens }: Task, label: Tier): Prompt {
  const material = text ?? files.map((file) => (files.length > 1 ? `--- ${file}\n${read(file)}` : read(file))).join('\n')
  return {
    title,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: `${ask}\n\n${material}`.trim() },
    ],
    model: 'auto',
    label,
    answerTokens: tokens,
  }
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The text of a list item, its later lines joined on. */
function changelogEntries(): readonly string[] {
  return read('CHANGELOG.md')
    .split(/\n(?=- )/)
    .filter((part) => part.startsWith('- '))
    .map((part) => part.slice(2).split(/\n\n/)[0]?.replaceAll(/\s+/g, ' ').trim() ?? '')
}

/** The rows of the first Markdown table after `after`. */
function tableOf(path: string, after = ''): string {
  const text = read(path)
  const lines = text.slice(text.indexOf(after)).split('\n')
  const first = lines.findIndex((line) => line.startsWith('|'))
  const rest = lines.slice(first)
  const end = rest.findIndex((line) => !line.startsWith('|'))
  return rest.slice(0, end < 0 ? undefined : end).join('\n')
}

function paragraph(path: string, word: string): string {
  const found = read(path)
    .split(/\n\n/)
    .find((text) => text.includes(word))
  if (found === undefined) throw new Error(`the demo's workload expects a paragraph with '${word}' in ${path}`)
  return found
}

function simple(): readonly Task[] {
  const entries = changelogEntries()
  const kinds = 'Classify this changelog entry as one of: feature, fix, documentation, internal. Answer with one word.'
  const names = readdirSync(join(root, 'src')).filter((name) => name.endsWith('.ts'))
  return [
    { title: 'classify a changelog entry', ask: kinds, text: entries[0] ?? '', tokens: 4 },
    {
      title: 'classify file names',
      ask: 'Classify each of these file names as data, logic or types, from its name alone. One line each: name, label.',
      text: names.join('\n'),
      tokens: 150,
    },
    {
      title: 'list exported names',
      ask: 'Extract the exported names as a comma-separated list.',
      files: ['src/index.ts'],
      tokens: 220,
    },
    { title: 'classify a changelog entry', ask: kinds, text: entries[1] ?? '', tokens: 4 },
    {
      title: 'list error codes',
      ask: 'Extract the error codes from this table, one per line.',
      text: tableOf('docs/errors.md', '## Faults of one request'),
      tokens: 90,
    },
    { title: 'prices as CSV', ask: 'Convert this table to CSV.', text: tableOf('docs/costs.md', '## Prices'), tokens: 260 },
    { title: 'classify a changelog entry', ask: kinds, text: entries[2] ?? '', tokens: 4 },
    {
      title: 'translate a paragraph',
      ask: 'Translate into French:',
      text: paragraph('docs/keys.md', 'A key store'),
      tokens: 80,
    },
    {
      title: 'scripts as a table',
      ask: 'Convert this JSON to a table.',
      text: JSON.stringify(JSON.parse(read('package.json')).scripts, null, 2),
      tokens: 230,
    },
    {
      title: 'correct the grammar',
      ask: 'Correct the spelling and grammar of this text and change nothing else.',
      text: paragraph('docs/audit-events.md', 'The trail says'),
      tokens: 60,
    },
    { title: 'classify a changelog entry', ask: kinds, text: entries[3] ?? '', tokens: 4 },
    {
      title: 'a closed question',
      ask: 'Does this text say that an unknown price counts as zero? Answer yes or no.',
      text: paragraph('docs/costs.md', 'Unknown is unknown'),
      tokens: 2,
    },
    {
      title: 'list event names',
      ask: 'Extract the event names as a JSON array.',
      text: read('docs/audit-events.md')
        .split('\n')
        .filter((line) => line.startsWith('## '))
        .join('\n'),
      tokens: 110,
    },
  ]
}

const standard: readonly Task[] = [
  {
    title: 'summarise the errors page',
    ask: 'Summarise this page in five sentences for a newcomer.',
    files: ['docs/errors.md'],
    tokens: 180,
  },
  {
    title: 'a question on costs',
    ask: 'Using this page: how is a stream paid for that was cut off before its usage arrived?',
    files: ['docs/costs.md'],
    tokens: 140,
  },
  {
    title: 'review the key store',
    ask: 'Review this code. Name bugs, unclear names and missing tests.',
    files: ['src/keys/env.ts'],
    tokens: 380,
  },
  {
    title: 'summarise the audit page',
    ask: 'Summarise this page in ten bullet points.',
    files: ['docs/audit-events.md'],
    tokens: 260,
  },
  {
    title: 'explain the route',
    ask: 'Explain to a new colleague what this code does and how a failed attempt is handled.',
    files: ['src/route.ts'],
    tokens: 420,
  },
  {
    title: 'a question on keys',
    ask: 'Using this page: what do I have to implement for a key store of my own, and what happens if it fails?',
    files: ['docs/keys.md'],
    tokens: 170,
  },
  {
    title: 'review the breaker',
    ask: 'Review this code. Is there a path on which a permit is never settled?',
    files: ['src/breaker/circuit.ts'],
    tokens: 450,
  },
  { title: 'summarise the tiers page', ask: 'Summarise this page in one paragraph.', files: ['docs/tiers.md'], tokens: 150 },
  {
    title: 'write an announcement',
    ask: 'Write a short, friendly announcement of this release for its users.',
    files: ['CHANGELOG.md'],
    tokens: 320,
  },
  {
    title: 'explain two errors',
    ask: 'Explain the difference between model_not_found and model_retired and what a user should do in each case.',
    files: ['src/errors.ts'],
    tokens: 260,
  },
  {
    title: 'review the audit tee',
    ask: 'Review this code and suggest improvements to its error handling.',
    files: ['src/audit/tee.ts'],
    tokens: 340,
  },
  {
    title: 'advice on keys',
    ask: 'Give advice: which key store of this page suits a small web service with two environments, and why?',
    files: ['docs/keys.md'],
    tokens: 240,
  },
]

const complex: readonly Task[] = [
  {
    title: 'plan a shared breaker store',
    ask: 'Develop a detailed plan to share these circuit breakers between processes over Redis: the state on the server, what is atomic, the behaviour when the server is away, and the order of the work in reviewable steps.',
    files: ['src/contracts/breaker.ts', 'src/breaker/step.ts', 'src/breaker/registry.ts'],
    tokens: 1100,
  },
  {
    title: 'prove the single probe',
    ask: 'Prove that at most one probe of a half-open circuit runs at any time, or construct an interleaving that breaks it. Go through every transition.',
    files: ['src/breaker/step.ts', 'src/breaker/circuit.ts'],
    tokens: 1200,
  },
  {
    title: 'failure interleavings of a stream',
    ask: 'Analyse all interleavings of the caller aborting, a limit firing and the provider failing in this code, step by step. Derive for each which event wins and whether the permit is settled exactly once.',
    files: ['src/deliver.ts', 'src/attempt.ts'],
    tokens: 1300,
  },
  {
    title: 'design a continuation policy',
    ask: 'Design an architecture for policies that continue an interrupted stream on another provider. Weigh the trade-offs of buffering, restarting and continuing, and propose the types.',
    files: ['src/deliver.ts', 'src/interruption.ts'],
    tokens: 1200,
  },
  {
    title: 'plan a budget per agent',
    ask: 'Plan how budgets per agent could be reserved before a call and settled after it, so that concurrent calls never overspend. Analyse the failure cases and design the contract.',
    files: ['src/ledger/ledger.ts', 'src/contracts/usage.ts'],
    tokens: 1000,
  },
  {
    title: 'exactness of the arithmetic',
    ask: 'Prove that this cost arithmetic never loses a fraction of a cent, whatever the prices and counts, and derive the largest sum that it can represent.',
    files: ['src/catalog/cost.ts'],
    tokens: 900,
  },
  {
    title: 'strategy for a slow disk',
    ask: 'Analyse what happens to memory, latency and completeness of the trail when the disk hangs for a minute at 200 calls per second. Develop a strategy and compare its alternatives.',
    files: ['src/audit/jsonl-file.ts', 'src/audit/lane.ts'],
    tokens: 1000,
  },
  {
    title: 'design property tests',
    ask: 'Design a model-based property test for this planner: the state space, the generators, the invariants, and the shrinking. Implement the generators.',
    files: ['src/plan.ts'],
    tokens: 1300,
  },
  {
    title: 'plan a second endpoint',
    ask: 'Plan the support of a second endpoint, the Responses API, in this design. Analyse what can be shared, what changes, and design the migration in steps that each keep all tests green.',
    files: ['src/client.ts', 'src/endpoints.ts'],
    tokens: 1200,
  },
  {
    title: 'retry budget under load',
    ask: 'Derive the load that retries and switches add when a third of all calls fail for a minute, for this code. Then design a retry budget that bounds it, and prove the bound.',
    files: ['src/journey.ts', 'src/classification.ts'],
    tokens: 1100,
  },
  {
    title: 'tenancy of the state',
    ask: 'Analyse whether two tenants of one router can influence each other through shared state, file by file, and design the architecture of a strict separation.',
    files: ['src/router.ts', 'src/resolve.ts'],
    tokens: 1100,
  },
]
