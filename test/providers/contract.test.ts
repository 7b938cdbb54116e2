import { describe, expect, it } from 'vitest'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'

const leftOut: string[] = []

const runner = {
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  environment: process.env,
}

describeAdapter({ ...runner, name: 'openai', wire: 'openai', create: openai })

describeAdapter({
  ...runner,
  name: 'anthropic',
  wire: 'anthropic',
  create: anthropic,
  skip: { embeddings: 'Anthropic has no embeddings' },
})

describeAdapter({
  ...runner,
  name: 'google',
  wire: 'google',
  create: google,
})

describeAdapter({
  ...runner,
  name: 'vertex (express mode)',
  wire: 'google',
  create: vertex,
  skip: { embeddings: 'its embedding model takes one input a call' },
})

it('leaves out nothing of the contract but what has its reason', () => {
  expect(leftOut).toEqual([
    'embeddings: gives one vector for each input, as numbers (skipped: Anthropic has no embeddings)',
    'embeddings: gives one vector for each input, as numbers (skipped: its embedding model takes one input a call)',
  ])
})
