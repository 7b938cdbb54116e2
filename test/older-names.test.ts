import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import type { RouterOptions } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { deepseek } from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { fakeClock } from '../src/testing/index.ts'

const keyNames = `OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY MISTRAL_API_KEY AWS_BEARER_TOKEN_BEDROCK DEEPSEEK_API_KEY
  PERPLEXITY_API_KEY`.split(/\s+/)
const keys = memoryKeys(Object.fromEntries(keyNames.map((name) => [name, 'a-key-for-tests'])))
const messages = [{ role: 'user' as const, content: 'Hi' }]

function routerOn(day: string, options: Partial<RouterOptions> = {}) {
  const providers = [openai(), anthropic(), google(), mistral(), bedrock({ region: 'us-east-1' }), deepseek(), perplexity()]
  return createRouter({ providers, keys, clock: fakeClock({ wallMs: Date.parse(`${day}T12:00:00Z`) }), ...options })
}

/** What users still write, and where it goes on a day: to the model itself, or to what its vendor names in its place. */
const names = [
  ['2026-11-22', 'gpt-4o', 'openai/gpt-4o', 'alive'],
  ['2027-01-14', 'gpt-4o', 'openai/gpt-6-luna', 'replaced'],
  ['2026-11-22', 'o1', 'openai/gpt-5.6-sol', 'replaced'],
  ['2026-11-22', 'claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4-6', 'replaced'],
  ['2026-11-22', 'gemini-2.5-flash', 'google/gemini-2.5-flash', 'alive'],
  ['2026-12-01', 'gemini-2.5-flash', 'google/gemini-3.5-flash-lite', 'replaced'],
  ['2026-11-22', 'pplx-7b', 'perplexity/perplexity/sonar', 'replaced'],
  ['2026-11-22', 'deepseek-coder', 'deepseek/deepseek-flash', 'replaced'],
  ['2026-11-22', 'amazon.titan-text-express-v1', 'bedrock/amazon.nova-lite-v1:0', 'replaced'],
  ['2026-11-22', 'amazon.titan-text-lite-v1', 'bedrock/amazon.nova-micro-v1:0', 'replaced'],
  ['2026-11-22', 'meta.llama3-3-70b-instruct-v1:0', 'bedrock/meta.llama3-3-70b-instruct-v1:0', 'alive'],
  ['2026-11-22', 'open-mixtral-8x7b', 'mistral/mistral-small-2603', 'replaced'],
  ['2026-11-22', 'mixtral-8x22b', 'mistral/mistral-small-2603', 'replaced'],
] as const

describe('a name that users still write', () => {
  it.each(names)('on %s: %s goes to %s (%s)', async (day, model, target, fate) => {
    const { chain, warnings } = await routerOn(day).explain({ model, messages })
    expect(chain.map((each) => each.target)).toEqual([target])
    expect(warnings.filter((warning) => warning.includes('is shut down'))).toHaveLength(fate === 'alive' ? 0 : 1)
  })

  it.each(names.filter(([, , , fate]) => fate === 'replaced'))(
    'on %s: %s is an error under strict, which names the replacement of %s',
    async (day, model, target) => {
      const client = routerOn(day, { strict: true })
      await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({
        status: 404,
        code: 'model_retired',
        message: expect.stringContaining(target.slice(target.indexOf('/') + 1)),
      })
    },
  )
})

describe('the model that served is the one reported', () => {
  it('where the vendor has rerouted a name before the catalog knows', async () => {
    const answer = {
      responseId: 'r',
      modelVersion: 'gemini-3.5-flash-lite',
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 1000, totalTokenCount: 2000 },
    }
    const served = routerOn('2026-11-22', { providers: [google({ fetch: () => Promise.resolve(Response.json(answer)) })] })
    const completion = await served.chat.completions.create({ model: 'gemini-2.5-pro', messages })
    expect(completion.model).toBe('gemini-3.5-flash-lite')
    // At the price of the model that answered: 1000 x 0.3 + 1000 x 2.5 = 2800 millionths.
    expect(routeOf(completion)).toMatchObject({ target: 'google/gemini-2.5-pro', model: 'gemini-3.5-flash-lite', costUsd: 0.0028 })
  })
})
