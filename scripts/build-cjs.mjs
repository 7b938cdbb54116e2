// Makes dist/cjs from dist/esm, file by file, so that both builds have the same modules and each module exists once.
import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'

const root = join(import.meta.dirname, '..')
const from = join(root, 'dist/esm')
const to = join(root, 'dist/cjs')

/** `import()` becomes a lazy `require()`: it gives the CommonJS copy of an SDK, the one that the application has. */
async function toCommonJs(path) {
  const { code } = await transform(await readFile(join(from, path), 'utf8'), {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    supported: { 'dynamic-import': false },
  })
  if (/\bimport\.meta\b|\bimport\(/.test(code))
    throw new Error(`dist/esm/${path} cannot be CommonJS: it uses import.meta or a computed import()`)
  await put(path, code)
}

async function put(path, text) {
  const target = join(to, path)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, text)
}

for await (const path of glob('**/*.js', { cwd: from })) await toCommonJs(path)
for await (const path of glob('**/*.d.ts', { cwd: from })) await put(path, await readFile(join(from, path), 'utf8'))
await put('package.json', '{ "type": "commonjs" }\n')
// zod is built in, so its licence travels with it.
await cp(join(root, 'node_modules/zod/LICENSE'), join(root, 'dist/LICENSE-zod'))
