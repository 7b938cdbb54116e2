import { describe, expect, it } from 'vitest'
import * as anthropic from '../../src/providers/anthropic/index.ts'
import * as azure from '../../src/providers/azure/index.ts'
import * as bedrock from '../../src/providers/bedrock/index.ts'
import * as family from '../../src/providers/family/index.ts'
import * as google from '../../src/providers/google/index.ts'
import * as m365Copilot from '../../src/providers/m365-copilot/index.ts'
import * as mistral from '../../src/providers/mistral/index.ts'
import * as openai from '../../src/providers/openai/index.ts'
import * as perplexity from '../../src/providers/perplexity/index.ts'
import * as replicate from '../../src/providers/replicate/index.ts'

/** What each factory needs at least. */
const least: Readonly<Record<string, object>> = {
  azure: { resource: 'house' },
  bedrock: { region: 'us-east-1' },
  anthropicBedrock: { region: 'us-east-1' },
  anthropicVertex: { project: 'p', key: 'TOKEN' },
  openaiCompatible: { id: 'x', baseURL: 'https://x.example/v1' },
}

const factories = [anthropic, azure, bedrock, family, google, m365Copilot, mistral, openai, perplexity, replicate].flatMap(
  (module) =>
    Object.entries<unknown>({ ...module }).flatMap(([name, made]) =>
      isFactory(made) && name !== 'replicateInputs' ? [{ name, make: made, needed: least[name] ?? {} }] : [],
    ),
)

function isFactory(value: unknown): value is (options: unknown) => unknown {
  return typeof value === 'function'
}

const wrong: readonly (readonly [option: string, value: unknown])[] = [
  ['id', ''],
  ['id', 'a/b'],
  ['id', null],
  ['id', 7],
  ['key', ''],
  ['key', {}],
  ['headers', 'x'],
  ['headers', { a: 1 }],
  ['fetch', 'fetch'],
  ['models', {}],
  ['models', [null]],
  ['allowInsecureHttp', 'yes'],
]

/** Options that only some have, with what is wrong for each of them. */
const own: readonly (readonly [factory: string, option: string, values: readonly unknown[]])[] = [
  ['openai', 'api', ['both', null, 1]],
  ['openai', 'region', ['', 5, null]],
  ['azure', 'api', ['both', null, 1]],
  ['azure', 'resource', [5, '', 'https://x.example', null]],
  ['azure', 'apiVersion', [5, '', null, {}]],
  ['azure', 'azureADTokenProvider', ['token', null, {}]],
  ['azure', 'deployments', ['x', null, [], { a: 5 }, { a: null }]],
  ['google', 'apiVersion', [5, '', null]],
  ['vertex', 'apiVersion', [5, '', null]],
  ['vertex', 'project', [5, '', null]],
  ['vertex', 'location', [5, '', null, 'x/y']],
  ['vertex', 'googleAuthOptions', ['x', null]],
  ['vertex', 'authClient', ['x', null]],
  ['bedrock', 'region', [5, '', null, 'us east']],
  ['bedrock', 'residency', [5, '', null]],
  ['bedrock', 'credentials', [5, null, 'mine', {}]],
  ['bedrock', 'requestHandler', [5, null, {}, () => undefined]],
  ['anthropicVertex', 'project', [5, '', null]],
  ['anthropicVertex', 'location', [5, '', null, 'x/y']],
  ['anthropicVertex', 'authClient', ['x', null, {}]],
  ['anthropicVertex', 'googleAuth', ['x', null, {}]],
  ['anthropicVertex', 'accessToken', ['x', null, {}]],
  ['anthropicBedrock', 'residency', [5, '', null]],
  ['anthropicBedrock', 'endpoint', ['x', null, 5]],
  ['xai', 'profile', [5, null, { imageInput: 'yes' }, { wings: 2 }]],
  ['openaiCompatible', 'baseURL', [5, 'x', null, undefined]],
  [
    'google',
    'media',
    [
      5,
      null,
      { wings: 2 },
      { limits: null },
      { limits: { images: -1 } },
      { limits: { wings: 2 } },
      { download: true },
      { download: { hosts: 'x' } },
      { download: { hosts: ['https://x'] } },
      { download: { timeoutMs: 0 } },
      { download: { maxBytes: Number.NaN } },
      { download: { allowPrivate: 1 } },
      { download: { lookup: {} } },
      { download: { fetch: 1 } },
      { download: { wings: 2 } },
    ],
  ],
  ['openai', 'media', [null, { download: {} }, { limits: { imageTypes: 'png' } }]],
  ['ollama', 'media', [{ download: 'no' }]],
]

const badOption = (field: string): unknown => expect.objectContaining({ name: 'ModelyardError', code: 'BAD_OPTION', field })

describe.each(factories)('$name()', ({ name, make, needed }) => {
  it.each([[null], ['options'], [5], [[]], [() => undefined]])('says that it takes an object where it is given %j', (given) => {
    expect(() => make(given)).toThrow(badOption(name))
    expect(() => make(given)).toThrow(`${name}() takes an object`)
  })

  it('takes what it needs and no more', () => {
    expect(make({ ...needed })).toMatchObject({ supports: expect.any(Function) })
    expect(() => make({ ...needed, wings: 2 })).toThrow(badOption(`${name}.wings`))
    expect(() => make({ ...needed, hedaers: {} })).toThrow("Did you mean 'headers'?")
  })

  it.each(wrong)('names %s where it is %j', (option, value) => {
    // What is wrong inside a list or an object is named by its place there.
    expect(() => make({ ...needed, [option]: value })).toThrow(badOption(expect.stringContaining(`${name}.${option}`)))
  })
})

describe.each(own)('%s({ %s })', (name, option, values) => {
  const factory = factories.find((each) => each.name === name)

  it.each(values.map((value) => [value]))('names it where it is %j', (value) => {
    expect(() => factory?.make({ ...factory.needed, [option]: value })).toThrow(
      badOption(expect.stringContaining(`${name}.${option}`)),
    )
  })
})
