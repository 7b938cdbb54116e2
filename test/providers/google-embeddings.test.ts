import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { EmbedCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { frozen, json, key, kindOf, wire } from './google-fixtures.ts'

function callOf(request: Partial<OpenAI.EmbeddingCreateParams>, model = 'gemini-embedding-001'): EmbedCall {
  const whole = frozen({ model, input: 'Hello', ...request })
  return { model, card: undefined, request: whole, secret: new Secret(key), signal: new AbortController().signal }
}

async function embed(adapter: ProviderAdapter, call: EmbedCall): Promise<OpenAI.CreateEmbeddingResponse> {
  if (adapter.embed === undefined) throw new Error('It makes no embeddings.')
  return adapter.embed(call)
}

describe('Google: embeddings', () => {
  it.each(['gemini-embedding-001', 'gemini-embedding-2'])('of several texts are made in one request by %s', async (model) => {
    const { fetch, sent } = wire(
      json({ embeddings: [{ values: [0.5, -1] }, { values: [2, 4] }], usageMetadata: { promptTokenCount: 3 } }),
    )
    const answer = await embed(google({ fetch }), callOf({ input: ['One', 'two'], dimensions: 2 }, model))
    expect(answer).toEqual({
      object: 'list',
      model,
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
        { object: 'embedding', index: 1, embedding: [2, 4] },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(sent[0]?.url.pathname).toBe(`/v1beta/models/${model}:batchEmbedContents`)
    expect(sent[0]?.body).toMatchObject({
      requests: ['One', 'two'].map((text) => ({
        model: `models/${model}`,
        content: { parts: [{ text }] },
        outputDimensionality: 2,
      })),
    })
  })

  it('come as base64 where that is asked for', async () => {
    const { fetch } = wire(json({ embeddings: [{ values: [0.5, -1] }] }))
    const { data, usage } = await embed(google({ fetch }), callOf({ encoding_format: 'base64' }))
    // Nobody counted.
    expect(usage).toEqual({})
    expect(data[0]?.embedding).toBe(Buffer.from(new Float32Array([0.5, -1]).buffer).toString('base64'))
  })

  it('are made by Vertex too', async () => {
    const { fetch, sent } = wire(json({ predictions: [{ embeddings: { values: [1], statistics: { token_count: 2 } } }] }))
    const answer = await embed(vertex({ project: 'p', fetch }), callOf({}))
    expect(answer).toMatchObject({ data: [{ embedding: [1] }], usage: { prompt_tokens: 2 } })
    expect(sent[0]?.url.pathname).toMatch(/gemini-embedding-001:predict$/)
  })

  it('are not made of tokens, nor of an answer that lacks some', async () => {
    expect(await kindOf(embed(google({ fetch: wire().fetch }), callOf({ input: [[1, 2]] })))).toBe('invalid_request')
    expect(await kindOf(embed(google({ fetch: wire(json({ embeddings: [] })).fetch }), callOf({})))).toBe('malformed')
    expect(
      await kindOf(
        embed(
          google({ fetch: wire(json({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, { status: 429 })).fetch }),
          callOf({}),
        ),
      ),
    ).toBe('rate_limit')
  })
})
