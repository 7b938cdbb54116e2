import { describe, expect, it } from 'vitest'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { describeAdapter } from '../../src/testing/describe-adapter.ts'
import { bedrockDialect } from '../../src/testing/simulator/bedrock.ts'

const leftOut: string[] = []

describeAdapter({
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  name: 'bedrock()',
  wire: bedrockDialect,
  create: ({ baseURL, fetch }) => bedrock({ region: 'us-east-1', baseURL, fetch }),
  environment: process.env,
  embeddingModel: 'cohere.embed-multilingual-v3',
  skip: { usage: 'the vendor does not count reasoning apart' },
})

it('leaves out nothing of the contract but what has its reason', () => {
  expect(leftOut.map((name) => name.replace(/:.*\(skipped/, ' (skipped'))).toEqual([
    'usage (skipped: the vendor does not count reasoning apart)',
  ])
})
