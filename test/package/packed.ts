import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What the tarball is made from; everything else of the repository is kept away from it. */
const sources = [
  'package.json',
  'tsconfig.json',
  'tsup.config.ts',
  'src',
  'scripts',
  'types',
  'web',
  'docs',
  'examples',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
]

/** The peers of a full application, and what the OpenAI SDK alone needs. */
export const everyPeer = [
  'openai',
  '@anthropic-ai/bedrock-sdk',
  '@anthropic-ai/sdk',
  '@anthropic-ai/vertex-sdk',
  '@github/copilot-sdk',
  '@google/genai',
  '@mistralai/mistralai',
  '@aws-sdk/client-bedrock-runtime',
  '@aws-sdk/client-kms',
  '@opentelemetry/api',
  '@opentelemetry/api-logs',
  '@perplexity-ai/perplexity_ai',
  '@pydantic/genai-prices',
  'gpt-tokenizer',
  'jose',
  'replicate',
] as const

export interface Packed {
  /** The unpacked package. */
  readonly folder: string
  /** Every file in it. */
  readonly files: readonly string[]
  /** An application with this package and these peers installed, and nothing else but Node's types. */
  app(options: AppOptions): string
  remove(): void
}

export interface AppOptions {
  readonly type: 'module' | 'commonjs'
  readonly peers: readonly string[]
  /** The folder of node_modules that is installed as `openai`. Default: the newest supported one. */
  readonly openai?: string
}

/** Builds and packs a copy of the repository, as `npm publish` would. Reads no network: peers are links. */
export function pack(): Packed {
  // The real path: a package that is reached through a link would be loaded twice.
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'modelyard-package-')))
  const copy = join(scratch, 'copy')
  mkdirSync(copy)
  for (const name of sources) if (existsSync(join(root, name))) cpSync(join(root, name), join(copy, name), { recursive: true })
  link(join(root, 'node_modules'), join(copy, 'node_modules'))
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', scratch], {
    cwd: copy,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm pack failed:\n${stdout}\n${stderr}`)
  const [{ filename, files }] = reportOf(stdout)
  execFileSync('tar', ['-xzf', filename], { cwd: scratch })
  const folder = join(scratch, 'package')
  let apps = 0
  return {
    folder,
    files: files.map(({ path }) => path).toSorted(),
    app({ type, peers, openai = 'openai' }) {
      const app = join(scratch, `app-${(apps += 1)}`)
      mkdirSync(app)
      writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type }))
      // A copy, not a link: its imports must be looked up in the application.
      cpSync(folder, join(app, 'node_modules/modelyard'), { recursive: true })
      for (const peer of [...peers, '@types/node', 'undici-types']) {
        link(join(root, 'node_modules', peer === 'openai' ? openai : peer), join(app, 'node_modules', peer))
      }
      return app
    },
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}

interface PackReport {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** npm prints the output of the build first. */
function reportOf(output: string): [PackReport] {
  const report: [PackReport] = JSON.parse(output.slice(output.search(/^\[$/m)))
  return report
}

/** The compilers that must understand the declarations. */
export const compilers = {
  'TypeScript 7': join(root, 'node_modules/typescript/bin/tsc'),
  'TypeScript 5.9': join(root, 'node_modules/typescript-5/node_modules/typescript/bin/tsc'),
} as const

/** Runs Node on a script with nothing of this machine's environment but the path. */
export function run(
  cwd: string,
  args: readonly string[],
): { readonly output: string; readonly errors: string; readonly code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
    timeout: 60_000,
  })
  return { output: stdout, errors: stderr, code: status }
}

export function read(...path: string[]): string {
  return readFileSync(join(...path), 'utf8')
}
