import { describe, it } from 'vitest'
import { google } from '../../src/providers/google/index.ts'
import { describeAdapter } from '../../src/testing/describe-adapter.ts'

describeAdapter({
  describe,
  it,
  name: 'google()',
  wire: 'google',
  create: ({ baseURL, fetch }) => google({ baseURL, fetch }),
  environment: process.env,
})
