import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { violations } from './architecture/rules.ts'
import { readSources, withoutComments } from './architecture/sources.ts'

const sources = readSources(join(import.meta.dirname, '../src'))

const publicModules = Object.values(manifest.exports)
  .filter((target) => typeof target !== 'string')
  .map((target) => target.import.default.replace(/^\.\/dist\/esm\/(.+)\.js$/, '$1.ts'))

/** A small house that keeps every rule; each planted fault changes one of its files. */
const sound: Readonly<Record<string, string>> = {
  'index.ts': "export { createRouter } from './router.ts'\n",
  'router.ts':
    "import { route } from './route.ts'\nimport { builtin } from './providers/builtin.ts'\nimport { models } from './catalog/models.ts'\n",
  'client.ts':
    "import OpenAI from 'openai'\nimport type { Route } from './route.ts'\nimport type { Models } from './catalog/models.ts'\n",
  'route.ts':
    "import { plan } from './plan.ts'\nimport { step } from './breaker/step.ts'\nimport { errorTable } from './errors.ts'\n",
  'plan.ts': "import type { Card } from './contracts/catalog.ts'\n",
  'options.ts': "import * as z from 'zod/mini'\nimport type { Card } from './contracts/catalog.ts'\n",
  'errors.ts': "import { OpenAIError } from 'openai'\nimport type { Card } from './contracts/catalog.ts'\n",
  'contracts/catalog.ts': "import type OpenAI from 'openai'\n",
  'contracts/failure.ts': "import type { Card } from './catalog.ts'\n",
  'breaker/step.ts': "import type { Card } from '../contracts/catalog.ts'\n",
  'catalog/models.ts': "export const models = ['anthropic/claude', 'openai/gpt']\n",
  'keys/env.ts': 'export const read = () => process.env\n',
  'providers/builtin.ts': "import { acme } from './acme/index.ts'\n",
  'providers/acme/index.ts':
    "import { tool } from '../shared/tool.ts'\nimport type { Client } from '@acme/sdk'\nexport async function acme() {\n  return await import('@acme/sdk')\n}\n",
  'providers/shared/tool.ts': "import type { Card } from '../../contracts/catalog.ts'\n",
  'testing/index.ts': "export { fake } from './fake.ts'\n",
  'testing/fake.ts': "import { errorTable } from '../errors.ts'\n",
}
const soundPublic = ['index.ts', 'providers/acme/index.ts', 'testing/index.ts']

function plant(path: string, text: string): string[] {
  return violations(new Map(Object.entries({ ...sound, [path]: (sound[path] ?? '') + text })), soundPublic)
}

describe('the directions of the house', () => {
  it('are kept by every file of src', () => {
    expect(sources.size).toBeGreaterThan(10)
    expect(violations(sources, publicModules)).toEqual([])
  })

  it('are kept by the sound example that the planted faults start from', () => {
    expect(plant('index.ts', '')).toEqual([])
  })

  it.each([
    [
      'contracts import nothing else',
      'contracts/catalog.ts',
      "import { errorTable } from '../errors.ts'",
      'contracts must not import errors.ts',
    ],
    ['errors import no part', 'errors.ts', "import { step } from './breaker/step.ts'", 'errors must not import breaker/step.ts'],
    [
      'parts do not import each other',
      'keys/env.ts',
      "import { models } from '../catalog/models.ts'",
      'keys must not import catalog/models.ts',
    ],
    [
      'not even for types',
      'keys/env.ts',
      "import type { Models } from '../catalog/models.ts'",
      'keys must not import catalog/models.ts',
    ],
    ['parts do not import the core', 'breaker/step.ts', "import { plan } from '../plan.ts'", 'breaker must not import plan.ts'],
    [
      'the test kit does not import the core',
      'testing/fake.ts',
      "import { plan } from '../plan.ts'",
      'testing must not import plan.ts',
    ],
    [
      'the core does not know providers',
      'route.ts',
      "import { acme } from './providers/acme/index.ts'",
      'route must not import providers/acme/index.ts',
    ],
    [
      'the core does not know the catalog',
      'plan.ts',
      "import { models } from './catalog/models.ts'",
      'plan must not import catalog/models.ts',
    ],
    [
      'the client knows parts by their types only',
      'client.ts',
      "import { models } from './catalog/models.ts'",
      'client must not import catalog/models.ts',
    ],
    ['the core does not know the client', 'plan.ts', "import type { Client } from './client.ts'", 'plan must not import client.ts'],
    ['the core does not know the router', 'plan.ts', "import type { Router } from './router.ts'", 'plan must not import router.ts'],
    [
      'the router knows only the built-in list',
      'router.ts',
      "import { acme } from './providers/acme/index.ts'",
      'router must not import providers/acme',
    ],
    [
      'the package does not load the test kit',
      'index.ts',
      "export { fake } from './testing/fake.ts'",
      'index must not import testing/fake.ts',
    ],
    [
      'providers do not import each other',
      'providers/other/request.ts',
      "import { acme } from '../acme/index.ts'",
      'one provider must not import another',
    ],
    [
      'what providers share knows none',
      'providers/shared/tool.ts',
      "import { acme } from '../acme/index.ts'",
      'one provider must not import another',
    ],
    ['an import leads somewhere', 'plan.ts', "import { gone } from './gone.ts'", 'imports gone.ts, which is not there'],
  ])('%s', (_rule, path, text, message) => {
    expect(plant(path, `${text}\n`).join('\n')).toContain(`${path}: ${message}`)
  })
})

describe('what a file may contain', () => {
  it.each([
    ['a vendor in code', 'route.ts', "if (id === 'anthropic') retry()", 'route.ts:4: names a vendor'],
    ['a vendor in a comment', 'plan.ts', '// Claude wants it so', 'plan.ts:2: names a vendor'],
    ['the vocabulary package as a provider', 'plan.ts', "const first = 'openai'", 'plan.ts:2: names a vendor'],
    ['a model string', 'plan.ts', "const first = 'openai/o9'", 'plan.ts:2: names a vendor'],
    ['a vendor SDK loaded at start', 'providers/acme/index.ts', "import { Client } from '@acme/sdk'", 'loads @acme/sdk at start'],
    ['a vendor SDK re-exported', 'providers/acme/index.ts', "export { Client } from '@acme/sdk'", 'loads @acme/sdk at start'],
    [
      'a vendor SDK awaited at top level',
      'providers/acme/index.ts',
      "const sdk = await import('@acme/sdk')",
      'loads @acme/sdk at start',
    ],
    [
      'a vendor SDK in the core',
      'route.ts',
      "import type { Client } from '@acme/sdk'",
      '@acme/sdk may be named only under providers/',
    ],
    [
      'the validator loaded at start',
      'route.ts',
      "import { Validator } from '@cfworker/json-schema'",
      'loads @cfworker/json-schema',
    ],
    [
      'canonical JSON for all',
      'route.ts',
      "import canonicalize from 'canonicalize'",
      'canonicalize may be named only under providers/',
    ],
    ['the whole of zod', 'options.ts', "import { z } from 'zod'", 'only zod/mini'],
    ['a barrel', 'breaker/index.ts', "export { step } from './step.ts'", 're-exports'],
    ['export * in the index', 'index.ts', "export * from './router.ts'", 'export * hides'],
    ['the environment', 'route.ts', 'const key = process.env.KEY', 'reads process.env'],
    ['import.meta', 'route.ts', 'const here = import.meta.url', 'uses import.meta'],
    ['the console', 'route.ts', "console.log('x')", 'writes to the console'],
    ['a variable of the module', 'route.ts', 'let current = 0', 'holds state at module level'],
    ['a cache of the module', 'route.ts', 'const cache = new Map<string, number>()', 'holds an empty collection'],
    ['too many lines', 'route.ts', '\n'.repeat(250), 'has 254 lines'],
  ])('not %s', (_rule, path, text, message) => {
    expect(plant(path, `${text}\n`).join('\n')).toContain(message)
  })

  it('takes a type of a vendor SDK and a lazy import for what they are', () => {
    expect(
      plant('providers/acme/index.ts', "type Sdk = typeof import('@acme/sdk')\nconst load = () => import('@acme/sdk')\n"),
    ).toEqual([])
  })

  it('takes a readonly constant for what it is', () => {
    expect(plant('plan.ts', 'const none: readonly string[] = []\n')).toEqual([])
  })

  it('leaves imports in comments and comment signs in strings alone', () => {
    expect(withoutComments("const a = 'https://x' // b\n/* c\n */const d = `/* e */`")).toBe(
      "const a = 'https://x' \n\nconst d = `/* e */`",
    )
    expect(plant('plan.ts', "/**\n * import { route } from './route.ts'\n */\n")).toEqual([])
  })
})

describe('cycles', () => {
  it.each([
    ['of values', "import { route } from './route.ts'"],
    ['of types', "import type { Route } from './route.ts'"],
    ['of lazy imports', "const load = () => import('./route.ts')"],
  ])('%s are found and named once', (_kind, text) => {
    expect(plant('plan.ts', `${text}\n`)).toEqual(['plan.ts: cycle plan.ts -> route.ts -> plan.ts'])
  })

  it('through three files are found', () => {
    expect(plant('contracts/catalog.ts', "import type { Failure } from './failure.ts'\n")).toEqual([
      'contracts/catalog.ts: cycle contracts/catalog.ts -> contracts/failure.ts -> contracts/catalog.ts',
    ])
  })
})

describe('the public modules', () => {
  it('are all listed in package.json#exports', () => {
    expect(plant('providers/other/index.ts', '\n')).toEqual(['providers/other/index.ts: has no entry in package.json#exports'])
  })

  it('are all there', () => {
    expect(violations(new Map(Object.entries(sound)), [...soundPublic, 'gone/index.ts'])).toEqual([
      'gone/index.ts: listed in package.json#exports, but not there',
    ])
  })
})
