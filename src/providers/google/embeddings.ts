import type OpenAI from 'openai'
import type { EmbedCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { objectsOf } from './turn.ts'
import type { GenerateContent } from './wire.ts'

type Response = OpenAI.CreateEmbeddingResponse

/** An embeddings request in the words of `embedContent`. */
export function toEmbedContent({ model, request, providerOptions }: EmbedCall): GenerateContent {
  const texts = typeof request.input === 'string' ? [request.input] : request.input.map(textOnly)
  const { dimensions } = request
  return {
    model,
    // Whole contents: the SDK would make one content of several texts for some models.
    contents: texts.map((text) => ({ role: 'user', parts: [{ text }] })),
    config: { ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }), ...providerOptions },
  }
}

function textOnly(input: unknown): string {
  if (typeof input === 'string') return input
  throw new AttemptError('invalid_request', 'This vendor embeds text, not tokens of another vendor.', { param: 'input' })
}

/** The answer in OpenAI's shape, of the Gemini API (`embeddings`) or of either of Vertex's endpoints. */
export function toEmbeddings(body: JsonObject, { model, request }: EmbedCall): Response {
  const found = [
    ...objectsOf(body['embeddings']),
    ...objectsOf(body['predictions']).flatMap(({ embeddings }) => (isObject(embeddings) ? [embeddings] : [])),
    ...(isObject(body['embedding']) ? [body['embedding']] : []),
  ]
  const data = found.map((embedding, index) => {
    const values = numbersOf(embedding['values'])
    return { object: 'embedding' as const, index, embedding: values }
  })
  const asked = typeof request.input === 'string' ? 1 : request.input.length
  if (data.length !== asked || data.some(({ embedding }) => embedding.length === 0)) {
    throw new AttemptError('malformed', `The answer has ${data.length} embeddings for ${asked} inputs.`)
  }
  const answer = { object: 'list' as const, model, data, usage: toUsage(tokensOf(body, found)) }
  return request.encoding_format === 'base64' ? encoded(answer) : answer
}

function numbersOf(values: unknown): number[] {
  return Array.isArray(values) ? values.filter((value): value is number => typeof value === 'number') : []
}

/** Counts that nobody gave are left out, although OpenAI's types know none such: 0 would be taken for free. */
function toUsage(tokens: number | undefined): Response['usage'] {
  const usage = { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0 }
  if (tokens === undefined) for (const field of Object.keys(usage)) Reflect.deleteProperty(usage, field)
  return usage
}

function tokensOf({ usageMetadata }: JsonObject, embeddings: readonly JsonObject[]): number | undefined {
  const total = isObject(usageMetadata) ? usageMetadata['promptTokenCount'] : undefined
  if (typeof total === 'number') return total
  const counts = embeddings.map(({ statistics }) => (isObject(statistics) ? statistics['token_count'] : undefined))
  return counts.reduce<number | undefined>(
    (sum, count) => (typeof count === 'number' && sum !== undefined ? sum + count : undefined),
    0,
  )
}

/** What `encoding_format: 'base64'` means: little-endian 32-bit floats. OpenAI's types know the numbers only. */
function encoded(answer: Response): Response {
  const data = answer.data.map((item) => {
    const bytes = Buffer.alloc(item.embedding.length * 4)
    for (const [index, value] of item.embedding.entries()) bytes.writeFloatLE(value, index * 4)
    return Object.defineProperty({ ...item }, 'embedding', { value: bytes.toString('base64'), enumerable: true })
  })
  return { ...answer, data }
}
