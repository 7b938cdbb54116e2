import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import type { ProviderAdapter } from '../src/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { openrouter, xai } from '../src/providers/family/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'

const keys = memoryKeys({
  PERPLEXITY_API_KEY: 'test-key-1',
  OPENROUTER_API_KEY: 'test-key-2',
  XAI_API_KEY: 'test-key-3',
  AZURE_OPENAI_API_KEY: 'test-key-4',
})

type Transport = () => Promise<Response>

const answers =
  (body: unknown): Transport =>
  () =>
    Promise.resolve(Response.json(body))

const completion = (model: string, usage: object): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, ...usage },
})

/** A response of the Agent API that bills itself. */
const agentAnswer = (cost: unknown): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  model: 'perplexity/sonar',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes.', annotations: [] }] }],
  usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100, cost },
})

async function asked(provider: ProviderAdapter, model: string) {
  const client = createRouter({ providers: [provider], keys })
  const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Is it so?' }] })
  return { costUsd: routeOf(answer)?.costUsd, spentUsd: client.ledger.totals()[0]?.spentUsd }
}

describe('what the vendor says it charged goes before every price', () => {
  it.each([
    ['Perplexity', 'perplexity/perplexity/sonar', (fetch: Transport) => perplexity({ fetch }), agentAnswer({ total_cost: 0.008 })],
    [
      'OpenRouter',
      'openrouter/openai/gpt-6-luna',
      (fetch: Transport) => openrouter({ fetch }),
      completion('openai/gpt-6-luna', { cost: 0.008 }),
    ],
    // 10^10 ticks make a dollar.
    ['xAI', 'xai/grok-4.6', (fetch: Transport) => xai({ fetch }), completion('grok-4.6', { cost_in_usd_ticks: 80_000_000 })],
  ])('%s', async (_vendor, model, make, body) => {
    expect(await asked(make(answers(body)), model)).toEqual({ costUsd: 0.008, spentUsd: 0.008 })
  })

  it.each([[{ total_cost: -1 }], [{ total_cost: 'free' }], [{ total_cost: Number.MAX_VALUE }], ['0.008'], [null]])(
    'unless it is no amount of money: %j',
    async (cost) => {
      // 1000 x 0.25 + 100 x 2.5 = 500 millionths, by the list price
      expect(await asked(perplexity({ fetch: answers(agentAnswer(cost)) }), 'perplexity/perplexity/sonar')).toMatchObject({
        costUsd: 0.0005,
      })
    },
  )

  it('a bill that the adapter cannot read is none', async () => {
    const adapter: ProviderAdapter = {
      ...perplexity({ fetch: answers(agentAnswer({ total_cost: 0.008 })) }),
      billed: () => {
        throw new TypeError('unreadable')
      },
    }
    expect(await asked(adapter, 'perplexity/perplexity/sonar')).toMatchObject({ costUsd: 0.0005 })
  })
})

describe('a deployment costs what the model behind it costs', () => {
  const deployments = { prod: 'gpt-6-sol' }
  const adapter = () => azure({ resource: 'contoso', deployments, fetch: answers(completion('prod', {})) })

  it('whatever its name', async () => {
    // 1000 x 2 + 100 x 10 = 3000 millionths
    expect(await asked(adapter(), 'azure/prod')).toMatchObject({ costUsd: 0.003 })
  })

  it('is found by its bare name, with the window and features of its model', async () => {
    const client = createRouter({ providers: [adapter()], keys })
    const { chain } = await client.explain({ model: 'prod', messages: [{ role: 'user', content: 'Hi' }] })
    expect(chain).toMatchObject([{ target: 'azure/prod', model: 'prod' }])
    const long = await client.explain({ model: 'prod', messages: [{ role: 'user', content: 'x '.repeat(3_000_000) }] })
    expect(long.rejected).toMatchObject([{ target: 'azure/prod', reason: 'context_window' }])
  })

  it('is not misled by names that every object has', async () => {
    await expect(asked(adapter(), 'azure/constructor')).resolves.toMatchObject({ costUsd: null })
  })
})
