import { describe, expect, it } from 'vitest'
import { replicate } from '../../src/providers/replicate/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'

const leftOut: string[] = []

describeAdapter({
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  environment: process.env,
  name: 'replicate',
  wire: 'replicate',
  create: (wire) => replicate({ ...wire, pollMs: 5 }),
  skip: {
    tools: 'predictions are text and nothing else',
    'tool results': 'predictions are text and nothing else',
    usage: 'cached and reasoning tokens are not counted apart',
    embeddings: 'its embedding models have nothing in common',
  },
})

it('leaves out nothing of the contract but what has its reason', () => {
  expect(leftOut.map((name) => name.replace(/:.*\(skipped/, ' (skipped'))).toEqual([
    'usage (skipped: cached and reasoning tokens are not counted apart)',
    'embeddings (skipped: its embedding models have nothing in common)',
    'tools (skipped: predictions are text and nothing else)',
    'tools (skipped: predictions are text and nothing else)',
    'tool results (skipped: predictions are text and nothing else)',
    'tool results (skipped: predictions are text and nothing else)',
  ])
})
