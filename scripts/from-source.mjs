// node --import ./scripts/from-source.mjs app.ts: `modelyard` and its subpaths are the sources here, no build is needed.
import { registerHooks } from 'node:module'
import manifest from '../package.json' with { type: 'json' }

const sources = new Map(
  Object.entries(manifest.exports)
    .filter(([, target]) => typeof target !== 'string')
    .map(([subpath, target]) => [
      manifest.name + subpath.slice(1),
      new URL(target.import.default.replace(/^\.\/dist\/esm\/(.+)\.js$/, '../src/$1.ts'), import.meta.url).href,
    ]),
)

registerHooks({
  resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context),
})
