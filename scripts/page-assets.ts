// node scripts/page-assets.ts: makes src/compare/html/page-assets.ts from web/comparison, charting library included.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const target = join(root, 'src/compare/html/page-assets.ts')

/** The module as it should be. Its script is ASCII, so that no encoding changes what the page's hashes are of. */
export async function pageAssets(): Promise<string> {
  const licence = await readFile(join(root, 'node_modules/chartist/LICENSE-MIT'), 'utf8')
  const script = await bundle('main.ts')
  const style = await bundle('style.css')
  return `// Made by scripts/page-assets.ts from web/comparison: change it there. \`npm run build\` makes it anew.

export const pageScript =
  ${JSON.stringify(`/* Chartist\n${licence.trim()} */\n${script}`)}

export const pageStyle =
  ${JSON.stringify(style)}
`
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'web/comparison', file)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome111', 'firefox125', 'safari16.4'],
    legalComments: 'none',
    preserveSymlinks: true,
    write: false,
  })
  return outputFiles.map(({ text }) => text.trim()).join('')
}

if (import.meta.main) await writeFile(target, await pageAssets())
