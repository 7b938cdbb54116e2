import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { links } from '../docs/markdown.ts'
import { compilers, everyPeer, pack, read, run, type Packed } from './packed.ts'

const appSource = join(import.meta.dirname, 'apps/app.ts')
const subpaths = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target !== 'string')
  .map(([subpath]) => `modelyard${subpath.slice(1)}`)

let packed: Packed
beforeAll(() => {
  packed = pack()
}, 240_000)
afterAll(() => packed.remove(), 120_000)

describe('the tarball', () => {
  it('holds the two builds, their declarations, the papers and the examples, and nothing else', () => {
    const expected =
      /^(dist\/(esm|cjs)\/.+\.(js|d\.ts)|dist\/cjs\/package\.json|dist\/LICENSE-[\w-]+|package\.json|docs\/.+\.(?:md|webp|json)|examples\/\d\d-[^/]+\.ts|README\.md|CHANGELOG\.md|LICENSE)$/
    expect(packed.files.filter((file) => !expected.test(file))).toEqual([])
    expect(packed.files).toContain('LICENSE')
    expect(packed.files).toContain('README.md')
  })

  it('holds every page and example that the README links', () => {
    const linked = links(join(packed.folder, 'README.md'))
      .filter((target) => !/^https?:/.test(target))
      .map((target) => target.replace(/#.*/, ''))
    expect(linked.length).toBeGreaterThan(0)
    expect(linked.filter((target) => !existsSync(join(packed.folder, target)))).toEqual([])
  })

  it('holds every file that exports names, in both builds', () => {
    const named = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : [...Object.values(target.import), ...Object.values(target.require)],
    )
    const missing = [...named, manifest.main, manifest.types].filter((file) => !packed.files.includes(file.replace('./', '')))
    expect(missing).toEqual([])
  })

  it('has the same modules in both builds', () => {
    expect(modules('cjs')).toEqual(modules('esm'))
  })

  it('needs nothing at run time but its peers', () => {
    expect(manifest).not.toHaveProperty('dependencies')
    const allowed = new Set<string>(everyPeer)
    const foreign = packed.files
      .filter((file) => /\.(js|d\.ts)$/.test(file))
      .flatMap((file) => packagesIn(read(packed.folder, file)).map((name) => `${file}: ${name}`))
      .filter((entry) => !allowed.has(entry.replace(/^.*: /, '')))
    expect(foreign).toEqual([])
  })

  it('tells no path of the machine that built it', () => {
    const telling = packed.files.filter((file) => read(packed.folder, file).includes(process.cwd()))
    expect(telling).toEqual([])
  })
})

function modules(kind: 'esm' | 'cjs'): string[] {
  const folder = `dist/${kind}/`
  return packed.files
    .filter((file) => file.startsWith(folder) && /\.(js|d\.ts)$/.test(file))
    .map((file) => file.slice(folder.length))
}

/** The packages that a file imports, requires or takes types from. */
function packagesIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const specifiers = [...code.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(|\brequire\()["']([^"'./][^"']*)["']/g)].map(
    ([, name = '']) => name,
  )
  return specifiers
    .filter((name) => !name.startsWith('node:') && !name.startsWith('${'))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
}

const worlds = [
  { world: 'an ES module', type: 'module', file: 'app.mts', compiled: 'app.mjs', kind: 'esm' },
  { world: 'a CommonJS', type: 'commonjs', file: 'app.cts', compiled: 'app.cjs', kind: 'cjs' },
] as const

/** What a strict application would have; its own library checks included. */
const options = {
  strict: true,
  target: 'es2022',
  types: ['node'],
  skipLibCheck: false,
  esModuleInterop: true,
  exactOptionalPropertyTypes: true,
}

function compile(app: string, compiler: keyof typeof compilers, compilerOptions: object): string {
  writeFileSync(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { ...options, ...compilerOptions },
      files: ['app.ts', 'app.mts', 'app.cts'].filter((name) => has(app, name)),
    }),
  )
  const { output, errors } = run(app, [compilers[compiler], '-p', '.', '--pretty', 'false'])
  return output + errors
}

function has(app: string, name: string): boolean {
  try {
    return read(app, name) !== ''
  } catch {
    return false
  }
}

describe.each(worlds)('in $world application', ({ type, file, compiled, kind }) => {
  it.each(['TypeScript 7', 'TypeScript 5.9'] as const)(
    'the declarations compile under %s and node resolution',
    { timeout: 120_000 },
    (compiler) => {
      const app = packed.app({ type, peers: everyPeer })
      copyFileSync(appSource, join(app, file))
      expect(compile(app, compiler, { module: 'nodenext', noEmit: true })).toBe('')
    },
  )

  it('every assertion of the application holds', { timeout: 120_000 }, () => {
    const app = packed.app({ type, peers: ['openai'] })
    copyFileSync(appSource, join(app, file))
    // The vendors' types are not installed in this application, so their absence is all that the compiler may complain about.
    compile(app, 'TypeScript 7', { module: 'nodenext', skipLibCheck: true })
    const result = run(app, [compiled])
    expect(result.errors).toBe('')
    expect(
      result.output
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('ok ')),
    ).toEqual([])
    expect(result.output).toMatch(/^ok the router is an OpenAI$/m)
    expect(result.code).toBe(0)
  })

  it('importing the package and all its subpaths loads no vendor SDK and touches nothing', { timeout: 120_000 }, () => {
    const app = packed.app({ type, peers: everyPeer })
    copyFileSync(join(import.meta.dirname, 'apps/on-import.mjs'), join(app, 'on-import.mjs'))
    const { output, errors } = run(app, ['on-import.mjs', kind, ...subpaths])
    expect(errors).toBe('')
    const { loaded, done, globals }: OnImport = JSON.parse(output)
    expect(loaded.some((url) => url.includes('modelyard'))).toBe(true)
    expect(loaded.filter((url) => !/\/node_modules\/modelyard\/|^node:/.test(url))).toEqual([])
    // Every copy of zod shares this one object; ours is built in.
    expect({ done, globals: globals.filter((name) => name !== '__zod_globalConfig') }).toEqual({ done: [], globals: [] })
  })

  it('the first call to a provider loads the SDK of that provider alone', { timeout: 120_000 }, () => {
    const app = packed.app({ type, peers: everyPeer })
    copyFileSync(join(import.meta.dirname, 'apps/first-use.mjs'), join(app, 'first-use.mjs'))
    // Some SDKs load OpenTelemetry by themselves where it is there.
    const watched = everyPeer.filter((name) => !name.startsWith('@opentelemetry/'))
    const { output, errors } = run(app, ['first-use.mjs', kind, ...watched])
    expect(errors).toBe('')
    expect(JSON.parse(output)).toEqual({
      modelyard: ['openai'],
      openai: [],
      azure: [],
      groq: [],
      anthropic: ['@anthropic-ai/sdk'],
      google: ['@google/genai'],
      mistral: ['@mistralai/mistralai'],
      bedrock: ['@aws-sdk/client-bedrock-runtime'],
      perplexity: ['@perplexity-ai/perplexity_ai'],
      replicate: ['replicate'],
      'm365-copilot': [],
      'anthropic-bedrock': ['@anthropic-ai/bedrock-sdk'],
      'anthropic-vertex': ['@anthropic-ai/vertex-sdk'],
    })
  })

  it('the watch on imports would see a vendor SDK', { timeout: 120_000 }, () => {
    const app = packed.app({ type, peers: everyPeer })
    copyFileSync(join(import.meta.dirname, 'apps/on-import.mjs'), join(app, 'on-import.mjs'))
    const { loaded }: OnImport = JSON.parse(run(app, ['on-import.mjs', kind, '@anthropic-ai/sdk']).output)
    expect(loaded.filter((url) => url.includes('/@anthropic-ai/sdk/')).length).toBeGreaterThan(0)
  })
})

interface OnImport {
  readonly loaded: readonly string[]
  readonly done: readonly string[]
  readonly globals: readonly string[]
}

describe.each([
  ['5.23', 'openai-5'],
  ['6.49', 'openai-6'],
  ['7.30', 'openai-7-30'],
])('beside openai %s', (_version, openai) => {
  it.each(worlds)('every assertion of $world application holds', { timeout: 120_000 }, ({ type, file, compiled }) => {
    const app = packed.app({ type, peers: ['openai'], openai })
    copyFileSync(appSource, join(app, file))
    compile(app, 'TypeScript 7', { module: 'nodenext', skipLibCheck: true })
    const { output, errors, code } = run(app, [compiled])
    expect({ errors, code }).toEqual({ errors: '', code: 0 })
    expect(output.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))).toEqual([])
  })
})

describe('for a bundler', () => {
  it.each(['TypeScript 7', 'TypeScript 5.9'] as const)(
    'the declarations compile under %s and bundler resolution',
    { timeout: 120_000 },
    (compiler) => {
      const app = packed.app({ type: 'module', peers: everyPeer })
      copyFileSync(appSource, join(app, 'app.ts'))
      expect(compile(app, compiler, { module: 'esnext', moduleResolution: 'bundler', noEmit: true })).toBe('')
    },
  )

  it('an unused import leaves nothing behind', async () => {
    for (const specifier of subpaths) expect(await bundle(`import '${specifier}'`)).toBe('')
  })

  it('one provider does not bring the others', async () => {
    const code = await bundle("import { anthropic } from 'modelyard/anthropic'; console.log(anthropic)")
    expect(code).toContain('@anthropic-ai/sdk')
    expect(code).not.toContain('@google/genai')
  })

  it('needs no SDK that the application does not use', async () => {
    const code = await bundle("import { createRouter } from 'modelyard'; createRouter()", ['openai'])
    expect(code).toContain('createRouter')
  })
})

async function bundle(contents: string, external: readonly string[] = everyPeer): Promise<string> {
  const app = packed.app({ type: 'module', peers: [] })
  mkdirSync(join(app, 'src'))
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(app, 'src') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: [...external],
    logLevel: 'silent',
  })
  return outputFiles.map(({ text }) => text.trim()).join('\n')
}

describe('without a vendor SDK', () => {
  it('the root declares no type of it, so that a strict application compiles', { timeout: 120_000 }, () => {
    const app = packed.app({ type: 'module', peers: ['openai'] })
    writeFileSync(
      join(app, 'app.mts'),
      "import OpenAI from 'openai'\nimport { createRouter } from 'modelyard'\nimport { openai } from 'modelyard/openai'\nimport { fakeProvider } from 'modelyard/testing'\n" +
        'export const client: OpenAI = createRouter({ providers: [openai(), fakeProvider()] })\n',
    )
    expect(compile(app, 'TypeScript 7', { module: 'nodenext', noEmit: true })).toBe('')
  })
})
