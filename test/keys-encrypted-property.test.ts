import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masterKey } from './keys/key-files.ts'
import { places } from './keys/places.ts'

const names = ['A_KEY', 'B_KEY', '__proto__', 'constructor']

const step = fc.record({
  /** Which of two stores in the same place, as in two processes. */
  by: fc.nat(1),
  name: fc.constantFrom(...names),
  what: fc.constantFrom('set', 'set and keep', 'delete', 'revert', 'drop', 'rotate'),
  value: fc.stringMatching(/^[!-~]{1,40}$/),
})

/** What a store has under a name, from the newest on. */
type Model = Map<string, readonly [current: string, previous?: string]>

/** What the step does to the model; whether it changes anything. */
function apply(model: Model, { what, name, value }: { what: string; name: string; value: string }): boolean {
  const [current, previous] = model.get(name) ?? []
  if (what === 'delete') return model.delete(name)
  if (what === 'rotate') return true
  if (what === 'set' || current === undefined) {
    if (what.startsWith('set')) model.set(name, [value])
    return what.startsWith('set')
  }
  if (what === 'set and keep') model.set(name, [value, current])
  else if (previous === undefined) return false
  else model.set(name, what === 'revert' ? [previous] : [current])
  return true
}

for (const { name: whereabouts, isAbsent, make } of places)
  describe.skipIf(isAbsent)(`encrypted keys in ${whereabouts}`, () => {
    it('every change by one process is what every other one reads, whatever came before', { timeout: 180_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          await using place = await make()
          const options = { masterKey: masterKey() }
          const stores = [place.open(options), place.open(options)] as const
          const model: Model = new Map([['FIRST', ['sk-first']]])
          await stores[0].set('FIRST', 'sk-first')
          for (const each of steps) {
            const store = stores[each.by === 0 ? 0 : 1]
            const { name, value, what } = each
            const work = {
              set: () => store.set(name, value),
              'set and keep': () => store.set(name, value, { keepPrevious: true }),
              delete: () => store.delete(name),
              revert: () => store.revert(name),
              drop: () => store.dropPrevious(name),
              rotate: () => store.rotate(),
            }
            const isChanged = apply(model, each)
            const said = await work[what]()
            if (typeof said === 'boolean') expect(said).toBe(isChanged)
            for (const reader of stores)
              for (const key of names) expect((await reader.get(key, { provider: 'p' }))?.reveal()).toBe(model.get(key)?.[0])
          }
          const listed = await place.open(options).list()
          expect(listed.map((key) => [key.name, key.previous !== null])).toEqual(
            [...model]
              .map(([name, [, previous]]) => [name, previous !== undefined] as const)
              .toSorted(([one], [other]) => (one < other ? -1 : 1)),
          )
        }),
        { numRuns: 40 },
      )
    })
  })
