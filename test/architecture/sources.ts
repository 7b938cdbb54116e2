import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** One module as the rules see it. `path` is relative to `src`. */
export interface Module {
  readonly path: string
  readonly text: string
  /** The text without comments; string literals stand as they are. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Import {
  readonly specifier: string
  /** The module under `src` that is meant; absent for packages. */
  readonly target?: string
  readonly kind: 'value' | 'type' | 'dynamic' | 're-export'
  /** A dynamic import that runs when the module is loaded. */
  readonly topLevel: boolean
}

/** Path to text of every TypeScript file below `root`. */
export function readSources(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return new Map(files.toSorted().map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]))
}

export function parse(sources: ReadonlyMap<string, string>): Map<string, Module> {
  return new Map(
    [...sources].map(([path, text]) => {
      const code = withoutComments(text)
      return [path, { path, text, code, imports: [...importsOf(path, code)] }]
    }),
  )
}

const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Comments become blanks of as many lines, so that line numbers stay. */
export function withoutComments(text: string): string {
  return text.replace(tokens, (token) => (/^\/[*/]/.test(token) ? token.replace(/[^\n]/g, '') : token))
}

const statements = /^\s*(import|export)\s+(type\s+)?(?:[\w$*\s{},]+?\s+from\s+)?'([^']+)'/gm
const dynamic = /\bimport\(\s*'([^']+)'\s*,?\s*\)/g

function* importsOf(path: string, code: string): Generator<Import> {
  for (const [, keyword, type, specifier = ''] of code.matchAll(statements)) {
    const kind = keyword === 'export' ? 're-export' : type === undefined ? 'value' : 'type'
    yield { specifier, kind, topLevel: true, ...targetOf(path, specifier) }
  }
  for (const match of code.matchAll(dynamic)) {
    const [, specifier = ''] = match
    // `typeof import('x')` is a type.
    const kind = /\btypeof\s+$/.test(code.slice(0, match.index)) ? 'type' : 'dynamic'
    yield { specifier, kind, topLevel: depthAt(code, match.index) === 0, ...targetOf(path, specifier) }
  }
}

function targetOf(path: string, specifier: string): { target?: string } {
  return specifier.startsWith('.') ? { target: normalize(join(dirname(path), specifier)).replaceAll('\\', '/') } : {}
}

/** How many braces are open at `index`, leaving aside those in strings. An arrow's expression body counts as one too. */
function depthAt(code: string, index: number): number {
  const before = code.slice(0, index).replace(tokens, '')
  const braces = before.split('{').length - before.split('}').length
  const arrow = /=>[^\n]*$/.test(before) ? 1 : 0
  return braces + arrow
}
