import { describe, it } from 'vitest'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { describeAdapter } from '../../src/testing/describe-adapter.ts'
import { bedrockDialect } from '../../src/testing/simulator/bedrock.ts'

describeAdapter({
  describe,
  it,
  name: 'bedrock()',
  wire: bedrockDialect,
  create: ({ baseURL, fetch }) => bedrock({ region: 'us-east-1', baseURL, fetch }),
  environment: process.env,
  skip: {
    embeddings: 'Converse makes none',
    usage: 'the vendor does not count reasoning apart',
  },
})
