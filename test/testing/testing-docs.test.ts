import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adapterChecks, adapterParts, faults } from '../../src/testing/index.ts'

const page = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')

describe('docs/testing.md', () => {
  it('lists every fault once, and those that are harmless as harmless', () => {
    const rows = page.split('\n').filter((line) => /^\| [^|]+ \| .*`/.test(line) && !line.includes('fakeProvider'))
    const named = rows
      .flatMap((row) => [...row.matchAll(/`([a-z\d.-]+)`/g)].map(([, name = '']) => name))
      .filter((name) => name in faults)
    expect(named.toSorted()).toEqual(Object.keys(faults).toSorted())
    const harmless = [...(rows.find((row) => row.startsWith('| harmless'))?.matchAll(/`([a-z\d.-]+)`/g) ?? [])].map(
      ([, name = '']) => name,
    )
    expect(harmless.toSorted()).toEqual(
      Object.entries(faults)
        .filter(([, fault]) => 'harmless' in fault)
        .map(([name]) => name)
        .toSorted(),
    )
  })

  it('counts the checks of the adapter contract', () => {
    const checks = adapterChecks({ name: 'x', wire: 'openai', create: () => expect.unreachable() })
    expect(page).toContain(`[${checks.length} checks](../src/testing/conformance/) in ${Object.keys(adapterParts).length} parts`)
  })
})
