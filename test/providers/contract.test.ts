import { describe, it } from 'vitest'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'

const runner = { describe, it, environment: process.env }

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
  skip: { embeddings: 'the adapter offers none yet' },
})

describeAdapter({
  ...runner,
  name: 'vertex (express mode)',
  wire: 'google',
  create: vertex,
  skip: { embeddings: 'the adapter offers none yet' },
})
