import { builtinModules } from 'node:module'
import manifest from './package.json' with { type: 'json' }

const limits = {
  '.': '95 kB',
  './openai': '13 kB',
  './anthropic': '20 kB',
  './google': '20 kB',
  './testing': '40 kB',
}

/** What an application pays for each public module: minified, compressed, without its peers. */
export default Object.entries(limits).map(([subpath, limit]) => ({
  name: `modelyard${subpath.slice(1)}`,
  path: manifest.exports[subpath].import.default,
  import: '*',
  limit,
  ignore: [...Object.keys(manifest.peerDependencies), ...builtinModules.map((name) => `node:${name}`)],
}))
