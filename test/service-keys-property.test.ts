import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ServiceKeys } from '../src/index.ts'
import { memoryServiceKeys, serviceKeys } from '../src/service-keys/index.ts'
import type { KeyPlace } from './service-keys/stores.ts'
import { keyPlaces } from './service-keys/stores.ts'

const step = fc.record({
  /** Through which of two views of the same store, as in two processes. */
  by: fc.nat(1),
  what: fc.constantFrom('create', 'create for a time', 'revoke', 'wait'),
  /** Which of the keys made so far. */
  at: fc.nat(9),
})

/** What is known of a key. */
interface Known {
  readonly key: string
  readonly id: string
  readonly agent: string
  readonly until: number
}

/** A store under test, and what it should hold. */
class Ground {
  readonly known: Known[] = []
  readonly revoked = new Set<string>()
  readonly views: readonly [ServiceKeys, ServiceKeys]
  #now = Date.UTC(2026, 0, 1)

  constructor({ store, elsewhere }: KeyPlace) {
    const now = (): number => this.#now
    this.views = [serviceKeys({ store, now }), serviceKeys({ store: elsewhere, now })]
  }

  async step({ by, what, at }: { readonly by: number; readonly what: string; readonly at: number }): Promise<void> {
    const keys = by === 0 ? this.views[0] : this.views[1]
    if (what === 'wait') this.#now += 1_000
    else if (what === 'revoke') await this.#revoke(keys, this.known[at % Math.max(1, this.known.length)])
    else await this.#create(keys, what === 'create' ? Infinity : this.#now + 1_500)
  }

  async #revoke(keys: ServiceKeys, meant: Known | undefined): Promise<void> {
    const isMeant = meant !== undefined && !this.revoked.has(meant.id)
    expect(await keys.revoke(meant?.id ?? 'none')).toBe(isMeant)
    if (isMeant) this.revoked.add(meant.id)
  }

  async #create(keys: ServiceKeys, until: number): Promise<void> {
    const agent = `agent-${this.known.length}`
    const { key, id } = await keys.create({ agent, ...(until < Infinity && { expiresAt: new Date(until) }) })
    this.known.push({ key, id, agent, until })
  }

  /** The agent whose client the key opens now. */
  agentOf({ agent, id, until }: Known): string | undefined {
    return this.revoked.has(id) || until <= this.#now ? undefined : agent
  }
}

const revocations = (keys: Iterable<readonly [id: string, isRevoked: boolean]>) => Object.fromEntries(keys)

describe.each(keyPlaces)('service keys in %s', (name, placeOf) => {
  it('hold from their making to their end, in every process, whatever came before', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await using place = await placeOf()
        const ground = new Ground(place)
        for (const each of steps) {
          await ground.step(each)
          for (const known of ground.known)
            for (const view of ground.views) expect((await view.verify(known.key))?.agent).toBe(ground.agentOf(known))
        }
        const listed = await ground.views[1].list()
        expect(revocations(listed.map(({ id, revokedAt }) => [id, revokedAt !== null]))).toEqual(
          revocations(ground.known.map(({ id }) => [id, ground.revoked.has(id)])),
        )
      }),
      { numRuns: name === 'memory' ? 200 : 25 },
    )
  })
})

describe('service keys', () => {
  const keys = serviceKeys({ store: memoryServiceKeys() })
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const written = (length: number) =>
    fc.string({ unit: fc.constantFrom(...digits.split('')), minLength: length, maxLength: length })

  it('SK-02 are nothing that anybody made up: null, and no exception', async () => {
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
      fc.string({ unit: 'binary' }),
      fc.tuple(written(16), written(49)).map(([id, rest]) => `gk_svc_${id}_${rest}`),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (token) => (await keys.verify(token)) === null),
      { numRuns: 1000 },
    )
  })

  it('SK-02 that somebody altered, anywhere and in any way, hold no more', async () => {
    const { key } = await keys.create({ agent: 'support' })
    const mutation = fc.oneof(
      fc
        .tuple(fc.nat(key.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
        .map(([at, gone, put]) => `${key.slice(0, at)}${put}${key.slice(at + gone)}`),
      fc.tuple(fc.nat(key.length - 1), fc.nat(key.length - 1)).map(([one, other]) => {
        const letters = key.split('')
        ;[letters[one], letters[other]] = [key.charAt(other), key.charAt(one)]
        return letters.join('')
      }),
      fc.constantFrom(key.toLowerCase(), key.toUpperCase(), `${key} `, `${key}\n`, `Bearer ${key}`, key.repeat(2)),
    )
    await fc.assert(
      fc.asyncProperty(
        mutation.filter((token) => token !== key),
        async (token) => (await keys.verify(token)) === null,
      ),
      { numRuns: 2000 },
    )
    expect(await keys.verify(key)).not.toBeNull()
  })
})
