import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { errorTable } from '../src/errors.ts'
import { anchors, codeBlocks, codeRows, links, type CodeBlock } from './docs/markdown.ts'

const root = join(import.meta.dirname, '..')
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
].map((file) => join(root, file))

describe('docs/errors.md', () => {
  const rows = codeRows(join(root, 'docs/errors.md'))

  it('lists exactly the codes of the error table, in its order', () => {
    expect(rows.map(([code]) => code)).toEqual(Object.keys(errorTable))
  })

  it.each(Object.entries(errorTable))('gives status, meaning and advice for %s', (code, { status, meaning }) => {
    const row = rows.find(([name]) => name === code) ?? []
    const isSetup = code === code.toUpperCase()
    // A fault of set-up has a status only where it is an error of the client's too, and then the advice says so.
    const setUp = [/\((\d{3})\)/.exec(row[2] ?? '')?.[1] ?? 'none', ...row.slice(1)]
    const [shownStatus, shownMeaning, advice] = isSetup ? setUp : row.slice(1)
    expect({ status: shownStatus, meaning: shownMeaning }).toEqual({ status: String(status ?? 'none'), meaning })
    expect(advice).toMatch(/^[A-Z].{10,}\.$/)
  })
})

describe('the pages', () => {
  it.each(pages.map((page) => [relative(root, page), page]))('%s links only to what is there', (_name, page) => {
    const broken = links(page).filter((target) => !/^(https?|mailto):/.test(target) && !resolves(page, target))
    expect(broken).toEqual([])
  })

  it('call only scripts that package.json has', () => {
    const called = pages.flatMap((page) =>
      codeBlocks(page).flatMap(({ code }) => [...code.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script)),
    )
    expect(called.filter((script) => !Object.hasOwn(manifest.scripts, script))).toEqual([])
  })

  it('link every example and every page of docs from somewhere', () => {
    const linked = new Set(pages.flatMap((page) => links(page).map((target) => join(dirname(page), target.replace(/#.*/, '')))))
    const examples = readdirSync(join(root, 'examples')).filter((file) => /^\d\d-.*\.ts$/.test(file))
    const expected = [
      ...examples.map((file) => join(root, 'examples', file)),
      ...pages.filter((page) => dirname(page) === join(root, 'docs')),
    ]
    expect(expected.filter((file) => !linked.has(file)).map((file) => relative(root, file))).toEqual([])
  })
})

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  return existsSync(file) && (anchor === undefined || !file.endsWith('.md') || anchors(file).has(anchor))
}

describe('the TypeScript in the pages', () => {
  const blocks = pages
    .filter((page) => !page.includes('CHANGELOG'))
    .flatMap((page) => codeBlocks(page).filter(({ info }) => info === 'ts'))

  it('compiles against the sources as they are', { timeout: 300_000 }, () => {
    expect(blocks.length).toBeGreaterThan(0)
    expect(compile(blocks)).toBe('')
  })

  it('would not compile with a misspelt name', { timeout: 300_000 }, () => {
    const block = { file: 'x.md', line: 1, info: 'ts', code: "import { createRuter } from 'modelyard'\ncreateRuter()" }
    expect(compile([block])).toMatch(/x\.md block of line 1: .*createRuter/)
  })
})

/** What a page may leave unsaid: a router called `client` and a conversation. */
const prelude = `declare const client: ReturnType<typeof import('modelyard').createRouter>
declare const messages: import('openai').OpenAI.ChatCompletionMessageParam[]
`

/** The compiler's complaints about the blocks, each with the page and line that it is about. */
function compile(blocks: readonly CodeBlock[]): string {
  const scratch = join(root, '.tmp')
  mkdirSync(scratch, { recursive: true })
  const folder = mkdtempSync(join(scratch, 'docs-'))
  try {
    writeFileSync(join(folder, 'prelude.d.ts'), prelude)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noPropertyAccessFromIndexSignature: false },
        include: ['*.ts', '../../types'],
      }),
    )
    for (const [index, { code }] of blocks.entries()) writeFileSync(join(folder, `block-${index}.ts`), `${code}\nexport {}\n`)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    return readable(stdout, blocks)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readable(output: string, blocks: readonly CodeBlock[]): string {
  return output.trim().replace(/^.*block-(\d+)\.ts\((\d+),\d+\)/gm, (text, index: string, line: string) => {
    const block = blocks[Number(index)]
    return block === undefined ? text : `${basename(block.file)} block of line ${block.line + Number(line) - 1}`
  })
}
