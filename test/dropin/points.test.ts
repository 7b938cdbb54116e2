import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gaps } from './majors.ts'

const source = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
  .join('\n')

const names = [...source.matchAll(/\bit\(\s*(['"`])(\d+ .+?)\1,/g)].map(([, , name]) => name ?? '')

describe('the drop-in suite', () => {
  it('has a test for every behaviour that users rely on', () => {
    const tested = new Set(names.map((name) => Number.parseInt(name, 10)))
    // 55, both module systems and the types, needs the packed package: test/package has it.
    for (let point = 1; point <= 54; point += 1) expect(tested).toContain(point)
  })

  it('names every test once, so that a name stands for one test', () => {
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(150)
  })

  it('lists only tests that exist as those that an older SDK fails', () => {
    const known = new Set(names)
    for (const name of new Set(Object.values(gaps).flat())) {
      // Names of tests that a table makes stand in the table.
      expect(known.has(name) || source.includes(`'${name}'`)).toBe(true)
    }
  })
})
