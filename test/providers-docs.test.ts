import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { vendorOf, vendorRows } from '../scripts/providers-doc/compatible.ts'
import { features, type Asked, type Feature } from '../scripts/providers-doc/features.ts'
import { providersPage } from '../scripts/providers-doc/page.ts'
import { cardOf, fetchesAddresses, outcomeOf, requestFor, type Subject } from '../scripts/providers-doc/probe.ts'
import { entries, subjectOf, type Wire } from '../scripts/providers-doc/providers.ts'
import { readmeWith } from '../scripts/providers-doc/readme.ts'
import { Secret } from '../src/contracts/secret.ts'
import { codeBlocks } from './docs/markdown.ts'

const fix = 'Run `npm run docs:providers`, read what has changed and commit it.'
const path = (file: string) => join(import.meta.dirname, '..', file)
const read = (file: string) => readFileSync(path(file), 'utf8')

describe('docs/providers.md', () => {
  it('is what the adapters say', () => {
    expect(read('docs/providers.md') === providersPage(), `docs/providers.md is not what the adapters say. ${fix}`).toBe(true)
  })

  it('gives the README its table of providers', () => {
    const readme = read('README.md')
    expect(readme === readmeWith(readme), `README.md is not what the adapters say of its providers. ${fix}`).toBe(true)
  })

  it('has every adapter of every subpath', async () => {
    const told = [...entries.map(({ call }) => call.replace(/\(.*/, '')), 'openaiCompatible', ...vendorRows.map(({ id }) => id)]
    const modules = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [] : [target.import.default.replace(/^\.\/dist\/esm\/(.+)\.js$/, '../src/$1.ts')],
    )
    const factories = await Promise.all(modules.filter((file) => file.includes('/providers/')).map(factoriesOf))
    expect(told.toSorted()).toEqual(factories.flat().toSorted())
  })

  it('asks about models that the catalog knows, where it has any of the provider', () => {
    const unknown = subjects({}).filter((subject) => cardOf(subject) === undefined)
    expect(unknown.map(({ adapter, model }) => `${adapter.id}/${model}`).filter((name) => !name.endsWith('/any-model'))).toEqual([
      // Any model of Replicate's can be asked, and few are in the catalog.
      'replicate/openai/gpt-5',
    ])
  })
})

describe('docs/adding-a-provider.md', () => {
  it('shows a row as it is', () => {
    const [row] = codeBlocks(path('docs/adding-a-provider.md')).filter(({ info }) => info === 'ts no-check')
    expect(read('src/providers/family/hosts.ts')).toContain(row?.code ?? 'a row')
  })
})

/** The functions of a module that make adapters. */
async function factoriesOf(file: string): Promise<readonly string[]> {
  const module: unknown = await import(file)
  // What is read from a model's schema is an option of an adapter.
  return Object.keys(Object(module)).filter((name) => name !== 'replicateInputs')
}

function subjects(wire: Wire): readonly Subject[] {
  const own = entries.flatMap((entry) => [{}, ...(entry.others ?? [])].map((variant) => subjectOf(entry, variant, wire)))
  return [...own, ...vendorRows.map((row) => vendorOf(row, wire))]
}

describe('what the page says', () => {
  const sent: string[] = []
  /** Remembers what was sent, and lets nobody in; a conversation of Graph's is begun before anything is asked in it. */
  const fetch: NonNullable<Wire['fetch']> = async (input, init) => {
    const request = new Request(input, init)
    const special = [...request.headers].filter(([name]) => /^(?:anthropic-|x-amzn-)/.test(name))
    sent.push(JSON.stringify([request.url, special, await request.text()]))
    return request.url.endsWith('/conversations')
      ? Response.json({ id: 'conversation-1' }, { status: 201 })
      : Response.json({ error: { message: 'No.' } }, { status: 400 })
  }

  async function bodyFor(request: Asked, { adapter, model }: Subject): Promise<string> {
    sent.length = 0
    const call = {
      model,
      card: cardOf({ adapter, model }),
      secret: new Secret('key-of-a-test'),
      signal: AbortSignal.timeout(10_000),
    }
    await expect(adapter.complete({ ...call, request: requestFor(request, model) })).rejects.toBeDefined()
    expect(sent).not.toEqual([])
    return sent.join()
  }

  const tools = features.find(({ field }) => field === 'tools')
  /** The Copilot runtime sends its requests itself. */
  const wired = subjects({ fetch }).filter(({ adapter }) => adapter.id !== 'github-copilot')

  it.each(wired.map((subject) => [subject.adapter.id, subject.model, subject] as const))(
    'is so on the wire: %s, %s',
    async (_id, _model, subject) => {
      const plain = await bodyFor({}, subject)
      const withTools = hasTools(subject) ? await bodyFor(tools?.request ?? {}, subject) : plain
      for (const feature of features.filter((each) => isVisible(each, subject))) {
        const base = feature.field !== 'tools' && 'tools' in feature.request ? withTools : plain
        const isAsked = (await bodyFor(feature.request, subject)) !== base
        const { kind } = outcomeOf(feature, subject)
        expect({ ...feature, isAsked }).toEqual({ ...feature, isAsked: kind !== 'dropped' })
      }
    },
  )

  function hasTools(subject: Subject): boolean {
    return tools !== undefined && outcomeOf(tools, subject).kind !== 'refused'
  }

  /** Whether the body tells if a feature is had or left out. */
  function isVisible(feature: Feature, subject: Subject): boolean {
    const { kind } = outcomeOf(feature, subject)
    if (kind === 'refused') return false
    const { field, form = '' } = feature
    const isThere = kind !== 'dropped'
    const rules: Readonly<Record<string, boolean>> = {
      // The nearest level takes the place of one that is not known; a model that does not think has nothing to switch off.
      reasoning_effort: isThere && form !== '`none`',
      // The image is there all the same.
      'messages[].content[].image_url.detail': isThere,
      // What the adapter would fetch is not there.
      'messages[].content[].image_url': form !== 'web address' || !fetchesAddresses(subject),
      // Where the vendor has nothing like it, the first of several calls is handed over.
      parallel_tool_calls: kind !== 'emulated',
      // To call none of the tools that it cannot have asks for nothing.
      tool_choice: hasTools(subject),
    }
    return rules[field] ?? true
  }
})
