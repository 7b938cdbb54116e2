// Makes dist/cjs from dist/esm, file by file, so that both builds have the same modules and each module exists once.
import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'

const root = join(import.meta.dirname, '..')
const from = join(root, 'dist/esm')
const to = join(root, 'dist/cjs')

const require = createRequire(import.meta.url)

/**
 * `import()` becomes a lazy `require()`: it gives the CommonJS copy of an SDK, the one that the application has. An SDK that
 * has no such copy is imported here too.
 */
async function toCommonJs(path) {
  const module = await readFile(join(from, path), 'utf8')
  const kept = module.replaceAll(/\bimport\("([^".][^"]*)"\)/g, (call, name) =>
    canRequire(name) ? call : `${keptImport}("${name}")`,
  )
  const { code } = await transform(kept, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    supported: { 'dynamic-import': false },
  })
  if (/\bimport\.meta\b|\bimport\(/.test(code))
    throw new Error(`dist/esm/${path} cannot be CommonJS: it uses import.meta or a computed import()`)
  await put(path, code.replaceAll(keptImport, 'import'))
}

const keptImport = '__import_of_a_module__'

function canRequire(name) {
  try {
    return require.resolve(name) !== ''
  } catch {
    return false
  }
}

async function put(path, text) {
  const target = join(to, path)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, text)
}

for await (const path of glob('**/*.js', { cwd: from })) await toCommonJs(path)
for await (const path of glob('**/*.d.ts', { cwd: from })) await put(path, await readFile(join(from, path), 'utf8'))
await put('package.json', '{ "type": "commonjs" }\n')
// zod, the validator of JSON Schema, the parser of CSV and canonical JSON are built in, so their licences travel with them.
await cp(join(root, 'node_modules/zod/LICENSE'), join(root, 'dist/LICENSE-zod'))
await cp(join(root, 'scripts/LICENSE-cfworker-json-schema'), join(root, 'dist/LICENSE-cfworker-json-schema'))
await cp(join(root, 'node_modules/csv-parse/LICENSE'), join(root, 'dist/LICENSE-csv-parse'))
await cp(join(root, 'node_modules/canonicalize/LICENSE'), join(root, 'dist/LICENSE-canonicalize'))
// The charting library is in the page of a comparison.
await cp(join(root, 'node_modules/chartist/LICENSE-MIT'), join(root, 'dist/LICENSE-chartist'))
