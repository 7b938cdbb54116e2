import { Console } from 'node:console'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import type { KeyContext, KeyStore } from '../src/contracts/keys.ts'
import { Secret } from '../src/contracts/secret.ts'
import { ModelyardError } from '../src/errors.ts'
import { firstOf } from '../src/keys/chain.ts'
import { envKeys } from '../src/keys/env.ts'
import { memoryKeys } from '../src/keys/memory.ts'

const canary = 'sk-canary-7f3a9c1e5b2d4860'
const context: KeyContext = { provider: 'acme' }
const full = { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true } as const

const revealed = async (store: KeyStore, name = 'ACME_API_KEY') => (await store.get(name, context))?.reveal()

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    expect(ModelyardError.is(error) && error.code).toBe('BAD_OPTION')
    return inspect(error, full)
  }
  throw new Error('nothing was thrown')
}

/** Every string that can be reached from `start` over properties of any kind, prototypes and collections. */
function reachable(start: unknown): string {
  const found = new Set<unknown>([start])
  for (const value of found) {
    if (typeof value === 'object' || typeof value === 'function') for (const next of neighbours(value)) found.add(next)
  }
  return [...found].filter((value) => typeof value === 'string').join('\n')
}

function neighbours(value: object | null): unknown[] {
  if (value === null || value === Object.prototype || value === Function.prototype) return []
  const entries = value instanceof Map || value instanceof Set ? [...value.keys(), ...value.values()] : []
  const properties = Reflect.ownKeys(value).flatMap((key) => [key, read(value, key)])
  return [Object.getPrototypeOf(value), ...entries, ...properties]
}

// A getter of a class throws when it is asked of the prototype.
function read(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

function interpolated(value: Secret): string {
  // oxlint-disable-next-line typescript/restrict-template-expressions -- the carelessness is what is tested
  return `${value}`
}

describe('a secret', () => {
  const secret = new Secret(canary)

  it('SE-01 gives the key to whoever asks for it by name, and to nobody else', () => {
    expect(secret.reveal()).toBe(canary)
    expect(reachable(secret)).not.toContain(canary)
  })

  it.each([
    ['String()', () => String(secret)],
    ['a template', () => interpolated(secret)],
    ['concatenation', () => ['key: '].concat(String(secret)).join('')],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect({ secret }, full)],
    ['inspect without its own method', () => inspect({ secret }, { ...full, customInspect: false })],
    ['format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['entries', () => inspect([Object.entries(secret), Object.getOwnPropertyNames(secret), Object.assign({}, secret)], full)],
    ['a structured clone', () => inspect(structuredClone({ secret }), full)],
    ['serialisation', () => inspect(deserialize(serialize(secret)), full) + serialize(secret).toString('latin1')],
    ['an error', () => inspect(new Error(interpolated(secret), { cause: secret }), full)],
    ['an array that is joined', () => [secret, secret].join()],
  ])('SE-01 is not shown by %s', (_how, show) => {
    const shown = show()
    expect(shown).not.toContain(canary)
    expect(shown).not.toContain(canary.slice(3, 12))
  })

  it('SE-01 prints as [secret]', () => {
    expect([String(secret), interpolated(secret), JSON.stringify(secret), inspect(secret)]).toEqual([
      '[secret]',
      '[secret]',
      '"[secret]"',
      '[secret]',
    ])
  })

  it('SE-01 is not shown by a console', () => {
    const output = new PassThrough()
    const terminal = new Console(output)
    terminal.log(secret, { secret })
    terminal.dir({ secret }, full)
    terminal.table([{ secret }])
    const text = String(output.read())
    expect(text).toContain('[secret]')
    expect(text).not.toContain(canary)
  })

  it('AU-06 is named by a fingerprint: stable, different for different keys, no part of the key', () => {
    expect(secret.fingerprint).toMatch(/^[0-9a-f]{12}$/)
    expect(secret.fingerprint).toBe(new Secret(canary).fingerprint)
    expect(secret.fingerprint).not.toBe(new Secret(`${canary}x`).fingerprint)
  })
})

describe('envKeys()', () => {
  it('reads the variable when it is asked for, so that a change takes effect on the next call', async () => {
    const environment: Record<string, string | undefined> = {}
    const store = envKeys(environment)
    expect(await revealed(store)).toBeUndefined()
    environment['ACME_API_KEY'] = canary
    const first = await store.get('ACME_API_KEY', context)
    expect(first?.reveal()).toBe(canary)
    expect(await store.get('ACME_API_KEY', context)).toBe(first)
    environment['ACME_API_KEY'] = 'sk-rotated'
    expect(await revealed(store)).toBe('sk-rotated')
    delete environment['ACME_API_KEY']
    expect(await revealed(store)).toBeUndefined()
    expect(store.has?.('ACME_API_KEY')).toBe(false)
  })

  it('reads the environment of the process by default', async () => {
    const store = envKeys()
    const name = 'MODELYARD_TEST_KEY'
    expect(store.has?.(name)).toBe(false)
    process.env[name] = canary
    try {
      expect(store.has?.(name)).toBe(true)
      expect(await revealed(store, name)).toBe(canary)
    } finally {
      delete process.env[name]
    }
  })

  it.each(['', ' ', '\n', '\t \r\n'])('takes %j as absent', async (value) => {
    const store = envKeys({ ACME_API_KEY: value })
    expect(store.has?.('ACME_API_KEY')).toBe(false)
    expect(await revealed(store)).toBeUndefined()
  })

  it('drops the line break that `$(cat file)` or an .env file leaves behind', async () => {
    expect(await revealed(envKeys({ ACME_API_KEY: ` ${canary}\r\n` }))).toBe(canary)
  })

  it.each([`${canary}\n${canary}`, `${canary} x`, `${canary}é`])(
    'SE-01 rejects what can be no key and names only the variable',
    async (value) => {
      const message = await messageOf(() => envKeys({ ACME_API_KEY: value }).get('ACME_API_KEY', context))
      expect(message).toContain('ACME_API_KEY')
      expect(message).not.toContain(canary)
    },
  )

  it.each(['toString', '__proto__', 'constructor', ''])('has no key named %j', async (name) => {
    const store = envKeys()
    expect(store.has?.(name)).toBe(false)
    expect(await revealed(store, name)).toBeUndefined()
  })

  it('SE-01 does not show what it has read', async () => {
    const store = envKeys({ ACME_API_KEY: canary })
    await store.get('ACME_API_KEY', context)
    expect(inspect(store, full) + reachable(store)).not.toContain(canary)
  })
})

describe('memoryKeys()', () => {
  it('holds, changes, deletes and lists keys', async () => {
    const store = memoryKeys({ ACME_API_KEY: canary })
    expect(store.has?.('ACME_API_KEY')).toBe(true)
    expect(await revealed(store)).toBe(canary)
    await store.set('ACME_API_KEY', 'sk-rotated')
    expect(await revealed(store)).toBe('sk-rotated')
    await store.set('ABC_API_KEY', 'sk-abc')
    expect(await store.list()).toEqual([
      { name: 'ABC_API_KEY', fingerprint: new Secret('sk-abc').fingerprint },
      { name: 'ACME_API_KEY', fingerprint: new Secret('sk-rotated').fingerprint },
    ])
    expect(await store.delete('ACME_API_KEY')).toBe(true)
    expect(await store.delete('ACME_API_KEY')).toBe(false)
    expect(await revealed(store)).toBeUndefined()
    expect(store.has?.('ACME_API_KEY')).toBe(false)
  })

  it.each(['toString', '__proto__', 'constructor'])('has no key named %j', async (name) => {
    const store = memoryKeys()
    expect(store.has?.(name)).toBe(false)
    expect(await revealed(store, name)).toBeUndefined()
  })

  it('keeps no tie to the object it was made from', async () => {
    const keys = { ACME_API_KEY: canary }
    const store = memoryKeys(keys)
    keys.ACME_API_KEY = 'sk-other'
    expect(await revealed(store)).toBe(canary)
  })

  it.each([
    [`${canary}\n`, 'contains a line break or other white space'],
    [` ${canary}`, 'contains a line break or other white space'],
    [`${canary}\u2028`, 'contains a line break or other white space'],
    [`${canary}\u00e9`, 'contains a character that is not printable ASCII'],
    [`${canary}\u0000`, 'contains a character that is not printable ASCII'],
    [`\u201c${canary}\u201d`, 'contains a character that is not printable ASCII'],
    ['', 'is empty'],
  ])('SE-01 refuses %j and names the key, not its value', async (value, fault) => {
    for (const run of [() => memoryKeys({ ACME_API_KEY: value }), () => memoryKeys().set('ACME_API_KEY', value)]) {
      const message = await messageOf(run)
      expect(message).toContain(`the key ACME_API_KEY ${fault}`)
      expect(message).not.toContain(canary)
    }
  })

  it('says so when the value is no string at all', async () => {
    const keys: Record<string, string> = JSON.parse('{"ACME_API_KEY": null}')
    expect(await messageOf(() => memoryKeys(keys))).toContain('the key ACME_API_KEY must be a string, got null')
  })

  it.each(['', 'with space', 'né', `${canary}\n`, 'x'.repeat(201)])(
    'SE-01 refuses the name %j without showing it',
    async (name) => {
      const message = await messageOf(() => memoryKeys({ [name]: 'sk-x' }))
      expect(message).toContain('the name of a key must be')
      expect(message).not.toContain(canary)
    },
  )

  it('keeps the old key when the new one is refused', async () => {
    const store = memoryKeys({ ACME_API_KEY: canary })
    await messageOf(() => store.set('ACME_API_KEY', 'bad key'))
    expect(await revealed(store)).toBe(canary)
  })

  it('SE-01 shows no value to inspect, JSON, entries or a walk over every property', async () => {
    const store = memoryKeys({ ACME_API_KEY: canary })
    const shown = [
      inspect(store, full),
      inspect(store, { ...full, customInspect: false }),
      JSON.stringify(store),
      inspect(Object.entries(store), full),
      inspect(await store.list(), full),
      inspect(await store.get('ACME_API_KEY', context), full),
      reachable(store),
    ]
    for (const text of shown) expect(text).not.toContain(canary)
  })
})

const fixed = (name: string) => ({ get: () => Promise.resolve(undefined), has: (asked: string) => asked === name })

describe('firstOf()', () => {
  const asynchronous: KeyStore = { get: () => Promise.resolve(undefined) }

  it('says whether a name is there only where no member may be written to later', () => {
    const store = firstOf(fixed('A'), fixed('B'))
    expect(['A', 'B', 'C'].map((name) => store.has?.(name))).toEqual([true, true, false])
    expect('has' in firstOf(fixed('A'), memoryKeys())).toBe(false)
  })

  it('takes the key of the first store that has one', async () => {
    const store = firstOf(memoryKeys({ A: 'sk-a' }), memoryKeys({ A: 'sk-other', B: 'sk-b' }))
    expect(await Promise.all(['A', 'B', 'C'].map((name) => revealed(store, name)))).toEqual(['sk-a', 'sk-b', undefined])
  })

  it('passes on for whom the key is asked', async () => {
    const asked: KeyContext[] = []
    const store = firstOf({
      get(_name, forWhom) {
        asked.push(forWhom)
        return Promise.resolve(undefined)
      },
    })
    await store.get('A', { provider: 'acme', agent: 'one' })
    expect(asked).toEqual([{ provider: 'acme', agent: 'one' }])
  })

  it('does not claim to know without waiting when one of its stores cannot', () => {
    expect('has' in firstOf(memoryKeys(), asynchronous)).toBe(false)
    expect(firstOf().has?.('A')).toBe(false)
  })

  it('rejects with the store that fails instead of taking the key of the next one', async () => {
    const failing: KeyStore = { get: () => Promise.reject(new Error('the vault is sealed')) }
    await expect(firstOf(failing, memoryKeys({ A: 'sk-a' })).get('A', context)).rejects.toThrow('the vault is sealed')
  })
})
