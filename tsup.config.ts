import { defineConfig } from 'tsup'
import manifest from './package.json' with { type: 'json' }

/** `./dist/esm/testing/index.js` -> `testing/index` -> `src/testing/index.ts`: `exports` alone says what is public. */
const modules = Object.values(manifest.exports)
  .filter((target) => typeof target !== 'string')
  .map((target) => target.import.default.replace(/^\.\/dist\/esm\/(.+)\.js$/, '$1'))

// Only the ES modules are made here. `scripts/build-cjs.mjs` turns them into CommonJS, see docs/decisions/0002-build.md.
export default defineConfig({
  entry: Object.fromEntries(modules.map((module) => [module, `src/${module}.ts`])),
  outDir: 'dist/esm',
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  // Subpaths share their modules, and so their classes.
  splitting: true,
  removeNodeProtocol: false,
  // TypeScript 7 has no compiler API yet; `tsc -p src` writes the declarations.
  dts: false,
  clean: ['dist'],
  // Of zod only what is used goes into the package: importing its hundred files would cost 40 ms at every start.
  // The validator of JSON Schema makes a chunk of its own, which is loaded when an answer is first checked; so does the parser
  // of CSV, for files of prompts. Canonical JSON is in the one subpath that chains audit records.
  noExternal: [/^zod/, '@cfworker/json-schema', 'csv-parse', 'canonicalize'],
  // Comments name the built-in modules by path: the same one wherever node_modules really lies.
  esbuildOptions: (settings) => void Object.assign(settings, { preserveSymlinks: true }),
})
