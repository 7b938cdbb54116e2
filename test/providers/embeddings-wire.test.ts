import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { EmbedCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { cohere, openrouter, qwen } from '../../src/providers/family/index.ts'
import { perplexity } from '../../src/providers/perplexity/index.ts'
import type { WireFetch } from '../../src/testing/index.ts'

interface Sent {
  readonly url: string
  readonly body: unknown
}

/** A transport that answers with this, and what it was sent. */
function wire(answer: object, init: ResponseInit = {}): { readonly fetch: WireFetch; readonly sent: Sent[] } {
  const sent: Sent[] = []
  const fetch: WireFetch = async (url, { body } = {}) => {
    const text = await new Response(body ?? null).text()
    sent.push({ url: decodeURIComponent(String(url instanceof Request ? url.url : url)), body: JSON.parse(text) })
    return Response.json(answer, init)
  }
  return { fetch, sent }
}

async function embed(
  adapter: ProviderAdapter,
  model: string,
  request: Partial<OpenAI.EmbeddingCreateParams> = {},
  more: Partial<EmbedCall> = {},
) {
  await adapter.load?.()
  if (adapter.embed === undefined) return expect.unreachable('it embeds')
  const whole = { model, input: 'Hello', ...request }
  return adapter.embed({
    model,
    card: undefined,
    request: whole,
    secret: new Secret('a-key-of-the-test'),
    signal: new AbortController().signal,
    ...more,
  })
}

async function failureOf(adapter: ProviderAdapter, attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return adapter.failure(error)
  }
  return expect.unreachable('it fails')
}

const encoded = (values: readonly number[]) => Buffer.from(Int8Array.from(values).buffer).toString('base64')

describe('AWS Bedrock is asked in the words of the maker', () => {
  const region = 'us-east-1'
  const vectors = [
    [0.5, -1],
    [2, 4],
  ]

  it.each<[string, object, object, object]>([
    [
      'amazon.titan-embed-text-v2:0',
      { dimensions: 256 },
      { inputText: 'Hello', dimensions: 256 },
      { embedding: [0.5, -1], inputTextTokenCount: 3 },
    ],
    ['amazon.titan-embed-text-v1', {}, { inputText: 'Hello' }, { embedding: [0.5, -1], inputTextTokenCount: 3 }],
    [
      'amazon.titan-embed-image-v1',
      { dimensions: 384 },
      { inputText: 'Hello', embeddingConfig: { outputEmbeddingLength: 384 } },
      { embedding: [0.5, -1], inputTextTokenCount: 3 },
    ],
    [
      'amazon.nova-2-multimodal-embeddings-v1:0',
      { dimensions: 1024 },
      {
        taskType: 'SINGLE_EMBEDDING',
        singleEmbeddingParams: {
          embeddingPurpose: 'GENERIC_INDEX',
          embeddingDimension: 1024,
          text: { truncationMode: 'NONE', value: 'Hello' },
        },
      },
      { embeddings: [{ embeddingType: 'TEXT', embedding: [0.5, -1] }], inputTokenCount: 3 },
    ],
  ])('%s', async (model, request, body, answer) => {
    const { fetch, sent } = wire(answer)
    expect(await embed(bedrock({ region, fetch }), model, request)).toEqual({
      object: 'list',
      model,
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(sent).toEqual([{ url: `https://bedrock-runtime.us-east-1.amazonaws.com/model/${model}/invoke`, body }])
  })

  it.each([
    ['lists of vectors', vectors],
    ['lists by type', { float: vectors }],
  ])('Cohere, which answers with %s and has its tokens counted in the head', async (_, embeddings) => {
    const { fetch, sent } = wire({ embeddings }, { headers: { 'x-amzn-bedrock-input-token-count': '7' } })
    const answer = await embed(bedrock({ region, fetch }), 'cohere.embed-v4:0', { input: ['a', 'b'], dimensions: 256 })
    expect(answer).toMatchObject({ data: [{ embedding: [0.5, -1] }, { embedding: [2, 4] }], usage: { prompt_tokens: 7 } })
    expect(sent[0]?.body).toEqual({
      texts: ['a', 'b'],
      input_type: 'search_document',
      embedding_types: ['float'],
      output_dimension: 256,
    })
  })

  it('but not where nobody has said which words those are', async () => {
    const adapter = bedrock({ region, fetch: wire({}).fetch })
    const failure = await failureOf(adapter, embed(adapter, 'anthropic.claude-sonnet-5-5'))
    expect(failure).toMatchObject({ kind: 'invalid_request', param: 'model' })
    const request = { model: 'm', input: 'x' }
    expect(adapter.supportsEmbedding?.(request, undefined, 'anthropic.claude-sonnet-5-5')).toMatchObject({
      level: 'no',
      field: 'model',
    })
    expect(adapter.supportsEmbedding?.(request, undefined, 'amazon.titan-embed-text-v2:0')).toMatchObject({ level: 'yes' })
  })
})

describe('others', () => {
  it('Cohere, whose bill counts the tokens', async () => {
    const { fetch, sent } = wire({ embeddings: { float: [[0.5, -1]] }, meta: { billed_units: { input_tokens: 3 } } })
    const answer = await embed(cohere({ fetch }), 'embed-v4.0', {}, { providerOptions: { input_type: 'classification' } })
    expect(answer).toMatchObject({ data: [{ embedding: [0.5, -1] }], usage: { prompt_tokens: 3, total_tokens: 3 } })
    const body = { model: 'embed-v4.0', texts: ['Hello'], input_type: 'classification', embedding_types: ['float'] }
    expect(sent).toEqual([{ url: 'https://api.cohere.com/v2/embed', body }])
  })

  it('Perplexity, whose vectors are whole numbers, in the order in which they were asked for', async () => {
    const { fetch, sent } = wire({
      model: 'pplx-embed-v1-4b',
      data: [
        { object: 'embedding', index: 1, embedding: encoded([1, 2]) },
        { object: 'embedding', index: 0, embedding: encoded([-128, 127]) },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3, cost: { total_cost: 0.001, currency: 'USD' } },
    })
    const answer = await embed(perplexity({ fetch }), 'pplx-embed-v1-4b', { input: ['a', 'b'], dimensions: 2 })
    expect(answer.data.map(({ embedding }) => embedding)).toEqual([
      [-128, 127],
      [1, 2],
    ])
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, cost: { total_cost: 0.001 } })
    expect(sent).toMatchObject([
      {
        url: 'https://api.perplexity.ai/v1/embeddings',
        body: { model: 'pplx-embed-v1-4b', input: ['a', 'b'], encoding_format: 'base64_int8', dimensions: 2 },
      },
    ])
  })

  it('compatible servers, which are asked for numbers, whatever the caller wants made of them', async () => {
    const data = [
      { object: 'embedding', index: 1, embedding: [2, 4] },
      { object: 'embedding', index: 0, embedding: [0.5, -1] },
    ]
    const { fetch, sent } = wire({ object: 'list', data, model: 'm', usage: { prompt_tokens: 3, total_tokens: 3 } })
    const answer = await embed(openrouter({ fetch }), 'm', { input: ['a', 'b'], encoding_format: 'base64', user: 'somebody' })
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(
      [
        [0.5, -1],
        [2, 4],
      ].map((vector) => Buffer.from(new Float32Array(vector).buffer).toString('base64')),
    )
    expect(sent[0]?.body).toEqual({ model: 'm', input: ['a', 'b'], user: 'somebody' })
  })

  it('a failure is read as one of a chat call is', async () => {
    for (const make of [cohere, qwen, perplexity]) {
      const adapter = make({ fetch: wire({ message: 'slow down', error: { message: 'slow down' } }, { status: 429 }).fetch })
      expect(await failureOf(adapter, embed(adapter, 'm'))).toMatchObject({ kind: 'rate_limit', status: 429 })
    }
  })
})
