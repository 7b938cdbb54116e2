import { parse, type Import, type Module } from './sources.ts'

/** What may be imported by whom. The names are folders and files below `src`; a module may import its own layer. */
const vocabulary = ['contracts', 'errors', 'classification', 'money', 'files', 'postgres']
const parts = [
  'breaker',
  'budget',
  'redis',
  'policy',
  'catalog',
  'ledger',
  'rates',
  'keys',
  'service-keys',
  'audit',
  'otel',
  'providers',
  'testing',
  'tokenizer',
]

/** They name the types of what the router puts into them. */
const showsParts = ['client', 'core']

/** What `routeOf()` and `attemptsOf()` are made of. */
const readsRoutes = ['route-of', 'caller-error']

/** Files that are tables: read by looking something up, not from top to bottom. */
const dataFiles =
  /^(catalog\/(models|prices|token-rates)[^/]*\.ts|catalog\/models\/.*|policy\/tiers\.ts|rates\/headers\.ts|policy\/complexity\/weights[^/]*\.ts|providers\/family\/rows\.ts)$/

/** Where the vendors' own words are at home. */
const namesVendors = (path: string): boolean => /^(providers\/|tokenizer\/|testing\/simulator)/.test(path) || dataFiles.test(path)

const vendorName =
  /anthropic|claude|google|gemini|vertex|\bgpt\b|mistral|bedrock|azure|replicate|perplexity|copilot|cohere|deepseek|groq|grok|fireworks|together\.ai|openrouter|ollama/i

/** `openai` is the name of our vocabulary; as a provider's id it would stand in a string of its own. */
const openaiAsProvider = /['"`]openai(?:['"`]|\/)/

const maximumLines = 250

/** Every broken rule as one sentence that begins with the file. `publicModules` are the sources behind package.json#exports. */
export function violations(sources: ReadonlyMap<string, string>, publicModules: readonly string[]): string[] {
  const modules = parse(sources)
  const found = [...modules.values()].flatMap((module) => [
    ...directions(module),
    ...unknownTargets(module, modules),
    ...vendorNames(module),
    ...packages(module),
    ...barrels(module),
    ...sideEffects(module),
    ...size(module),
  ])
  return [...found, ...cycles(modules), ...unlisted(modules, publicModules)]
}

function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '')
}

function allowed(from: string, to: string, kind: Import['kind']): boolean {
  if (from === to || vocabulary.includes(to)) return true
  // The test kit reads routes off answers and errors as its users do.
  if (from === 'testing' && readsRoutes.includes(to)) return true
  if (vocabulary.includes(from) || parts.includes(from)) return false
  return parts.includes(to) ? mayUsePart(from, to, kind) : mayUseCore(from, to)
}

function mayUsePart(from: string, to: string, kind: Import['kind']): boolean {
  if (to === 'providers' || to === 'testing' || to === 'otel') return false
  // `books.ts` is the half of the router that deals with money.
  if (from === 'router' || from === 'index' || (from === 'books' && to === 'catalog')) return true
  return to === 'breaker' || (showsParts.includes(from) && kind === 'type')
}

/** Towards the core: index -> router -> client -> everything else. */
function mayUseCore(from: string, to: string): boolean {
  const order = ['client', 'router', 'index']
  return order.indexOf(to) < order.indexOf(from) || !order.includes(to)
}

function* directions({ path, imports }: Module): Generator<string> {
  for (const { target, kind } of imports) {
    if (target === undefined || (path === 'router.ts' && target === 'providers/builtin.ts')) continue
    const [from, to] = [layerOf(path), layerOf(target)]
    const sameVocabulary = from === 'contracts' && to !== 'contracts'
    if (sameVocabulary || !allowed(from, to, kind)) yield `${path}: ${from} must not import ${target}`
    else if (from === 'providers' && to === 'providers' && !withinProvider(path, target))
      yield `${path}: one provider must not import another, ${target}`
  }
}

/** Many vendors speak OpenAI's dialect: these folders build on the halves of the one that it is named for. */
const speakOpenAI = ['azure', 'family', 'perplexity']

/** A provider's folder imports itself, `shared/` and single files beside it; `builtin.ts` imports every folder's index. */
function withinProvider(path: string, target: string): boolean {
  const [, from = '', ...deeper] = path.split('/')
  const [, to = '', ...below] = target.split('/')
  if (path === 'providers/builtin.ts') return true
  if (from === to || to === 'shared' || (to === 'openai' && speakOpenAI.includes(from))) return true
  return deeper.length > 0 && from !== 'shared' && below.length === 0 && to !== 'builtin.ts'
}

function* unknownTargets({ path, imports }: Module, modules: ReadonlyMap<string, Module>): Generator<string> {
  for (const { target } of imports)
    if (target !== undefined && !modules.has(target)) yield `${path}: imports ${target}, which is not there`
}

function* vendorNames({ path, text, code }: Module): Generator<string> {
  if (namesVendors(path)) return
  for (const [index, line] of text.split('\n').entries())
    if (vendorName.test(line)) yield `${path}:${index + 1}: names a vendor: ${line.trim()}`
  for (const [index, line] of code.split('\n').entries()) {
    const isImport = /(\bfrom\s+|\bimport\(\s*|^\s*import\s+)'openai(\/[\w/-]+)?'/.test(line)
    if (!isImport && openaiAsProvider.test(line)) yield `${path}:${index + 1}: names a vendor: ${line.trim()}`
  }
}

function* packages({ path, imports }: Module): Generator<string> {
  for (const { specifier, target, kind, topLevel } of imports) {
    if (target !== undefined || /^(node:|openai(\/|$)|zod\/mini$)/.test(specifier)) continue
    const loads = kind === 'value' || kind === 're-export' || (kind === 'dynamic' && topLevel)
    if (builtIn[specifier] === path) continue
    const problem = specifier in onDemand ? onDemandProblem(path, specifier, loads) : packageProblem(path, specifier, loads)
    if (problem !== undefined) yield `${path}: ${problem}`
  }
}

function onDemandProblem(path: string, specifier: string, loads: boolean): string | undefined {
  const files = [onDemand[specifier] ?? []].flat()
  return files.includes(path) && !loads ? undefined : `loads ${specifier}; only ${files.join(', ')} may, and only on demand`
}

function packageProblem(path: string, specifier: string, loads: boolean): string | undefined {
  if (/^zod(\/|$)/.test(specifier)) return `imports ${specifier}; only zod/mini is small enough to be built in`
  // Who imports this subpath has it; a call to it is made in the caller's context, at once.
  if (specifier === '@opentelemetry/api' && path.startsWith('otel/')) return undefined
  // Its types are for those who have it.
  if (path === 'testing/vitest.ts' && specifier === 'vitest' && !loads) return undefined
  if (!/^(providers|tokenizer)\//.test(path)) return `${specifier} may be named only under providers/`
  return loads ? `loads ${specifier} at start; use import type, or await import() inside a function` : undefined
}

function* barrels({ path, code, imports }: Module): Generator<string> {
  if (path === 'index.ts' || path === 'testing/index.ts') {
    if (/^export\s+\*/m.test(code)) yield `${path}: export * hides what is public; name the exports`
  } else if (imports.some(({ kind }) => kind === 're-export')) {
    yield `${path}: re-exports; only index.ts and testing/index.ts do`
  }
}

/** Built in, and loaded at start by the one subpath that has it. */
const builtIn: Readonly<Record<string, string>> = { canonicalize: 'audit/chain/hashes.ts' }

/** Built in like zod, but each in a file of its own, which nothing loads before it is needed. */
const onDemand: Readonly<Record<string, string | readonly string[]>> = {
  '@pydantic/genai-prices': 'catalog/genai-prices.ts',
  '@cfworker/json-schema': 'json-check/validator.ts',
  'csv-parse/sync': 'compare/prompt-file.ts',
  jose: ['keys/cipher.ts', 'audit/content/seal.ts'],
  '@opentelemetry/api-logs': 'audit/otel/index.ts',
  '@aws-sdk/client-kms': 'keys/kms/index.ts',
}

const forbidden: readonly { readonly pattern: RegExp; readonly word: string; readonly except?: string }[] = [
  { pattern: /\bprocess\.env\b/, word: 'reads process.env', except: 'keys/env.ts' },
  { pattern: /\bimport\.meta\b/, word: 'uses import.meta, which the CommonJS build has not' },
  { pattern: /\bconsole\.\w/, word: 'writes to the console' },
  { pattern: /^(export )?(let|var)\s/m, word: 'holds state at module level' },
  // A WeakMap keyed by the caller's own objects is shared by nobody; what is typed as readonly stays empty.
  {
    pattern: /^(export )?const \w+(: (?!readonly|Readonly)[^=]+)? = (new (Map|Set)(<[^()]*>)?\(\)|\[\]|\{\})$/m,
    word: 'holds an empty collection at module level',
  },
]

function* sideEffects({ path, code }: Module): Generator<string> {
  for (const { pattern, word, except } of forbidden) if (path !== except && pattern.test(code)) yield `${path}: ${word}`
}

function* size({ path, text }: Module): Generator<string> {
  const lines = text.split('\n').length - 1
  if (lines > maximumLines && !dataFiles.test(path)) yield `${path}: has ${lines} lines, at most ${maximumLines}`
}

/** Cycles of any kind of import, types included; each is named once, from its first file in the alphabet. */
function cycles(modules: ReadonlyMap<string, Module>): string[] {
  const found = new Set<string>()
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.add(canonical(trail.slice(start)))
    if (start >= 0 || done.has(path)) return
    for (const { target } of modules.get(path)?.imports ?? []) if (target !== undefined) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of modules.keys()) visit(path, [])
  return [...found]
}

function canonical(cycle: readonly string[]): string {
  const first = cycle.indexOf(cycle.toSorted()[0] ?? '')
  const ordered = [...cycle.slice(first), ...cycle.slice(0, first)]
  return `${ordered[0]}: cycle ${[...ordered, ordered[0]].join(' -> ')}`
}

function* unlisted(modules: ReadonlyMap<string, Module>, publicModules: readonly string[]): Generator<string> {
  for (const path of publicModules) if (!modules.has(path)) yield `${path}: listed in package.json#exports, but not there`
  for (const path of modules.keys()) {
    const isPart = path === 'index.ts' || path === 'testing/index.ts' || /^providers\/(?!shared\/)[^/]+\/index\.ts$/.test(path)
    if (isPart && !publicModules.includes(path)) yield `${path}: has no entry in package.json#exports`
  }
}
