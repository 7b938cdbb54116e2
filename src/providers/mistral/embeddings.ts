import type OpenAI from 'openai'
import type { EmbedCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf, numberOf } from '../shared/guards.ts'

type Response = OpenAI.CreateEmbeddingResponse

/** The body of `POST /v1/embeddings`. */
export function embeddingBody({ model, request, providerOptions }: EmbedCall): JsonObject {
  const { dimensions } = request
  return {
    model,
    input: typeof request.input === 'string' ? request.input : request.input.map(textOnly),
    ...(dimensions !== undefined && { output_dimension: dimensions }),
    ...providerOptions,
  }
}

function textOnly(input: unknown): string {
  if (typeof input === 'string') return input
  throw new AttemptError('invalid_request', 'This vendor embeds text, not tokens of another vendor.', { param: 'input' })
}

/** The answer in OpenAI's shape. */
export function embeddings(body: JsonObject, { model, request }: EmbedCall): Response {
  const data = listOf(body['data'])
    .filter(isObject)
    .map((item, position) => ({
      object: 'embedding' as const,
      index: numberOf(item['index']) ?? position,
      embedding: listOf(item['embedding']).filter((value) => typeof value === 'number'),
    }))
    .toSorted((one, other) => one.index - other.index)
  const asked = typeof request.input === 'string' ? 1 : request.input.length
  if (data.length !== asked || data.some(({ embedding }) => embedding.length === 0)) {
    throw new AttemptError('malformed', `The answer has ${data.length} embeddings for ${asked} inputs.`)
  }
  const answer = { object: 'list' as const, model: textOf(body['model']) ?? model, data, usage: usageIn(body) }
  return request.encoding_format === 'base64' ? encoded(answer) : answer
}

/** Counts that nobody gave are left out, although OpenAI's types know none such: 0 would be taken for free. */
function usageIn({ usage }: JsonObject): Response['usage'] {
  const prompt = isObject(usage) ? numberOf(usage['prompt_tokens']) : undefined
  const counts = { prompt_tokens: prompt ?? 0, total_tokens: prompt ?? 0 }
  if (prompt === undefined) for (const field of Object.keys(counts)) Reflect.deleteProperty(counts, field)
  return counts
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
