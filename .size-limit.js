import { builtinModules } from 'node:module'
import manifest from './package.json' with { type: 'json' }

const limits = {
  '.': '102 kB',
  './openai': '19 kB',
  './anthropic': '20 kB',
  './google': '20 kB',
  './mistral': '17 kB',
  './bedrock': '24 kB',
  './azure': '21 kB',
  './perplexity': '17 kB',
  './compatible': '22 kB',
  './testing': '44 kB',
}

/** What an application pays for each public module: minified, compressed, without its peers. */
export default Object.entries(limits).map(([subpath, limit]) => ({
  name: `modelyard${subpath.slice(1)}`,
  path: manifest.exports[subpath].import.default,
  import: '*',
  limit,
  ignore: [...Object.keys(manifest.peerDependencies), ...builtinModules.map((name) => `node:${name}`)],
}))
