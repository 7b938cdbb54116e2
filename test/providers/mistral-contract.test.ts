import { describe, expect, it } from 'vitest'
import { codestral, mistral } from '../../src/providers/mistral/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'
import { mistralDialect } from '../../src/testing/simulator/mistral.ts'

const leftOut: string[] = []

const runner = {
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  environment: process.env,
  wire: mistralDialect,
}

const usage = 'thinking is not counted apart'

describeAdapter({ ...runner, name: 'mistral', create: mistral, skip: { usage } })

describeAdapter({
  ...runner,
  name: 'codestral',
  create: codestral,
  skip: { usage, embeddings: 'its host has no embeddings' },
})

it('leaves out nothing of the contract but what has its reason', () => {
  expect(leftOut.map((name) => name.replace(/:.*\(skipped/, ' (skipped'))).toEqual([
    'usage (skipped: thinking is not counted apart)',
    'usage (skipped: thinking is not counted apart)',
    'embeddings (skipped: its host has no embeddings)',
  ])
})
