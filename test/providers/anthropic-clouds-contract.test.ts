import { describe, expect, it } from 'vitest'
import { anthropicBedrock, anthropicVertex } from '../../src/providers/anthropic/index.ts'
import { describeAdapter } from '../../src/testing/describe-adapter.ts'

const leftOut: string[] = []
const runner = {
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
}

describeAdapter({
  ...runner,
  name: 'anthropicBedrock()',
  wire: 'anthropic-bedrock',
  create: ({ baseURL, fetch }) => anthropicBedrock({ region: 'us-east-1', baseURL, fetch }),
  environment: process.env,
  skip: { embeddings: 'Claude makes none' },
})

describeAdapter({
  ...runner,
  name: "anthropicBedrock({ endpoint: 'mantle' })",
  wire: 'anthropic-mantle',
  create: ({ baseURL, fetch }) => anthropicBedrock({ region: 'us-east-1', endpoint: 'mantle', baseURL, fetch }),
  environment: process.env,
  skip: { embeddings: 'Claude makes none' },
})

describeAdapter({
  ...runner,
  name: 'anthropicVertex()',
  wire: 'anthropic-vertex',
  create: ({ baseURL, fetch }) => anthropicVertex({ project: 'project-1', key: 'VERTEX_TOKEN', baseURL, fetch }),
  environment: process.env,
  skip: { embeddings: 'Claude makes none' },
})

it('leaves out nothing of the contract but embeddings, which Claude does not make', () => {
  expect(leftOut.map((name) => name.replace(/:.*\(skipped/, ' (skipped'))).toEqual(
    Array.from({ length: 3 }, () => 'embeddings (skipped: Claude makes none)'),
  )
})
