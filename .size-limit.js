import { builtinModules } from 'node:module'
import manifest from './package.json' with { type: 'json' }

// Of '.' two thirds are what is loaded when it is first needed: the built-in adapters one by one, the comparison with its page,
// the checks of a configuration, the reading of recorded decisions.
const limits = {
  '.': '277 kB',
  './openai': '23 kB',
  './anthropic': '35.4 kB',
  './google': '32.4 kB',
  './mistral': '24.8 kB',
  './bedrock': '35.7 kB',
  './azure': '24.2 kB',
  './perplexity': '24.8 kB',
  './replicate': '19.5 kB',
  './github-copilot': '25.7 kB',
  './m365-copilot': '14.4 kB',
  './compatible': '33.4 kB',
  './redis': '3.8 kB',
  './ledger/postgres': '4.2 kB',
  './audit/content': '3.7 kB',
  './audit/pii': '2.4 kB',
  './audit/chain': '9.6 kB',
  './audit/otel': '1.5 kB',
  './audit/postgres': '4.6 kB',
  './otel': '3.8 kB',
  './keys/file': '14 kB',
  './keys/kms': '1.5 kB',
  './keys/postgres': '15 kB',
  './service-keys': '3.2 kB',
  './service-keys/file': '4.5 kB',
  './service-keys/postgres': '2.4 kB',
  './testing': '61.5 kB',
  './tokenizer': '1.5 kB',
}

/** What an application pays for each public module: minified, compressed, without its peers. */
export default Object.entries(limits).map(([subpath, limit]) => ({
  name: `modelyard${subpath.slice(1)}`,
  path: manifest.exports[subpath].import.default,
  import: '*',
  limit,
  ignore: [...Object.keys(manifest.peerDependencies), ...builtinModules.map((name) => `node:${name}`)],
}))
